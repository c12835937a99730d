//! Everything that must survive a power cut: who the car is, what it has promised, accepted and not yet delivered.
//! Plain data; [`crate::disk`] writes it and the rest of [`super`] changes it.

use std::collections::VecDeque;

use fareway_shared::{
    enrolment::Enrolled,
    envelope::{
        judge::KnownBill,
        verdict::{Finding, NotPaid, Verdict},
    },
    id::{BillId, DeviceId, TripId},
    meter::TripRecord,
    money::Money,
    protocol::car::{CarCommand, Duty, EndedHow, TripStep},
    ride::{OfferNotice, TripNotice},
    signature::{PrivateKey, PublicKey, Signed},
    statement::BillStatement,
};
use serde::{Deserialize, Serialize};

/// Bills kept; beyond, settled ones go first, then the oldest that the platform has opened.
const BILLS_MAX: usize = 64;
const STRIPS_MAX: usize = 8;
const DIGESTS_MAX: usize = 64;
const RECORD_KEYS_MAX: usize = 128;
/// Commands kept on disk before the less important ones are no longer issued.
const COMMANDS_MAX: usize = 2048;

/// Who the car is, as granted at enrolment.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The device's private key, made on this device.
    pub key: PrivateKey,
    /// The grant; its platform key follows the successions.
    pub grant: Enrolled,
    /// The platform key before the last succession, to know a repeated announcement.
    pub previous_platform_key: Option<PublicKey>,
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.key.public() == other.key.public()
            && self.grant == other.grant
            && self.previous_platform_key == other.previous_platform_key
    }
}

/// A hire under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hire {
    pub(crate) trip: TripId,
    /// The meter's own start text; `None` while the start is only implied.
    pub(crate) started: Option<String>,
}

/// A hire whose fare was keyed; the meter's record for it may still come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyedHire {
    pub(crate) trip: TripId,
    /// The meter was heard for hire since, so a hired meter is a new hire.
    pub(crate) vacant_since: bool,
}

/// A sentence from the platform, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// How a bill came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Settled {
    Paid,
    Ended(EndedHow),
}

/// A bill the car has stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bill {
    pub(crate) statement: BillStatement,
    /// Earlier versions that are in force while the platform has not acknowledged this one, oldest first.
    #[serde(default)]
    pub(crate) superseded: Vec<BillStatement>,
    pub(crate) record: Option<TripRecord>,
    /// The platform has acknowledged this version.
    pub(crate) opened: bool,
    /// Covered so far by signed verdicts, minor units.
    pub(crate) covered_minor: i64,
    /// The last attempt's signed negative verdict.
    pub(crate) not_paid: Option<NotPaid>,
    /// The platform refused to open it.
    pub(crate) refused: Option<Sentence>,
    /// The driver has ended it; the platform has not confirmed yet.
    pub(crate) ending: Option<EndedHow>,
    pub(crate) settled: Option<Settled>,
}

impl Bill {
    pub(crate) fn id(&self) -> BillId {
        self.statement.bill
    }

    /// Every version that may be in force.
    pub(crate) fn known(&self) -> impl Iterator<Item = KnownBill> {
        self.superseded.iter().chain([&self.statement]).map(|stated| KnownBill {
            bill: stated.bill,
            trip: stated.trip,
            version: stated.version,
            total: stated.total,
            nonce: stated.nonce,
        })
    }

    /// Still waiting for money, and not given up by the driver.
    pub(crate) fn is_open(&self) -> bool {
        self.settled.is_none() && self.ending.is_none()
    }

    pub(crate) fn due(&self) -> Money {
        let total = self.statement.total;
        Money::new(total.minor.saturating_sub(self.covered_minor), total.currency)
    }
}

/// The last verdict that took the whole screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Face {
    pub(crate) verdict: Verdict,
    pub(crate) total: Money,
    pub(crate) dismissed: bool,
}

/// A confirmation for a bill that was not on the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Strip {
    pub(crate) verdict: Verdict,
    pub(crate) total: Money,
}

/// A command that the platform has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Queued {
    pub(crate) number: u64,
    pub(crate) command: CarCommand,
}

/// The car's durable memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Whose ledger this is; another device's is never taken for ours.
    pub(crate) device: DeviceId,
    pub(crate) last_command: u64,
    pub(crate) last_counter: u64,
    pub(crate) last_sequence: u64,
    pub(crate) last_accepted: Option<Signed>,
    /// SHA-256 of the last accepted envelopes, to know their exact repeats.
    pub(crate) accepted: VecDeque<String>,
    pub(crate) commands: VecDeque<Queued>,
    pub(crate) hire: Option<Hire>,
    /// A hire that ended without a record and waits for the driver to key its fare.
    pub(crate) unbilled: Option<TripId>,
    pub(crate) keyed: Option<KeyedHire>,
    pub(crate) bills: VecDeque<Bill>,
    /// The bill on the screen.
    pub(crate) focus: Option<BillId>,
    pub(crate) face: Option<Face>,
    pub(crate) strips: VecDeque<Strip>,
    /// Verdicts that were accepted and not yet reported as shown: bill and sequence.
    pub(crate) unshown: VecDeque<(BillId, u64)>,
    pub(crate) records: VecDeque<String>,
    /// Offers and reserved trips; absent in memories from before there were any.
    #[serde(default)]
    pub(crate) ride: Booked,
}

