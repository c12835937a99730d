//! Dispatchers and their sessions.

use async_trait::async_trait;
use fareway_shared::{
    id::{DispatcherId, FleetId},
    time::Timestamp,
};
use uuid::Uuid;

use super::{Store, engine::on};
use crate::{
    identity::{
        model::{Dispatcher, DispatcherName, Session, TokenHash},
        ports::IdentityStore,
    },
    store_error::StoreError,
};

const ADD: &str = "INSERT INTO dispatcher (fleet_id, id, name, password_hash) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (name) DO NOTHING";
const FIND: &str = "SELECT fleet_id, id, password_hash FROM dispatcher WHERE name = $1";
const DROP_ENDED: &str = "DELETE FROM console_session WHERE expires_at <= $1";
const SAVE_SESSION: &str =
    "INSERT INTO console_session (token_sha256, fleet_id, dispatcher_id, expires_at) VALUES ($1, $2, $3, $4)";
const FIND_SESSION: &str = "SELECT console_session.fleet_id, console_session.dispatcher_id, dispatcher.name,
                                console_session.expires_at
                            FROM console_session
                            JOIN dispatcher ON dispatcher.fleet_id = console_session.fleet_id
                                AND dispatcher.id = console_session.dispatcher_id
                            WHERE console_session.token_sha256 = $1";
const DELETE_SESSION: &str = "DELETE FROM console_session WHERE token_sha256 = $1";

fn name(stored: &str) -> Result<DispatcherName, StoreError> {
    DispatcherName::parse(stored)
        .map_err(|_| StoreError::Unreadable { what: "dispatcher.name", value: stored.to_owned() })
}

#[async_trait]
impl IdentityStore for Store {
    async fn add_dispatcher(&self, dispatcher: &Dispatcher) -> Result<bool, StoreError> {
        let mut tx = self.engine.begin().await?;
        let added = on!(tx.conn(), conn => sqlx::query(ADD).bind(dispatcher.fleet.0).bind(dispatcher.id.0)
            .bind(dispatcher.name.as_str()).bind(&dispatcher.password_hash)
            .execute(conn).await.map(|done| done.rows_affected()))?;
        tx.commit().await?;
        Ok(added == 1)
    }

    async fn find_dispatcher(&self, sought: &DispatcherName) -> Result<Option<Dispatcher>, StoreError> {
        let row: Option<(Uuid, Uuid, String)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(FIND).bind(sought.as_str()).fetch_optional(conn).await)?;
        Ok(row.map(|(fleet, id, password_hash)| Dispatcher {
            fleet: FleetId(fleet),
            id: DispatcherId(id),
            name: sought.clone(),
            password_hash,
        }))
    }

    async fn save_session(&self, session: &Session, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(DROP_ENDED).bind(now.0).execute(conn).await.map(drop))?;
        on!(tx.conn(), conn => sqlx::query(SAVE_SESSION).bind(hex::encode(session.token.0)).bind(session.fleet.0)
            .bind(session.dispatcher.0).bind(session.expires_at.0).execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn find_session(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        let row: Option<(Uuid, Uuid, String, i64)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(FIND_SESSION).bind(hex::encode(token.0)).fetch_optional(conn).await)?;
        let Some((fleet, dispatcher, stored, expires_at)) = row else { return Ok(None) };
        Ok(Some(Session {
            token: *token,
            fleet: FleetId(fleet),
            dispatcher: DispatcherId(dispatcher),
            name: name(&stored)?,
            expires_at: Timestamp(expires_at),
        }))
    }

    async fn delete_session(&self, token: &TokenHash) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(DELETE_SESSION).bind(hex::encode(token.0)).execute(conn).await.map(drop))?;
        tx.commit().await
    }
}
