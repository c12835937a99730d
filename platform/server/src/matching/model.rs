//! The offer and its table: a reservation proposed to one car until an instant.

use std::time::Duration;

use fareway_shared::{
    id::{DriverId, FleetId, OfferId, ReservationId, VehicleId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::error::OfferError;
use crate::transition::{Role, Row, Table, listed};

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferState {
    /// On its way to the car.
    Sent,
    /// On the car's screen.
    Received,
    /// Taken.
    Accepted,
    /// Not taken.
    Declined,
    /// Not answered.
    Expired,
    /// Taken back.
    Withdrawn,
}
listed!(OfferState {
    Sent = "sent",
    Received = "received",
    Accepted = "accepted",
    Declined = "declined",
    Expired = "expired",
    Withdrawn = "withdrawn",
});

/// What happens to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferEvent {
    /// The car has it.
    Receive,
    /// The driver takes it.
    Accept,
    /// The driver does not.
    Decline,
    /// Its time is over.
    Expire,
    /// The reservation is gone, or another car's.
    Withdraw,
}
listed!(OfferEvent {
    Receive = "receive",
    Accept = "accept",
    Decline = "decline",
    Expire = "expire",
    Withdraw = "withdraw",
});

use OfferEvent as Event;
use OfferState::{Accepted, Declined, Expired, Received, Sent, Withdrawn};
use Role::{Dispatcher, Driver, Passenger, Platform};

/// What may happen to an offer.
pub const OFFER: Table<OfferState, OfferEvent> = Table(&[
    Row { from: &[Sent, Received], event: Event::Receive, by: &[Driver], to: Received },
    Row { from: &[Sent, Received], event: Event::Accept, by: &[Driver], to: Accepted },
    Row { from: &[Accepted], event: Event::Accept, by: &[Driver], to: Accepted },
    Row { from: &[Sent, Received], event: Event::Decline, by: &[Driver], to: Declined },
    Row { from: &[Declined], event: Event::Decline, by: &[Driver], to: Declined },
    Row { from: &[Sent, Received], event: Event::Expire, by: &[Platform], to: Expired },
    Row { from: &[Sent, Received], event: Event::Withdraw, by: &[Passenger, Dispatcher, Platform], to: Withdrawn },
    // What a dispatcher gave by hand, the dispatcher may take back for a moment.
    Row { from: &[Accepted], event: Event::Withdraw, by: &[Dispatcher], to: Withdrawn },
]);

/// Another car that was thought of, for the explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// The car.
    pub vehicle: VehicleId,
    /// Its way to the pick-up, seconds.
    pub pickup_s: u32,
    /// What the batch's optimum says it is worth to the others, seconds: its dual price.
    pub worth_s: u32,
    /// The reservation it was given to in the same batch, if any.
    pub given_to: Option<ReservationId>,
}

/// Why this car, in numbers that prove it: no nearer car costs less than it is worth to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// By whom: `batch`, `broadcast` to several cars at once, or [`BY_HAND`].
    pub by: String,
    /// Reservations and cars in the batch.
    pub batch: [u32; 2],
    /// Measured on the map's roads (`road`), by great circle with a detour (`crow`), or not, since nobody knows where the car
    /// is (`unknown`).
    pub measure: String,
    /// The chosen car's way, seconds.
    pub pickup_s: u32,
    /// What the chosen car is worth to the others, seconds.
    pub worth_s: u32,
    /// What serving this reservation adds to everyone's cost together, seconds.
    pub adds_s: u32,
    /// Cars that were nearer, nearest first; at most 5.
    pub nearer: Vec<Rival>,
}

/// [`Reason::by`] of what a dispatcher gave to a car by hand.
pub const BY_HAND: &str = "dispatcher";

/// A car that is given a ride has no other before it, so it is given no earlier than this before the pick-up.
pub const HAND_AHEAD: Duration = Duration::from_secs(2 * 3_600);

/// So long a dispatcher may take back what was given by hand.
pub const UNDO: Duration = Duration::from_secs(10);

/// A reservation proposed to one car.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The fleet.
    pub fleet: FleetId,
    /// The offer.
    pub id: OfferId,
    /// What is offered.
    pub reservation: ReservationId,
    /// To which car.
    pub vehicle: VehicleId,
    /// Who drives it.
    pub driver: Option<DriverId>,
    /// Where it stands.
    pub state: OfferState,
    /// How far the pick-up is, metres of road.
    pub pickup_m: u32,
    /// How long the car needs to it, seconds.
    pub pickup_s: u32,
    /// Why this car.
    pub reason: Reason,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// The answer counts until then.
    pub expires_at: Timestamp,
    /// When it was answered, or ended otherwise.
    pub ended_at: Option<Timestamp>,
    /// Optimistic lock: the row's revision as loaded.
    pub revision: i64,
}

/// An answer that was given in time may arrive so late: links stutter.
pub const ANSWER_GRACE: Duration = Duration::from_millis(1_500);

impl Offer {
    /// One step of the table. Returns whether anything changed.
    ///
    /// # Errors
    /// [`OfferError::Refused`] for every cell the table leaves empty; [`OfferError::Late`] for an acceptance after the end.
    pub fn step(&mut self, event: OfferEvent, by: Role, now: Timestamp) -> Result<bool, OfferError> {
        let next = OFFER.next(self.state, event, by)?;
        let changed = next != self.state;
        if changed && event == Event::Accept && now > self.expires_at.after(ANSWER_GRACE) {
            return Err(OfferError::Late);
        }
        self.state = next;
        if changed && !self.is_open() {
            self.ended_at = Some(now);
        }
        Ok(changed)
    }

    /// Until when the dispatcher who gave it by hand may take it back; none if nobody did, or it is over.
    #[must_use]
    pub fn undo_until(&self) -> Option<Timestamp> {
        (self.reason.by == BY_HAND && self.state == Accepted).then(|| self.sent_at.after(UNDO))
    }

    /// Whether it still waits for an answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, Sent | Received)
    }
}
