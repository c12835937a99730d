//! How cars come to believe a new platform key: only the key they believe now can name the next one (confirmation.md §3,
//! "Identity"). Made by the platform once per car, in the car's own sequence, so that envelopes before it are checked with
//! the old key and those after it with the new one.

use ed25519_dalek::VerifyingKey;

use crate::{
    canonical::{Reader, Writer},
    id::VehicleId,
    signature::{PrivateKey, PublicKey, SignatureError, Signed},
};

const SUCCESSION: [u8; 4] = *b"FWKS";

/// From this sequence on, the platform signs with this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The car that is told.
    pub vehicle: VehicleId,
    /// Its place among the platform's messages to this car.
    pub sequence: u64,
    /// The new key.
    pub key: PublicKey,
}

impl Succession {
    /// Signs the announcement with the key that cars believe so far.
    #[must_use]
    pub fn seal(&self, old: &PrivateKey) -> Signed {
        old.seal(Writer::new(SUCCESSION, 1).fixed(&self.vehicle.bytes()).u64(self.sequence).fixed(&self.key.0).finish())
    }

    /// Reads an announcement that the pinned key signed.
    ///
    /// # Errors
    /// The pinned key did not sign it, it is another kind of message, or what it names is no key.
    pub fn open(announcement: &Signed, pinned: &PublicKey) -> Result<Self, SignatureError> {
        let mut reader = Reader::open(announcement.verified_by(pinned)?, SUCCESSION, 1)?;
        let succession = Self {
            vehicle: VehicleId(uuid::Uuid::from_bytes(reader.array()?)),
            sequence: reader.u64()?,
            key: PublicKey(reader.array()?),
        };
        reader.close()?;
        VerifyingKey::from_bytes(&succession.key.0).map_err(|_| SignatureError::BadKey)?;
        Ok(succession)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_platform_key_counts_only_if_the_old_one_signed_it() {
        let (old, new, thief) =
            (PrivateKey::from_bytes(&[1; 32]), PrivateKey::from_bytes(&[2; 32]), PrivateKey::from_bytes(&[3; 32]));
        let vehicle = VehicleId(uuid::Uuid::from_u128(4));
        let succession = Succession { vehicle, sequence: 7, key: new.public() };
        assert_eq!(Succession::open(&succession.seal(&old), &old.public()), Ok(succession));
        let stolen = Succession { key: thief.public(), ..succession };
        assert_eq!(Succession::open(&stolen.seal(&thief), &old.public()), Err(SignatureError::BadSignature));
    }
}
