//! Published tariffs and given quotes.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, QuoteId, TariffId},
    time::Timestamp,
};
use uuid::Uuid;

use super::{Store, engine::on};
use crate::{
    store_error::StoreError,
    tariff::{
        model::{StoredQuote, Tariff, TariffVersion},
        ports::TariffStore,
    },
};

macro_rules! select_tariff {
    ($rest:literal) => {
        concat!("SELECT fleet_id, id, number, content, published_at FROM tariff WHERE fleet_id = $1 ", $rest)
    };
}

const ADD: &str = "INSERT INTO tariff (fleet_id, id, number, effective_at, content, published_at)
                   VALUES ($1, $2, $3, $4, $5, $6)";
const LAST: &str = select_tariff!("ORDER BY number DESC LIMIT 1");
const IN_FORCE: &str = select_tariff!("AND effective_at <= $2 ORDER BY effective_at DESC, number DESC LIMIT 1");
const BY_ID: &str = select_tariff!("AND id = $2");
const ADD_QUOTE: &str = "INSERT INTO quote (fleet_id, id, tariff_id, total_minor, currency, content, quoted_at)
                         VALUES ($1, $2, $3, $4, $5, $6, $7)";
const QUOTE: &str = "SELECT content, quoted_at FROM quote WHERE fleet_id = $1 AND id = $2";

#[derive(sqlx::FromRow)]
struct TariffRow {
    fleet_id: Uuid,
    id: Uuid,
    number: i64,
    content: String,
    published_at: i64,
}

impl TariffRow {
    fn read(self) -> Result<TariffVersion, StoreError> {
        let unreadable = |what, value: &dyn ToString| StoreError::Unreadable { what, value: value.to_string() };
        let tariff = Tariff::parse(&self.content)
            .map_err(|error| unreadable("tariff.content", &format!("{}: {error}", self.id)))?;
        if tariff.id().0 != self.id {
            return Err(unreadable("tariff.content", &format!("{}: its text was changed", self.id)));
        }
        Ok(TariffVersion {
            fleet: FleetId(self.fleet_id),
            number: u32::try_from(self.number).map_err(|_| unreadable("tariff.number", &self.number))?,
            text: self.content,
            tariff,
            published_at: Timestamp(self.published_at),
        })
    }
}

#[async_trait]
impl TariffStore for Store {
    async fn add_tariff(&self, version: &TariffVersion) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(ADD).bind(version.fleet.0).bind(version.tariff.id().0)
            .bind(i64::from(version.number)).bind(version.tariff.effective_at().0).bind(&version.text)
            .bind(version.published_at.0).execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn last_tariff(&self, fleet: FleetId) -> Result<Option<TariffVersion>, StoreError> {
        let row: Option<TariffRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(LAST).bind(fleet.0).fetch_optional(conn).await)?;
        row.map(TariffRow::read).transpose()
    }

    async fn tariff_in_force(&self, fleet: FleetId, at: Timestamp) -> Result<Option<TariffVersion>, StoreError> {
        let row: Option<TariffRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(IN_FORCE).bind(fleet.0).bind(at.0).fetch_optional(conn).await)?;
        row.map(TariffRow::read).transpose()
    }

    async fn tariff(&self, fleet: FleetId, tariff: TariffId) -> Result<Option<TariffVersion>, StoreError> {
        let row: Option<TariffRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(BY_ID).bind(fleet.0).bind(tariff.0).fetch_optional(conn).await)?;
        row.map(TariffRow::read).transpose()
    }

    async fn add_quote(&self, stored: &StoredQuote) -> Result<(), StoreError> {
        let quote = &stored.quote;
        let content = serde_json::to_string(quote)
            .map_err(|error| StoreError::Unreadable { what: "quote.content", value: error.to_string() })?;
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(ADD_QUOTE).bind(stored.fleet.0).bind(stored.id.0).bind(quote.tariff.0)
            .bind(quote.total.minor).bind(quote.total.currency.code()).bind(&content).bind(stored.quoted_at.0)
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn stored_quote(&self, fleet: FleetId, quote: QuoteId) -> Result<Option<StoredQuote>, StoreError> {
        let row: Option<(String, i64)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(QUOTE).bind(fleet.0).bind(quote.0).fetch_optional(conn).await)?;
        let Some((content, quoted_at)) = row else { return Ok(None) };
        let read = serde_json::from_str(&content)
            .map_err(|error| StoreError::Unreadable { what: "quote.content", value: format!("{quote}: {error}") })?;
        Ok(Some(StoredQuote { fleet, id: quote, quote: read, quoted_at: Timestamp(quoted_at) }))
    }
}
