//! What collecting needs from outside: books that commit everything or nothing, Alipay, a ledger, and fresh numbers.

use std::time::Duration;

use async_trait::async_trait;
use fareway_shared::{
    envelope::verdict::Verdict,
    id::{BillId, DeviceId, FleetId, PaymentId, ReservationId, TripId, VehicleId},
    meter::TripRecord,
    money::Money,
    protocol::car::{CommandOutcome, Duty, ToCar},
    ride::DriverNotice,
    signature::Signed,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    ledger::Posting,
    model::{Observation, OutTradeNo, Payment},
};
use crate::{
    alarm::Alarm, bill::model::Bill, matching::model::Offer, reservation::model::Reservation, store_error::StoreError,
    trip::model::Trip,
};

/// A payment with the bill it collects and the plate of the car.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The attempt.
    pub payment: Payment,
    /// Its bill.
    pub bill: Bill,
    /// The car's plate.
    pub plate: String,
}

/// A notice as it is kept: what Alipay said, when, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Alipay's id of the notice, the same on every resend.
    pub notify_id: String,
    /// Our number as the notice names it.
    pub out_trade_no: String,
    /// Alipay's word.
    pub trade_status: String,
    /// `applied`, `asked` (a query must agree first), `held` (a cancellation is under way), `quarantined`.
    pub handling: &'static str,
    /// The received bytes.
    pub body: Vec<u8>,
}

/// A numbered command of a device, committed with what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// The device.
    pub device: DeviceId,
    /// Its number, one above the last.
    pub number: u64,
    /// SHA-256 of the sealed body, to know an exact repeat.
    pub body_sha256: [u8; 32],
    /// What became of it.
    pub outcome: CommandOutcome,
}

/// A meter's record with the bill it opened, if it opened one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterRecordRow {
    /// The car.
    pub vehicle: VehicleId,
    /// The hire, if known.
    pub trip: Option<TripId>,
    /// The bill that it opened or joined.
    pub bill: Option<BillId>,
    /// The record.
    pub record: TripRecord,
}

/// When a payment wants attention next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerChange {
    /// Wake for this payment then.
    At {
        /// Which.
        payment: PaymentId,
        /// When.
        due_at: Timestamp,
        /// How often the present step was tried.
        attempt: u32,
    },
    /// Nothing more to do.
    Done {
        /// Which.
        payment: PaymentId,
    },
}

/// Everything that commits together, or not at all. Rows carry the revision they were loaded with; if one has moved on
/// the whole change is refused as a conflict and nothing is written.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The fleet that all of it belongs to.
    pub fleet: Option<FleetId>,
    /// A payment, new (revision 0) or moved on.
    pub payment: Option<Payment>,
    /// A bill, new (revision 0) or moved on.
    pub bill: Option<Bill>,
    /// A hire; inserted or updated.
    pub trip: Option<Trip>,
    /// A reservation, new (revision 0) or moved on.
    pub reservation: Option<Reservation>,
    /// Offers, new (revision 0) or moved on.
    pub offers: Vec<Offer>,
    /// What drivers are told; each gets its car's next sequence from the store and is then sealed.
    pub notices: Vec<(VehicleId, DriverNotice)>,
    /// A car's driver comes on duty, rests, leaves.
    pub duty: Option<(VehicleId, Duty)>,
    /// A verdict for the car; its sequence is given by the store and then it is sealed.
    pub verdict: Option<Verdict>,
    /// Ledger entries.
    pub postings: Vec<Posting>,
    /// Timers.
    pub timers: Vec<TimerChange>,
    /// A notice to keep.
    pub notice: Option<NoticeRecord>,
    /// A meter record to keep.
    pub meter_record: Option<MeterRecordRow>,
    /// The car's command that caused this.
    pub command: Option<CommandRecord>,
    /// Alarms to raise.
    pub alarms: Vec<Alarm>,
}

/// What the outside should be told after a commit. Hints: the rows are the truth.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// The fleet.
    pub fleet: Option<FleetId>,
    /// The car whose pages should look again.
    pub vehicle: Option<VehicleId>,
    /// The reservation whose pages should look again.
    pub reservation: Option<ReservationId>,
    /// Messages that were stored for cars.
    pub messages: Vec<(VehicleId, ToCar)>,
}

/// A payment whose timer is due; claimed for a while, so that two processes do not both take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The fleet.
    pub fleet: FleetId,
    /// The payment.
    pub payment: PaymentId,
    /// How often its present step was tried.
    pub attempt: u32,
}

/// The books of all fleets.
#[async_trait]
pub trait Books: Send + Sync {
    /// The case of one of our order numbers.
    async fn case(&self, out_trade_no: &OutTradeNo) -> Result<Option<Case>, StoreError>;

    /// The case of a payment.
    async fn case_of(&self, fleet: FleetId, payment: PaymentId) -> Result<Option<Case>, StoreError>;

    /// A bill.
    async fn bill(&self, fleet: FleetId, bill: BillId) -> Result<Option<Bill>, StoreError>;

    /// The latest attempt to collect a bill; a live one before any other.
    async fn latest_payment(&self, fleet: FleetId, bill: BillId) -> Result<Option<Payment>, StoreError>;

    /// Whether a meter's record is known, and which bill it opened or joined.
    async fn meter_record_bill(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        record_key: &str,
    ) -> Result<Option<Option<BillId>>, StoreError>;

