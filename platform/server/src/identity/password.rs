//! Argon2id, off the async threads and a few at a time, since one costs 19 MiB and tens of milliseconds. An unknown name
//! costs as much as a wrong password.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2, PasswordHash, PasswordVerifier,
    password_hash::{Error as HashError, PasswordHasher},
};
use tokio::sync::Semaphore;

use crate::identity::{error::IdentityError, model::Password};

/// How many are worked on at the same time; the others wait.
const AT_ONCE_MAX: usize = 2;

/// What an unknown name's password is compared with: the hash of a password that nobody has.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash(&Password::typed(String::new())).ok());

/// Checks and makes password hashes.
#[derive(Debug, Clone)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE_MAX)) }
    }
}

impl Passwords {
    /// The PHC text of a password, salted.
    ///
    /// # Errors
    /// The system has no memory or no randomness.
    pub async fn hash(&self, password: Password) -> Result<String, IdentityError> {
        self.off_thread(move || hash(&password)).await
    }

    /// Whether a password fits a stored hash; `None` is an unknown name, which takes as long.
    ///
    /// # Errors
    /// The stored hash does not read.
    pub async fn fits(&self, password: Password, stored: Option<String>) -> Result<bool, IdentityError> {
        self.off_thread(move || match (stored, NOBODY.as_deref()) {
            (Some(stored), _) => fits(&password, &stored),
            (None, Some(nobody)) => fits(&password, nobody).map(|_| false),
            (None, None) => Ok(false),
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, IdentityError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let broken = |error: &dyn std::fmt::Display| IdentityError::Hashing(error.to_string());
        let permit = Arc::clone(&self.at_once).acquire_owned().await.map_err(|error| broken(&error))?;
        // The permit goes along: a caller that stops waiting does not make room for one more.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|error| broken(&error))?
    }
}

fn hash(password: &Password) -> Result<String, IdentityError> {
    let hashed: Result<PasswordHash, HashError> = Argon2::default().hash_password(password.bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| IdentityError::Hashing(error.to_string()))
}

fn fits(password: &Password, stored: &str) -> Result<bool, IdentityError> {
    let stored = PasswordHash::new(stored).map_err(|error| IdentityError::Hashing(error.to_string()))?;
    match Argon2::default().verify_password(password.bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(HashError::PasswordInvalid) => Ok(false),
        Err(error) => Err(IdentityError::Hashing(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_no_two_hashes_are_alike() {
        let passwords = Passwords::default();
        let typed = |text: &str| Password::typed(text.into());
        let (one, two) = (passwords.hash(typed("correct horse")).await, passwords.hash(typed("correct horse")).await);
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.starts_with("$argon2id$"), "{one}");
        assert_ne!(one, two);
        assert!(passwords.fits(typed("correct horse"), Some(one.clone())).await.unwrap());
        assert!(!passwords.fits(typed("correct house"), Some(one)).await.unwrap());
        assert!(!passwords.fits(typed(""), None).await.unwrap(), "nobody signed in");
        assert!(passwords.fits(typed("x"), Some("not a hash".into())).await.is_err());
    }
}
