//! The sign-in gateway (openapi): signed parameters out, signed JSON back (alipay.md §2.2, §4).
//!
//! One [`OpenApi`] for an installation. Only `alipay.system.oauth.token` is needed of it.

mod envelope;
mod token;

#[cfg(test)]
pub(crate) use self::envelope::{Envelope, Signature};
pub use self::token::{Token, TokenRequestError};

use crate::http::Http;
use crate::settings::{ProviderSettings, SettingsError};

/// An application at the sign-in gateway.
#[derive(Debug, Clone)]
pub struct OpenApi {
    http: Http,
    provider: ProviderSettings,
}

impl OpenApi {
    /// Takes the application's settings after checking them.
    ///
    /// # Errors
    /// [`SettingsError`] names the setting that Alipay would refuse.
    pub fn new(http: Http, provider: ProviderSettings) -> Result<Self, SettingsError> {
        provider.check()?;
        Ok(Self { http, provider })
    }

    /// The settings it was built with.
    pub const fn provider(&self) -> &ProviderSettings {
        &self.provider
    }
}
