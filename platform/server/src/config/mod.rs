//! Settings. The compiled-in default file is the manual; an operator's file overrides single keys. A wrong key or value
//! is a sentence that names it.

mod dispatch;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use fareway_shared::{id::FleetId, money::Currency};
use jiff::tz::TimeZone;
use serde::Deserialize;

pub use dispatch::{Dispatch, FleetDispatch};

/// Every key, explained, with its default.
pub const DEFAULT: &str = include_str!("../../config/default.toml");

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the settings file {path} cannot be read: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML.
    #[error("the settings file {path} is not valid TOML: {message}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// A key is unknown, missing or has a wrong value.
    #[error("settings key `{key}`: {message}")]
    Key {
        /// Which key, with its section.
        key: String,
        /// Why.
        message: String,
    },
    /// A key file cannot be read, made or understood.
    #[error("settings key `{key}`: the file {path} {message}")]
    KeyFile {
        /// Which settings key names the file.
        key: String,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

impl ConfigError {
    /// A wrong value, with its reason.
    pub fn key(key: impl Into<String>, message: impl ToString) -> Self {
        Self::Key { key: key.into(), message: message.to_string() }
    }
}

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Addresses.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// The platform's own keys.
    pub keys: Keys,
    /// Paying.
    pub payment: PaymentConfig,
    /// Matching cars with passengers.
    pub dispatch: Dispatch,
    /// The installation's Alipay app.
    pub alipay: Provider,
    /// The fleets.
    #[serde(default)]
    pub fleet: Vec<Fleet>,
    /// The folder that relative paths are taken from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// `[server]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Pages, console and notices.
    pub http: SocketAddr,
    /// Cars.
    pub cars: SocketAddr,
    /// How the outside reaches `http`.
    pub public_url: String,
    /// Most cars at once.
    pub cars_max: usize,
    /// Whether a proxy in front appends the caller's address to `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Who may frame the passenger's pages.
    pub passenger_frame_ancestors: String,
}

/// `[database]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its address; may hold a password.
    pub url: String,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database(redacted)")
    }
}

/// `[keys]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// File of the platform's Ed25519 key.
    pub platform: PathBuf,
}

/// `[payment]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentConfig {
    /// Whole minutes, 1 to 60.
    pub life_minutes: u32,
}

/// `[alipay]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// APPID.
    pub app_id: String,
    /// Gateway of `alipay.system.oauth.token`.
    pub openapi_gateway: String,
    /// The authorisation page.
    pub authorize_url: String,
    /// RSA2 or RSA.
    pub sign_type: String,
    /// Our key file.
    pub private_key: PathBuf,
    /// Alipay's key file.
    pub alipay_public_key: PathBuf,
    /// Seconds to connect.
    pub connect_timeout_s: u64,
    /// Seconds to wait for an answer.
    pub read_timeout_s: u64,
}

/// `[[fleet]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// The fleet.
    pub id: FleetId,
    /// Its name.
    pub name: String,
    /// The time zone of its receipts, by its IANA name.
    #[serde(default = "zone")]
    pub zone: String,
    /// Of meters and prices.
    pub currency: Currency,
    /// Of the contract with Alipay.
    pub settlement_currency: Option<Currency>,
    /// Largest keyed extra and largest tip, minor units.
    #[serde(default = "extras_cap")]
    pub extras_cap_minor: i64,
    /// How it finds cars for passengers.
    #[serde(default)]
    pub dispatch: FleetDispatch,
    /// Its contract with Alipay.
    pub alipay: Merchant,
}

fn zone() -> String {
    "Asia/Shanghai".to_owned()
}

const fn extras_cap() -> i64 {
    50_000
}

/// `[fleet.alipay]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// PID.
    pub partner: String,
    /// Gateway of the `alipay.acquire.*` calls.
    pub gateway: String,
    /// MD5, RSA or RSA2.
    pub sign_type: String,
    /// Our key file, for RSA and RSA2.
    pub private_key: Option<PathBuf>,
    /// Alipay's key file, for RSA and RSA2.
    pub alipay_public_key: Option<PathBuf>,
    /// Key file for MD5.
    pub md5_key: Option<PathBuf>,
    /// Sub-merchant.
    pub secondary_merchant_id: String,
    /// Sub-merchant.
    pub secondary_merchant_name: String,
    /// ISO 18245; taxis are 4121.
    #[serde(default = "taxi")]
    pub secondary_merchant_industry: String,
    /// Store.
    pub store_id: String,
    /// Store.
    pub store_name: String,
    /// Only for service providers.
    #[serde(default)]
    pub service_provider_id: String,
    /// `lower` or `upper`.
    #[serde(default)]
    pub extend_params_case: KeyCase,
    /// What the cancel gateway wants.
    #[serde(default)]
    pub cancel_timestamp: CancelTimestamp,
    /// A second proof of each notice.
    #[serde(default)]
    pub notify_verify: bool,
}

