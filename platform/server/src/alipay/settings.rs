//! From configuration to Alipay's settings: keys are read from their files, addresses and names checked, and a wrong one
//! named by its configuration key.

use std::{path::Path, time::Duration};

use alipay_global::{
    charset::Charset,
    settings::{CancelTimestamp, KeyCase, MerchantSettings, ProviderSettings, SecondaryMerchant, Timeouts},
    sign::{SignType, SigningKey, VerifyingKey},
};
use url::Url;

use crate::config::{self, Config, ConfigError, Fleet};

/// The installation's app.
///
/// # Errors
/// A sentence that names the configuration key.
pub fn provider(config: &Config) -> Result<ProviderSettings, ConfigError> {
    let provider = &config.alipay;
    let sign_type = sign_type("alipay.sign_type", &provider.sign_type)?;
    let settings = ProviderSettings {
        app_id: provider.app_id.clone(),
        gateway_url: url("alipay.openapi_gateway", &provider.openapi_gateway)?,
        authorize_url: url("alipay.authorize_url", &provider.authorize_url)?,
        signing_key: signing(config, "alipay.private_key", &provider.private_key, sign_type)?,
        alipay_key: verifying(config, "alipay.alipay_public_key", &provider.alipay_public_key, sign_type)?,
        charset: Charset::Utf8,
    };
    settings.check().map_err(|error| ConfigError::key("alipay", error))?;
    Ok(settings)
}

/// How long to wait for Alipay.
#[must_use]
pub fn timeouts(config: &Config) -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(config.alipay.connect_timeout_s),
        read: Duration::from_secs(config.alipay.read_timeout_s),
    }
}

/// One fleet's contract. `index` is its place in the configuration, for error messages.
///
/// # Errors
/// A sentence that names the configuration key.
pub fn merchant(config: &Config, index: usize, fleet: &Fleet) -> Result<MerchantSettings, ConfigError> {
    let merchant = &fleet.alipay;
    let key = |name: &str| format!("fleet[{index}].alipay.{name}");
    let sign_type = sign_type(&key("sign_type"), &merchant.sign_type)?;
    let needed = |name: &'static str, path: &Option<std::path::PathBuf>| {
        path.clone().ok_or_else(|| ConfigError::key(key(name), format!("is needed for {}", merchant.sign_type)))
    };
    let (signing_key, alipay_key) = if sign_type == SignType::Md5 {
        let path = needed("md5_key", &merchant.md5_key)?;
        let name = key("md5_key");
        (signing(config, &name, &path, sign_type)?, verifying(config, &name, &path, sign_type)?)
    } else {
        let (private, public) =
            (needed("private_key", &merchant.private_key)?, needed("alipay_public_key", &merchant.alipay_public_key)?);
        (
            signing(config, &key("private_key"), &private, sign_type)?,
            verifying(config, &key("alipay_public_key"), &public, sign_type)?,
        )
    };
    let currency = |currency: fareway_shared::money::Currency| {
        currency.code().parse().map_err(|error| ConfigError::key(format!("fleet[{index}].currency"), error))
    };
    let pay_within = format!("{}m", config.payment.life_minutes);
    let settings = MerchantSettings {
        partner: merchant.partner.clone(),
        gateway_url: url(&key("gateway"), &merchant.gateway)?,
        signing_key,
        alipay_key,
        charset: Charset::Utf8,
        currency: currency(fleet.settlement_currency.unwrap_or(fleet.currency))?,
        trans_currency: currency(fleet.currency)?,
        secondary_merchant: SecondaryMerchant {
            id: merchant.secondary_merchant_id.clone(),
            name: merchant.secondary_merchant_name.clone(),
            industry: merchant.secondary_merchant_industry.clone(),
            store_id: merchant.store_id.clone(),
            store_name: merchant.store_name.clone(),
            service_provider_id: Some(merchant.service_provider_id.clone()).filter(|id| !id.is_empty()),
        },
        extend_params_case: match merchant.extend_params_case {
            config::KeyCase::Lower => KeyCase::Lower,
            config::KeyCase::Upper => KeyCase::Upper,
        },
        cancel_timestamp: match merchant.cancel_timestamp {
            config::CancelTimestamp::EpochMillis => CancelTimestamp::EpochMillis,
            config::CancelTimestamp::BeijingText => CancelTimestamp::BeijingText,
            config::CancelTimestamp::Omitted => CancelTimestamp::Omitted,
        },
        notify_url: url("server.public_url", &format!("{}/alipay/notify", config.server.public_url))?,
        it_b_pay: pay_within.parse().map_err(|error| ConfigError::key("payment.life_minutes", error))?,
    };
    settings.check().map_err(|error| ConfigError::key(format!("fleet[{index}].alipay"), error))?;
    Ok(settings)
}

fn sign_type(key: &str, word: &str) -> Result<SignType, ConfigError> {
    word.parse().map_err(|_| ConfigError::key(key, format!("`{word}` is not MD5, RSA or RSA2")))
}

fn url(key: &str, text: &str) -> Result<Url, ConfigError> {
    text.parse().map_err(|_| ConfigError::key(key, format!("`{text}` is not an address")))
}

fn read(config: &Config, key: &str, path: &Path) -> Result<String, ConfigError> {
    let path = config.path(path);
    std::fs::read_to_string(&path).map_err(|error| ConfigError::KeyFile {
        key: key.to_owned(),
        message: format!("cannot be read: {error}"),
        path,
    })
}

fn signing(config: &Config, key: &str, path: &Path, sign_type: SignType) -> Result<SigningKey, ConfigError> {
    SigningKey::load(sign_type, read(config, key, path)?.trim()).map_err(|error| wrong(config, key, path, &error))
}

fn verifying(config: &Config, key: &str, path: &Path, sign_type: SignType) -> Result<VerifyingKey, ConfigError> {
    VerifyingKey::load(sign_type, read(config, key, path)?.trim()).map_err(|error| wrong(config, key, path, &error))
}

fn wrong(config: &Config, key: &str, path: &Path, error: &dyn std::error::Error) -> ConfigError {
    let message = format!("does not hold the right kind of key: {error}");
    ConfigError::KeyFile { key: key.to_owned(), path: config.path(path), message }
}
