//! Bills: made when the meter stops or the driver keys the fare, stated under a fresh nonce, changed only as a new
//! version, ended by money or by the driver (confirmation.md §3, "Bill").

use std::{mem, time::Duration};

use fareway_shared::{
    id::{BillId, TripId},
    inheritance::Inheritance,
    meter::TripRecord,
    money::Money,
    protocol::car::{BillProgress, CarCommand, EndedHow, FromCar},
    signature::Signed,
    statement::{BillLine, BillStatement, FareSource, LineKind},
};
use rand::RngCore;

use super::{Car, Effects, Moment, Opened, Sentence, State, Unit, clock::Anchor, ledger::Bill};

/// First poll for open bills; each one after waits twice as long.
const POLL_FIRST: Duration = Duration::from_secs(2);
/// The longest wait between two polls.
const POLL_SLOWEST: Duration = Duration::from_secs(60);
/// Bills in one poll (`AskBills`).
const POLL_BILLS_MAX: usize = 16;

/// When to ask for the open bills again.
#[derive(Clone, Debug, Default)]
pub(super) struct Poll {
    pub(super) due_at: Duration,
    pub(super) wait: Duration,
}

/// What a fare rests on.
pub(super) enum Fare {
    Meter(Box<TripRecord>),
    Keyed(Money),
}

fn fresh_nonce(random: &mut dyn RngCore) -> [u8; 16] {
    let mut nonce = [0; 16];
    random.fill_bytes(&mut nonce);
    nonce
}

/// A fresh UUID, version 7, of this instant.
pub(super) fn fresh_id(trusted: Option<Anchor>, now: Moment, random: &mut dyn RngCore) -> uuid::Uuid {
    let mut tail = [0; 10];
    random.fill_bytes(&mut tail);
    let at = trusted.map_or(now.wall, |anchor| anchor.at(now));
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.millis()).unwrap_or(0), &tail).into_uuid()
}

impl Car {
    /// What a later version of a bill begins with: all but number, nonce, counter and time is as before.
    fn reissued(&self, statement: &BillStatement, now: Moment, random: &mut dyn RngCore) -> BillStatement {
        BillStatement {
            version: statement.version.saturating_add(1),
            nonce: fresh_nonce(random),
            counter: self.ledger.last_counter.saturating_add(1),
            stated_at: now.wall,
            ..statement.clone()
        }
    }

    /// Signs a statement and keeps its bill. The step's effects write it before anything is sent.
    fn state_bill(&mut self, statement: BillStatement, record: Option<TripRecord>) {
        let command = CarCommand::OpenBill { statement: statement.seal(&self.identity.key), record: record.clone() };
        self.ledger.last_counter = statement.counter;
        match self.ledger.bill_mut(statement.bill) {
            Some(bill) => bill.supersede(statement),
            None => self.ledger.keep_bill(Bill::stated(statement, record)),
        }
        self.ledger.issue(command);
    }
}

impl State {
    /// Opens the bill of a hire that ended.
    pub(super) fn open_bill(&mut self, trip: TripId, fare: Fare, now: Moment, random: &mut dyn RngCore) {
        let bill = BillId(fresh_id(self.trusted, now, random));
        let nonce = fresh_nonce(random);
        let Unit::Ready(car) = &mut self.unit else { return };
        let (total, source, frames_sha256, record) = match fare {
            Fare::Meter(record) => (record.amount, FareSource::Meter, record.frames_sha256, Some(*record)),
            Fare::Keyed(amount) => (amount, FareSource::Keyed, [0; 32], None),
        };
        let statement = BillStatement {
            fleet: car.identity.grant.fleet,
            vehicle: car.identity.grant.vehicle,
            trip,
            bill,
            version: 1,
            frames_sha256,
            source,
            lines: vec![BillLine { kind: LineKind::Fare, amount_minor: total.minor }],
            total,
            nonce,
            counter: car.ledger.last_counter.saturating_add(1),
            stated_at: now.wall,
        };
        car.state_bill(statement, record);
        car.ledger.set_focus(Some(bill));
        self.opened = Opened::Nothing;
        self.poll_soon(now);
    }

