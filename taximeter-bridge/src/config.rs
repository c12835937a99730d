//! The bridge's settings: the compiled-in `config/default.toml`, a file over it, flags over both. Read once by `main`.
//! A wrong key or value is refused with a sentence that names the key and says why.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use fareway_shared::money::Currency;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// Every key with its explanation and default.
pub const DEFAULT: &str = include_str!("../config/default.toml");

/// What the meter speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// JT/T 905.2, device type 02.
    Jtt905,
    /// GWP5043.
    Gwp5043,
}

impl Protocol {
    /// The name used in settings and in the app's `Hello`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jtt905 => "jtt905",
            Self::Gwp5043 => "gwp5043",
        }
    }
}

/// Whether the bridge may transmit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Reads along and never transmits.
    Listen,
    /// Is the meter's terminal.
    Host,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("the settings file {path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("line {line} of the settings is not TOML: {why}")]
    NotToml {
        /// Its number, from 1.
        line: usize,
        /// The parser's words.
        why: String,
    },
    /// A key that does not exist.
    #[error("`{key}` is not a setting; the settings there are: {known}")]
    UnknownKey {
        /// The key's full name.
        key: String,
        /// Its section's keys.
        known: String,
    },
    /// A value that the key cannot take.
    #[error("`{key}` cannot be {value}: {why}")]
    BadValue {
        /// The key's full name.
        key: String,
        /// What was given.
        value: String,
        /// What is wanted.
        why: String,
    },
}

/// All settings; documented in [`DEFAULT`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented once, in config/default.toml")]
pub struct Config {
    pub line: Line,
    pub meter: Meter,
    pub silence: Silence,
    pub host: Host,
    pub app: App,
    pub spool: Spool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented once, in config/default.toml")]
pub struct Line {
    pub port: String,
    pub protocol: Protocol,
    pub mode: Mode,
    pub baud: u32,
    pub frame_gap_ms: u64,
    pub reopen_first_ms: u64,
    pub reopen_last_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented once, in config/default.toml")]
pub struct Meter {
    pub id: String,
    pub currency: String,
    pub unit_minor: u32,
    pub clock_offset: String,
    pub late_after_s: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented once, in config/default.toml")]
pub struct Silence {
    pub stale_ms: u64,
    pub stale_hired_ms: u64,
    pub lost_ms: u64,
    pub grace_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented once, in config/default.toml")]
pub struct Host {
    pub answer_wait_ms: u64,
    pub tries: u32,
    pub heartbeat_answer_bytes: usize,
    pub status_every_ms: u64,
    pub licence: String,
    pub driver_certificate: String,
    pub plate: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented once, in config/default.toml")]
pub struct App {
    pub listen: SocketAddr,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented once, in config/default.toml")]
pub struct Spool {
    pub directory: PathBuf,
}

/// What one step of the meter's amount is worth (design.md §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterProfile {
    /// The currency on the meter's face.
    pub currency: Currency,
    /// Minor units in one step of its amounts.
    pub unit_minor: u32,
    /// The meter's local time, seconds east of UTC.
    pub clock_offset_s: i32,
}

impl Config {
    /// The defaults with `text` over them.
    ///
    /// # Errors
    /// A key that does not exist, or a value that its key cannot take.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut merged = table(DEFAULT)?;
        overlay(&mut merged, table(text)?, "")?;
        let config = Self::deserialize(merged).map_err(|error| {
            let text = error.to_string();
            let (why, key) = text.split_once("\nin `").unwrap_or((&text, "the settings"));
            bad(key.trim_end_matches(['`', '\n']), "what it is", why)
        })?;
        config.check()?;
        Ok(config)
    }

    /// [`Self::parse`] over a file.
    ///
    /// # Errors
    /// The file cannot be read, or says what `parse` refuses.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// What cannot be told from one key alone. Flags change settings after `parse`, so `main` asks again.
    ///
    /// # Errors
    /// [`ConfigError::BadValue`] for the first key that cannot stand.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.line.mode == Mode::Host && self.line.protocol == Protocol::Gwp5043 {
            return Err(bad("line.mode", "\"host\"", "a gwp5043 meter takes no answers; use \"listen\""));
        }
        if !self.app.listen.ip().is_loopback() {
            return Err(bad("app.listen", &self.app.listen.to_string(), "it must be a loopback address, as 127.0.0.1"));
        }
        if !(9..=11).contains(&self.host.heartbeat_answer_bytes) {
            let value = self.host.heartbeat_answer_bytes.to_string();
            return Err(bad("host.heartbeat_answer_bytes", &value, "meters know 9, 10 and 11"));
        }
        if !(1..=10).contains(&self.host.tries) {
            return Err(bad("host.tries", &self.host.tries.to_string(), "it must be 1 to 10"));
        }
        for (key, value) in [
            ("line.frame_gap_ms", self.line.frame_gap_ms),
            ("line.reopen_first_ms", self.line.reopen_first_ms),
            ("host.answer_wait_ms", self.host.answer_wait_ms),
            ("host.status_every_ms", self.host.status_every_ms),
            ("silence.stale_ms", self.silence.stale_ms),
            ("silence.stale_hired_ms", self.silence.stale_hired_ms),
        ] {
            if value == 0 {
                return Err(bad(key, "0", "it must be a positive number of milliseconds"));
            }
        }
        if self.silence.lost_ms < self.silence.stale_ms {
            let value = self.silence.lost_ms.to_string();
            return Err(bad("silence.lost_ms", &value, "it must not be below silence.stale_ms"));
        }
        self.profile().map(|_| ())
    }

