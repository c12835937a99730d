//! How much of a request is read: JSON bodies of the console and the pages. Notices have a limit of their own.

use actix_web::{error::JsonPayloadError, web};

use crate::http::error::ApiError;

/// Largest JSON body, bytes. The largest honest one is a name and a password.
pub const JSON_BYTES_MAX: usize = 16 * 1024;

/// Bounds JSON bodies and answers bad ones with a sentence. Only `application/json` is read, which another site's page
/// cannot send without asking first.
#[must_use]
pub fn json() -> web::JsonConfig {
    web::JsonConfig::default().limit(JSON_BYTES_MAX).error_handler(|error, _| {
        match error {
            JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => ApiError::too_large(),
            _ => ApiError::malformed(),
        }
        .into()
    })
}

/// Answers a path that does not read, such as `/vehicles/nonsense`, as one that leads nowhere.
#[must_use]
pub fn path() -> web::PathConfig {
    web::PathConfig::default().error_handler(|_, _| ApiError::not_found().into())
}
