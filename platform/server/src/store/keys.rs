//! Which platform key cars were told to believe, and how they are told of the next one: one message per enrolled car, in
//! its own sequence, all in one transaction.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, VehicleId},
    protocol::car::ToCar,
    signature::{PrivateKey, PublicKey},
    succession::Succession,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Store,
    commit::put_message,
    engine::on,
    rows::{counted, fixed},
};
use crate::{fleet::ports::KeyStore, store_error::StoreError};

const BELIEVED: &str = "SELECT public_key FROM platform_key WHERE retired_at IS NULL";
const RETIRE: &str = "UPDATE platform_key SET retired_at = $1 WHERE public_key = $2 AND retired_at IS NULL";
const ANNOUNCE: &str = "INSERT INTO platform_key (public_key, announced_at) VALUES ($1, $2)";
const NEXT_SEQUENCES: &str = "UPDATE vehicle SET last_sequence = last_sequence + 1
                              WHERE EXISTS (SELECT 1 FROM device WHERE device.fleet_id = vehicle.fleet_id
                                  AND device.vehicle_id = vehicle.id AND device.state <> 'revoked')
                              RETURNING fleet_id, id, last_sequence";
/// A code carries the fingerprint of the key before.
const DROP_UNUSED_CODES: &str = "DELETE FROM enrolment WHERE used_at IS NULL";

#[async_trait]
impl KeyStore for Store {
    async fn believed(&self) -> Result<Option<PublicKey>, StoreError> {
        let row: Option<(Vec<u8>,)> =
            on!(self.engine.reads(), conn => sqlx::query_as(BELIEVED).fetch_optional(conn).await)?;
        row.map(|(bytes,)| fixed("platform_key.public_key", bytes).map(PublicKey)).transpose()
    }

    async fn first(&self, key: &PublicKey, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(ANNOUNCE).bind(key.0.to_vec()).bind(now.0).execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn succeed(&self, old: &PrivateKey, new: &PublicKey, now: Timestamp) -> Result<usize, StoreError> {
        let mut tx = self.engine.begin().await?;
        let retired = on!(tx.conn(), conn => sqlx::query(RETIRE).bind(now.0).bind(old.public().0.to_vec())
            .execute(conn).await.map(|done| done.rows_affected()))?;
        if retired != 1 {
            return Err(StoreError::Conflict);
        }
        on!(tx.conn(), conn => sqlx::query(ANNOUNCE).bind(new.0.to_vec()).bind(now.0).execute(conn).await.map(drop))?;
        on!(tx.conn(), conn => sqlx::query(DROP_UNUSED_CODES).execute(conn).await.map(drop))?;
        let cars: Vec<(Uuid, Uuid, i64)> =
            on!(tx.conn(), conn => sqlx::query_as(NEXT_SEQUENCES).fetch_all(conn).await)?;
        for (fleet, vehicle, stored) in &cars {
            let (fleet, vehicle) = (FleetId(*fleet), VehicleId(*vehicle));
            let sequence = counted("vehicle.last_sequence", *stored)?;
            let announcement = Succession { vehicle, sequence, key: *new }.seal(old);
            let message = ToCar::NewPlatformKey { sequence, announcement };
            put_message(&mut tx, fleet, vehicle, *stored, None, &message, now).await?;
        }
        tx.commit().await?;
        Ok(cars.len())
    }
}
