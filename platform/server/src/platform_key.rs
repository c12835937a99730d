//! The platform's Ed25519 key on disk: read at start, made at the first start. Cars believe this key and no other, so it
//! is never replaced silently.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
};

use fareway_shared::signature::PrivateKey;
use zeroize::Zeroizing;

use crate::config::{Config, ConfigError};

const KEY: &str = "keys.platform";

/// Reads the key, or makes it where the file does not exist.
///
/// # Errors
/// The file cannot be read or made, others may read it, or it holds no key.
pub fn load_or_make(config: &Config) -> Result<PrivateKey, ConfigError> {
    let path = config.path(&config.keys.platform);
    let wrong = |message: String| ConfigError::KeyFile { key: KEY.to_owned(), path: path.clone(), message };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            let mode = std::fs::metadata(&path).map_err(|error| wrong(error.to_string()))?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(wrong("may be read by others; run chmod 600 on it".to_owned()));
            }
            let mut secret = Zeroizing::new([0_u8; 32]);
            hex::decode_to_slice(text.trim(), secret.as_mut())
                .map_err(|_| wrong("does not hold 64 hexadecimal digits".to_owned()))?;
            Ok(PrivateKey::from_bytes(&secret))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
            let text = Zeroizing::new(format!("{}\n", hex::encode(secret.as_ref())));
            let written = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
            written.map_err(|error| wrong(format!("cannot be made: {error}")))?;
            tracing::info!(key.path = %path.display(), "made the platform's key; back it up");
            Ok(PrivateKey::from_bytes(&secret))
        }
        Err(error) => Err(wrong(format!("cannot be read: {error}"))),
    }
}
