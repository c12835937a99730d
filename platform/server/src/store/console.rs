//! The console's read models. What only memory knows (links, meters) is filled in by the caller.

use async_trait::async_trait;
use fareway_shared::{
    id::{AlarmId, FleetId, VehicleId},
    money::{Currency, Money},
    time::Timestamp,
};
use uuid::Uuid;

use super::{Store, commit::put_alarm, engine::on};
use crate::{
    alarm::{Alarm, AlarmKind},
    console::{
        ports::{AlarmRow, Board, ConsoleRead, PaymentRow, TripRow, VehicleRow},
        ride_ports::RideRead,
    },
    store_error::StoreError,
};

const FLEET: &str = "SELECT name FROM fleet WHERE id = $1";
const VEHICLES: &str = "SELECT vehicle.id, vehicle.plate, driver.name, device.state FROM vehicle
                        LEFT JOIN driver ON driver.fleet_id = vehicle.fleet_id AND driver.id = vehicle.driver_id
                        LEFT JOIN device ON device.fleet_id = vehicle.fleet_id AND device.vehicle_id = vehicle.id
                            AND device.state <> 'revoked'
                        WHERE vehicle.fleet_id = $1 ORDER BY vehicle.plate LIMIT 10000";
const TRIPS: &str = "SELECT trip.id, vehicle.plate, trip.state, trip.started_at, trip.ended_at FROM trip
                     JOIN vehicle ON vehicle.fleet_id = trip.fleet_id AND vehicle.id = trip.vehicle_id
                     WHERE trip.fleet_id = $1
                     ORDER BY CASE WHEN trip.state IN ('assigned', 'en_route', 'arrived', 'on_board') THEN 0 ELSE 1 END, trip.started_at DESC LIMIT 100";
// Each bill with its latest attempt: the covering one, else the newest.
const PAYMENTS: &str = "SELECT bill.id, vehicle.plate, bill.total_minor, bill.currency, bill.source,
                            bill.state AS bill_state, payment.state AS payment_state, payment.out_trade_no,
                            bill.opened_at, bill.settled_at, bill.shown_at
                        FROM bill
                        JOIN vehicle ON vehicle.fleet_id = bill.fleet_id AND vehicle.id = bill.vehicle_id
                        LEFT JOIN payment ON payment.fleet_id = bill.fleet_id AND payment.id = (
                            SELECT latest.id FROM payment latest
                            WHERE latest.fleet_id = bill.fleet_id AND latest.bill_id = bill.id
                            ORDER BY CASE latest.application WHEN 'to_bill' THEN 0 ELSE 1 END, latest.created_at DESC
                            LIMIT 1)
                        WHERE bill.fleet_id = $1
                        ORDER BY CASE bill.state WHEN 'issued' THEN 0 ELSE 1 END, bill.opened_at DESC LIMIT 100";
const ALARMS: &str = "SELECT alarm.id, alarm.kind, vehicle.plate, alarm.raised_at FROM alarm
                      LEFT JOIN vehicle ON vehicle.fleet_id = alarm.fleet_id AND vehicle.id = alarm.vehicle_id
                      WHERE alarm.fleet_id = $1 AND alarm.cleared_at IS NULL ORDER BY alarm.raised_at LIMIT 200";
const CLEAR: &str = "UPDATE alarm SET cleared_at = $1, cleared_by = $2
                     WHERE fleet_id = $3 AND id = $4 AND cleared_at IS NULL";

const BALANCE: &str = "SELECT
        CAST(COALESCE(SUM(CASE WHEN debit = $2 THEN amount_minor ELSE 0 END), 0) AS BIGINT),
        CAST(COALESCE(SUM(CASE WHEN credit = $2 THEN amount_minor ELSE 0 END), 0) AS BIGINT)
    FROM ledger_entry WHERE fleet_id = $1";

#[derive(sqlx::FromRow)]
struct PaymentRead {
    id: Uuid,
    plate: String,
    total_minor: i64,
    currency: String,
    source: String,
    bill_state: String,
    payment_state: Option<String>,
    out_trade_no: Option<String>,
    opened_at: i64,
    settled_at: Option<i64>,
    shown_at: Option<i64>,
}