    /// Bits per second on the line.
    #[must_use]
    pub const fn baud(&self) -> u32 {
        match (self.line.baud, self.line.protocol) {
            (0, Protocol::Jtt905) => 9600,
            (0, Protocol::Gwp5043) => 115_200,
            (baud, _) => baud,
        }
    }

    /// The meter's currency, unit and clock.
    ///
    /// # Errors
    /// [`ConfigError::BadValue`] for an unknown currency or a clock offset that is none.
    pub fn profile(&self) -> Result<MeterProfile, ConfigError> {
        let (currency, unit_minor, clock_offset) = match self.line.protocol {
            Protocol::Jtt905 => ("CNY", 10, "+08:00"),
            Protocol::Gwp5043 => ("THB", 100, "+07:00"),
        };
        let or = |given: &str, own: &'static str| if given.is_empty() { own.to_owned() } else { given.to_owned() };
        let currency = or(&self.meter.currency, currency);
        let offset = or(&self.meter.clock_offset, clock_offset);
        Ok(MeterProfile {
            currency: Currency::parse(&currency)
                .map_err(|error| bad("meter.currency", &format!("\"{currency}\""), &error.to_string()))?,
            unit_minor: if self.meter.unit_minor == 0 { unit_minor } else { self.meter.unit_minor },
            clock_offset_s: offset_s(&offset)
                .ok_or_else(|| bad("meter.clock_offset", &format!("\"{offset}\""), "write it as \"+08:00\""))?,
        })
    }
}

/// Milliseconds of a setting as a span.
#[must_use]
pub const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn offset_s(text: &str) -> Option<i32> {
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    let seconds = ((0..=14).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 3600 + minutes * 60)?;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

fn table(text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).map_or(0, |before| before.matches('\n').count()).saturating_add(1);
        ConfigError::NotToml { line, why: error.message().to_owned() }
    })
}

/// Lays the user's table over the defaults; every key there is stands in the defaults, so any other is a mistake.
fn overlay(base: &mut Table, user: Table, section: &str) -> Result<(), ConfigError> {
    let known = base.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    for (name, value) in user {
        let key = format!("{section}{name}");
        let Some(slot) = base.get_mut(&name) else {
            return Err(ConfigError::UnknownKey { key, known });
        };
        match (slot, value) {
            (Value::Table(inner), Value::Table(given)) => overlay(inner, given, &format!("{key}."))?,
            (slot, given) if slot.same_type(&given) => *slot = given,
            (slot, given) => {
                let why = format!("it must be a value of type {}, not {}", slot.type_str(), given.type_str());
                return Err(bad(&key, &given.to_string(), &why));
            }
        }
    }
    Ok(())
}

fn bad(key: &str, value: &str, why: &str) -> ConfigError {
    ConfigError::BadValue { key: key.to_owned(), value: value.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Config::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_default_file_is_a_whole_and_usable_configuration() {
        let config = Config::parse("").unwrap();
        assert_eq!((config.line.mode, config.baud()), (Mode::Listen, 9600));
        let profile = config.profile().unwrap();
        assert_eq!((profile.currency, profile.unit_minor, profile.clock_offset_s), (Currency::CNY, 10, 28_800));
        let gwp = Config::parse("[line]\nprotocol = \"gwp5043\"").unwrap();
        assert_eq!((gwp.baud(), gwp.profile().unwrap().currency), (115_200, Currency::THB));
    }

    #[test]
    fn a_wrong_key_is_named_with_the_keys_there_are() {
        let words = refusal("[line]\nprot = \"x\"");
        assert!(words.starts_with("`line.prot` is not a setting") && words.contains("protocol"), "{words}");
        assert!(refusal("colour = 1").starts_with("`colour` is not a setting"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_key_and_the_reason() {
        let cases = [
            ("[line]\nbaud = \"fast\"", "`line.baud` cannot be \"fast\": it must be a value of type integer"),
            ("[line]\nprotocol = \"modbus\"", "`line.protocol` cannot be what it is: unknown variant `modbus`"),
            ("[line]\nmode = \"host\"\nprotocol = \"gwp5043\"", "`line.mode` cannot be \"host\": a gwp5043 meter"),
            ("[app]\nlisten = \"0.0.0.0:1\"", "`app.listen` cannot be 0.0.0.0:1: it must be a loopback address"),
            ("[host]\nheartbeat_answer_bytes = 12", "`host.heartbeat_answer_bytes` cannot be 12: meters know"),
            ("[meter]\ncurrency = \"YUAN\"", "`meter.currency` cannot be \"YUAN\""),
            ("[meter]\nclock_offset = \"8\"", "`meter.clock_offset` cannot be \"8\": write it as"),
            ("[line]\nport = \"a\"\nport = \"b\"", "line 3 of the settings is not TOML"),
            ("[host]\ntries = -1", "`host.tries` cannot be what it is"),
        ];
        for (text, expected) in cases {
            let words = refusal(text);
            assert!(words.starts_with(expected), "{words}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let words = Config::load(Path::new("/nonexistent/bridge.toml")).unwrap_err().to_string();
        assert!(words.contains("/nonexistent/bridge.toml"), "{words}");
    }
}
