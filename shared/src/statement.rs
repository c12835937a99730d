//! The bill as the car states it: made when the meter stops, written to the car's disk, signed by the device. The
//! platform opens the bill for exactly this (confirmation.md §3, "Bill").

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{CanonicalError, Reader, Writer},
    id::{BillId, FleetId, TripId, VehicleId},
    money::{Currency, Money, MoneyError},
    signature::{PrivateKey, PublicKey, SignatureError, Signed},
    time::Timestamp,
};

const STATEMENT: [u8; 4] = *b"FWBS";
const LINES_MAX: usize = 16;

/// Where the fare came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FareSource {
    /// The meter's own trip record.
    Meter,
    /// The meter was silent; the driver keyed what its face showed. Bill, page and receipt say so.
    Keyed,
}

/// What a line of a bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// What the meter computed for distance and time.
    Fare,
    /// A toll the driver keyed in.
    Toll,
    /// Parking the driver keyed in.
    Parking,
}

/// One line of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// What for.
    pub kind: LineKind,
    /// How much, in minor units of the bill's currency; never negative.
    pub amount_minor: i64,
}

/// A bill as the car states and signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillStatement {
    /// The fleet.
    pub fleet: FleetId,
    /// The car.
    pub vehicle: VehicleId,
    /// The hire this bill ends.
    pub trip: TripId,
    /// The bill; its versions share the id.
    pub bill: BillId,
    /// 1 for the first; a change is a new version, and paying an old one is refused.
    pub version: u32,
    /// SHA-256 over the meter's frames; zeros when keyed.
    #[serde(with = "hex::serde")]
    pub frames_sha256: [u8; 32],
    /// Meter or keyed.
    pub source: FareSource,
    /// The lines, at least one.
    pub lines: Vec<BillLine>,
    /// The sum of the lines.
    pub total: Money,
    /// 128 random bits; a confirmation must name them.
    #[serde(with = "hex::serde")]
    pub nonce: [u8; 16],
    /// The device's own bill counter; it never goes back.
    pub counter: u64,
    /// When the car made it, by the car's clock (which may be wrong).
    pub stated_at: Timestamp,
}

/// Why a statement does not open a bill.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Signature or encoding.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The lines do not add up to the total.
    #[error("the lines do not add up to the total")]
    WrongTotal,
    /// No line, too many lines, a negative line or a total of nothing.
    #[error("a bill needs at least one line and a total above zero")]
    NothingToPay,
}

impl From<CanonicalError> for StatementError {
    fn from(error: CanonicalError) -> Self {
        Self::Signature(error.into())
    }
}

impl From<MoneyError> for StatementError {
    fn from(_: MoneyError) -> Self {
        Self::WrongTotal
    }
}

impl BillStatement {
    /// Signs the statement.
    #[must_use]
    pub fn seal(&self, key: &PrivateKey) -> Signed {
        let mut writer = Writer::new(STATEMENT, 1)
            .fixed(&self.fleet.bytes())
            .fixed(&self.vehicle.bytes())
            .fixed(&self.trip.bytes())
            .fixed(&self.bill.bytes())
            .u32(self.version)
            .fixed(&self.frames_sha256)
            .u8(match self.source {
                FareSource::Meter => 0,
                FareSource::Keyed => 1,
            })
            .u8(u8::try_from(self.lines.len()).unwrap_or(u8::MAX));
        for line in &self.lines {
            let kind = match line.kind {
                LineKind::Fare => 0,
                LineKind::Toll => 1,
                LineKind::Parking => 2,
            };
            writer = writer.u8(kind).i64(line.amount_minor);
        }
        let body = writer
            .i64(self.total.minor)
            .bytes(self.total.currency.code().as_bytes())
            .fixed(&self.nonce)
            .u64(self.counter)
            .i64(self.stated_at.0)
            .finish();
        key.seal(body)
    }

