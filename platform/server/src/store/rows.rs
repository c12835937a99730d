//! Rows as they are stored, and the entities they stand for. A value that does not read is an error that names the
//! column, never a guess.

use fareway_shared::{
    id::{BillId, DeviceId, DriverId, FleetId, PaymentId, TripId, VehicleId},
    money::{Currency, Money},
    signature::PublicKey,
    statement::{BillLine, FareSource},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    bill::model::{Bill, BillState},
    fleet::model::{Device, DeviceState, Driver, Vehicle},
    payment::{
        model::{Application, CloseReason, OutTradeNo, Payment, PaymentState},
        ports::Case,
    },
    store_error::StoreError,
};

pub(super) fn unreadable(what: &'static str, value: impl ToString) -> StoreError {
    StoreError::Unreadable { what, value: value.to_string() }
}

/// Bytes of a fixed length.
pub(super) fn fixed<const N: usize>(what: &'static str, bytes: Vec<u8>) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|bytes: Vec<u8>| unreadable(what, format!("{} bytes", bytes.len())))
}

fn money(what: &'static str, minor: i64, currency: &str) -> Result<Money, StoreError> {
    Ok(Money::new(minor, Currency::parse(currency).map_err(|_| unreadable(what, currency))?))
}

/// A counter as databases keep it. Counters start at 0 and grow by one, so they never leave the range.
pub(super) fn stored(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}

/// A counter as the house counts.
pub(super) fn counted(what: &'static str, stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| unreadable(what, stored))
}

/// The word of a fare's source.
pub(super) fn source_word(source: FareSource) -> &'static str {
    match source {
        FareSource::Meter => "meter",
        FareSource::Keyed => "keyed",
    }
}

macro_rules! bill_columns {
    () => {
        "bill.fleet_id AS b_fleet_id, bill.id AS b_id, bill.vehicle_id AS b_vehicle_id, bill.device_id AS b_device_id, \
         bill.trip_id AS b_trip_id, bill.version AS b_version, bill.state AS b_state, bill.lines AS b_lines, \
         bill.total_minor AS b_total_minor, bill.currency AS b_currency, bill.source AS b_source, \
         bill.nonce AS b_nonce, bill.opened_at AS b_opened_at, bill.settled_at AS b_settled_at, \
         bill.shown_at AS b_shown_at, bill.revision AS b_revision"
    };
}
pub(super) use bill_columns;

macro_rules! payment_columns {
    () => {
        "payment.fleet_id, payment.id, payment.bill_id, payment.bill_version, payment.vehicle_id, \
         payment.out_trade_no, payment.trade_no, payment.buyer, payment.amount_minor, payment.currency, payment.state, \
         payment.close_reason, payment.application, payment.suspense_minor, payment.scene_seed, payment.created_at, \
         payment.expires_at, payment.captured_at, payment.revision"
    };
}
pub(super) use payment_columns;

#[derive(sqlx::FromRow)]
pub(super) struct BillRow {
    b_fleet_id: Uuid,
    b_id: Uuid,
    b_vehicle_id: Uuid,
    b_device_id: Uuid,
    b_trip_id: Uuid,
    b_version: i64,
    b_state: String,
    b_lines: String,
    b_total_minor: i64,
    b_currency: String,
    b_source: String,
    b_nonce: Vec<u8>,
    b_opened_at: i64,
    b_settled_at: Option<i64>,
    b_shown_at: Option<i64>,
    b_revision: i64,
}

