//! Bills: made when the meter stops or the driver keys the fare, stated under a fresh nonce, changed only as a new
//! version, ended by money or by the driver (confirmation.md §3, "Bill").

use std::time::Duration;

use fareway_shared::{
    id::{BillId, TripId},
    meter::TripRecord,
    money::Money,
    protocol::car::{BillProgress, CarCommand, EndedHow, FromCar},
    statement::{BillLine, BillStatement, FareSource, LineKind},
};
use rand::RngCore;

use super::{Car, Effects, Moment, Opened, State, Unit, clock::Anchor, ledger::Bill};

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

/// A fresh UUID, version 7, of this instant.
pub(super) fn fresh_id(trusted: Option<Anchor>, now: Moment, random: &mut dyn RngCore) -> uuid::Uuid {
    let mut tail = [0; 10];
    random.fill_bytes(&mut tail);
    let at = trusted.map_or(now.wall, |anchor| anchor.at(now));
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.millis()).unwrap_or(0), &tail).into_uuid()
}

impl Car {
    /// Signs a statement and puts its bill on the screen. The step's effects write it before anything is sent.
    fn state_bill(&mut self, statement: BillStatement, record: Option<TripRecord>) {
        let command = CarCommand::OpenBill { statement: statement.seal(&self.identity.key), record: record.clone() };
        self.ledger.last_counter = statement.counter;
        let id = statement.bill;
        match self.ledger.bill_mut(id) {
            Some(bill) => {
                (bill.statement, bill.opened, bill.not_paid, bill.refused) = (statement, false, None, None);
            }
            None => self.ledger.keep_bill(Bill {
                statement,
                record,
                opened: false,
                covered_minor: 0,
                not_paid: None,
                refused: None,
                ending: None,
                settled: None,
            }),
        }
        self.ledger.issue(command);
        self.ledger.set_focus(Some(id));
    }
}

impl State {
    /// Opens the bill of a hire that ended.
    pub(super) fn open_bill(&mut self, trip: TripId, fare: Fare, now: Moment, random: &mut dyn RngCore) {
        let bill = BillId(fresh_id(self.trusted, now, random));
        let mut nonce = [0; 16];
        random.fill_bytes(&mut nonce);
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
        self.opened = Opened::Nothing;
        self.poll_soon(now);
    }

    /// Adds an extra to the bill on the screen: a new version under a new nonce, so that the old code dies.
    pub(super) fn add_extra(&mut self, kind: LineKind, amount: Money, now: Moment, random: &mut dyn RngCore) {
        let mut nonce = [0; 16];
        random.fill_bytes(&mut nonce);
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(bill) = car.ledger.focus.and_then(|id| car.ledger.bill(id)).filter(|bill| bill.may_change()) else {
            return;
        };
        let mut statement = bill.statement.clone();
        let Ok(total) = statement.total.checked_add(amount) else { return };
        statement.lines.push(BillLine { kind, amount_minor: amount.minor });
        statement.total = total;
        statement.version = statement.version.saturating_add(1);
        statement.nonce = nonce;
        statement.counter = car.ledger.last_counter.saturating_add(1);
        statement.stated_at = now.wall;
        let record = bill.record.clone();
        car.state_bill(statement, record);
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
    /// A bill may grow only while nothing has been paid on it.
    pub(super) fn may_change(&self) -> bool {
        self.is_open() && self.covered_minor == 0 && self.refused.is_none()
    }
}
