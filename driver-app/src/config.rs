//! Where things are: one TOML file over a documented, compiled-in default (`config/default.toml`). A wrong key or value is
//! answered with which one and why, before anything starts.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use url::Url;

use crate::{
    gnss::Source,
    link::{LinkSettings, tls},
};

/// The default, with every key explained.
pub const DEFAULT: &str = include_str!("../config/default.toml");

/// Settings of one in-car unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The unit's memory.
    pub data_dir: PathBuf,
    /// The platform's listener for cars.
    pub platform_url: Url,
    /// PEM file of the authority behind the platform's certificate, if it is not one of the system's.
    pub platform_ca: Option<PathBuf>,
    /// The taximeter bridge, `host:port`.
    pub bridge: String,
    /// `zh` or `en`.
    pub language: Language,
    /// `day`, `night` or `auto`.
    pub theme: Theme,
    /// IANA name of the zone in which the screen shows times.
    pub timezone: String,
    /// The live scene changes once a second and stands still in between.
    pub reduced_motion: bool,
    /// The receiver of the car's positions.
    pub gnss: Gnss,
    /// Delays between attempts to reach the platform.
    pub retry: Retry,
}

/// Delays between attempts to reach the platform, milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Before the second attempt; doubles from there.
    pub first_ms: u64,
    /// The longest.
    pub max_ms: u64,
    /// After a refusal.
    pub rest_ms: u64,
}

/// The receiver of the car's positions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gnss {
    /// `none`, `gpsd` or `serial`.
    pub source: GnssSource,
    /// gpsd, `host:port`.
    pub address: String,
    /// The serial line's device file.
    pub port: String,
    /// Its speed, bits a second.
    pub baud: u32,
}

/// Where positions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GnssSource {
    /// Nowhere.
    None,
    /// gpsd.
    Gpsd,
    /// NMEA 0183 on a serial line.
    Serial,
}

