//! The books on disk: SQLite or PostgreSQL, with one set of SQL statements. The only folder that names sqlx.
//!
//! [`engine`] is what the two databases do differently; [`rows`] turns rows into entities; [`commit`] and [`commit_ride`] write a
//! change as one transaction; the other files are one per port.

mod books;
mod commit;
mod commit_ride;
mod console;
mod console_rides;
mod engine;
mod fleet;
mod identity;
mod keys;
mod passenger;
mod reservation;
mod rides;
mod rows;
mod tariff;

use std::sync::Arc;

pub use engine::OpenError;

use crate::payment::ports::Sealer;

/// The store: implements every port that needs a database.
#[derive(Clone)]
pub struct Store {
    engine: engine::Engine,
    sealer: Arc<dyn Sealer>,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    ///
    /// `url` is `sqlite:PATH` or `postgres://…`. The sealer signs verdicts once their sequence is known, inside the
    /// transaction that stores them.
    ///
    /// # Errors
    /// A sentence for the operator: which database, what is wrong, what to do.
    pub async fn open(url: &str, sealer: Arc<dyn Sealer>) -> Result<Self, OpenError> {
        Ok(Self { engine: engine::Engine::open(url).await?, sealer })
    }

    /// Finishes what is underway and closes all connections.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), crate::store_error::StoreError> {
        self.engine.ping().await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}
