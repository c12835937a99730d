//! The reservation and its table. A car is found by the `matching` slice, the ride itself is the `trip` slice's.

use std::time::Duration;

use fareway_shared::{
    id::{FleetId, QuoteId, ReservationId, TripId},
    money::Money,
    ride::{Quoted, Ride, Stop},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::error::{BookingError, ReservationError};
use crate::transition::{Role, Row, Table, listed};

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReservationState {
    /// For later; its time to look for a car has not come.
    Scheduled,
    /// Waits for a car.
    Waiting,
    /// At least one offer is out.
    Offered,
    /// A driver has it.
    Assigned,
    /// Driven.
    Completed,
    /// Taken back.
    Cancelled,
    /// The passenger did not come.
    NoShow,
    /// No car was found in time.
    Unserved,
}
listed!(ReservationState {
    Scheduled = "scheduled",
    Waiting = "waiting",
    Offered = "offered",
    Assigned = "assigned",
    Completed = "completed",
    Cancelled = "cancelled",
    NoShow = "no_show",
    Unserved = "unserved",
});

/// What happens to a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReservationEvent {
    /// Its time has come.
    Release,
    /// It is offered to a car.
    Offer,
    /// The last offer that was out is answered with no, or not at all.
    Return,
    /// A driver takes it.
    Assign,
    /// Its driver cannot do it.
    Reopen,
    /// Its driver cannot do it, long before its time.
    PutBack,
    /// Taken back.
    Cancel,
    /// Too late to look on.
    GiveUp,
    /// The trip is over.
    Complete,
    /// Nobody came to the car.
    ReportNoShow,
}
listed!(ReservationEvent {
    Release = "release",
    Offer = "offer",
    Return = "return",
    Assign = "assign",
    Reopen = "reopen",
    PutBack = "put_back",
    Cancel = "cancel",
    GiveUp = "give_up",
    Complete = "complete",
    ReportNoShow = "report_no_show",
});

use ReservationEvent as Event;
use ReservationState::{Assigned, Cancelled, Completed, NoShow, Offered, Scheduled, Unserved, Waiting};
use Role::{Dispatcher, Driver, Meter, Passenger, Platform};

/// What may happen to a reservation.
pub const RESERVATION: Table<ReservationState, ReservationEvent> = Table(&[
    Row { from: &[Scheduled], event: Event::Release, by: &[Platform, Dispatcher], to: Waiting },
    // A further offer, when it is broadcast, leaves it offered.
    Row { from: &[Waiting, Offered], event: Event::Offer, by: &[Platform, Dispatcher], to: Offered },
    Row { from: &[Offered], event: Event::Return, by: &[Driver, Platform, Dispatcher], to: Waiting },
    Row { from: &[Offered], event: Event::Assign, by: &[Driver], to: Assigned },
    Row { from: &[Scheduled, Waiting, Offered], event: Event::Assign, by: &[Dispatcher], to: Assigned },
    Row { from: &[Assigned], event: Event::Reopen, by: &[Driver, Dispatcher, Platform], to: Waiting },
    Row { from: &[Assigned], event: Event::PutBack, by: &[Driver, Dispatcher, Platform], to: Scheduled },
    Row {
        from: &[Scheduled, Waiting, Offered, Assigned],
        event: Event::Cancel,
        by: &[Passenger, Dispatcher],
        to: Cancelled,
    },
    Row { from: &[Cancelled], event: Event::Cancel, by: &[Passenger, Dispatcher], to: Cancelled },
    Row { from: &[Waiting, Offered], event: Event::GiveUp, by: &[Platform, Dispatcher], to: Unserved },
    Row { from: &[Assigned], event: Event::Complete, by: &[Driver, Meter, Dispatcher], to: Completed },
    Row { from: &[Assigned], event: Event::ReportNoShow, by: &[Driver, Dispatcher], to: NoShow },
]);

/// What a passenger asks for, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Where the passenger waits.
    pub pickup: Stop,
    /// Where to, if told.
    pub dropoff: Option<Stop>,
    /// When; `None` is now.
    pub pickup_at: Option<Timestamp>,
    /// The name to ask for.
    pub passenger: String,
    /// Who books: an Alipay user's id, or a verified phone's number.
    pub contact: Contact,
    /// For the driver.
    pub note: String,
    /// How many ride.
    pub seats: u8,
    /// The fleet's class of cars; `None` is any.
    pub class: Option<u8>,
    /// Whether a wheelchair comes along.
    pub wheelchair: bool,
    /// The quote that whoever books has seen.
    #[serde(default)]
    pub quote: Option<QuoteId>,
    /// What it promises; filled in from the kept quote, whatever whoever books says.
    pub quoted: Option<Quoted>,
}

