//! Read models of the console and the few commands a dispatcher has. `ConsoleRead` is implemented by the store,
//! `ConsoleDesk` by the workflow.

use async_trait::async_trait;
use fareway_shared::{
    id::{AlarmId, FleetId, VehicleId},
    time::Timestamp,
};
use serde::Serialize;

use super::ride_ports::{ReservationRow, RideDesk, RideRead};
use crate::{alarm::Alarm, fleet::error::FleetError, store_error::StoreError};

/// A car as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VehicleRow {
    /// The car.
    pub id: VehicleId,
    /// Its plate.
    pub plate: String,
    /// Its driver's name.
    pub driver: Option<String>,
    /// `none`, `active`, `suspended`, `revoked`.
    pub device: String,
    /// Whether its link is up.
    pub online: bool,
    /// `no_link`, `signed_out`, `vacant`, `hired`, `stopped`, `fault`, or `unknown` before the first report.
    pub meter: String,
    /// The meter's line has been silent too long.
    pub meter_stale: bool,
    /// The running fare with its sign, only if the meter gives one.
    pub running_fare: Option<String>,
    /// Last report or link change.
    pub seen_at: Option<Timestamp>,
}

/// A hire as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TripRow {
    /// The hire.
    pub id: String,
    /// The car's plate.
    pub plate: String,
    /// `assigned`, `en_route`, `arrived`, `on_board`, `finished`, `cancelled`, `no_show`.
    pub state: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A bill with its latest payment as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentRow {
    /// The bill.
    pub bill: String,
    /// The car's plate.
    pub plate: String,
    /// Decimal text with the currency's sign.
    pub total: String,
    /// `meter` or `keyed`.
    pub source: String,
    /// `issued`, `ending`, `paid`, `paid_otherwise`, `left_unpaid`, `voided`.
    pub bill_state: String,
    /// `none`, or the payment's state: `created`, `submitted`, `awaiting_buyer`, `unknown`, `cancelling`, `captured`,
    /// `closed`, `needs_person`.
    pub payment_state: String,
    /// Our number of the latest attempt.
    pub out_trade_no: Option<String>,
    /// When the bill was opened.
    pub opened_at: Timestamp,
    /// When it was paid or ended.
    pub settled_at: Option<Timestamp>,
    /// When the car showed the verdict.
    pub shown_at: Option<Timestamp>,
}

/// Something that needs a person, with its clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlarmRow {
    /// The alarm.
    pub id: AlarmId,
    /// A stable word: `money_in_suspense`, `notice_mismatch`, `payment_needs_person`, `device_cloned`, …
    pub kind: String,
    /// What happened and what to do, Chinese.
    pub zh: String,
    /// What happened and what to do, English.
    pub en: String,
    /// The car's plate, if one is concerned.
    pub plate: Option<String>,
    /// Since when.
    pub raised_at: Timestamp,
}

/// Everything on the first page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Board {
    /// The fleet's name.
    pub fleet: String,
    /// The time zone of its clocks, by its IANA name.
    pub zone: String,
    /// Server time.
    pub now: Timestamp,
    /// Cars by plate.
    pub vehicles: Vec<VehicleRow>,
    /// Hires, running first, newest first; at most 100.
    pub trips: Vec<TripRow>,
    /// Bills, open first, newest first; at most 100.
    pub payments: Vec<PaymentRow>,
    /// Open alarms, oldest first; at most 200.
    pub alarms: Vec<AlarmRow>,
    /// Reservations: open ones first, those that need a car before others; then the latest that ended.
    pub reservations: Vec<ReservationRow>,
}

/// What the console commands.
#[async_trait]
pub trait ConsoleDesk: RideDesk {
    /// Everything on the first page of one fleet.
    async fn board(&self, fleet: FleetId, now: Timestamp) -> Result<Board, StoreError>;

    /// Registers a car, with the driver's name if known.
    async fn register_vehicle(
        &self,
        fleet: FleetId,
        plate: &str,
        driver: Option<&str>,
        now: Timestamp,
    ) -> Result<VehicleId, FleetError>;

    /// A one-time enrolment code for a car, valid for 30 minutes, as text. Shown once, stored only as a hash.
    async fn enrolment_code(&self, fleet: FleetId, vehicle: VehicleId, now: Timestamp) -> Result<String, FleetError>;

    /// Revokes the car's device; takes effect within 5 s.
    async fn revoke_device(&self, fleet: FleetId, vehicle: VehicleId, now: Timestamp) -> Result<(), FleetError>;

    /// Lifts a suspension after a look.
    async fn reinstate_device(&self, fleet: FleetId, vehicle: VehicleId, now: Timestamp) -> Result<(), FleetError>;

    /// Marks an alarm as dealt with.
    async fn clear_alarm(&self, fleet: FleetId, alarm: AlarmId, by: &str, now: Timestamp) -> Result<(), StoreError>;

    /// Fires whenever anything on the board may have changed.
    fn changes(&self, fleet: FleetId) -> tokio::sync::watch::Receiver<u64>;
}

/// The read models of the console, without what only memory knows (links and meters).
#[async_trait]
pub trait ConsoleRead: RideRead {
    /// The stored part of the board: `zone`, `online`, `meter` and `running_fare` are filled in by the caller.
    async fn stored_board(&self, fleet: FleetId, now: Timestamp) -> Result<Board, StoreError>;

    /// Marks an alarm as dealt with.
    async fn clear_alarm(&self, fleet: FleetId, alarm: AlarmId, by: &str, now: Timestamp) -> Result<(), StoreError>;

    /// What an account of a fleet holds over all its currencies, minor units: debits less credits.
    async fn balance(&self, fleet: FleetId, account: &str) -> Result<i64, StoreError>;

    /// Raises an alarm outside of a payment's change.
    async fn raise(&self, alarm: &Alarm, now: Timestamp) -> Result<(), StoreError>;
}
