//! The whole car in one testable function: `(State, Action, now) → (State, Effects)`. No I/O, no clock, no random source
//! of its own; [`crate::app`] feeds it, writes what must be written, and only then sends and shows.
//!
//! Reading order: [`clock`] and [`ledger`] are what it knows; [`enrol`], [`link`], [`meter`], [`bill`], [`verdict`],
//! [`ride`], [`position`] and [`driver`] are what it does; [`view`] is what the screen shows of it.

mod bill;
mod clock;
mod driver;
mod enrol;
mod ledger;
mod link;
mod meter;
mod position;
mod ride;
mod verdict;
mod view;

use std::time::Duration;

use fareway_shared::{
    fix::RawFix,
    id::BillId,
    meter::MeterState,
    protocol::{
        car::{CarReport, Duty, EndedHow, FromCar, ToCar, TripStep},
        meter::{MeterNotice, ToBridge},
    },
    statement::LineKind,
};
use rand::RngCore;

pub use clock::Moment;
pub use enrol::Problem;
pub use ledger::{Identity, Ledger, Sentence};
pub use link::LinkView;
pub use view::{
    BillRow, BillView, HireView, KeypadView, NotPaidView, Note, OfferView, Page, PaidView, ScreenCode, StripView,
    TripView, View,
};

/// Everything that can happen to a car.
#[derive(Clone, Debug)]
pub enum Action {
    /// A frame from the platform.
    FromPlatform(Box<ToCar>),
    /// The link to the platform is gone.
    LinkLost,
    /// A line from the taximeter bridge.
    Meter(Box<MeterNotice>),
    /// The bridge is gone.
    BridgeLost,
    /// The driver of a damaged unit wants to type a code.
    OpenEnrolment,
    /// The driver typed one letter of the enrolment code.
    EnrolKey(char),
    /// The driver took back one letter.
    EnrolErase,
    /// A whole enrolment code, typed or given at the start.
    Enrol(String),
    /// The driver opens the keypad.
    OpenKeypad(Purpose),
    /// A digit or the decimal point.
    KeyPress(char),
    /// Takes back one digit.
    KeyErase,
    /// What stands on the keypad is right.
    KeyConfirm,
    /// The driver ends the bill on the screen without the wallet.
    EndBill(EndedHow),
    /// Nothing to pay for the hire whose record is missing.
    DiscardHire,
    /// Opens the list of unsettled bills.
    ShowBills,
    /// Puts one of them on the screen.
    ShowBill(BillId),
    /// Back from the keypad or the list.
    Back,
    /// The driver takes the offered ride.
    AcceptOffer,
    /// The driver does not.
    DeclineOffer,
    /// The driver moves the reserved trip on.
    MoveTrip(TripStep),
    /// The driver comes on duty, rests, leaves.
    SetDuty(Duty),
    /// The receiver has a position.
    Fix(RawFix),
    /// The driver has seen the verdict or the note.
    Dismiss,
    /// The driver has seen the strip of this sequence.
    DismissStrip(u64),
    /// The screen has drawn the verdict of this sequence.
    Shown(u64),
    /// Something is due.
    Tick,
}

/// What the keypad is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The fare that stands on the meter's face.
    Fare,
    /// An extra on the bill on the screen; not the fare.
    Extra(LineKind),
    /// The number that the passenger of the reserved trip boards with.
    BoardingNumber,
}

/// What must be done outside, in this order: write, then send.
#[derive(Debug, Default)]
pub struct Effects {
    /// The identity changed and must be on disk before anything else.
    pub save_identity: bool,
    /// The ledger changed and must be on disk before anything is sent or shown.
    pub save_ledger: bool,
    /// What then goes out.
    pub orders: Vec<Order>,
}

/// One thing to do outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Keep a connection to the platform from now on.
    OpenLink,
    /// Drop the connection; it is made again after the usual delay.
    DropLink,
    /// Drop the connection and wait long before the next.
    RestLink,
    /// Send to the platform.
    ToPlatform(Box<FromCar>),
    /// Send to the bridge.
    ToBridge(ToBridge),
    /// Write to the log.
    Warn(String),
}

impl Effects {
    fn send(&mut self, frame: FromCar) {
        self.orders.push(Order::ToPlatform(Box::new(frame)));
    }

    fn warn(&mut self, sentence: impl Into<String>) {
        self.orders.push(Order::Warn(sentence.into()));
    }
}

/// An enrolled car.
#[derive(Clone, Debug)]
struct Car {
    identity: Identity,
    ledger: Ledger,
}

/// Whether the car knows who it is.
#[derive(Clone, Debug)]
enum Unit {
    /// Not enrolled yet.
    Blank,
    /// Its memory cannot be trusted; only a fresh enrolment helps.
    Damaged(String),
    /// Enrolled.
    Ready(Box<Car>),
}

/// What the driver has opened by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    Nothing,
    Bills,
    Keypad { purpose: Purpose, digits: String },
}

/// The whole car.
#[derive(Clone, Debug)]
pub struct State {
    unit: Unit,
    enrol: enrol::Enrolling,
    link: link::Link,
    trusted: Option<clock::Anchor>,
    meter: meter::Meter,
    progress: Vec<(BillId, fareway_shared::protocol::car::BillProgress)>,
    poll: bill::Poll,
    rejected: verdict::Rejected,
    position: position::Position,
    opened: Opened,
    note: Option<Sentence>,
    /// The face on the screen was put there by a start, not by a message.
    redrawn: bool,
}