fn taxi() -> String {
    "4121".to_owned()
}

/// Case of the keys of `extend_params`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCase {
    /// Newer pages.
    #[default]
    Lower,
    /// Older clients.
    Upper,
}

/// Form of the cancel call's timestamp.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelTimestamp {
    /// As the page shows.
    #[default]
    EpochMillis,
    /// As an older client's comment shows.
    BeijingText,
    /// As field clients do.
    Omitted,
}

impl Config {
    /// Reads an operator's file over the defaults.
    ///
    /// # Errors
    /// A sentence that names the file or the key.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        Self::parse(&text, path, folder)
    }

    /// Reads settings from text over the defaults.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn parse(text: &str, path: &Path, folder: PathBuf) -> Result<Self, ConfigError> {
        let table = |text: &str| {
            text.parse::<toml::Table>()
                .map_err(|error| ConfigError::Syntax { path: path.to_owned(), message: error.to_string() })
        };
        let mut merged = table(DEFAULT)?;
        overlay(&mut merged, table(text)?);
        let mut config: Self = serde_path_to_error::deserialize(toml::Value::Table(merged))
            .map_err(|error| ConfigError::key(error.path().to_string(), error.inner().to_string().trim()))?;
        config.folder = folder;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !(1..=60).contains(&self.payment.life_minutes) {
            return Err(ConfigError::key("payment.life_minutes", "must be 1 to 60"));
        }
        if self.server.public_url.ends_with('/') || !self.server.public_url.starts_with("http") {
            let message = "must begin with http:// or https:// and not end with a slash";
            return Err(ConfigError::key("server.public_url", message));
        }
        self.dispatch.check()?;
        for (index, fleet) in self.fleet.iter().enumerate() {
            fleet.dispatch.check(index)?;
            let key = format!("fleet[{index}].currency");
            // Alipay's wire writes two decimals, or none for yen and won (alipay.md §5).
            if fleet.currency.exponent() != 2 && !matches!(fleet.currency.code(), "JPY" | "KRW") {
                let message = format!("Alipay cannot carry {}; its amounts have other decimals", fleet.currency);
                return Err(ConfigError::key(key, message));
            }
            if TimeZone::get(&fleet.zone).is_err() {
                let message = format!("{} is no time zone; give an IANA name such as Asia/Shanghai", fleet.zone);
                return Err(ConfigError::key(format!("fleet[{index}].zone"), message));
            }
        }
        Ok(())
    }

    /// A path of the settings, taken from the settings file's folder.
    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// Puts an operator's keys over the defaults, table by table.
fn overlay(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => overlay(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("fareway.toml"), PathBuf::new())
    }

    #[test]
    fn the_default_file_reads_and_one_key_can_be_changed_alone() {
        let config = parse("[server]\nhttp = \"127.0.0.1:9\"\n").unwrap();
        assert_eq!(config.server.http.port(), 9);
        assert_eq!(config.server.cars.port(), 8090);
    }

    #[test]
    fn a_wrong_key_is_named_with_its_section_and_reason() {
        let unknown = parse("[server]\nhtpp = \"127.0.0.1:9\"\n").unwrap_err().to_string();
        assert!(unknown.contains("server") && unknown.contains("htpp"), "{unknown}");
        let value = parse("[server]\ncars = \"nowhere\"\n").unwrap_err().to_string();
        assert!(value.contains("server.cars"), "{value}");
        let range = parse("[payment]\nlife_minutes = 0\n").unwrap_err().to_string();
        assert!(range.contains("payment.life_minutes"), "{range}");
        assert!(matches!(parse("[server"), Err(ConfigError::Syntax { .. })));
    }

    #[test]
    fn a_currency_that_alipay_cannot_carry_is_refused_with_a_sentence() {
        let fleet = "[[fleet]]\nid = \"0198b2c4-0000-7000-8000-000000000001\"\nname = \"Kuwait\"\ncurrency = \"KWD\"\n\
                     [fleet.alipay]\npartner = \"2088\"\ngateway = \"http://x\"\nsign_type = \"MD5\"\n\
                     secondary_merchant_id = \"a\"\nsecondary_merchant_name = \"a\"\nstore_id = \"a\"\n\
                     store_name = \"a\"\n";
        let error = parse(fleet).unwrap_err().to_string();
        assert!(error.contains("fleet[0].currency") && error.contains("KWD"), "{error}");
    }
}