/// Who books.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Contact {
    /// An Alipay user.
    Alipay(String),
    /// A phone that has answered.
    Phone(String),
}

impl Contact {
    /// One text for both kinds: what limits are counted by.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Alipay(user) => format!("alipay:{user}"),
            Self::Phone(number) => format!("phone:{number}"),
        }
    }

    /// Reads [`Self::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_once(':')? {
            ("alipay", user) => Some(Self::Alipay(user.to_owned())),
            ("phone", number) => Some(Self::Phone(number.to_owned())),
            _ => None,
        }
    }

    /// A phone's number as it is told: spaces, dashes, dots and brackets are forgiven.
    ///
    /// # Errors
    /// [`BookingError::Phone`] for anything but 5 to 15 digits with a `+` before them or not.
    pub fn phone(told: &str) -> Result<Self, BookingError> {
        let number: String = told.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
        let digits = number.strip_prefix('+').unwrap_or(&number);
        let fits = (5..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        if fits { Ok(Self::Phone(number)) } else { Err(BookingError::Phone) }
    }

    /// Enough of it to know it again: its last four characters.
    #[must_use]
    pub fn tail(&self) -> String {
        let (Self::Alipay(value) | Self::Phone(value)) = self;
        let tail: String = value.chars().skip(value.chars().count().saturating_sub(4)).collect();
        format!("…{tail}")
    }
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Self::Alipay(_) => "Alipay",
            Self::Phone(_) => "Phone",
        };
        write!(f, "{kind}({})", self.tail())
    }
}

/// How long a fleet looks for a car, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookingTerms {
    /// An immediate reservation that has no car by then is given up.
    pub patience: Duration,
    /// A scheduled one is released so long before its time.
    pub lead: Duration,
    /// How far ahead can be booked.
    pub ahead_max: Duration,
    /// Seats of the fleet's largest car.
    pub seats_max: u8,
}

const NAME_CHARS_MAX: usize = 64;
const NOTE_CHARS_MAX: usize = 200;
const WORDS_CHARS_MAX: usize = 120;
/// The last class that a car can have.
const CLASS_MAX: u8 = 15;
/// A passenger whose clock is a little behind may still book "now" as a time.
const PAST_GRACE: Duration = Duration::from_secs(60);

impl Booking {
    /// That it can be driven at all.
    ///
    /// # Errors
    /// [`BookingError`], the first thing that is wrong.
    pub fn check(&self, terms: &BookingTerms, now: Timestamp) -> Result<(), BookingError> {
        let fits = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
        if !fits(&self.passenger, NAME_CHARS_MAX) {
            return Err(BookingError::Text("passenger"));
        }
        if !fits(&self.note, NOTE_CHARS_MAX) {
            return Err(BookingError::Text("note"));
        }
        let stops = [Some(&self.pickup), self.dropoff.as_ref()];
        if stops.into_iter().flatten().any(|stop| !fits(&stop.words, WORDS_CHARS_MAX)) {
            return Err(BookingError::Text("words"));
        }
        if self.seats == 0 || self.seats > terms.seats_max {
            return Err(BookingError::Seats { asked: self.seats, most: terms.seats_max });
        }
        if let Some(class) = self.class.filter(|class| *class > CLASS_MAX) {
            return Err(BookingError::Class(class));
        }
        match self.pickup_at {
            Some(at) if at < now.before(PAST_GRACE) => Err(BookingError::Past),
            Some(at) if at > now.after(terms.ahead_max) => Err(BookingError::TooFarAhead),
            _ => Ok(()),
        }
    }

    /// When a car is first looked for, if that is still to come.
    fn release_at(&self, terms: &BookingTerms, now: Timestamp) -> Option<Timestamp> {
        self.pickup_at.map(|at| at.before(terms.lead)).filter(|release| *release > now)
    }

    /// What the driver is told of it.
    #[must_use]
    pub fn ride(&self) -> Ride {
        Ride {
            pickup: self.pickup.clone(),
            dropoff: self.dropoff.clone(),
            pickup_at: self.pickup_at,
            passenger: self.passenger.clone(),
            note: self.note.clone(),
            seats: self.seats,
            quoted: self.quoted,
        }
    }
}

