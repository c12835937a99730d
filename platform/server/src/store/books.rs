//! The payment slice's books: reading a case, and which payments are due. Writing is in [`super::commit`].

use std::time::Duration;

use async_trait::async_trait;
use fareway_shared::{
    id::{BillId, DeviceId, FleetId, PaymentId, TripId, VehicleId},
    meter::TripRecord,
    money::Money,
    statement::LineKind,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Store,
    engine::on,
    rows::{BillRow, CaseRow, PaymentRow, bill_columns, payment_columns},
};
use crate::{
    bill::model::Bill,
    payment::{
        model::{OutTradeNo, Payment},
        ports::{Books, Case, Change, Committed, Due},
    },
    store_error::StoreError,
};

macro_rules! select_case {
    ($where:literal) => {
        concat!(
            "SELECT ",
            payment_columns!(),
            ", ",
            bill_columns!(),
            ", vehicle.plate FROM payment
             JOIN bill ON bill.fleet_id = payment.fleet_id AND bill.id = payment.bill_id
             JOIN vehicle ON vehicle.fleet_id = payment.fleet_id AND vehicle.id = payment.vehicle_id ",
            $where
        )
    };
}

const CASE_BY_NUMBER: &str = select_case!("WHERE payment.out_trade_no = $1");
const CASE_BY_ID: &str = select_case!("WHERE payment.fleet_id = $1 AND payment.id = $2");
const BILL: &str = concat!("SELECT ", bill_columns!(), " FROM bill WHERE fleet_id = $1 AND id = $2");
const LATEST_PAYMENT: &str = concat!(
    "SELECT ",
    payment_columns!(),
    " FROM payment WHERE fleet_id = $1 AND bill_id = $2
      ORDER BY CASE WHEN application = 'to_bill' THEN 0
                    WHEN state IN ('created', 'submitted', 'awaiting_buyer', 'unknown', 'cancelling') THEN 1
                    ELSE 2 END, created_at DESC, id DESC
      LIMIT 1"
);
const METER_RECORD: &str =
    "SELECT bill_id FROM meter_record WHERE fleet_id = $1 AND vehicle_id = $2 AND record_key = $3";
const KEYED_BILL: &str =
    concat!("SELECT ", bill_columns!(), " FROM bill WHERE fleet_id = $1 AND trip_id = $2 AND source = 'keyed' LIMIT 1");
const LEFT_BILLS: &str = concat!(
    "SELECT ",
    bill_columns!(),
    ", meter_record.record FROM bill LEFT JOIN meter_record ON meter_record.fleet_id = bill.fleet_id
         AND meter_record.vehicle_id = bill.vehicle_id AND meter_record.bill_id = bill.id AND bill.source = 'meter'
     WHERE bill.fleet_id = $1 AND bill.device_id <> $3 AND bill.id IN (
         SELECT id FROM bill WHERE fleet_id = $1 AND vehicle_id = $2 AND state = 'issued'
         UNION ALL
         SELECT id FROM bill WHERE fleet_id = $1 AND vehicle_id = $2 AND state = 'paid' AND settled_at > $4
             AND shown_at IS NULL)
     ORDER BY bill.opened_at DESC, bill.id LIMIT $5"
);
const LEFT_UNPAID: &str = "SELECT COUNT(*) FROM bill WHERE fleet_id = $1 AND vehicle_id = $2
                           AND state IN ('left_unpaid', 'ending_left_unpaid') AND opened_at > $3";
const DUE: &str = "SELECT fleet_id, payment_id, due_at, attempt FROM payment_timer
                   WHERE due_at <= $1 ORDER BY due_at, payment_id LIMIT $2";
const CLAIM: &str = "UPDATE payment_timer SET due_at = $1
                     WHERE fleet_id = $2 AND payment_id = $3 AND due_at = $4";
const HASTEN: &str = "UPDATE payment_timer SET due_at = $1
                      WHERE fleet_id = $2 AND payment_id = $3 AND due_at > $1";

#[derive(sqlx::FromRow)]
struct TimerRow {
    fleet_id: Uuid,
    payment_id: Uuid,
    due_at: i64,
    attempt: i64,
}

#[derive(sqlx::FromRow)]
struct LeftRow {
    #[sqlx(flatten)]
    bill: BillRow,
    record: Option<String>,
}

