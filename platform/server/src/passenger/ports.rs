//! What the passenger's pages need from the house. Implemented by the workflow.

use async_trait::async_trait;
use fareway_shared::{
    id::{BillId, FleetId, VehicleId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{bill::model::Bill, store_error::StoreError, trip::model::Trip};

/// What a link or token names. It travels in the signed `state` and in the page's own token, never in the session, so
/// that yesterday's tab cannot pay today's car.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "target", rename_all = "snake_case")]
pub enum Target {
    /// One version of one bill, from the code on the car's screen.
    Bill {
        /// The fleet.
        fleet: FleetId,
        /// The car.
        vehicle: VehicleId,
        /// The bill.
        bill: BillId,
        /// The version that the code named.
        version: u32,
    },
    /// Only a car, from a sticker or a typed plate: nothing is shown until the screen code is right.
    Vehicle {
        /// The fleet.
        fleet: FleetId,
        /// The car.
        vehicle: VehicleId,
        /// Whether the screen code was given.
        proven: bool,
    },
}

/// What the page shows. One view at a time; the page draws it and decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Ask for the three digits on the car's screen; nothing else is told.
    EnterCode,
    /// No open bill in this car.
    NoTrip,
    /// The trip is running; the page goes live by itself when the bill opens.
    TripRunning,
    /// Several bills of this car are open: choose.
    ChooseBill,
    /// The bill, with its pay button.
    Bill,
    /// Another phone is paying; this one may take over.
    AnotherPhone,
    /// Money may have moved; do not pay again.
    Checking,
    /// Paid by this passenger: live scene and receipt.
    Paid,
    /// The last attempt ended without money; it may be tried again.
    NotPaid,
    /// Paid by somebody else; no receipt is shown.
    PaidByAnother,
    /// The driver ended this bill without the wallet, or it was voided.
    Ended,
    /// The code names an older version of the bill: scan again.
    Outdated,
}

/// One line of a bill as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownLine {
    /// `fare`, `toll`, `parking`.
    pub kind: String,
    /// Decimal text.
    pub amount: String,
}

/// A bill as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownBill {
    /// The bill.
    pub id: BillId,
    /// Its version.
    pub version: u32,
    /// Its lines.
    pub lines: Vec<ShownLine>,
    /// Decimal text.
    pub total: String,
    /// ISO 4217.
    pub currency: String,
    /// The sign before the digits.
    pub symbol: String,
    /// `meter` or `keyed`.
    pub source: String,
    /// When it was opened, ms since the epoch.
    pub opened_at_ms: i64,
}

/// The proof shown to the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownReceipt {
    /// When the money was taken, ms since the epoch.
    pub paid_at_ms: i64,
    /// Last digits of Alipay's number.
    pub trade_no_tail: String,
    /// Last digits of the payer's id.
    pub payer_tail: String,
    /// Seed of the live scene, hexadecimal; the car draws the same.
    pub scene_seed: String,
    /// The signed link under which the payer finds it again. The pages write it, not the house.
    pub link: Option<String>,
}

/// Everything a page needs to draw itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    /// Which view.
    pub view: View,
    /// The plate; empty while the screen code is missing.
    pub plate: String,
    /// The driver's name, if one is on duty.
    pub driver: Option<String>,
    /// The fleet's name.
    pub fleet: String,
    /// The fleet's time zone by its IANA name: the page's clocks and the receipt are in it, wherever the phone is from.
    pub zone: String,
    /// The running fare as decimal text with its sign, only if the meter gives one.
    pub running_fare: Option<String>,
    /// The bill.
    pub bill: Option<ShownBill>,
    /// The bills to choose from.
    pub bills: Vec<ShownBill>,
    /// The receipt.
    pub receipt: Option<ShownReceipt>,
    /// A sentence, Chinese and English, where something went wrong.
    pub message: Option<Message>,
    /// Server time, ms since the epoch: the clock of the live scene.
    pub server_now_ms: i64,
}

/// A sentence for a passenger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What became of a press on "pay".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PayOutcome {
    /// Hand this number to `tradePay`.
    Ready {
        /// Alipay's number.
        trade_no: String,
    },
    /// Nothing to hand over; draw the state (it says why).
    See {
        /// The state.
        state: Box<PageState>,
    },
}

