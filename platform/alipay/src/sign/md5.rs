//! The MD5 of the mapi gateway (alipay.md §3.2): one key shared with Alipay, appended to the signed string.
//!
//! Kept because merchants are still given such keys. RSA2 is the better choice wherever the contract offers it.

use std::fmt;

use ::md5::{Digest, Md5};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::pem::KeyError;

/// The key shared with Alipay, 32 letters and digits in practice. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct Md5Key(Zeroizing<Vec<u8>>);

impl Md5Key {
    /// Takes the key as Alipay shows it; white space around it (a line end in a key file) is not part of it.
    ///
    /// # Errors
    /// [`KeyError::Empty`] where nothing is left.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let key = text.trim();
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self(Zeroizing::new(key.as_bytes().to_vec())))
    }

    /// Lower-case hexadecimal MD5 of message and key, with nothing between them.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        let digest = Md5::new().chain_update(message).chain_update(self.0.as_slice()).finalize();
        hex::encode(digest)
    }

    /// Compares in constant time, so that the time taken tells a forger nothing about the right value.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.sign(message).as_bytes().ct_eq(signature).into()
    }
}

impl fmt::Debug for Md5Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Md5Key([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::Md5Key;

    #[test]
    fn the_key_follows_the_message_directly() {
        let key = Md5Key::parse(" hello\n").expect("a key");
        assert_eq!(key.sign(b"aaa=111&bbb=2222&ccc=3333&ggg=1"), "7e63e20bcc6ad2ba695305e340592ffd");
    }

    #[test]
    fn a_key_is_neither_empty_nor_printed() {
        assert!(Md5Key::parse(" \n").is_err());
        assert!(!format!("{:?}", Md5Key::parse("s3cret").expect("a key")).contains("s3cret"));
    }
}
