//! Dispatchers and their sessions.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fareway_shared::{
    id::{DispatcherId, FleetId},
    time::Timestamp,
};
use sha2::{Digest, Sha256};

use crate::identity::error::IdentityError;

const NAME_CHARS_MAX: usize = 64;
const PASSWORD_CHARS_MIN: usize = 12;
const PASSWORD_CHARS_MAX: usize = 200;

/// A dispatcher's name: unique in the installation; case and surrounding spaces do not matter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DispatcherName(String);

impl DispatcherName {
    /// Reads a typed name.
    ///
    /// # Errors
    /// Empty, longer than 64 characters, or with control characters.
    pub fn parse(typed: &str) -> Result<Self, IdentityError> {
        let name = typed.trim().to_lowercase();
        let fits = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control);
        if fits { Ok(Self(name)) } else { Err(IdentityError::BadName) }
    }

    /// As stored and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A typed password. It never prints itself and is wiped when dropped.
pub struct Password(zeroize::Zeroizing<String>);

impl Password {
    /// Any typed text; a wrong one simply does not fit.
    #[must_use]
    pub fn typed(text: String) -> Self {
        Self(zeroize::Zeroizing::new(text))
    }

    /// One that is good enough to be chosen.
    ///
    /// # Errors
    /// Shorter than 12 or longer than 200 characters.
    pub fn chosen(text: String) -> Result<Self, IdentityError> {
        let password = Self::typed(text);
        let length = password.0.chars().count();
        if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&length) {
            Ok(password)
        } else {
            Err(IdentityError::BadPassword)
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Longer than any password that could have been chosen.
    pub(super) fn is_endless(&self) -> bool {
        self.0.chars().nth(PASSWORD_CHARS_MAX).is_some()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(redacted)")
    }
}

/// A person who signs in at the console.
#[derive(Clone)]
pub struct Dispatcher {
    /// The fleet, the only one this person sees.
    pub fleet: FleetId,
    /// The person.
    pub id: DispatcherId,
    /// The name to sign in with.
    pub name: DispatcherName,
    /// Argon2id in PHC text form.
    pub password_hash: String,
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatcher").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the browser keeps: 256 random bits. It never prints itself.
#[derive(Clone)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// From 32 bytes of the system's random source.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a cookie's value; `None` if it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As the cookie carries it.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// As the store keeps it. Looking it up by hash tells a thief of the database, or of its timing, nothing.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(redacted)")
    }
}

/// SHA-256 of a [`SessionToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// Somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie's token.
    pub token: TokenHash,
    /// The fleet.
    pub fleet: FleetId,
    /// Who.
    pub dispatcher: DispatcherId,
    /// The name to show, and to write beside what this person does.
    pub name: DispatcherName,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Session {
    /// Whether it still stands.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_however_it_is_typed() {
        assert_eq!(DispatcherName::parse(" Wang Fang ").unwrap(), DispatcherName::parse("wang fang").unwrap());
        assert!(DispatcherName::parse("   ").is_err());
        assert!(DispatcherName::parse("a\nb").is_err());
        assert!(DispatcherName::parse(&"x".repeat(65)).is_err());
    }

    #[test]
    fn a_token_survives_its_cookie_and_prints_nothing() {
        let token = SessionToken::from_random([0xAB; 32]);
        let back = SessionToken::parse(&token.to_text()).unwrap();
        assert_eq!(back.hash(), token.hash());
        assert!(SessionToken::parse("too-short").is_none());
        assert!(!format!("{token:?}").contains(&token.to_text()));
        assert_eq!(format!("{:?}", Password::typed("hunter2".into())), "Password(redacted)");
    }

    #[test]
    fn a_short_or_endless_password_cannot_be_chosen() {
        assert!(Password::chosen("elevenchars".into()).is_err());
        assert!(Password::chosen("twelve chars".into()).is_ok());
        assert!(Password::chosen("x".repeat(201)).is_err());
    }
}
