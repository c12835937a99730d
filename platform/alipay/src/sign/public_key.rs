//! An RSA public key and the verification of everything that Alipay signs, through aws-lc-rs.
//!
//! This is the hot path of the payment notice: the key is parsed once, when it is configured. The tests of
//! `private_key` hold it to an independent implementation.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicKey as ParsedRsa;
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pem::{Half, KeyError, to_der};

/// Bits of the smallest and the largest key; both ends occur in what Alipay has issued or accepts.
const BITS: std::ops::RangeInclusive<usize> = 1024..=8192;

/// An RSA public key of 1024 to 8192 bit.
#[derive(Clone)]
pub struct PublicKey {
    sha1: ParsedPublicKey,
    sha256: ParsedPublicKey,
    spki: Vec<u8>,
}

impl PublicKey {
    /// Loads SPKI (or PKCS#1), as PEM or as bare base64.
    ///
    /// # Errors
    /// [`KeyError`] says what the text is instead.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Self::from_der(&to_der(text, Half::Public)?)
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = ParsedRsa::from_der(der).map_err(|_| KeyError::NotRsa)?;
        check_size(key.modulus_len() * 8)?;
        let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(&key).map_err(|_| KeyError::NotRsa)?.as_ref().to_vec();
        let parse = |algorithm| ParsedPublicKey::new(algorithm, spki.as_slice()).map_err(|_| KeyError::NotRsa);
        Ok(Self {
            sha1: parse(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)?,
            sha256: parse(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)?,
            spki,
        })
    }

    /// The key as SPKI PEM, the shape in which it is handed to Alipay.
    pub fn to_pem(&self) -> String {
        let body = STANDARD.encode(&self.spki);
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        for line in body.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        pem
    }

    pub(super) fn verifies_sha1(&self, message: &[u8], signature: &[u8]) -> bool {
        self.sha1.verify_sig(message, signature).is_ok()
    }

    pub(super) fn verifies_sha256(&self, message: &[u8], signature: &[u8]) -> bool {
        self.sha256.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes of SPKI)", self.spki.len())
    }
}

pub(super) fn check_size(bits: usize) -> Result<(), KeyError> {
    if BITS.contains(&bits) { Ok(()) } else { Err(KeyError::Size(bits)) }
}

#[cfg(test)]
mod tests {
    use super::{KeyError, PublicKey, check_size};

    #[test]
    fn what_is_no_rsa_key_is_refused() {
        assert_eq!(PublicKey::parse("AAAA").unwrap_err(), KeyError::NotRsa);
    }

    #[test]
    fn only_sizes_that_occur_are_accepted() {
        assert!(check_size(1024).is_ok() && check_size(2048).is_ok() && check_size(8192).is_ok());
        assert_eq!(check_size(512), Err(KeyError::Size(512)));
        assert_eq!(check_size(16_384), Err(KeyError::Size(16_384)));
    }
}