/// What became of an authorisation code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The passenger's Alipay user id.
    User(String),
    /// The code was refused (used, expired): authorise again, once.
    CodeRefused,
    /// Alipay could not say; try again in a moment.
    Unknown,
}

/// The house is out of order; the page shows a calm sentence and nothing technical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the platform cannot answer now")]
pub struct Unavailable;

/// The house, as a passenger's phone sees it. `payer` is always the Alipay user id of the session.
#[async_trait]
pub trait PassengerDesk: Send + Sync {
    /// The target that a scanned bill code names; `None` if it fits no bill of this installation.
    async fn find_bill(&self, code: &str, now: Timestamp) -> Result<Option<Target>, Unavailable>;

    /// The target that a sticker names.
    async fn find_vehicle(&self, vehicle: VehicleId) -> Result<Option<Target>, Unavailable>;

    /// The target that a typed plate names; spaces, dots and case are forgiven.
    async fn find_plate(&self, plate: &str) -> Result<Option<Target>, Unavailable>;

    /// Where to send the browser to be authorised.
    fn authorise_url(&self, state: &str) -> String;

    /// Uses an authorisation code, at most once per `state` nonce, even across restarts. A reload of the callback
    /// finds the first answer instead of asking Alipay again.
    async fn exchange(&self, state_nonce: &str, auth_code: &str, now: Timestamp) -> Result<Exchange, Unavailable>;

    /// What the page shows now.
    async fn state(&self, target: Target, payer: &str, now: Timestamp) -> Result<PageState, Unavailable>;

    /// Tries the three digits; counts tries per payer and per vehicle. `Ok(true)` proves the vehicle target;
    /// `Err(Message)` tells why not (wrong, or locked).
    async fn try_screen_code(
        &self,
        target: Target,
        payer: &str,
        digits: &str,
        now: Timestamp,
    ) -> Result<Result<Target, Message>, Unavailable>;

    /// Chooses one of several open bills of a proven vehicle.
    async fn choose_bill(&self, target: Target, bill: BillId, now: Timestamp) -> Result<Option<Target>, Unavailable>;

    /// Opens (or reopens) this payer's payment of the bill.
    async fn pay(&self, target: Target, payer: &str, now: Timestamp) -> Result<PayOutcome, Unavailable>;

    /// Cancels another phone's live payment, waits for a definite answer, then pays.
    async fn take_over(&self, target: Target, payer: &str, now: Timestamp) -> Result<PayOutcome, Unavailable>;

    /// The wallet returned to the page with this code; it decides nothing, but asks Alipay soon.
    async fn wallet_returned(&self, target: Target, payer: &str, result_code: &str, now: Timestamp);

    /// Fires whenever anything about this vehicle may have changed; the page then asks for its state again.
    fn changes(&self, vehicle: VehicleId) -> tokio::sync::watch::Receiver<u64>;
}

/// What an authorisation's nonce says when a callback arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is the first: exchange the code, then store the answer.
    First,
    /// It was exchanged before.
    Done(Exchange),
    /// It is being exchanged right now, or the program died while it was.
    Underway {
        /// Since when.
        since: Timestamp,
    },
}

/// Says who is about to pay.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Where to send a passenger's browser.
    fn authorise_url(&self, state: &str) -> String;

    /// Exchanges an authorisation code for the passenger's user id.
    async fn exchange(&self, auth_code: &str, now: Timestamp) -> Exchange;
}

/// The records behind the pages.
#[async_trait]
pub trait PassengerStore: Send + Sync {
    /// Claims an authorisation's nonce.
    async fn claim_authorisation(&self, nonce: &str, now: Timestamp) -> Result<Claim, StoreError>;

    /// Stores what the exchange brought.
    async fn finish_authorisation(&self, nonce: &str, exchange: &Exchange) -> Result<(), StoreError>;

    /// Counts wrong screen codes since `since`, by this payer in this car and by anyone in this car.
    async fn screen_code_tries(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        payer: &str,
        since: Timestamp,
    ) -> Result<(u32, u32), StoreError>;

    /// Adds a wrong screen code.
    async fn add_screen_code_try(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        payer: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Bills of a car that wait for money, oldest first, at most 16.
    async fn open_bills(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Vec<Bill>, StoreError>;

    /// The hire that runs in a car, if any.
    async fn running_trip(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<Trip>, StoreError>;
}