    /// Checks signature and sums, then reads.
    ///
    /// # Errors
    /// The device key did not sign it, it is malformed, or it does not add up.
    pub fn open(sealed: &Signed, key: &PublicKey) -> Result<Self, StatementError> {
        let mut reader = Reader::open(sealed.verified_by(key)?, STATEMENT, 1)?;
        let fleet = FleetId(uuid::Uuid::from_bytes(reader.array()?));
        let vehicle = VehicleId(uuid::Uuid::from_bytes(reader.array()?));
        let trip = TripId(uuid::Uuid::from_bytes(reader.array()?));
        let bill = BillId(uuid::Uuid::from_bytes(reader.array()?));
        let version = reader.u32()?;
        let frames_sha256 = reader.array()?;
        let source = match reader.u8()? {
            0 => FareSource::Meter,
            1 => FareSource::Keyed,
            _ => return Err(CanonicalError::Malformed.into()),
        };
        let lines = (0..reader.u8()?).map(|_| read_line(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        let total_minor = reader.i64()?;
        let currency = Currency::parse(&reader.text()?).map_err(|_| CanonicalError::Malformed)?;
        let statement = Self {
            fleet,
            vehicle,
            trip,
            bill,
            version,
            frames_sha256,
            source,
            lines,
            total: Money::new(total_minor, currency),
            nonce: reader.array()?,
            counter: reader.u64()?,
            stated_at: Timestamp(reader.i64()?),
        };
        reader.close()?;
        statement.adds_up()?;
        Ok(statement)
    }

    fn adds_up(&self) -> Result<(), StatementError> {
        let sane = !self.lines.is_empty()
            && self.lines.len() <= LINES_MAX
            && self.lines.iter().all(|line| line.amount_minor >= 0)
            && self.version >= 1
            && self.total.minor > 0;
        if !sane {
            return Err(StatementError::NothingToPay);
        }
        let sum = self.lines.iter().try_fold(Money::zero(self.total.currency), |sum, line| {
            sum.checked_add(Money::new(line.amount_minor, self.total.currency))
        })?;
        if sum == self.total { Ok(()) } else { Err(StatementError::WrongTotal) }
    }
}

fn read_line(reader: &mut Reader<'_>) -> Result<BillLine, CanonicalError> {
    let kind = match reader.u8()? {
        0 => LineKind::Fare,
        1 => LineKind::Toll,
        2 => LineKind::Parking,
        _ => return Err(CanonicalError::Malformed),
    };
    Ok(BillLine { kind, amount_minor: reader.i64()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> BillStatement {
        let id = uuid::Uuid::from_u128;
        BillStatement {
            fleet: FleetId(id(1)),
            vehicle: VehicleId(id(2)),
            trip: TripId(id(3)),
            bill: BillId(id(4)),
            version: 1,
            frames_sha256: [5; 32],
            source: FareSource::Meter,
            lines: vec![
                BillLine { kind: LineKind::Fare, amount_minor: 2340 },
                BillLine { kind: LineKind::Toll, amount_minor: 500 },
            ],
            total: Money::new(2840, Currency::CNY),
            nonce: [6; 16],
            counter: 7,
            stated_at: Timestamp(8),
        }
    }

    #[test]
    fn a_statement_reads_back_as_it_was_signed() {
        let key = PrivateKey::from_bytes(&[1; 32]);
        assert_eq!(BillStatement::open(&statement().seal(&key), &key.public()), Ok(statement()));
    }

    #[test]
    fn lines_that_do_not_add_up_never_open_a_bill() {
        let key = PrivateKey::from_bytes(&[1; 32]);
        let mut wrong = statement();
        wrong.total.minor = 2841;
        assert_eq!(BillStatement::open(&wrong.seal(&key), &key.public()), Err(StatementError::WrongTotal));
        let mut nothing = statement();
        nothing.lines.clear();
        nothing.total.minor = 0;
        assert_eq!(BillStatement::open(&nothing.seal(&key), &key.public()), Err(StatementError::NothingToPay));
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let key = PrivateKey::from_bytes(&[1; 32]);
        let sealed = statement().seal(&key);
        for bit in 0..sealed.body.len() * 8 {
            let mut bent = sealed.clone();
            bent.body[bit / 8] ^= 1 << (bit % 8);
            assert!(BillStatement::open(&bent, &key.public()).is_err(), "bit {bit} made no difference");
        }
    }
}
