//! What the platform says of one bill, in canonical bytes, signed.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{CanonicalError, Reader, Writer},
    id::{BillId, FleetId, TripId, VehicleId},
    money::Currency,
    signature::{PrivateKey, Signed},
    time::Timestamp,
};

const COVER: [u8; 4] = *b"FWVC";
const NEGATIVE: [u8; 4] = *b"FWVN";

/// Which bill of which car a verdict is about, and how long it may be believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The fleet.
    pub fleet: FleetId,
    /// The car.
    pub vehicle: VehicleId,
    /// The car's plate.
    pub plate: String,
    /// The hire.
    pub trip: TripId,
    /// The bill.
    pub bill: BillId,
    /// The version of the bill that this is about.
    pub version: u32,
    /// The bill's nonce, which only the car and the platform know.
    #[serde(with = "hex::serde")]
    pub nonce: [u8; 16],
    /// Per-car sequence; each verdict has a higher one than the last.
    pub sequence: u64,
    /// When the platform signed.
    pub server_time: Timestamp,
    /// After this, the car asks again.
    pub valid_until: Timestamp,
}

/// How a bill is covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// The currency of every amount here.
    pub currency: Currency,
    /// Paid through the wallet, minor units, without tip.
    pub by_wallet_minor: i64,
    /// Paid otherwise (cash), minor units.
    pub otherwise_minor: i64,
    /// A tip on top, minor units.
    pub tip_minor: i64,
    /// Last digits of the wallet's trade number.
    pub trade_no_tail: String,
    /// Last digits of the payer's user id.
    pub payer_tail: String,
    /// When the money was taken.
    pub paid_at: Timestamp,
    /// Seed of the live scene.
    #[serde(with = "hex::serde")]
    pub scene_seed: [u8; 16],
}

/// Why a bill was not paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotPaid {
    /// The payment ran out of time.
    Closed,
    /// The payment was cancelled.
    Cancelled,
    /// The wallet refused it.
    Refused,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// Money covers the bill, wholly or in part.
    Covered(Cover),
    /// The attempt ended without money.
    NotPaid {
        /// Why.
        reason: NotPaid,
    },
}

/// A verdict on one bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// About which bill.
    pub subject: Subject,
    /// What happened.
    pub finding: Finding,
}

impl Verdict {
    /// Signs the verdict.
    #[must_use]
    pub fn seal(&self, key: &PrivateKey) -> Signed {
        let kind = match self.finding {
            Finding::Covered(_) => COVER,
            Finding::NotPaid { .. } => NEGATIVE,
        };
        let subject = &self.subject;
        let writer = Writer::new(kind, 1)
            .fixed(&subject.fleet.bytes())
            .fixed(&subject.vehicle.bytes())
            .bytes(subject.plate.as_bytes())
            .fixed(&subject.trip.bytes())
            .fixed(&subject.bill.bytes())
            .u32(subject.version)
            .fixed(&subject.nonce)
            .u64(subject.sequence)
            .i64(subject.server_time.0)
            .i64(subject.valid_until.0);
        let writer = match &self.finding {
            Finding::Covered(cover) => writer
                .bytes(cover.currency.code().as_bytes())
                .i64(cover.by_wallet_minor)
                .i64(cover.otherwise_minor)
                .i64(cover.tip_minor)
                .bytes(cover.trade_no_tail.as_bytes())
                .bytes(cover.payer_tail.as_bytes())
                .i64(cover.paid_at.0)
                .fixed(&cover.scene_seed),
            Finding::NotPaid { reason } => writer.u8(match reason {
                NotPaid::Closed => 0,
                NotPaid::Cancelled => 1,
                NotPaid::Refused => 2,
            }),
        };
        key.seal(writer.finish())
    }

    /// Reads verified bytes; only [`super::judge`] and tests call it, after the signature held.
    ///
    /// # Errors
    /// The bytes are another kind of message or malformed.
    pub fn read(body: &[u8]) -> Result<Self, CanonicalError> {
        let (mut reader, covered) = match Reader::open(body, COVER, 1) {
            Err(CanonicalError::OtherKind) => (Reader::open(body, NEGATIVE, 1)?, false),
            reader => (reader?, true),
        };
        let subject = Subject {
            fleet: FleetId(uuid::Uuid::from_bytes(reader.array()?)),
            vehicle: VehicleId(uuid::Uuid::from_bytes(reader.array()?)),
            plate: reader.text()?,
            trip: TripId(uuid::Uuid::from_bytes(reader.array()?)),
            bill: BillId(uuid::Uuid::from_bytes(reader.array()?)),
            version: reader.u32()?,
            nonce: reader.array()?,
            sequence: reader.u64()?,
            server_time: Timestamp(reader.i64()?),
            valid_until: Timestamp(reader.i64()?),
        };
        let finding = if covered {
            Finding::Covered(Cover {
                currency: Currency::parse(&reader.text()?).map_err(|_| CanonicalError::Malformed)?,
                by_wallet_minor: reader.i64()?,
                otherwise_minor: reader.i64()?,
                tip_minor: reader.i64()?,
                trade_no_tail: reader.text()?,
                payer_tail: reader.text()?,
                paid_at: Timestamp(reader.i64()?),
                scene_seed: reader.array()?,
            })
        } else {
            let reason = match reader.u8()? {
                0 => NotPaid::Closed,
                1 => NotPaid::Cancelled,
                2 => NotPaid::Refused,
                _ => return Err(CanonicalError::Malformed),
            };
            Finding::NotPaid { reason }
        };
        reader.close()?;
        Ok(Self { subject, finding })
    }
}
