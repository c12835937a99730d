//! The platform's Ed25519 keys on disk: one a line, the current one first. Read at start, the first one made at the first
//! start. Cars believe these keys and no other, so a key is succeeded, never replaced silently.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use fareway_shared::signature::PrivateKey;
use zeroize::Zeroizing;

use crate::{
    config::{Config, ConfigError},
    fleet::key_ring::KeyRing,
};

const KEY: &str = "keys.platform";

/// The file that the settings name.
struct KeyFile {
    path: PathBuf,
}

/// Reads the keys, or makes the first one where the file does not exist.
///
/// # Errors
/// The file cannot be read or made, others may read it, or it holds no key.
pub fn load_or_make(config: &Config) -> Result<KeyRing, ConfigError> {
    let file = KeyFile { path: config.path(&config.keys.platform) };
    match file.read()? {
        Some(keys) => file.ring(&keys),
        None => {
            file.make(&fresh())?;
            tracing::info!(key.path = %file.path.display(), "made the platform's key; back it up");
            load_or_make(config)
        }
    }
}

/// Puts a new key in front of the present ones. The platform announces it to every car at its next start. Returns the
/// new key's fingerprint, hexadecimal.
///
/// # Errors
/// There is no key yet, or the file cannot be read or written.
pub fn succeed(config: &Config) -> Result<String, ConfigError> {
    let file = KeyFile { path: config.path(&config.keys.platform) };
    let Some(present) = file.read()? else {
        return Err(file.wrong("does not exist yet; `fareway serve` makes the first key"));
    };
    file.ring(&present)?;
    let mut keys = fresh();
    keys.push_str(&present);
    file.replace(&keys)?;
    Ok(hex::encode(file.ring(&keys)?.current().public().fingerprint()))
}

/// A line with a new key.
fn fresh() -> Zeroizing<String> {
    let secret: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
    Zeroizing::new(format!("{}\n", hex::encode(secret.as_ref())))
}

impl KeyFile {
    fn wrong(&self, message: impl Into<String>) -> ConfigError {
        ConfigError::KeyFile { key: KEY.to_owned(), path: self.path.clone(), message: message.into() }
    }

    /// The lines, or nothing if there is no such file.
    fn read(&self) -> Result<Option<Zeroizing<String>>, ConfigError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.wrong(format!("cannot be read: {error}"))),
        };
        let mode = fs::metadata(&self.path).map_err(|error| self.wrong(error.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(self.wrong("may be read by others; run chmod 600 on it"));
        }
        Ok(Some(text))
    }

    fn ring(&self, lines: &str) -> Result<KeyRing, ConfigError> {
        let mut keys = Vec::new();
        for (number, line) in (1..).zip(lines.lines()) {
            let mut secret = Zeroizing::new([0_u8; 32]);
            hex::decode_to_slice(line.trim(), secret.as_mut())
                .map_err(|_| self.wrong(format!("does not hold 64 hexadecimal digits in line {number}")))?;
            keys.push(PrivateKey::from_bytes(&secret));
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or_else(|| self.wrong("is empty; restore it from its backup"))?;
        Ok(KeyRing::new(current, keys.collect()))
    }

    /// Makes the file; two programs that start at once never make two keys.
    fn make(&self, lines: &str) -> Result<(), ConfigError> {
        let made = write(OpenOptions::new().create_new(true), &self.path, lines);
        made.map_err(|error| self.wrong(format!("cannot be made: {error}")))
    }

    /// Writes beside the file, then takes its place: after a power cut there is the old file or the new one.
    fn replace(&self, lines: &str) -> Result<(), ConfigError> {
        let beside = self.path.with_extension("new");
        let written = write(OpenOptions::new().create(true).truncate(true), &beside, lines);
        let replaced = written.and_then(|()| fs::rename(&beside, &self.path));
        replaced.map_err(|error| self.wrong(format!("cannot be written: {error}")))
    }
}

/// Writes a file that only its owner may read, down to the disk.
fn write(options: &mut OpenOptions, path: &Path, lines: &str) -> io::Result<()> {
    let mut file = options.write(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()
}
