//! Our RSA private key: loading and signing. The one file that uses the `rsa` crate.
//!
//! RSA2 with a key of 2048 bit or more, the usual case, is signed by aws-lc-rs in constant time. Alipay also still issues
//! 1024-bit keys and SHA-1 signatures, which aws-lc-rs verifies but does not make; for these alone there is the `rsa`
//! crate. RUSTSEC-2023-0071 (timing of its private-key operations) concerns attackers who measure many operations
//! closely: every signature is made with fresh random blinding, over our own requests, and nothing is ever decrypted.
//! Nothing that arrives from outside is verified here: see `public_key`.

use std::fmt;
use std::sync::Arc;

use ::rsa::pkcs1::DecodeRsaPrivateKey;
use ::rsa::pkcs1v15;
use ::rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use ::rsa::rand_core::OsRng;
use ::rsa::signature::{RandomizedSigner, SignatureEncoding};
use ::rsa::traits::PublicKeyParts;
use ::rsa::{RsaPrivateKey, RsaPublicKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key::SignError;
use super::pem::{Half, KeyError, to_der};
use super::public_key::{PublicKey, check_size};

/// An RSA private key of 1024 to 8192 bit. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct PrivateKey {
    key: RsaPrivateKey,
    /// The same key for aws-lc-rs, which takes 2048 bit and more.
    modern: Option<Arc<KeyPair>>,
}

impl PrivateKey {
    /// Loads PKCS#8 or PKCS#1, each as PEM or as bare base64.
    ///
    /// # Errors
    /// [`KeyError`] says what the text is instead.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let der = to_der(text, Half::Private)?;
        let key = RsaPrivateKey::from_pkcs8_der(&der)
            .or_else(|_| RsaPrivateKey::from_pkcs1_der(&der))
            .map_err(|_| KeyError::NotRsa)?;
        Self::from_key(key)
    }

    fn from_key(key: RsaPrivateKey) -> Result<Self, KeyError> {
        check_size(key.n().bits())?;
        let pkcs8 = key.to_pkcs8_der().map_err(|_| KeyError::NotRsa)?;
        let modern = KeyPair::from_pkcs8(pkcs8.as_bytes()).ok().map(Arc::new);
        Ok(Self { key, modern })
    }

    /// A fresh 2048-bit key, for a simulator, a demonstration or a first set-up.
    ///
    /// # Errors
    /// [`KeyError::Generate`] where the system gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| KeyError::Generate)?;
        Self::from_key(RsaPrivateKey::from_pkcs8_der(der.as_ref()).map_err(|_| KeyError::Generate)?)
    }

    /// The key as PKCS#8 PEM, to be stored by the caller where only it may read.
    ///
    /// # Errors
    /// [`KeyError::NotRsa`] if the key cannot be encoded, which a loaded key always can.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::NotRsa)
    }

    /// The public half, for handing to the other side.
    ///
    /// # Errors
    /// As [`PublicKey::parse`]; a loaded private key always has a good public half.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        let der = RsaPublicKey::from(&self.key).to_public_key_der().map_err(|_| KeyError::NotRsa)?;
        PublicKey::from_der(der.as_bytes())
    }

    pub(super) fn sign_sha1(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signer = pkcs1v15::SigningKey::<Sha1>::new(self.key.clone());
        signer.try_sign_with_rng(&mut OsRng, message).map(|made| made.to_vec()).map_err(|_| SignError)
    }

    pub(super) fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.modern {
            Some(pair) => {
                let mut made = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut made).map_err(|_| SignError)?;
                Ok(made)
            }
            None => self.sign_sha256_legacy(message),
        }
    }

    fn sign_sha256_legacy(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signer = pkcs1v15::SigningKey::<Sha256>::new(self.key.clone());
        signer.try_sign_with_rng(&mut OsRng, message).map(|made| made.to_vec()).map_err(|_| SignError)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} bit, [redacted])", self.key.n().bits())
    }
}

#[cfg(test)]
mod tests {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    use rsa::signature::Verifier;

    use super::*;

    #[test]
    fn both_backends_agree_on_what_verifies() {
        let key = PrivateKey::generate().unwrap();
        let ours = key.public_key().unwrap();
        let sha1 = VerifyingKey::<Sha1>::new(RsaPublicKey::from(&key.key));
        let sha256 = VerifyingKey::<Sha256>::new(RsaPublicKey::from(&key.key));
        for message in [b"".as_slice(), b"a=1&b=2", &[0xb3; 300]] {
            for signed in [key.sign_sha1(message).unwrap(), key.sign_sha256(message).unwrap()] {
                for flipped in [None, Some(0), Some(100), Some(255)] {
                    let mut bytes = signed.clone();
                    if let Some(at) = flipped {
                        bytes[at] ^= 1;
                    }
                    let signature = Signature::try_from(bytes.as_slice()).unwrap();
                    assert_eq!(ours.verifies_sha1(message, &bytes), sha1.verify(message, &signature).is_ok());
                    assert_eq!(ours.verifies_sha256(message, &bytes), sha256.verify(message, &signature).is_ok());
                }
            }
        }
    }

    #[test]
    fn both_backends_sign_alike() {
        let key = PrivateKey::generate().unwrap();
        assert!(key.modern.is_some());
        assert_eq!(key.sign_sha256(b"a=1&b=2").unwrap(), key.sign_sha256_legacy(b"a=1&b=2").unwrap());
    }

    #[test]
    fn a_stored_key_loads_again() {
        let key = PrivateKey::generate().unwrap();
        assert_eq!(PrivateKey::parse(&key.to_pem().unwrap()).unwrap().key, key.key);
        let public = key.public_key().unwrap();
        assert_eq!(PublicKey::parse(&public.to_pem()).unwrap().to_pem(), public.to_pem());
    }

    #[test]
    fn debug_shows_the_size_and_no_more() {
        let key = PrivateKey::generate().unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(2048 bit, [redacted])");
    }
}
