//! Keys paired with their algorithm, as configured. Requests are signed with a [`SigningKey`]; answers and notices are
//! verified with a [`VerifyingKey`]. A message cannot choose a weaker check, because it is never asked (alipay.md §13).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::md5::Md5Key;
use super::pem::KeyError;
use super::private_key::PrivateKey;
use super::public_key::PublicKey;

/// The algorithms of alipay.md §3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignType {
    /// MD5 over the string and a shared key.
    Md5,
    /// SHA-1 with RSA PKCS#1 v1.5.
    Rsa,
    /// SHA-256 with RSA PKCS#1 v1.5.
    Rsa2,
}

impl SignType {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Rsa => "RSA",
            Self::Rsa2 => "RSA2",
        }
    }
}

impl fmt::Display for SignType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A `sign_type` that is not one of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sign type is not MD5, RSA or RSA2")]
pub struct UnknownSignType;

impl FromStr for SignType {
    type Err = UnknownSignType;

    fn from_str(name: &str) -> Result<Self, UnknownSignType> {
        [Self::Md5, Self::Rsa, Self::Rsa2].into_iter().find(|known| known.name() == name).ok_or(UnknownSignType)
    }
}

/// What we sign requests with.
#[derive(Debug, Clone)]
pub enum SigningKey {
    /// MD5 with the key shared with Alipay.
    Md5(Md5Key),
    /// RSA with SHA-1 and our private key.
    Rsa(PrivateKey),
    /// RSA with SHA-256 and our private key.
    Rsa2(PrivateKey),
}

/// Signing failed, which a loaded key does only where the system gives no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request could not be signed with the configured private key")]
pub struct SignError;

impl SigningKey {
    /// Reads a key as it is configured: the shared key for MD5, else our private key in any of its shapes.
    ///
    /// # Errors
    /// [`KeyError`] says what the text is instead.
    pub fn load(sign_type: SignType, text: &str) -> Result<Self, KeyError> {
        Ok(match sign_type {
            SignType::Md5 => Self::Md5(Md5Key::parse(text)?),
            SignType::Rsa => Self::Rsa(PrivateKey::parse(text)?),
            SignType::Rsa2 => Self::Rsa2(PrivateKey::parse(text)?),
        })
    }

    /// The algorithm this key is configured for, as the request must name it.
    pub const fn sign_type(&self) -> SignType {
        match self {
            Self::Md5(_) => SignType::Md5,
            Self::Rsa(_) => SignType::Rsa,
            Self::Rsa2(_) => SignType::Rsa2,
        }
    }

    /// Signs the bytes of a [presign](super::presign) string; the result is the value of `sign`.
    ///
    /// # Errors
    /// [`SignError`] where no signature could be made.
    pub fn sign(&self, message: &[u8]) -> Result<String, SignError> {
        match self {
            Self::Md5(key) => Ok(key.sign(message)),
            Self::Rsa(key) => Ok(STANDARD.encode(key.sign_sha1(message)?)),
            Self::Rsa2(key) => Ok(STANDARD.encode(key.sign_sha256(message)?)),
        }
    }
}

/// What we verify Alipay's answers and notices with: Alipay's public key, or the shared key.
#[derive(Debug, Clone)]
pub enum VerifyingKey {
    /// MD5 with the key shared with Alipay.
    Md5(Md5Key),
    /// RSA with SHA-1 and Alipay's public key.
    Rsa(PublicKey),
    /// RSA with SHA-256 and Alipay's public key.
    Rsa2(PublicKey),
}

/// The signature is not one that the configured key made over these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match; is the configured key Alipay's for this account and environment?")]
pub struct VerifyError;

impl VerifyingKey {
    /// Reads a key as it is configured: the shared key for MD5, else Alipay's public key in any of its shapes.
    ///
    /// # Errors
    /// [`KeyError`] says what the text is instead.
    pub fn load(sign_type: SignType, text: &str) -> Result<Self, KeyError> {
        Ok(match sign_type {
            SignType::Md5 => Self::Md5(Md5Key::parse(text)?),
            SignType::Rsa => Self::Rsa(PublicKey::parse(text)?),
            SignType::Rsa2 => Self::Rsa2(PublicKey::parse(text)?),
        })
    }

    /// The algorithm this key is configured for.
    pub const fn sign_type(&self) -> SignType {
        match self {
            Self::Md5(_) => SignType::Md5,
            Self::Rsa(_) => SignType::Rsa,
            Self::Rsa2(_) => SignType::Rsa2,
        }
    }

    /// Verifies `signature`, the value of `sign` as it arrived, over the received bytes.
    ///
    /// # Errors
    /// [`VerifyError`] for every way of not matching; which way is not told.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let verified = match self {
            Self::Md5(key) => key.verifies(message, signature),
            Self::Rsa(key) => key.verifies_sha1(message, &decode(signature)?),
            Self::Rsa2(key) => key.verifies_sha256(message, &decode(signature)?),
        };
        if verified { Ok(()) } else { Err(VerifyError) }
    }
}

fn decode(signature: &[u8]) -> Result<Vec<u8>, VerifyError> {
    STANDARD.decode(signature).map_err(|_| VerifyError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_verifies_its_own_and_no_other() {
        let private = PrivateKey::generate().unwrap();
        let public = private.public_key().unwrap();
        let shared = Md5Key::parse("10000000000000000000000000000000").unwrap();
        let pairs = [
            (SigningKey::Md5(shared.clone()), VerifyingKey::Md5(shared)),
            (SigningKey::Rsa(private.clone()), VerifyingKey::Rsa(public.clone())),
            (SigningKey::Rsa2(private), VerifyingKey::Rsa2(public)),
        ];
        for (signer, _) in &pairs {
            let signature = signer.sign(b"a=1").unwrap();
            for (_, verifier) in &pairs {
                let same = verifier.sign_type() == signer.sign_type();
                assert_eq!(verifier.verify(b"a=1", signature.as_bytes()).is_ok(), same);
                assert!(verifier.verify(b"a=2", signature.as_bytes()).is_err());
                assert!(verifier.verify(b"a=1", b"").is_err());
            }
        }
    }

    #[test]
    fn wire_names_are_read_exactly() {
        for known in [SignType::Md5, SignType::Rsa, SignType::Rsa2] {
            assert_eq!(known.name().parse::<SignType>(), Ok(known));
        }
        assert_eq!("rsa2".parse::<SignType>(), Err(UnknownSignType));
        assert_eq!("".parse::<SignType>(), Err(UnknownSignType));
    }
}