impl LeftRow {
    fn read(self) -> Result<(Bill, Option<TripRecord>), StoreError> {
        let unreadable =
            |record: &String| StoreError::Unreadable { what: "meter_record.record", value: record.clone() };
        let record = self.record.map(|record| serde_json::from_str(&record).map_err(|_| unreadable(&record)));
        Ok((self.bill.read()?, record.transpose()?))
    }
}

#[async_trait]
impl Books for Store {
    async fn case(&self, out_trade_no: &OutTradeNo) -> Result<Option<Case>, StoreError> {
        let row: Option<CaseRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(CASE_BY_NUMBER).bind(&out_trade_no.0).fetch_optional(conn).await)?;
        row.map(CaseRow::read).transpose()
    }

    async fn case_of(&self, fleet: FleetId, payment: PaymentId) -> Result<Option<Case>, StoreError> {
        let row: Option<CaseRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(CASE_BY_ID).bind(fleet.0).bind(payment.0).fetch_optional(conn).await)?;
        row.map(CaseRow::read).transpose()
    }

    async fn bill(&self, fleet: FleetId, bill: BillId) -> Result<Option<Bill>, StoreError> {
        let row: Option<BillRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(BILL).bind(fleet.0).bind(bill.0).fetch_optional(conn).await)?;
        row.map(BillRow::read).transpose()
    }

    async fn latest_payment(&self, fleet: FleetId, bill: BillId) -> Result<Option<Payment>, StoreError> {
        let row: Option<PaymentRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(LATEST_PAYMENT).bind(fleet.0).bind(bill.0).fetch_optional(conn).await)?;
        row.map(PaymentRow::read).transpose()
    }

    async fn meter_record_bill(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        record_key: &str,
    ) -> Result<Option<Option<BillId>>, StoreError> {
        let row: Option<(Option<Uuid>,)> = on!(self.engine.reads(), conn => sqlx::query_as(METER_RECORD)
            .bind(fleet.0).bind(vehicle.0).bind(record_key).fetch_optional(conn).await)?;
        Ok(row.map(|(bill,)| bill.map(BillId)))
    }

    async fn keyed_bill_of(&self, fleet: FleetId, trip: TripId) -> Result<Option<(BillId, Money)>, StoreError> {
        let row: Option<BillRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(KEYED_BILL).bind(fleet.0).bind(trip.0).fetch_optional(conn).await)?;
        let Some(bill) = row.map(BillRow::read).transpose()? else { return Ok(None) };
        let fare = bill.lines.iter().find(|line| line.kind == LineKind::Fare).map_or(0, |line| line.amount_minor);
        Ok(Some((bill.id, Money::new(fare, bill.total.currency))))
    }

    async fn left_bills(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        device: DeviceId,
        paid_after: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Bill, Option<TripRecord>)>, StoreError> {
        let rows: Vec<LeftRow> = on!(self.engine.reads(), conn => sqlx::query_as(LEFT_BILLS).bind(fleet.0)
            .bind(vehicle.0).bind(device.0).bind(paid_after.0).bind(i64::from(limit)).fetch_all(conn).await)?;
        rows.into_iter().map(LeftRow::read).collect()
    }

    async fn left_unpaid(&self, fleet: FleetId, vehicle: VehicleId, since: Timestamp) -> Result<u32, StoreError> {
        let (count,): (i64,) = on!(self.engine.reads(), conn => sqlx::query_as(LEFT_UNPAID).bind(fleet.0)
            .bind(vehicle.0).bind(since.0).fetch_one(conn).await)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn commit(&self, change: Change, now: Timestamp) -> Result<Committed, StoreError> {
        super::commit::write(self, change, now).await
    }

    async fn due(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<Due>, StoreError> {
        let rows: Vec<TimerRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(DUE).bind(now.0).bind(i64::from(limit)).fetch_all(conn).await)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let until = now.after(lease).0;
        let mut tx = self.engine.begin().await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in rows {
            // Claimed only if nobody moved it meanwhile: two processes never take the same payment at once.
            let taken = on!(tx.conn(), conn => sqlx::query(CLAIM).bind(until).bind(row.fleet_id).bind(row.payment_id)
                .bind(row.due_at).execute(conn).await.map(|done| done.rows_affected()))?;
            if taken == 1 {
                claimed.push(Due {
                    fleet: FleetId(row.fleet_id),
                    payment: PaymentId(row.payment_id),
                    attempt: u32::try_from(row.attempt).unwrap_or(u32::MAX),
                });
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    async fn hasten(&self, fleet: FleetId, payment: PaymentId, due_at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(HASTEN).bind(due_at.0).bind(fleet.0).bind(payment.0)
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }
}