/// What the disk said at the start.
#[derive(Debug)]
pub enum Memory {
    /// Nothing there: a new unit.
    Blank,
    /// Not to be trusted, with the sentence that says why.
    Damaged(String),
    /// Identity and ledger of an enrolled unit.
    Ready(Box<(Identity, Ledger)>),
}

impl State {
    /// A car that just started, with what its disk remembers.
    #[must_use]
    pub fn new(memory: Memory) -> Self {
        let (unit, redrawn) = match memory {
            Memory::Blank => (Unit::Blank, false),
            Memory::Damaged(why) => (Unit::Damaged(why), false),
            Memory::Ready(both) => {
                let (identity, ledger) = *both;
                let redrawn = ledger.face.as_ref().is_some_and(|face| !face.dismissed);
                (Unit::Ready(Box::new(Car { identity, ledger })), redrawn)
            }
        };
        Self {
            unit,
            enrol: enrol::Enrolling::default(),
            link: link::Link::Down,
            trusted: None,
            meter: meter::Meter::default(),
            progress: Vec::new(),
            poll: bill::Poll::default(),
            rejected: verdict::Rejected::default(),
            position: position::Position::default(),
            opened: Opened::Nothing,
            note: None,
            redrawn,
        }
    }

    /// What to do right after the start.
    #[must_use]
    pub fn opening(&self) -> Effects {
        let mut effects = Effects::default();
        if matches!(self.unit, Unit::Ready(_)) {
            effects.orders.push(Order::OpenLink);
        }
        effects
    }

    /// One step. The caller writes what [`Effects`] asks for, and keeps the old state if it cannot.
    #[must_use]
    pub fn step(&self, action: Action, now: Moment, random: &mut dyn RngCore) -> (Self, Effects) {
        let mut next = self.clone();
        let mut effects = Effects::default();
        next.apply(action, now, random, &mut effects);
        next.put_number_away();
        next.report_rejections(now);
        next.ask_for_open_bills(now, &mut effects);
        next.flush(&mut effects);
        match (&self.unit, &next.unit) {
            (Unit::Ready(before), Unit::Ready(after)) => {
                effects.save_identity = before.identity != after.identity;
                effects.save_ledger = before.ledger != after.ledger;
            }
            (_, Unit::Ready(_)) => (effects.save_identity, effects.save_ledger) = (true, true),
            _ => {}
        }
        (next, effects)
    }

    fn apply(&mut self, action: Action, now: Moment, random: &mut dyn RngCore, effects: &mut Effects) {
        match action {
            Action::FromPlatform(frame) => self.hear(*frame, now, random, effects),
            Action::LinkLost => self.link_lost(),
            Action::Meter(notice) => self.meter_notice(*notice, now, random, effects),
            Action::BridgeLost => self.meter.lost(),
            Action::OpenEnrolment => self.enrol.open(),
            Action::EnrolKey(letter) => self.enrol.key(letter),
            Action::EnrolErase => self.enrol.erase(),
            Action::Enrol(code) => self.enrol_with(&code, random, effects),
            Action::OpenKeypad(purpose) => self.open_keypad(purpose),
            Action::KeyPress(digit) => self.key_press(digit),
            Action::KeyErase => self.key_erase(),
            Action::KeyConfirm => self.key_confirm(now, random),
            Action::EndBill(how) => self.end_bill(how),
            Action::DiscardHire => self.discard_hire(),
            Action::ShowBills => self.opened = Opened::Bills,
            Action::ShowBill(bill) => self.show_bill(bill),
            Action::Back => self.back(),
            Action::AcceptOffer => self.accept_offer(),
            Action::DeclineOffer => self.decline_offer(),
            Action::MoveTrip(step) => self.move_trip(step),
            Action::SetDuty(duty) => self.set_duty(duty),
            Action::Fix(fix) => self.fix(fix, now, effects),
            Action::Dismiss => self.dismiss(),
            Action::DismissStrip(sequence) => self.dismiss_strip(sequence),
            Action::Shown(sequence) => self.shown(sequence, now),
            Action::Tick => {
                self.link_tick(now, effects);
                self.drop_old_offer(now);
            }
        }
    }

    /// When the next [`Action::Tick`] is due, by the monotonic clock.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let poll = (self.link.is_up() && self.has_open_bills()).then_some(self.poll.due_at);
        [poll, self.link.deadline(), self.rejected.due_at(), self.offer_ends()].into_iter().flatten().min()
    }

    /// What the disk must hold for this state: identity and ledger of an enrolled car.
    #[must_use]
    pub fn memory(&self) -> Option<(&Identity, &Ledger)> {
        match &self.unit {
            Unit::Ready(car) => Some((&car.identity, &car.ledger)),
            _ => None,
        }
    }

    /// How things stand, for the platform's console.
    fn report(&self) -> Option<CarReport> {
        let Unit::Ready(car) = &self.unit else { return None };
        Some(CarReport {
            meter: self.meter.state,
            stale: self.meter.stale,
            fare: self.meter.fare,
            trip: car.ledger.hire.as_ref().map(|hire| hire.trip),
        })
    }

    fn is_hired(&self) -> bool {
        matches!(self.meter.state, MeterState::Hired { .. })
    }
}