    /// Adds an extra to the bill on the screen: a new version under a new nonce, so that the old code dies.
    pub(super) fn add_extra(&mut self, kind: LineKind, amount: Money, now: Moment, random: &mut dyn RngCore) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(bill) = car.ledger.focus.and_then(|id| car.ledger.bill(id)).filter(|bill| bill.may_change()) else {
            return;
        };
        let Ok(total) = bill.statement.total.checked_add(amount) else { return };
        let mut statement = car.reissued(&bill.statement, now, random);
        statement.lines.push(BillLine { kind, amount_minor: amount.minor });
        statement.total = total;
        let record = bill.record.clone();
        car.state_bill(statement, record);
        self.poll_soon(now);
    }

    /// A bill that this car's earlier unit stated. An open one is reissued under a nonce of our own; a paid one is kept as
    /// it is, so that its confirmation can still be shown.
    pub(super) fn inherit(&mut self, sealed: &Signed, now: Moment, random: &mut dyn RngCore, effects: &mut Effects) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let grant = &car.identity.grant;
        let left = match Inheritance::open(sealed, car.ledger.device, &grant.platform_key) {
            Ok(left) => left,
            Err(error) => return effects.warn(format!("A bill of another unit was not believed: {error}")),
        };
        if car.ledger.bill(left.bill).is_some() {
            return;
        }
        let statement = BillStatement {
            fleet: grant.fleet,
            vehicle: grant.vehicle,
            trip: left.trip,
            bill: left.bill,
            version: left.version,
            frames_sha256: left.record.as_ref().map_or([0; 32], |record| record.frames_sha256),
            source: left.source,
            lines: left.lines,
            total: left.total,
            nonce: left.nonce,
            counter: 0,
            stated_at: now.wall,
        };
        if let Some(record) = &left.record {
            car.ledger.is_new_record(&record.key());
        }
        car.ledger.keep_bill(Bill { opened: true, ..Bill::stated(statement.clone(), left.record.clone()) });
        if left.open {
            car.state_bill(car.reissued(&statement, now, random), left.record);
            // The platform names the latest first; the others are in the list.
            if car.ledger.focus.is_none() {
                car.ledger.set_focus(Some(left.bill));
            }
        }
        self.poll_soon(now);
    }

    /// The driver ends the bill on the screen without the wallet; the platform has the last word.
    pub(super) fn end_bill(&mut self, how: EndedHow) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(id) = car.ledger.focus else { return };
        let Some(bill) = car.ledger.bill_mut(id).filter(|bill| bill.is_open()) else { return };
        bill.ending = Some(how);
        let version = bill.statement.version;
        car.ledger.issue(CarCommand::EndBill { bill: id, version, how });
        car.ledger.set_focus(None);
        self.opened = Opened::Nothing;
    }

    /// A hint of where a bill stands. It moves words on the screen and the pace of the polls, never a verdict.
    pub(super) fn bill_progress(&mut self, bill: BillId, version: u32, progress: BillProgress, now: Moment) {
        let Unit::Ready(car) = &self.unit else { return };
        if !car.ledger.bill(bill).is_some_and(|known| known.statement.version == version && known.is_open()) {
            return;
        }
        let before = self.progress_of(bill);
        self.progress.retain(|(known, _)| *known != bill);
        self.progress.push((bill, progress));
        if before != Some(progress) && matches!(progress, BillProgress::Paying | BillProgress::Checking) {
            self.poll_soon(now);
        }
        if progress == BillProgress::Unknown {
            self.restate(bill);
        }
    }

    pub(super) fn progress_of(&self, bill: BillId) -> Option<BillProgress> {
        self.progress.iter().find(|(known, _)| *known == bill).map(|(_, progress)| *progress)
    }

    pub(super) fn has_open_bills(&self) -> bool {
        matches!(&self.unit, Unit::Ready(car) if car.ledger.bills.iter().any(Bill::is_open))
    }

    /// Starts the polls over at their quickest.
    pub(super) fn poll_soon(&mut self, now: Moment) {
        self.poll = Poll { due_at: now.tick.saturating_add(POLL_FIRST), wait: POLL_FIRST };
    }

    pub(super) fn ask_for_open_bills(&mut self, now: Moment, effects: &mut Effects) {
        if !self.link.is_up() || now.tick < self.poll.due_at {
            return;
        }
        let Unit::Ready(car) = &self.unit else { return };
        let open = car.ledger.bills.iter().rev().filter(|bill| bill.is_open());
        let bills: Vec<BillId> = open.map(Bill::id).take(POLL_BILLS_MAX).collect();
        if !bills.is_empty() {
            effects.send(FromCar::AskBills { bills });
        }
        let wait = self.poll.wait.saturating_mul(2).clamp(POLL_FIRST, POLL_SLOWEST);
        self.poll = Poll { due_at: now.tick.saturating_add(wait), wait };
    }
}

impl Bill {
    /// A bill as it is first stated.
    fn stated(statement: BillStatement, record: Option<TripRecord>) -> Self {
        Self {
            statement,
            superseded: Vec::new(),
            record,
            opened: false,
            covered_minor: 0,
            not_paid: None,
            refused: None,
            ending: None,
            settled: None,
        }
    }

    /// Puts a later version on the screen; what it replaces is in force until the platform says otherwise.
    fn supersede(&mut self, statement: BillStatement) {
        self.superseded.push(mem::replace(&mut self.statement, statement));
        (self.opened, self.not_paid, self.refused) = (false, None, None);
    }

    /// The platform opened a version: no earlier one will ever be paid.
    pub(super) fn was_opened(&mut self, version: u32) {
        self.superseded.retain(|earlier| earlier.version >= version);
        if self.statement.version == version {
            (self.opened, self.refused) = (true, None);
        }
    }

    /// The platform refused a version. If an earlier one is in force, the bill goes back to it; returns whether it did.
    pub(super) fn was_refused(&mut self, version: u32, why: &Sentence) -> bool {
        if self.statement.version != version {
            self.superseded.retain(|earlier| earlier.version != version);
            return false;
        }
        let latest = self.superseded.last().map(|earlier| earlier.version);
        let went_back = latest.is_some_and(|version| self.go_back_to(version));
        if !went_back {
            self.refused = Some(why.clone());
        }
        went_back
    }

    /// Money came for an earlier version that was in force: that is the bill. Returns whether there is such a version.
    pub(super) fn go_back_to(&mut self, version: u32) -> bool {
        let Some(place) = self.superseded.iter().position(|earlier| earlier.version == version) else { return false };
        self.superseded.truncate(place.saturating_add(1));
        let Some(in_force) = self.superseded.pop() else { return false };
        (self.statement, self.opened) = (in_force, true);
        true
    }

    /// A bill may grow only while nothing has been paid on it.
    pub(super) fn may_change(&self) -> bool {
        self.is_open() && self.covered_minor == 0 && self.refused.is_none()
    }
}