    /// The keyed bill of a hire with its keyed fare, if there is one.
    async fn keyed_bill_of(&self, fleet: FleetId, trip: TripId) -> Result<Option<(BillId, Money)>, StoreError>;

    /// Bills of a car that another device than this one stated: open ones, and those that were paid after `paid_after`
    /// and never shown; the latest first, at most `limit`, each with the meter's record behind it.
    async fn left_bills(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        device: DeviceId,
        paid_after: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Bill, Option<TripRecord>)>, StoreError>;

    /// How many bills of a car were ended since `since` as left unpaid, by the driver's word.
    async fn left_unpaid(&self, fleet: FleetId, vehicle: VehicleId, since: Timestamp) -> Result<u32, StoreError>;

    /// Writes everything or nothing.
    async fn commit(&self, change: Change, now: Timestamp) -> Result<Committed, StoreError>;

    /// Claims payments whose timer is due, at most `limit`, for the span of `lease`.
    async fn due(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<Due>, StoreError>;

    /// Brings a payment's timer forward to `due_at`, unless it is due earlier already.
    async fn hasten(&self, fleet: FleetId, payment: PaymentId, due_at: Timestamp) -> Result<(), StoreError>;
}

/// Seals verdicts and notices with the platform's key.
pub trait Sealer: Send + Sync {
    /// Signs a verdict that has its sequence.
    fn seal(&self, verdict: &Verdict) -> Signed;

    /// Signs a notice for one car at one place of its sequence.
    ///
    /// # Errors
    /// The notice cannot be written as JSON.
    fn seal_notice(
        &self,
        notice: &DriverNotice,
        vehicle: VehicleId,
        sequence: u64,
    ) -> Result<Signed, serde_json::Error>;
}

/// An order as it is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The fleet whose contract it goes under.
    pub fleet: FleetId,
    /// Our number.
    pub out_trade_no: OutTradeNo,
    /// The payer's Alipay user id.
    pub buyer: String,
    /// How much.
    pub amount: Money,
    /// The car, as terminal id.
    pub vehicle: VehicleId,
    /// What the payer reads, such as the plate.
    pub subject: String,
    /// How long the passenger has.
    pub life: Duration,
}

/// What became of placing an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It stands; hand this number to the wallet.
    Ready {
        /// Alipay's number.
        trade_no: String,
    },
    /// Refused for good.
    Refused {
        /// Alipay's code.
        code: String,
        /// A sentence for the passenger, Chinese.
        zh: String,
        /// A sentence for the passenger, English.
        en: String,
        /// Whether the refusal was signed. An unsigned one may be forged, so the order is cancelled to be sure.
        signed: bool,
    },
    /// Not known; ask.
    Unclear,
}

/// What became of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// It was unpaid and is closed.
    Closed,
    /// It was paid and all of it went back.
    Refunded,
    /// Done, but not told how: ask.
    DoneUnclear,
    /// Not known, or Alipay asks to repeat: the same again later.
    Again,
    /// It will not work by machine.
    Never {
        /// Alipay's code.
        code: String,
    },
}

/// A verified notice in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeFacts {
    /// Alipay's id of the notice.
    pub notify_id: String,
    /// Our number.
    pub out_trade_no: OutTradeNo,
    /// Alipay's word, for the record.
    pub trade_status: String,
    /// What it says of the order.
    pub observation: Observation,
    /// Whether the seller is this fleet's.
    pub seller_is_ours: bool,
    /// Whether both currency and buyer were told; if not, one query must agree before money is captured.
    pub complete: bool,
}

/// Why a notice was not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the notice is not believed: {0}")]
pub struct NotBelieved(pub String);

/// Alipay, in our words. Implemented by the alipay adapter; its own words stop there.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Places an order; safe to repeat with the same number and content.
    async fn place(&self, order: &Order, now: Timestamp) -> Placed;

    /// Asks what became of an order.
    async fn query(&self, fleet: FleetId, order: &OutTradeNo, amount: Money, now: Timestamp) -> Observation;

    /// Cancels: closes an unpaid order, returns a paid one's money. Safe to repeat.
    async fn cancel(&self, fleet: FleetId, order: &OutTradeNo, now: Timestamp) -> CancelAnswer;

    /// The order number that a notice claims, before anything in it is believed.
    fn claimed_order(&self, body: &[u8]) -> Option<OutTradeNo>;

    /// Verifies a notice under one fleet's key, then reads it. `amount` lends the currency where the notice tells none.
    fn verify_notice(&self, fleet: FleetId, body: &[u8], amount: Option<Money>) -> Result<NoticeFacts, NotBelieved>;

    /// A second proof that Alipay sent a verified notice, where the fleet's settings ask for it. `false` only where the
    /// notice should not be believed without it.
    async fn second_proof(&self, fleet: FleetId, notify_id: &str) -> bool;

    /// The fleets whose keys may be tried for a notice about an order that nobody knows.
    fn fleets(&self) -> Vec<FleetId>;
}

/// Fresh numbers: ids that sort by time, and random bytes. A simulation draws them from its seed.
pub trait Fresh: Send + Sync {
    /// A new id.
    fn id(&self, now: Timestamp) -> Uuid;
    /// Sixteen random bytes.
    fn bytes16(&self) -> [u8; 16];
}

/// Where hints go after a commit: live links and live pages.
pub trait Outlet: Send + Sync {
    /// Tells whoever listens.
    fn committed(&self, committed: Committed);
}
