//! What a replacement unit is told of the car's bills: its predecessor stated them, so it reissues the open ones under
//! nonces of its own and the old codes die (confirmation.md §3, "Identity"). Signed by the platform, because a unit puts
//! nothing on its screen that somebody on the line could have made up.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{CanonicalError, Reader, Writer},
    id::{BillId, DeviceId, TripId},
    meter::TripRecord,
    money::Money,
    signature::{PrivateKey, PublicKey, SignatureError, Signed},
    statement::{BillLine, FareSource},
};

const INHERITANCE: [u8; 4] = *b"FWIB";

/// A bill of the car that another unit stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inheritance {
    /// The hire it ended.
    pub trip: TripId,
    /// The bill.
    pub bill: BillId,
    /// The version in force.
    pub version: u32,
    /// Meter or keyed.
    pub source: FareSource,
    /// Its lines.
    pub lines: Vec<BillLine>,
    /// Their sum.
    pub total: Money,
    /// The nonce in force; a confirmation of this version names it.
    #[serde(with = "hex::serde")]
    pub nonce: [u8; 16],
    /// The meter's record behind it; absent when keyed.
    pub record: Option<TripRecord>,
    /// It still waits for money: reissue it. Otherwise it is paid and only its confirmation was never shown.
    pub open: bool,
}

impl Inheritance {
    /// Signs it for one device.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn seal(&self, device: DeviceId, key: &PrivateKey) -> Result<Signed, serde_json::Error> {
        let json = serde_json::to_vec(self)?;
        Ok(key.seal(Writer::new(INHERITANCE, 1).fixed(&device.bytes()).bytes(&json).finish()))
    }

    /// Reads what the platform signed for this device.
    ///
    /// # Errors
    /// Another key, another device, or malformed.
    pub fn open(sealed: &Signed, device: DeviceId, key: &PublicKey) -> Result<Self, SignatureError> {
        let mut reader = Reader::open(sealed.verified_by(key)?, INHERITANCE, 1)?;
        if reader.array::<16>()? != device.bytes() {
            return Err(SignatureError::BadSignature);
        }
        let inheritance = serde_json::from_slice(reader.bytes()?).map_err(|_| CanonicalError::Malformed)?;
        reader.close()?;
        Ok(inheritance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{money::Currency, statement::LineKind};

    #[test]
    fn only_the_platform_can_leave_a_bill_to_a_unit_and_only_to_that_one() {
        let (platform, thief) = (PrivateKey::from_bytes(&[1; 32]), PrivateKey::from_bytes(&[2; 32]));
        let id = uuid::Uuid::from_u128;
        let (device, other) = (DeviceId(id(1)), DeviceId(id(2)));
        let bill = Inheritance {
            trip: TripId(id(3)),
            bill: BillId(id(4)),
            version: 2,
            source: FareSource::Keyed,
            lines: vec![BillLine { kind: LineKind::Fare, amount_minor: 2340 }],
            total: Money::new(2340, Currency::CNY),
            nonce: [5; 16],
            record: None,
            open: true,
        };
        let sealed = bill.seal(device, &platform).unwrap();
        assert_eq!(Inheritance::open(&sealed, device, &platform.public()), Ok(bill));
        assert!(Inheritance::open(&sealed, other, &platform.public()).is_err());
        assert!(Inheritance::open(&sealed, device, &thief.public()).is_err());
    }
}
