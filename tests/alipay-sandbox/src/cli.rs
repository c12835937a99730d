//! The command line and the optional file: turns flags and key files into [`Settings`], or into one
//! sentence that says what to change.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use alipay_global::sign::{KeyError, Md5Key, PrivateKey, PublicKey, SignType};
use clap::Parser;
use serde::Deserialize;
use thiserror::Error;

use crate::settings::{App, Merchant, Settings, User, test_users};

/// An Alipay that misbehaves on purpose: both gateways, authorise page, wallet and notifier.
#[derive(Default, Parser)]
#[command(version, about)]
pub struct Cli {
    /// Port of gateways (/gateway.do), authorise page and wallet (/wallet); 0 picks a free one.
    #[arg(long)]
    pub port: Option<u16>,
    /// Alipay's RSA private key, PEM or bare base64: signs answers and notices.
    #[arg(long, value_name = "FILE")]
    pub alipay_private_key: Option<PathBuf>,
    /// The merchant's RSA public key: verifies requests of both gateways.
    #[arg(long, value_name = "FILE")]
    pub merchant_public_key: Option<PathBuf>,
    /// The MD5 key shared with the merchant, 32 letters and digits.
    #[arg(long, value_name = "KEY")]
    pub md5_key: Option<String>,
    /// APPID of the openapi gateway.
    #[arg(long)]
    pub app_id: Option<String>,
    /// PID of the mapi gateway (2088…); repeat it for merchants that share the keys.
    #[arg(long)]
    pub partner: Vec<String>,
    /// Address to listen on.
    #[arg(long)]
    pub host: Option<IpAddr>,
    /// Port of the phone's own listener; by default the port above plus one, 0 picks a free one.
    #[arg(long)]
    pub wallet_port: Option<u16>,
    /// Accept only this signature type from merchants: MD5, RSA or RSA2.
    #[arg(long)]
    pub sign_type: Option<String>,
    /// A callback registered for the app; repeat it for several, none accepts any.
    #[arg(long, value_name = "URL")]
    pub callback: Vec<String>,
    /// Waits between resends of a notice [default: 2m,10m,10m,1h,2h,6h,15h].
    #[arg(long, value_name = "LIST")]
    pub resend: Option<String>,
    /// Run the resend schedule this many times faster.
    #[arg(long, value_name = "FACTOR")]
    pub time_scale: Option<u32>,
    /// Seed of the faults drawn by chance.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Share of calls, payments and notices that go wrong by chance, 0 to 1.
    #[arg(long, value_name = "SHARE")]
    pub fault_rate: Option<f64>,
    /// A host besides loopback that the phone may open; repeat it for several.
    #[arg(long, value_name = "HOST")]
    pub wallet_host: Vec<String>,
    /// A TOML file with the same settings and any number of apps, merchants and users.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Why the sandbox cannot start; each message is a sentence to act on.
#[derive(Debug, Error)]
pub enum CliError {
    /// A needed setting is absent.
    #[error("{0} is missing: give it as a flag or in the --config file")]
    Missing(&'static str),
    /// A file cannot be read.
    #[error("the file {path} given for {name} cannot be read: {source}")]
    Unreadable {
        /// The setting.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds no usable key.
    #[error("the file {path} given for {name} holds no usable key: {source}")]
    BadKey {
        /// The setting.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// The MD5 key is not one.
    #[error("the MD5 key of {partner} cannot be used: {source}")]
    BadMd5Key {
        /// Whose.
        partner: String,
        /// Why.
        source: KeyError,
    },
    /// The configuration file is not understood.
    #[error("the configuration file {path} is not understood: {message}")]
    BadConfig {
        /// The file.
        path: PathBuf,
        /// Which key, and why.
        message: String,
    },
    /// A value is out of range.
    #[error("{name} is \"{value}\": {wanted}")]
    BadValue {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is accepted.
        wanted: &'static str,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    host: Option<IpAddr>,
    port: Option<u16>,
    wallet_port: Option<u16>,
    alipay_private_key: Option<PathBuf>,
    resend: Option<String>,
    time_scale: Option<u32>,
    seed: Option<u64>,
    fault_rate: Option<f64>,
    wallet_hosts: Vec<String>,
    apps: Vec<FileApp>,
    merchants: Vec<FileMerchant>,
    users: Vec<FileUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileApp {
    app_id: String,
    public_key: PathBuf,
    #[serde(default)]
    callbacks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMerchant {
    partner: String,
    name: Option<String>,
    public_key: Option<PathBuf>,
    md5_key: Option<String>,
    #[serde(default)]
    sign_types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileUser {
    id: String,
    name_zh: String,
    name_en: String,
    login: String,
    pin: String,
}

impl Cli {
    /// Reads every file named and puts flags over the configuration file.
    ///
    /// # Errors
    /// [`CliError`], to be printed as it is.
    pub fn settings(self) -> Result<Settings, CliError> {
        let (file, folder) = read_config(self.config.as_deref())?;
        let mut apps = Vec::new();
        let mut merchants = Vec::new();
        for app in file.apps {
            let public_key = public_key("public_key", &folder.join(app.public_key))?;
            apps.push(App { app_id: app.app_id, public_key, callbacks: app.callbacks });
        }
        for merchant in file.merchants {
            merchants.push(file_merchant(merchant, &folder)?);
        }
        let flag_key = match &self.merchant_public_key {
            Some(path) => Some(public_key("--merchant-public-key", path)?),
            None => None,
        };
        if let Some(app_id) = self.app_id {
            let public_key = flag_key.clone().ok_or(CliError::Missing("--merchant-public-key"))?;
            apps.insert(0, App { app_id, public_key, callbacks: self.callback });
        }
        let sign_types = sign_types(self.sign_type.as_slice())?;
        for partner in self.partner {
            let md5_key = md5_key(&partner, self.md5_key.as_deref())?;
            let public_key = flag_key.clone();
            merchants.push(merchant(partner, None, md5_key, public_key, sign_types.clone())?);
        }
        let key_path = self
            .alipay_private_key
            .or_else(|| file.alipay_private_key.map(|path| folder.join(path)))
            .ok_or(CliError::Missing("--alipay-private-key"))?;
        let alipay_key = private_key("--alipay-private-key", &key_path)?;
        let mut apps = apps.into_iter();
        let mut merchants = merchants.into_iter();
        let first_app = apps.next().ok_or(CliError::Missing("--app-id"))?;
        let first_merchant = merchants.next().ok_or(CliError::Missing("--partner"))?;

        let mut settings = Settings::new(alipay_key, first_app, first_merchant);
        settings.apps.extend(apps);
        settings.merchants.extend(merchants);
        settings.host = self.host.or(file.host).unwrap_or(settings.host);
        settings.port = self.port.or(file.port).ok_or(CliError::Missing("--port"))?;
        settings.wallet_port = self.wallet_port.or(file.wallet_port);
        if let Some(list) = self.resend.or(file.resend) {
            settings.resend = schedule(&list)?;
        }
        settings.time_scale = self.time_scale.or(file.time_scale).unwrap_or(1).max(1);
        settings.seed = self.seed.or(file.seed).unwrap_or_default();
        settings.fault_rate = rate(self.fault_rate.or(file.fault_rate).unwrap_or_default())?;
        settings.wallet_hosts = file.wallet_hosts;
        settings.wallet_hosts.extend(self.wallet_host);
        settings.users = file.users.into_iter().map(file_user).collect();
        if settings.users.is_empty() {
            settings.users = test_users();
        }
        Ok(settings)
    }
}

fn read_config(path: Option<&Path>) -> Result<(File, PathBuf), CliError> {
    let Some(path) = path else {
        return Ok((File::default(), PathBuf::new()));
    };
    let file = toml::from_str(&read("--config", path)?).map_err(|error| CliError::BadConfig {
        path: path.to_owned(),
        message: error.to_string().trim_end().replace('\n', " "),
    })?;
    Ok((file, path.parent().map(Path::to_owned).unwrap_or_default()))
}

fn read(name: &'static str, path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|source| CliError::Unreadable { name, path: path.to_owned(), source })
}

fn private_key(name: &'static str, path: &Path) -> Result<PrivateKey, CliError> {
    PrivateKey::parse(&read(name, path)?).map_err(|source| CliError::BadKey { name, path: path.to_owned(), source })
}

fn public_key(name: &'static str, path: &Path) -> Result<PublicKey, CliError> {
    PublicKey::parse(&read(name, path)?).map_err(|source| CliError::BadKey { name, path: path.to_owned(), source })
}

fn md5_key(partner: &str, text: Option<&str>) -> Result<Option<Md5Key>, CliError> {
    text.map(Md5Key::parse).transpose().map_err(|source| CliError::BadMd5Key { partner: partner.to_owned(), source })
}

fn sign_types(names: &[String]) -> Result<Vec<SignType>, CliError> {
    let parse = |name: &String| {
        name.parse().map_err(|_| CliError::BadValue {
            name: "--sign-type",
            value: name.clone(),
            wanted: "it must be MD5, RSA or RSA2",
        })
    };
    names.iter().map(parse).collect()
}

fn merchant(
    partner: String,
    name: Option<String>,
    md5_key: Option<Md5Key>,
    public_key: Option<PublicKey>,
    sign_types: Vec<SignType>,
) -> Result<Merchant, CliError> {
    if partner.len() != 16 || !partner.starts_with("2088") || !partner.bytes().all(|byte| byte.is_ascii_digit()) {
        let wanted = "a PID is 16 digits that begin with 2088";
        return Err(CliError::BadValue { name: "--partner", value: partner, wanted });
    }
    if md5_key.is_none() && public_key.is_none() {
        return Err(CliError::Missing("--md5-key or --merchant-public-key"));
    }
    let name = name.unwrap_or_else(|| format!("Merchant {partner}"));
    Ok(Merchant { partner, name, md5_key, public_key, sign_types })
}

fn file_merchant(entry: FileMerchant, folder: &Path) -> Result<Merchant, CliError> {
    let public_key = entry.public_key.map(|path| public_key("public_key", &folder.join(path))).transpose()?;
    let md5_key = md5_key(&entry.partner, entry.md5_key.as_deref())?;
    merchant(entry.partner, entry.name, md5_key, public_key, sign_types(&entry.sign_types)?)
}

fn file_user(user: FileUser) -> User {
    User { id: user.id, name_zh: user.name_zh, name_en: user.name_en, login: user.login, pin: user.pin }
}

fn schedule(list: &str) -> Result<Vec<Duration>, CliError> {
    let wait = |text: &str| {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at_checked(split)?;
        let unit_ms = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(unit_ms).map(Duration::from_millis)
    };
    list.split(',').filter(|part| !part.trim().is_empty()).map(wait).collect::<Option<_>>().ok_or_else(|| {
        CliError::BadValue {
            name: "--resend",
            value: list.to_owned(),
            wanted: "it must be a list such as 2m,10m,1h (ms, s, m, h)",
        }
    })
}

fn rate(rate: f64) -> Result<f64, CliError> {
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    let wanted = "it must lie between 0 and 1";
    Err(CliError::BadValue { name: "--fault-rate", value: rate.to_string(), wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_a_list_of_waits() {
        let waits = schedule("500ms, 2s,10m,1h").unwrap();
        assert_eq!(waits, [500, 2_000, 600_000, 3_600_000].map(Duration::from_millis));
        assert!(schedule("2 minutes").is_err());
        assert!(schedule("m").is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Cli::default().settings().unwrap_err();
        assert_eq!(error.to_string(), "--alipay-private-key is missing: give it as a flag or in the --config file");
    }
}
