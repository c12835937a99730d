//! What can go wrong when somebody signs in, or is made a dispatcher.

use std::time::Duration;

use crate::store_error::StoreError;

/// What can go wrong in this slice.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Name or password is wrong. Which one is not told.
    #[error("the name or the password is not right")]
    WrongCredentials,
    /// Too many wrong tries with this name or from this address.
    #[error("too many wrong tries; the next one is accepted in {} s", .wait.as_secs())]
    Locked {
        /// Until the next try.
        wait: Duration,
    },
    /// Nobody is signed in, or not any more.
    #[error("nobody is signed in, or the session has ended")]
    SignedOut,
    /// Another dispatcher of this installation has the name.
    #[error("there is already a dispatcher with this name; choose another")]
    NameTaken,
    /// Not a name.
    #[error("a dispatcher's name has 1 to 64 characters and no control characters")]
    BadName,
    /// Too easy to guess, or too long to be typed.
    #[error("a password has 12 to 200 characters")]
    BadPassword,
    /// A password could not be hashed, or a stored hash does not read.
    #[error("passwords cannot be checked at the moment: {0}")]
    Hashing(String),
    /// The database.
    #[error("the dispatchers' records could not be read or written")]
    Store(#[from] StoreError),
}
