//! How a car judges an envelope. Everything it knows is a parameter; the answer is accepted, an exact repeat, or a
//! rejection with its reason. A rejection changes nothing on the screen.

use super::verdict::{Cover, Finding, NotPaid, Verdict};
use crate::{
    id::{BillId, FleetId, TripId, VehicleId},
    money::Money,
    signature::{PublicKey, Signed},
    time::Timestamp,
};

/// A bill that the car itself made and has not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownBill {
    /// The bill.
    pub bill: BillId,
    /// Its hire.
    pub trip: TripId,
    /// Its present version.
    pub version: u32,
    /// Its total.
    pub total: Money,
    /// Its nonce.
    pub nonce: [u8; 16],
}

/// What a car knows when an envelope arrives.
#[derive(Clone, Debug)]
pub struct Knowledge<'a> {
    /// The pinned platform key.
    pub platform_key: PublicKey,
    /// The car's fleet.
    pub fleet: FleetId,
    /// The car.
    pub vehicle: VehicleId,
    /// The car's plate.
    pub plate: &'a str,
    /// Bills that are not settled; the car keeps every one with its nonce.
    pub bills: &'a [KnownBill],
    /// Highest sequence that was accepted and persisted.
    pub last_sequence: u64,
    /// The envelope accepted under `last_sequence`, to know an exact repeat.
    pub last_accepted: Option<&'a Signed>,
    /// Trusted time (signed handshake plus monotonic clock); `None` after a start without a link. Then nonce and
    /// sequence decide alone and the screen says "clock not set".
    pub trusted_now: Option<Timestamp>,
    /// Largest tip, minor units.
    pub tip_cap_minor: i64,
}

/// Why an envelope was not believed. Counted, logged, raised as an alarm; never shown as a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejection {
    /// Not signed by the pinned key.
    #[error("not signed by the platform's key")]
    Signature,
    /// Not a verdict, or malformed.
    #[error("not a verdict")]
    Kind,
    /// For another fleet, car or plate.
    #[error("for another car")]
    OtherCar,
    /// For a bill that this car does not know, or of another hire.
    #[error("for an unknown bill")]
    OtherBill,
    /// For another version of the bill.
    #[error("for another version of the bill")]
    OtherVersion,
    /// The nonce is not that bill's.
    #[error("the nonce is not this bill's")]
    Nonce,
    /// Another currency than the bill's.
    #[error("in another currency")]
    Currency,
    /// The amounts are negative, exceed the total, or cover nothing.
    #[error("the amounts do not fit the bill")]
    Amount,
    /// The tip exceeds its cap.
    #[error("the tip exceeds its cap")]
    Tip,
    /// Sequence not above the last persisted one.
    #[error("an old sequence number")]
    OldSequence,
    /// Too old to be believed; the car asks again.
    #[error("expired")]
    Expired,
}

/// What an accepted envelope says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The bill is covered in full: the one way to a green screen.
    Paid {
        /// The verdict as signed.
        verdict: Verdict,
        /// How it is covered.
        cover: Cover,
    },
    /// Covered in part; `due` is still to pay. Never shown as PAID.
    PartPaid {
        /// The verdict as signed.
        verdict: Verdict,
        /// What is still due.
        due: Money,
    },
    /// The attempt ended without money.
    NotPaid {
        /// The verdict as signed.
        verdict: Verdict,
        /// Why.
        reason: NotPaid,
    },
    /// An exact repeat of the last accepted envelope: acknowledge, show nothing new.
    Repeat,
}

/// Judges an envelope.
///
/// # Errors
/// The first check that fails, in the order of cost and trust: signature, kind, car, bill, nonce, amounts, sequence,
/// expiry.
pub fn judge(envelope: &Signed, known: &Knowledge<'_>) -> Result<Judgement, Rejection> {
    let body = envelope.verified_by(&known.platform_key).map_err(|_| Rejection::Signature)?;
    let verdict = Verdict::read(body).map_err(|_| Rejection::Kind)?;
    let subject = &verdict.subject;
    if subject.fleet != known.fleet || subject.vehicle != known.vehicle || subject.plate != known.plate {
        return Err(Rejection::OtherCar);
    }
    // The bill of an exact repeat may be settled and forgotten by now, so the repeat is told before the bill is sought.
    if subject.sequence == known.last_sequence && known.last_accepted == Some(envelope) {
        return Ok(Judgement::Repeat);
    }
    let mut versions =
        known.bills.iter().filter(|bill| bill.bill == subject.bill && bill.trip == subject.trip).peekable();
    let unknown = if versions.peek().is_none() { Rejection::OtherBill } else { Rejection::OtherVersion };
    let bill = versions.find(|bill| bill.version == subject.version).ok_or(unknown)?;
    if bill.nonce != subject.nonce {
        return Err(Rejection::Nonce);
    }
    let due = match &verdict.finding {
        Finding::Covered(cover) => Some(still_due(cover, bill.total, known.tip_cap_minor)?),
        Finding::NotPaid { .. } => None,
    };
    if subject.sequence <= known.last_sequence {
        return Err(Rejection::OldSequence);
    }
    if known.trusted_now.is_some_and(|now| now > subject.valid_until) {
        return Err(Rejection::Expired);
    }
    Ok(match (verdict.finding.clone(), due) {
        (Finding::Covered(cover), Some(due)) if due.minor == 0 => Judgement::Paid { verdict, cover },
        (Finding::Covered(_), Some(due)) => Judgement::PartPaid { verdict, due },
        (Finding::NotPaid { reason }, _) => Judgement::NotPaid { verdict, reason },
        (Finding::Covered(_), None) => return Err(Rejection::Amount),
    })
}

/// Total minus cover. Zero or more, never negative: too much money is the platform's to sort out, not a PAID.
fn still_due(cover: &Cover, total: Money, tip_cap_minor: i64) -> Result<Money, Rejection> {
    if cover.currency != total.currency {
        return Err(Rejection::Currency);
    }
    if cover.by_wallet_minor < 0 || cover.otherwise_minor < 0 {
        return Err(Rejection::Amount);
    }
    if cover.tip_minor < 0 || cover.tip_minor > tip_cap_minor {
        return Err(Rejection::Tip);
    }
    let covered = Money::new(cover.by_wallet_minor, total.currency)
        .checked_add(Money::new(cover.otherwise_minor, total.currency))
        .map_err(|_| Rejection::Amount)?;
    let due = total.checked_sub(covered).map_err(|_| Rejection::Amount)?;
    if covered.minor > 0 && due.minor >= 0 { Ok(due) } else { Err(Rejection::Amount) }
}