/// Who ended a reservation or a trip, and why, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The word of the role.
    pub by: String,
    /// Their reason, as they gave it; may be empty.
    pub reason: String,
}

/// A passenger's request for a ride.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The fleet.
    pub fleet: FleetId,
    /// The reservation.
    pub id: ReservationId,
    /// Where it stands.
    pub state: ReservationState,
    /// What was asked for.
    pub booking: Booking,
    /// The client's own id for it: the same one again is the same reservation.
    pub client_key: String,
    /// SHA-256 of what was asked under that id, hexadecimal.
    pub body_sha256: String,
    /// When it was made.
    pub requested_at: Timestamp,
    /// When it wants attention next: its release while scheduled, its end while no car is found.
    pub due_at: Option<Timestamp>,
    /// How many drivers have declined or not answered.
    pub refusals: u32,
    /// The trip, once a driver has it.
    pub trip: Option<TripId>,
    /// How it ended, if somebody ended it.
    pub ended: Option<Ended>,
    /// Optimistic lock: the row's revision as loaded.
    pub revision: i64,
}

impl Reservation {
    /// Makes one that waits, or is scheduled.
    #[must_use]
    pub fn request(
        fleet: FleetId,
        id: ReservationId,
        booking: Booking,
        keyed: (String, String),
        terms: &BookingTerms,
        now: Timestamp,
    ) -> Self {
        let release = booking.release_at(terms, now);
        let (state, due_at) = match (release, booking.pickup_at) {
            (Some(release), _) => (Scheduled, release),
            (None, Some(at)) => (Waiting, at.after(terms.patience)),
            (None, None) => (Waiting, now.after(terms.patience)),
        };
        let (client_key, body_sha256) = keyed;
        Self {
            fleet,
            id,
            state,
            booking,
            client_key,
            body_sha256,
            requested_at: now,
            due_at: Some(due_at),
            refusals: 0,
            trip: None,
            ended: None,
            revision: 0,
        }
    }

    /// One step of the table. Returns whether anything changed.
    ///
    /// # Errors
    /// [`ReservationError::Refused`] for every cell the table leaves empty.
    pub fn step(&mut self, event: ReservationEvent, by: Role) -> Result<bool, ReservationError> {
        let next = RESERVATION.next(self.state, event, by)?;
        let changed = next != self.state;
        self.state = next;
        Ok(changed)
    }

    /// Its time has come: a car is looked for until `terms.patience` after the time it is for.
    ///
    /// # Errors
    /// It is not scheduled.
    pub fn release(&mut self, by: Role, terms: &BookingTerms, now: Timestamp) -> Result<(), ReservationError> {
        self.step(Event::Release, by)?;
        let wanted = self.booking.pickup_at.unwrap_or(now).max(now);
        self.due_at = Some(wanted.after(terms.patience));
        Ok(())
    }

    /// A driver has it.
    ///
    /// # Errors
    /// It is not offered, or not theirs to assign.
    pub fn assign(&mut self, trip: TripId, by: Role) -> Result<(), ReservationError> {
        self.step(Event::Assign, by)?;
        (self.trip, self.due_at) = (Some(trip), None);
        Ok(())
    }

    /// Its driver cannot do it: a car is looked for again, for as long as at first; or, long before its time, once that has
    /// come.
    ///
    /// # Errors
    /// It is not assigned.
    pub fn reopen(&mut self, by: Role, terms: &BookingTerms, now: Timestamp) -> Result<(), ReservationError> {
        let release = self.booking.release_at(terms, now);
        self.step(if release.is_some() { Event::PutBack } else { Event::Reopen }, by)?;
        (self.trip, self.due_at) = (None, Some(release.unwrap_or_else(|| now.after(terms.patience))));
        Ok(())
    }

    /// Ends it without a ride: cancelled, given up, nobody came. Returns whether anything changed.
    ///
    /// # Errors
    /// The table refuses.
    pub fn end(&mut self, event: ReservationEvent, by: Role, reason: &str) -> Result<bool, ReservationError> {
        let changed = self.step(event, by)?;
        if changed {
            self.due_at = None;
            self.ended = Some(Ended { by: by.word().to_owned(), reason: reason.to_owned() });
        }
        Ok(changed)
    }

    /// What the trip's price is, if it is fixed.
    #[must_use]
    pub fn fixed_price(&self) -> Option<Money> {
        self.booking.quoted.filter(|quoted| quoted.fixed).map(|quoted| quoted.total)
    }
}
