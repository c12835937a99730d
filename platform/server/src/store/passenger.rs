//! The records behind the passenger's pages: authorisations that were used, wrong screen codes, open bills.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, VehicleId},
    time::Timestamp,
};

use super::{
    Store,
    engine::on,
    rides::{TripRow, trip_columns},
    rows::{BillRow, bill_columns},
};
use crate::{
    bill::model::Bill,
    passenger::ports::{Claim, Exchange, PassengerStore},
    store_error::StoreError,
    trip::model::Trip,
};

const CLAIM: &str = "INSERT INTO authorisation (nonce, claimed_at) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING";
const CLAIMED: &str = "SELECT claimed_at, outcome, user_id FROM authorisation WHERE nonce = $1";
const FINISH: &str = "UPDATE authorisation SET outcome = $1, user_id = $2 WHERE nonce = $3";
const RELEASE: &str = "DELETE FROM authorisation WHERE nonce = $1 AND outcome IS NULL";
const TRIES: &str = "SELECT payer, COUNT(*) FROM screen_code_try
                     WHERE fleet_id = $1 AND vehicle_id = $2 AND tried_at > $3 GROUP BY payer";
const ADD_TRY: &str = "INSERT INTO screen_code_try (fleet_id, vehicle_id, payer, tried_at) VALUES ($1, $2, $3, $4)";
const OPEN_BILLS: &str = concat!(
    "SELECT ",
    bill_columns!(),
    " FROM bill WHERE fleet_id = $1 AND vehicle_id = $2
      AND state IN ('issued', 'ending_paid_otherwise', 'ending_left_unpaid') ORDER BY opened_at LIMIT 16"
);
const RUNNING_TRIP: &str = concat!(
    "SELECT ",
    trip_columns!(),
    " FROM trip WHERE fleet_id = $1 AND vehicle_id = $2 AND state = 'on_board' ORDER BY started_at DESC LIMIT 1"
);

#[async_trait]
impl PassengerStore for Store {
    async fn claim_authorisation(&self, nonce: &str, now: Timestamp) -> Result<Claim, StoreError> {
        let mut tx = self.engine.begin().await?;
        let first = on!(tx.conn(), conn => sqlx::query(CLAIM).bind(nonce).bind(now.0)
            .execute(conn).await.map(|done| done.rows_affected()))?;
        let found: (i64, Option<String>, Option<String>) = on!(tx.conn(), conn =>
            sqlx::query_as(CLAIMED).bind(nonce).fetch_one(conn).await)?;
        tx.commit().await?;
        Ok(match found {
            _ if first == 1 => Claim::First,
            (_, Some(outcome), Some(user)) if outcome == "user" => Claim::Done(Exchange::User(user)),
            (_, Some(_), _) => Claim::Done(Exchange::CodeRefused),
            (since, None, _) => Claim::Underway { since: Timestamp(since) },
        })
    }

    async fn finish_authorisation(&self, nonce: &str, exchange: &Exchange) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        let (outcome, user) = match exchange {
            Exchange::User(user) => ("user", Some(user)),
            Exchange::CodeRefused => ("refused", None),
            Exchange::Unknown => {
                // Not known: the passenger may try again with the same code.
                on!(tx.conn(), conn => sqlx::query(RELEASE).bind(nonce).execute(conn).await.map(drop))?;
                return tx.commit().await;
            }
        };
        on!(tx.conn(), conn => sqlx::query(FINISH).bind(outcome).bind(user).bind(nonce)
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn screen_code_tries(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        payer: &str,
        since: Timestamp,
    ) -> Result<(u32, u32), StoreError> {
        let rows: Vec<(String, i64)> = on!(self.engine.reads(), conn => sqlx::query_as(TRIES).bind(fleet.0)
            .bind(vehicle.0).bind(since.0).fetch_all(conn).await)?;
        let count = |tries: i64| u32::try_from(tries).unwrap_or(u32::MAX);
        let own = rows.iter().find(|(who, _)| who == payer).map_or(0, |(_, tries)| count(*tries));
        let all = rows.iter().fold(0_u32, |sum, (_, tries)| sum.saturating_add(count(*tries)));
        Ok((own, all))
    }

    async fn add_screen_code_try(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        payer: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(ADD_TRY).bind(fleet.0).bind(vehicle.0).bind(payer).bind(now.0)
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn open_bills(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Vec<Bill>, StoreError> {
        let rows: Vec<BillRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(OPEN_BILLS).bind(fleet.0).bind(vehicle.0).fetch_all(conn).await)?;
        rows.into_iter().map(BillRow::read).collect()
    }

    async fn running_trip(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<Trip>, StoreError> {
        let row: Option<TripRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(RUNNING_TRIP).bind(fleet.0).bind(vehicle.0).fetch_optional(conn).await)?;
        row.map(TripRow::read).transpose()
    }
}
