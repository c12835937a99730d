//! The unit's memory on disk: two files, each written beside, flushed, renamed, and the folder flushed, so that a power
//! cut leaves the old or the new one whole. A file that does not carry its own checksum is never half believed: a lower
//! counter would make the platform suspend the unit. Called by [`crate::app`] only.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use fareway_shared::{
    enrolment::Enrolled,
    id::{DeviceId, FleetId, VehicleId},
    money::Currency,
    signature::{PrivateKey, PublicKey},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::state::{Identity, Ledger, Memory};

const IDENTITY: &str = "identity.json";
const LEDGER: &str = "ledger.json";
const LOCK: &str = "lock";
/// Neither file comes near this.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The folder or a file cannot be reached.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process holds the folder.
    #[error("another driver-app is using {}; stop it, or choose another data_dir", .0.display())]
    InUse(PathBuf),
    /// The value cannot be written as JSON.
    #[error("the unit's memory cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The folder that holds the unit's memory, held by this process alone.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct IdentityFile {
    #[serde(with = "hex::serde")]
    private_key: [u8; 32],
    platform_key: PublicKey,
    previous_platform_key: Option<PublicKey>,
    device: DeviceId,
    fleet: FleetId,
    vehicle: VehicleId,
    plate: String,
    currency: Currency,
    #[serde(with = "hex::serde")]
    code_key: [u8; 32],
    public_url: String,
    cap_minor: i64,
    last_sequence: u64,
}

impl Disk {
    /// Opens (and makes, readable by its owner only) the folder.
    ///
    /// # Errors
    /// The folder cannot be made or is held by another process.
    pub fn open(folder: &Path) -> Result<Self, DiskError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at("make the folder", folder))?;
        let path = folder.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(at("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(DiskError::InUse(folder.to_owned())),
            Err(fs::TryLockError::Error(error)) => Err(at("lock", &path)(error)),
        }
    }

    /// What the disk remembers. Anything torn, foreign or missing in part is [`Memory::Damaged`] with its sentence.
    ///
    /// # Errors
    /// A file exists but cannot be read at all.
    pub fn load(&self) -> Result<Memory, DiskError> {
        let identity = self.read::<IdentityFile>(IDENTITY)?;
        let ledger = self.read::<Ledger>(LEDGER)?;
        Ok(match (identity, ledger) {
            (Found::Nothing, Found::Nothing) => Memory::Blank,
            // The power went during enrolment, after the first of the two files.
            (Found::Nothing, Found::Whole(ledger)) if ledger.is_fresh() => Memory::Blank,
            (Found::Damaged(why), _) | (_, Found::Damaged(why)) => Memory::Damaged(why),
            (Found::Whole(_), Found::Nothing) => Memory::Damaged(format!("{LEDGER} is missing")),
            (Found::Nothing, Found::Whole(_)) => Memory::Damaged(format!("{IDENTITY} is missing")),
            (Found::Whole(identity), Found::Whole(ledger)) if identity.device == ledger.device() => {
                Memory::Ready(Box::new((identity.into(), ledger)))
            }
            (Found::Whole(_), Found::Whole(_)) => Memory::Damaged(format!("{LEDGER} belongs to another unit")),
        })
    }

    /// Writes the identity; the file is readable by its owner only.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn save_identity(&self, identity: &Identity) -> Result<(), DiskError> {
        let grant = &identity.grant;
        self.write(
            IDENTITY,
            &IdentityFile {
                private_key: *identity.key.to_bytes(),
                platform_key: grant.platform_key,
                previous_platform_key: identity.previous_platform_key,
                device: grant.device,
                fleet: grant.fleet,
                vehicle: grant.vehicle,
                plate: grant.plate.clone(),
                currency: grant.currency,
                code_key: grant.code_key,
                public_url: grant.public_url.clone(),
                cap_minor: grant.cap_minor,
                last_sequence: grant.last_sequence,
            },
        )
    }

    /// Writes the ledger.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn save_ledger(&self, ledger: &Ledger) -> Result<(), DiskError> {
        self.write(LEDGER, ledger)
    }

    /// Puts what an earlier enrolment left behind out of the way, for whoever looks into it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn set_aside(&self) -> Result<(), DiskError> {
        let free = |number: &u32| {
            [IDENTITY, LEDGER].iter().all(|name| !self.folder.join(format!("{name}.damaged-{number}")).exists())
        };
        let number = (1..=u32::MAX).find(free).unwrap_or(u32::MAX);
        for name in [IDENTITY, LEDGER] {
            let (from, to) = (self.folder.join(name), self.folder.join(format!("{name}.damaged-{number}")));
            match fs::rename(&from, to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at("set aside", &from)(error)),
                _ => {}
            }
        }
        self.sync_folder()
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Found<T>, DiskError> {
        let path = self.folder.join(name);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(at("look at", &path)(error)),
            Ok(found) if found.len() > FILE_BYTES_MAX => return Ok(Found::Damaged(format!("{name} is too large"))),
            Ok(_) => {}
        }
        let bytes = fs::read(&path).map_err(at("read", &path))?;
        let whole = bytes
            .split_at_checked(65)
            .filter(|(head, json)| head.strip_suffix(b"\n") == Some(checksum(json).as_bytes()))
            .map(|(_, json)| json);
        let Some(json) = whole else { return Ok(Found::Damaged(format!("{name} is torn or was changed"))) };
        Ok(match serde_json::from_slice(json) {
            Ok(value) => Found::Whole(value),
            Err(error) => Found::Damaged(format!("{name} is of another program version ({error})")),
        })
    }

    fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), DiskError> {
        let json = serde_json::to_vec(value)?;
        let (path, beside) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let write = || {
            let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
            file.write_all(checksum(&json).as_bytes())?;
            file.write_all(b"\n")?;
            file.write_all(&json)?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(at("write", &path))?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> Result<(), DiskError> {
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(at("flush", &self.folder))
    }
}

enum Found<T> {
    Nothing,
    Whole(T),
    Damaged(String),
}

impl From<IdentityFile> for Identity {
    fn from(file: IdentityFile) -> Self {
        let key = PrivateKey::from_bytes(&file.private_key);
        let grant = Enrolled {
            platform_key: file.platform_key,
            device_key: key.public(),
            device: file.device,
            fleet: file.fleet,
            vehicle: file.vehicle,
            plate: file.plate,
            currency: file.currency,
            code_key: file.code_key,
            public_url: file.public_url,
            cap_minor: file.cap_minor,
            last_sequence: file.last_sequence,
        };
        Self { key, grant, previous_platform_key: file.previous_platform_key }
    }
}

fn checksum(json: &[u8]) -> String {
    hex::encode(Sha256::digest(json))
}

fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let path = path.to_owned();
    move |source| DiskError::Io { what, path, source }
}
