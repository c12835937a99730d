//! The shapes in which keys circulate (alipay.md §3.2): PEM, or its base64 body alone. Yields DER for the key types.
//!
//! It only takes off the wrapping; which DER structure is inside (PKCS#8, PKCS#1, SPKI) the key types find out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Longest key text that is looked at. An 8192-bit private key as PEM has about 6,500 characters.
const TEXT_LEN_MAX: usize = 16 * 1024;

/// Why a text is not a usable key. The text itself is never part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing but white space.
    #[error("the key is empty")]
    Empty,
    /// Far longer than any key.
    #[error("the key text is too long to be a key")]
    TooLong,
    /// Neither PEM nor base64.
    #[error("the key is neither PEM nor bare base64")]
    NotBase64,
    /// A PEM of another kind, told by its label.
    #[error("a private key is needed here, but the text is labelled as something else")]
    NotPrivate,
    /// A PEM of another kind, told by its label.
    #[error("a public key is needed here, but the text is labelled as something else")]
    NotPublic,
    /// A private key locked with a passphrase.
    #[error("the private key is encrypted; store it without passphrase in a file that only this service may read")]
    Encrypted,
    /// Good base64 of something that is no RSA key.
    #[error("the key does not hold an RSA key as PKCS#8, PKCS#1 or SPKI")]
    NotRsa,
    /// RSA below 1024 or above 8192 bit.
    #[error("the RSA key has {0} bit; 1024 to 8192 are accepted, 2048 is usual")]
    Size(usize),
    /// The random source or the generator failed.
    #[error("no key could be generated")]
    Generate,
}

/// Which half of a pair the caller wants; decides what a wrong label is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Private,
    Public,
}

/// Takes PEM armour, white space and base64 off `text`.
pub(super) fn to_der(text: &str, wanted: Half) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if text.len() > TEXT_LEN_MAX {
        return Err(KeyError::TooLong);
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    let body = match text.strip_prefix("-----BEGIN ") {
        Some(rest) => {
            let (label, rest) = rest.split_once("-----").ok_or(KeyError::NotBase64)?;
            check_label(label, wanted)?;
            rest.split_once("-----END ").ok_or(KeyError::NotBase64)?.0
        }
        None => text,
    };
    // Old PKCS#1 files lock the key with header lines instead of another label.
    if body.contains("ENCRYPTED") {
        return Err(KeyError::Encrypted);
    }
    let compact: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    STANDARD.decode(compact.as_bytes()).map(Zeroizing::new).map_err(|_| KeyError::NotBase64)
}

fn check_label(label: &str, wanted: Half) -> Result<(), KeyError> {
    match (wanted, label) {
        (Half::Private, "PRIVATE KEY" | "RSA PRIVATE KEY") | (Half::Public, "PUBLIC KEY" | "RSA PUBLIC KEY") => Ok(()),
        (Half::Private, "ENCRYPTED PRIVATE KEY") => Err(KeyError::Encrypted),
        (Half::Private, _) => Err(KeyError::NotPrivate),
        (Half::Public, _) => Err(KeyError::NotPublic),
    }
}

#[cfg(test)]
mod tests {
    use super::{Half, KeyError, to_der};

    #[test]
    fn a_label_of_the_wrong_half_is_named() {
        let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        let public = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
        assert_eq!(to_der(private, Half::Public).unwrap_err(), KeyError::NotPublic);
        assert_eq!(to_der(public, Half::Private).unwrap_err(), KeyError::NotPrivate);
        assert_eq!(to_der(public, Half::Public).unwrap().as_slice(), [0, 0, 0]);
    }

    #[test]
    fn locked_broken_and_endless_texts_are_refused() {
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
        assert_eq!(to_der(locked, Half::Private).unwrap_err(), KeyError::Encrypted);
        assert_eq!(to_der("  ", Half::Private).unwrap_err(), KeyError::Empty);
        assert_eq!(to_der("no key", Half::Private).unwrap_err(), KeyError::NotBase64);
        assert_eq!(to_der("-----BEGIN PRIVATE KEY", Half::Private).unwrap_err(), KeyError::NotBase64);
        assert_eq!(to_der(&"A".repeat(20_000), Half::Private).unwrap_err(), KeyError::TooLong);
    }
}
