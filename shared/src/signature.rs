//! Ed25519 as Fareway uses it: who signs, what travels, how a key is named, and how a new platform key comes into force.
//! Signatures are checked over the received bytes before anything in them is read.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::canonical::CanonicalError;

/// Why a signed message was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The public key is not a valid point.
    #[error("the public key is not valid")]
    BadKey,
    /// The signature does not belong to these bytes and this key.
    #[error("the signature does not fit the message")]
    BadSignature,
    /// The bytes are signed but are not the expected message.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// A public Ed25519 key, as stored and sent (32 bytes, hexadecimal in JSON).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(#[serde(with = "hex::serde")] pub [u8; 32]);

impl PublicKey {
    /// The first 10 bytes of SHA-256 over the key: what an enrolment code carries and a person can compare.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 10] {
        let digest = Sha256::digest(self.0);
        let mut fingerprint = [0; 10];
        fingerprint.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        fingerprint
    }

    /// Checks a signature over exactly these bytes. Weak keys and malleable signatures are refused.
    ///
    /// # Errors
    /// The key is not valid or the signature does not fit.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| SignatureError::BadKey)?;
        key.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| SignatureError::BadSignature)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.fingerprint()))
    }
}

/// A private Ed25519 key. It shows its public half only, and is wiped when dropped.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// From 32 secret bytes that a caller drew from the system's random source or read from disk.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The secret bytes, for writing them to the device's own disk.
    #[must_use]
    pub fn to_bytes(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// Signs a canonical message and keeps it with its signature.
    #[must_use]
    pub fn seal(&self, body: Vec<u8>) -> Signed {
        let signature = self.sign(&body);
        Signed { body, signature }
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey(of {:?})", self.public())
    }
}

/// A canonical byte string with the signature over exactly those bytes. In JSON both are base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The signed bytes.
    #[serde(with = "base64_text")]
    pub body: Vec<u8>,
    /// The Ed25519 signature over `body`.
    #[serde(with = "base64_text")]
    pub signature: [u8; 64],
}

impl Signed {
    /// Checks the signature and hands out the bytes, now worth reading.
    ///
    /// # Errors
    /// The key is not valid or the signature does not fit.
    pub fn verified_by(&self, key: &PublicKey) -> Result<&[u8], SignatureError> {
        key.verify(&self.body, &self.signature)?;
        Ok(&self.body)
    }
}

mod base64_text {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<T: AsRef<[u8]>, S: Serializer>(bytes: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(super) fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(D::Error::custom)?;
        T::try_from(bytes).map_err(|_| D::Error::custom("the value has another length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_message_survives_json_and_one_flipped_bit_does_not() {
        let key = PrivateKey::from_bytes(&[7; 32]);
        let sealed = key.seal(b"FWxx1".to_vec());
        let mut back: Signed = serde_json::from_str(&serde_json::to_string(&sealed).unwrap()).unwrap();
        assert_eq!(back.verified_by(&key.public()).unwrap(), b"FWxx1");
        back.body[0] ^= 1;
        assert_eq!(back.verified_by(&key.public()), Err(SignatureError::BadSignature));
    }

    #[test]
    fn a_private_key_never_prints_itself() {
        let shown = format!("{:?}", PrivateKey::from_bytes(&[0xAB; 32]));
        assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
    }
}