impl PaymentRead {
    fn row(self) -> PaymentRow {
        let total = Currency::parse(&self.currency).map_or_else(
            |_| format!("{} {}", self.total_minor, self.currency),
            |currency| format!("{}{}", currency.symbol(), Money::new(self.total_minor, currency).decimal()),
        );
        PaymentRow {
            bill: self.id.to_string(),
            plate: self.plate,
            total,
            source: self.source,
            // How the driver wants to end it matters only once it has ended.
            bill_state: if self.bill_state.starts_with("ending") { "ending".to_owned() } else { self.bill_state },
            payment_state: self.payment_state.unwrap_or_else(|| "none".to_owned()),
            out_trade_no: self.out_trade_no,
            opened_at: Timestamp(self.opened_at),
            settled_at: self.settled_at.map(Timestamp),
            shown_at: self.shown_at.map(Timestamp),
        }
    }
}

fn vehicle((id, plate, driver, device): (Uuid, String, Option<String>, Option<String>)) -> VehicleRow {
    VehicleRow {
        id: VehicleId(id),
        plate,
        driver,
        device: device.unwrap_or_else(|| "none".to_owned()),
        online: false,
        meter: "unknown".to_owned(),
        meter_stale: false,
        running_fare: None,
        seen_at: None,
    }
}

fn trip((id, plate, state, started_at, ended_at): (Uuid, String, String, i64, Option<i64>)) -> TripRow {
    TripRow { id: id.to_string(), plate, state, started_at: Timestamp(started_at), ended_at: ended_at.map(Timestamp) }
}

fn alarm((id, kind, plate, raised_at): (Uuid, String, Option<String>, i64)) -> AlarmRow {
    let (zh, en) = AlarmKind::from_word(&kind).map_or(("", ""), AlarmKind::sentences);
    AlarmRow { id: AlarmId(id), zh: zh.to_owned(), en: en.to_owned(), kind, plate, raised_at: Timestamp(raised_at) }
}

#[async_trait]
impl ConsoleRead for Store {
    async fn stored_board(&self, fleet: FleetId, now: Timestamp) -> Result<Board, StoreError> {
        let name: Option<(String,)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(FLEET).bind(fleet.0).fetch_optional(conn).await)?;
        let vehicles = on!(self.engine.reads(), conn =>
            sqlx::query_as(VEHICLES).bind(fleet.0).fetch_all(conn).await)?;
        let trips = on!(self.engine.reads(), conn => sqlx::query_as(TRIPS).bind(fleet.0).fetch_all(conn).await)?;
        let payments: Vec<PaymentRead> = on!(self.engine.reads(), conn =>
            sqlx::query_as(PAYMENTS).bind(fleet.0).fetch_all(conn).await)?;
        let alarms = on!(self.engine.reads(), conn => sqlx::query_as(ALARMS).bind(fleet.0).fetch_all(conn).await)?;
        Ok(Board {
            fleet: name.map(|(name,)| name).unwrap_or_default(),
            zone: String::new(),
            now,
            vehicles: vehicles.into_iter().map(vehicle).collect(),
            trips: trips.into_iter().map(trip).collect(),
            payments: payments.into_iter().map(PaymentRead::row).collect(),
            alarms: alarms.into_iter().map(alarm).collect(),
            reservations: self.reservation_rows(fleet).await?,
        })
    }

    async fn clear_alarm(&self, fleet: FleetId, alarm: AlarmId, by: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(CLEAR).bind(now.0).bind(by).bind(fleet.0).bind(alarm.0)
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn balance(&self, fleet: FleetId, account: &str) -> Result<i64, StoreError> {
        let (debit, credit): (i64, i64) = on!(self.engine.reads(), conn =>
            sqlx::query_as(BALANCE).bind(fleet.0).bind(account).fetch_one(conn).await)?;
        Ok(debit.saturating_sub(credit))
    }

    async fn raise(&self, alarm: &Alarm, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        put_alarm(&mut tx, alarm, now).await?;
        tx.commit().await
    }
}
