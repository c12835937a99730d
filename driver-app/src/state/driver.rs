//! What the driver's fingers do: keypad, lists, dismissals. Money still goes through [`super::bill`].

use fareway_shared::{
    envelope::verdict::Finding,
    id::BillId,
    money::Money,
    protocol::car::{CarCommand, TripStep},
    ride::TripStage,
};
use rand::RngCore;

use super::{Moment, Opened, Purpose, State, Unit, bill::Fare};

/// Longest amount on the keypad, characters.
const DIGITS_MAX: usize = 10;
/// A boarding number has so many digits.
const NUMBER_DIGITS: usize = 4;

impl State {
    pub(super) fn open_keypad(&mut self, purpose: Purpose) {
        let Unit::Ready(car) = &self.unit else { return };
        let fits = match purpose {
            Purpose::Fare => true,
            Purpose::BoardingNumber => self.is_number_wanted(),
            Purpose::Extra(_) => {
                car.ledger.focus.and_then(|id| car.ledger.bill(id)).is_some_and(super::ledger::Bill::may_change)
            }
        };
        if fits {
            self.opened = Opened::Keypad { purpose, digits: String::new() };
        }
    }

    /// The keypad on the screen: opened by hand, or by a hire whose record is missing.
    pub(super) fn keypad(&self) -> Option<(Purpose, &str)> {
        match (&self.opened, &self.unit) {
            (Opened::Keypad { purpose, digits }, _) => Some((*purpose, digits)),
            (Opened::Nothing, Unit::Ready(car))
                if car.ledger.unbilled.is_some() && car.ledger.hire.is_none() && car.ledger.focus.is_none() =>
            {
                Some((Purpose::Fare, ""))
            }
            _ => None,
        }
    }

    pub(super) fn key_press(&mut self, key: char) {
        let Some((purpose, digits)) = self.keypad().map(|(purpose, digits)| (purpose, digits.to_owned())) else {
            return;
        };
        if purpose == Purpose::BoardingNumber {
            if key.is_ascii_digit() && digits.len() < NUMBER_DIGITS {
                self.opened = Opened::Keypad { purpose, digits: digits + &key.to_string() };
            }
            return;
        }
        let Unit::Ready(car) = &self.unit else { return };
        let decimals = usize::from(car.identity.grant.currency.exponent());
        let after_point = digits.split_once('.').map(|(_, fraction)| fraction.len());
        let fits = match key {
            '.' => after_point.is_none() && decimals > 0 && !digits.is_empty(),
            '0'..='9' => after_point.is_none_or(|count| count < decimals) && digits != "0",
            _ => false,
        };
        if fits && digits.len() < DIGITS_MAX {
            self.opened = Opened::Keypad { purpose, digits: digits + &key.to_string() };
        }
    }

    pub(super) fn key_erase(&mut self) {
        if let Opened::Keypad { digits, .. } = &mut self.opened {
            digits.pop();
        }
    }

    /// The amount on the keypad, if it is one that may be confirmed.
    pub(super) fn keyed_amount(&self) -> Option<Money> {
        let (Some((purpose, digits)), Unit::Ready(car)) = (self.keypad(), &self.unit) else { return None };
        let grant = &car.identity.grant;
        let amount = Money::parse(digits.trim_end_matches('.'), grant.currency).ok()?;
        let within_cap = match purpose {
            Purpose::Fare => true,
            Purpose::BoardingNumber => false,
            Purpose::Extra(_) => amount.minor <= grant.cap_minor,
        };
        (amount.minor > 0 && within_cap).then_some(amount)
    }

    /// The boarding number on the keypad, if it is whole.
    pub(super) fn keyed_number(&self) -> Option<String> {
        let (purpose, digits) = self.keypad()?;
        (purpose == Purpose::BoardingNumber && digits.len() == NUMBER_DIGITS).then(|| digits.to_owned())
    }

    fn is_number_wanted(&self) -> bool {
        let Unit::Ready(car) = &self.unit else { return false };
        let trip = car.ledger.ride.trip.as_ref();
        trip.is_some_and(|trip| trip.pin_wanted && trip.stage == TripStage::Arrived) && car.ledger.hire.is_none()
    }

    /// A keypad for a number that nobody asks for any more is closed.
    pub(super) fn put_number_away(&mut self) {
        if matches!(self.opened, Opened::Keypad { purpose: Purpose::BoardingNumber, .. }) && !self.is_number_wanted() {
            self.opened = Opened::Nothing;
        }
    }

    pub(super) fn key_confirm(&mut self, now: Moment, random: &mut dyn RngCore) {
        if let Some(number) = self.keyed_number() {
            self.opened = Opened::Nothing;
            return self.move_trip(TripStep::Board { pin: Some(number) });
        }
        let (Some(amount), Some((purpose, _))) = (self.keyed_amount(), self.keypad()) else { return };
        self.opened = Opened::Nothing;
        match purpose {
            Purpose::Fare => {
                if let Some(trip) = self.trip_to_key(now, random) {
                    self.open_bill(trip, Fare::Keyed(amount), now, random);
                }
            }
            Purpose::Extra(kind) => self.add_extra(kind, amount, now, random),
            Purpose::BoardingNumber => {}
        }
    }

    pub(super) fn discard_hire(&mut self) {
        let Unit::Ready(car) = &mut self.unit else { return };
        if let Some(trip) = car.ledger.unbilled.take() {
            car.ledger.issue(CarCommand::EndTrip { trip });
        }
        self.opened = Opened::Nothing;
    }

    pub(super) fn show_bill(&mut self, bill: BillId) {
        let Unit::Ready(car) = &mut self.unit else { return };
        if car.ledger.bill(bill).is_some() {
            car.ledger.set_focus(Some(bill));
            self.opened = Opened::Nothing;
        }
    }

    /// Closes what the driver opened; with nothing open, puts the bill away (it stays in the list).
    pub(super) fn back(&mut self) {
        if self.opened != Opened::Nothing {
            self.opened = Opened::Nothing;
        } else if let Unit::Ready(car) = &mut self.unit {
            car.ledger.set_focus(None);
        }
    }

    /// The driver has read what stands before everything else: the note, then the verdict.
    pub(super) fn dismiss(&mut self) {
        if self.note.take().is_some() {
            return;
        }
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(face) = car.ledger.face.as_mut().filter(|face| !face.dismissed) else { return };
        face.dismissed = true;
        if matches!(face.verdict.finding, Finding::Covered(_)) {
            car.ledger.set_focus(None);
        }
        self.redrawn = false;
    }

    pub(super) fn dismiss_strip(&mut self, sequence: u64) {
        if let Unit::Ready(car) = &mut self.unit {
            car.ledger.strips.retain(|strip| strip.verdict.subject.sequence != sequence);
        }
    }
}