/// Speeds that receivers speak at, bits a second.
const BAUDS: [u32; 9] = [4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

impl Gnss {
    fn check(&self) -> Result<(), String> {
        match self.source {
            GnssSource::Gpsd if !is_host_and_port(&self.address) => {
                Err(format!("`gnss.address` is `{}`, but must be host:port, such as 127.0.0.1:2947", self.address))
            }
            GnssSource::Serial if !self.port.starts_with('/') => {
                Err(format!("`gnss.port` is `{}`, but must be a device file, such as /dev/ttyACM0", self.port))
            }
            GnssSource::Serial if !BAUDS.contains(&self.baud) => {
                Err(format!("`gnss.baud` is {}, but must be one of {BAUDS:?}", self.baud))
            }
            _ => Ok(()),
        }
    }

    /// Where positions come from, as [`crate::gnss::run`] wants it.
    #[must_use]
    pub fn source(&self) -> Source {
        match self.source {
            GnssSource::None => Source::None,
            GnssSource::Gpsd => Source::Gpsd { address: self.address.clone() },
            GnssSource::Serial => Source::Serial { port: self.port.clone(), baud: self.baud },
        }
    }
}

fn is_host_and_port(address: &str) -> bool {
    let parts = address.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// The language of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// The colours of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark on light.
    Day,
    /// Light on dark.
    Night,
    /// Day from 6 to 18 o'clock in the set time zone, else night.
    Auto,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings in {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is no TOML, or a key or value in it is wrong; the message names it.
    #[error("the settings in {origin} are not right: {message}")]
    Wrong {
        /// Which file.
        origin: String,
        /// Which key, and why.
        message: String,
    },
}

impl Config {
    /// The default, overlaid with a file's keys.
    ///
    /// # Errors
    /// The file cannot be read, or a key or value is wrong.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Self::read("", "the default") };
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::read(&text, &path.display().to_string())
    }

    /// The default, overlaid with the keys of a text.
    ///
    /// # Errors
    /// A key or value is wrong.
    pub fn read(text: &str, origin: &str) -> Result<Self, ConfigError> {
        let wrong = |message: String| ConfigError::Wrong { origin: origin.to_owned(), message };
        let mut table: toml::Table = toml::from_str(DEFAULT).map_err(|error| wrong(error.to_string()))?;
        let over: toml::Table = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        overlay(&mut table, over);
        let config: Self = table.try_into().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        config.check().map_err(wrong)?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let scheme = self.platform_url.scheme();
        if !matches!(scheme, "ws" | "wss") {
            return Err(format!("`platform_url` starts with {scheme}://, but must start with wss:// (or ws://)"));
        }
        if self.platform_url.host_str().is_none() {
            return Err("`platform_url` names no host".into());
        }
        let port = self.bridge.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        if port.is_none() {
            return Err(format!("`bridge` is `{}`, but must be host:port, such as 127.0.0.1:7601", self.bridge));
        }
        if let Err(error) = jiff::tz::TimeZone::get(&self.timezone) {
            return Err(format!("`timezone` is `{}`: {error}", self.timezone));
        }
        self.gnss.check()?;
        let Retry { first_ms, max_ms, .. } = self.retry;
        if first_ms == 0 || max_ms < first_ms {
            return Err(format!(
                "`retry.first_ms` ({first_ms}) must be above 0 and not above `retry.max_ms` ({max_ms})"
            ));
        }
        Ok(())
    }

    /// Where the platform is, whom to trust there, and how patiently it is called.
    ///
    /// # Errors
    /// Nobody can be trusted: the authority's file is wrong, or the system knows none.
    pub fn link(&self) -> Result<LinkSettings, ConfigError> {
        let origin = "this unit".to_owned();
        let trusted = (self.platform_url.scheme() == "wss").then(|| tls::client(self.platform_ca.as_deref()));
        let tls = trusted.transpose().map_err(|message| ConfigError::Wrong { origin, message })?;
        Ok(LinkSettings {
            url: self.platform_url.clone(),
            tls,
            retry_first: Duration::from_millis(self.retry.first_ms),
            retry_max: Duration::from_millis(self.retry.max_ms),
            rest: Duration::from_millis(self.retry.rest_ms),
        })
    }
}

fn overlay(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(over)) => overlay(inner, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Config::read(text, "unit.toml").unwrap_err().to_string()
    }

    #[test]
    fn the_default_is_complete_and_a_file_needs_only_what_differs() {
        let config = Config::read("language = \"en\"\n[retry]\nfirst_ms = 10\n", "unit.toml").unwrap();
        assert_eq!(config.language, Language::En);
        assert_eq!((config.retry.first_ms, config.retry.max_ms), (10, 60_000));
    }

    #[test]
    fn a_wrong_key_or_value_is_named_with_its_reason() {
        assert!(problem("colour = 1").contains("unknown field `colour`"), "{}", problem("colour = 1"));
        assert!(problem("language = \"fr\"").contains("unknown variant `fr`"), "{}", problem("language = \"fr\""));
        assert!(problem("platform_url = \"https://x\"").contains("`platform_url` starts with https://"));
        let config =
            Config::read("platform_url = \"wss://x\"\nplatform_ca = \"/nowhere/ca.pem\"", "unit.toml").unwrap();
        let sentence = config.link().unwrap_err().to_string();
        assert!(sentence.contains("`platform_ca`") && sentence.contains("/nowhere/ca.pem"), "{sentence}");
        assert!(problem("bridge = \"nowhere\"").contains("`bridge` is `nowhere`"));
        assert!(problem("timezone = \"Mars/Olympus\"").contains("`timezone` is `Mars/Olympus`"));
        assert!(problem("[retry]\nfirst_ms = 0").contains("`retry.first_ms`"));
        let gnss = |text: &str| problem(&format!("[gnss]\n{text}"));
        assert!(gnss("source = \"glonass\"").contains("unknown variant `glonass`"));
        assert!(gnss("source = \"gpsd\"\naddress = \"here\"").contains("`gnss.address` is `here`"));
        assert!(gnss("source = \"serial\"\nport = \"COM3\"").contains("`gnss.port` is `COM3`"));
        assert!(gnss("source = \"serial\"\nbaud = 1234").contains("`gnss.baud` is 1234"));
        assert!(problem("x =").contains("unit.toml"));
    }
}