/// What the car was told of reserved rides, and whether its driver takes any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Booked {
    /// The offer that waits for an answer.
    pub(crate) offer: Option<OfferNotice>,
    /// The driver has taken it; the platform has not confirmed yet.
    pub(crate) taken: bool,
    /// The reserved trip.
    pub(crate) trip: Option<TripNotice>,
    /// The reserved trip that was over last: what is still said of it comes late.
    #[serde(default)]
    pub(crate) over: Option<TripId>,
    /// Whether the driver takes rides.
    pub(crate) duty: Duty,
}

impl Ledger {
    /// A fresh ledger for a device that was enrolled this moment. The car's messages up to `last_sequence` were for another.
    #[must_use]
    pub fn new(device: DeviceId, last_sequence: u64) -> Self {
        Self {
            device,
            last_command: 0,
            last_counter: 0,
            last_sequence,
            last_accepted: None,
            accepted: VecDeque::new(),
            commands: VecDeque::new(),
            hire: None,
            unbilled: None,
            keyed: None,
            bills: VecDeque::new(),
            focus: None,
            face: None,
            strips: VecDeque::new(),
            unshown: VecDeque::new(),
            records: VecDeque::new(),
            ride: Booked::default(),
        }
    }

    /// Whose ledger this is.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Whether anything was ever promised or accepted under it.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.last_command == 0 && self.last_counter == 0 && self.last_accepted.is_none() && self.bills.is_empty()
    }

    /// Numbers a command and keeps it until the platform acknowledges it.
    pub(crate) fn issue(&mut self, command: CarCommand) {
        let keeps_money = matches!(command, CarCommand::OpenBill { .. } | CarCommand::EndBill { .. });
        if self.commands.len() >= COMMANDS_MAX && !keeps_money {
            return;
        }
        self.last_command = self.last_command.saturating_add(1);
        self.commands.push_back(Queued { number: self.last_command, command });
    }

    /// The platform has been told something of a trip that it alone decides, and has not answered.
    pub(crate) fn waits_for(&self, asked: TripId) -> bool {
        self.commands.iter().any(|queued| match &queued.command {
            CarCommand::MoveTrip { trip, step } => {
                *trip == asked && matches!(step, TripStep::Board { .. } | TripStep::NoShow | TripStep::GiveUp)
            }
            _ => false,
        })
    }

    pub(crate) fn bill(&self, id: BillId) -> Option<&Bill> {
        self.bills.iter().find(|bill| bill.id() == id)
    }

    pub(crate) fn bill_mut(&mut self, id: BillId) -> Option<&mut Bill> {
        self.bills.iter_mut().find(|bill| bill.id() == id)
    }

    /// Keeps a new bill, within bounds.
    pub(crate) fn keep_bill(&mut self, bill: Bill) {
        if self.bills.len() >= BILLS_MAX {
            let spare = self.bills.iter().position(|bill| bill.settled.is_some());
            let spare = spare.or_else(|| self.bills.iter().position(|bill| bill.opened));
            self.bills.remove(spare.unwrap_or(0));
        }
        self.bills.push_back(bill);
    }

    /// Remembers a record by its key; false if it was known already.
    pub(crate) fn is_new_record(&mut self, key: &str) -> bool {
        if self.records.iter().any(|known| known == key) {
            return false;
        }
        push_bounded(&mut self.records, key.to_owned(), RECORD_KEYS_MAX);
        true
    }

    pub(crate) fn remember_accepted(&mut self, digest: String) {
        push_bounded(&mut self.accepted, digest, DIGESTS_MAX);
    }

    /// Puts the bill on the screen, or none. A verdict that still stands there becomes a strip, so that it is never lost
    /// and never taken for the next bill's.
    pub(crate) fn set_focus(&mut self, focus: Option<BillId>) {
        if self.focus == focus {
            return;
        }
        self.focus = focus;
        let Some(face) = self.face.as_mut().filter(|face| !face.dismissed) else { return };
        face.dismissed = true;
        if matches!(face.verdict.finding, Finding::Covered(_)) {
            let strip = Strip { verdict: face.verdict.clone(), total: face.total };
            self.add_strip(strip);
        }
    }

    pub(crate) fn add_strip(&mut self, strip: Strip) {
        push_bounded(&mut self.strips, strip, STRIPS_MAX);
    }
}

fn push_bounded<T>(list: &mut VecDeque<T>, item: T, max: usize) {
    list.push_back(item);
    while list.len() > max {
        list.pop_front();
    }
}
