//! What SQLite and PostgreSQL do differently: opening, beginning a write, and which errors mean that another change came
//! first. Everything else runs the same statement on either, through [`on!`].

use std::{str::FromStr, time::Duration};

use sqlx::{
    PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::store_error::StoreError;

/// Why the database could not be opened, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is neither `sqlite:` nor `postgres:`.
    #[error("database.url `{0}` is not understood; write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")]
    Address(String),
    /// It cannot be opened or reached.
    #[error("the database {url} cannot be opened; check that the path is writable or the server runs and lets us in")]
    Open {
        /// The address without its password.
        url: String,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// Another program holds it.
    #[error("the database {url} is locked by another program; stop that one, or wait until it has finished")]
    Locked {
        /// The address without its password.
        url: String,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// Its tables cannot be brought up to date.
    #[error("the tables of {url} cannot be brought up to date; it may belong to a newer version, or be damaged")]
    Migrate {
        /// The address without its password.
        url: String,
        /// The migrator's error.
        source: sqlx::migrate::MigrateError,
    },
}

/// One of two things, by engine. `on!` opens it.
pub(super) enum Side<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// Runs one expression on whichever engine `$target` stands on, with `$conn` bound to its executor.
macro_rules! on {
    ($target:expr, $conn:ident => $body:expr) => {
        match $target {
            $crate::store::engine::Side::Sqlite($conn) => $body,
            $crate::store::engine::Side::Postgres($conn) => $body,
        }
    };
}
pub(super) use on;

/// The pools.
#[derive(Clone)]
pub(super) enum Engine {
    /// One writer, since SQLite has one anyway, and readers that cannot write.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// A write under way; dropped without a commit it leaves nothing behind.
pub(super) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

const READERS: u32 = 4;
const SERVER_CONNECTIONS: u32 = 16;
const BUSY: Duration = Duration::from_secs(5);

impl Engine {
    pub(super) async fn open(url: &str) -> Result<Self, OpenError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        match scheme {
            "sqlite" => Self::open_sqlite(url).await,
            "postgres" | "postgresql" => Self::open_postgres(url).await,
            _ => Err(OpenError::Address(shown(url))),
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Open { url: shown(url), source };
        let options = SqliteConnectOptions::from_str(url)
            .map_err(failed)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL, not NORMAL: an acknowledged payment survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY.saturating_mul(2))
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        // Whoever else writes to it is found out now, not at the first payment.
        let alone = writer.begin_with("BEGIN IMMEDIATE").await;
        let alone = alone.map_err(|source| match is_locked(&source) {
            true => OpenError::Locked { url: shown(url), source },
            false => failed(source),
        })?;
        alone.rollback().await.map_err(failed)?;
        let migrated = sqlx::migrate!("./migrations").run(&writer).await;
        migrated.map_err(|source| OpenError::Migrate { url: shown(url), source })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(failed)?;
        Ok(Self::Sqlite { writer, readers })
    }

    async fn open_postgres(url: &str) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Open { url: shown(url), source };
        let options = PgConnectOptions::from_str(url).map_err(failed)?;
        let pool = PgPoolOptions::new()
            .max_connections(SERVER_CONNECTIONS)
            .acquire_timeout(BUSY)
            .connect_with(options)
            .await
            .map_err(failed)?;
        let migrated = sqlx::migrate!("./migrations").run(&pool).await;
        migrated.map_err(|source| OpenError::Migrate { url: shown(url), source })?;
        Ok(Self::Postgres(pool))
    }

    /// Where to read, outside of a transaction.
    pub(super) fn reads(&self) -> Side<&SqlitePool, &PgPool> {
        match self {
            Self::Sqlite { readers, .. } => Side::Sqlite(readers),
            Self::Postgres(pool) => Side::Postgres(pool),
        }
    }

    /// Begins a write. On SQLite it takes the write lock at once: a read that turns into a write later would fail.
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        on!(self.reads(), conn => sqlx::query("SELECT 1").fetch_one(conn).await.map(drop))?;
        Ok(())
    }
}

impl Tx {
    /// Where to run the next statement.
    pub(super) fn conn(&mut self) -> Side<&mut SqliteConnection, &mut PgConnection> {
        match self {
            Self::Sqlite(tx) => Side::Sqlite(&mut **tx),
            Self::Postgres(tx) => Side::Postgres(&mut **tx),
        }
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let conflict = match &error {
            // 40001 serialization failure, 40P01 deadlock: PostgreSQL resolved a race against us.
            sqlx::Error::Database(database) => {
                database.is_unique_violation() || matches!(database.code().as_deref(), Some("40001" | "40P01"))
            }
            _ => false,
        };
        if conflict { Self::Conflict } else { Self::Unavailable(Box::new(error)) }
    }
}

/// SQLite's BUSY (5), whatever it was busy with.
fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|database| database.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xFF == 5)
}

/// The address without its password.
fn shown(url: &str) -> String {
    match url.split_once('@') {
        Some((credentials, rest)) => {
            let scheme = credentials.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}://…@{rest}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(shown("postgres://fareway:geheim@db/fareway"), "postgres://…@db/fareway");
        assert_eq!(shown("sqlite:/var/lib/fareway.db"), "sqlite:/var/lib/fareway.db");
    }

    #[tokio::test]
    async fn an_address_that_is_not_understood_gets_a_sentence() {
        let Err(error) = Engine::open("mysql://db").await else { panic!("mysql was opened") };
        assert!(error.to_string().contains("sqlite:PATH or postgres://"));
    }
}