impl BillRow {
    pub(super) fn read(self) -> Result<Bill, StoreError> {
        let lines: Vec<BillLine> =
            serde_json::from_str(&self.b_lines).map_err(|_| unreadable("bill.lines", &self.b_lines))?;
        Ok(Bill {
            fleet: FleetId(self.b_fleet_id),
            id: BillId(self.b_id),
            vehicle: VehicleId(self.b_vehicle_id),
            device: DeviceId(self.b_device_id),
            trip: TripId(self.b_trip_id),
            version: u32::try_from(self.b_version).map_err(|_| unreadable("bill.version", self.b_version))?,
            state: BillState::from_word(&self.b_state).ok_or_else(|| unreadable("bill.state", &self.b_state))?,
            lines,
            total: money("bill.currency", self.b_total_minor, &self.b_currency)?,
            source: match self.b_source.as_str() {
                "meter" => FareSource::Meter,
                "keyed" => FareSource::Keyed,
                other => return Err(unreadable("bill.source", other)),
            },
            nonce: fixed("bill.nonce", self.b_nonce)?,
            opened_at: Timestamp(self.b_opened_at),
            settled_at: self.b_settled_at.map(Timestamp),
            shown_at: self.b_shown_at.map(Timestamp),
            revision: self.b_revision,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct PaymentRow {
    fleet_id: Uuid,
    id: Uuid,
    bill_id: Uuid,
    bill_version: i64,
    vehicle_id: Uuid,
    out_trade_no: String,
    trade_no: Option<String>,
    buyer: String,
    amount_minor: i64,
    currency: String,
    state: String,
    close_reason: Option<String>,
    application: String,
    suspense_minor: i64,
    scene_seed: Vec<u8>,
    created_at: i64,
    expires_at: i64,
    captured_at: Option<i64>,
    revision: i64,
}

impl PaymentRow {
    pub(super) fn read(self) -> Result<Payment, StoreError> {
        let reason = |word: &str| CloseReason::from_word(word).ok_or_else(|| unreadable("payment.close_reason", word));
        Ok(Payment {
            fleet: FleetId(self.fleet_id),
            id: PaymentId(self.id),
            bill: BillId(self.bill_id),
            bill_version: u32::try_from(self.bill_version)
                .map_err(|_| unreadable("payment.bill_version", self.bill_version))?,
            vehicle: VehicleId(self.vehicle_id),
            out_trade_no: OutTradeNo(self.out_trade_no),
            trade_no: self.trade_no,
            buyer: self.buyer,
            amount: money("payment.currency", self.amount_minor, &self.currency)?,
            state: PaymentState::from_word(&self.state).ok_or_else(|| unreadable("payment.state", &self.state))?,
            close_reason: self.close_reason.as_deref().map(reason).transpose()?,
            application: Application::from_word(&self.application)
                .ok_or_else(|| unreadable("payment.application", &self.application))?,
            suspense_minor: self.suspense_minor,
            scene_seed: fixed("payment.scene_seed", self.scene_seed)?,
            created_at: Timestamp(self.created_at),
            expires_at: Timestamp(self.expires_at),
            captured_at: self.captured_at.map(Timestamp),
            revision: self.revision,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct CaseRow {
    #[sqlx(flatten)]
    payment: PaymentRow,
    #[sqlx(flatten)]
    bill: BillRow,
    plate: String,
}

impl CaseRow {
    pub(super) fn read(self) -> Result<Case, StoreError> {
        Ok(Case { payment: self.payment.read()?, bill: self.bill.read()?, plate: self.plate })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct VehicleRow {
    fleet_id: Uuid,
    id: Uuid,
    plate: String,
    driver_id: Option<Uuid>,
    driver_name: Option<String>,
}

impl VehicleRow {
    pub(super) fn read(self) -> Vehicle {
        let driver = self.driver_id.zip(self.driver_name);
        Vehicle {
            fleet: FleetId(self.fleet_id),
            id: VehicleId(self.id),
            plate: self.plate,
            driver: driver.map(|(id, name)| Driver { id: DriverId(id), name }),
        }
    }
}

/// The word of a device's state.
pub(super) fn device_state_word(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Active => "active",
        DeviceState::Suspended => "suspended",
        DeviceState::Revoked => "revoked",
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct DeviceRow {
    fleet_id: Uuid,
    id: Uuid,
    vehicle_id: Uuid,
    public_key: Vec<u8>,
    code_key: Vec<u8>,
    state: String,
    last_command: i64,
    enrolled_at: i64,
}

impl DeviceRow {
    pub(super) fn read(self) -> Result<Device, StoreError> {
        let state = [DeviceState::Active, DeviceState::Suspended, DeviceState::Revoked]
            .into_iter()
            .find(|state| device_state_word(*state) == self.state)
            .ok_or_else(|| unreadable("device.state", &self.state))?;
        Ok(Device {
            fleet: FleetId(self.fleet_id),
            id: DeviceId(self.id),
            vehicle: VehicleId(self.vehicle_id),
            public_key: PublicKey(fixed("device.public_key", self.public_key)?),
            code_key: fixed("device.code_key", self.code_key)?,
            state,
            last_command: counted("device.last_command", self.last_command)?,
            enrolled_at: Timestamp(self.enrolled_at),
        })
    }
}
