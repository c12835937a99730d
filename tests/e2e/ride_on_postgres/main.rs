//! The very same rides on PostgreSQL, on a server that the tests start themselves.
#![expect(clippy::unwrap_used, reason = "test code")]

#[path = "../ride/desk.rs"]
mod desk;
#[path = "../ride/notices.rs"]
mod notices;
#[path = "../ride/reservation.rs"]
mod reservation;
#[path = "../ride/street_hail.rs"]
mod street_hail;

use fareway_harness::{
    house::{House, Plan},
    postgres::Postgres,
};
use fareway_shared::money::{Currency, Money};

/// Yuan from fen.
fn yuan(fen: i64) -> Money {
    Money::new(fen, Currency::CNY)
}

async fn house() -> House {
    let url = tokio::task::spawn_blocking(|| Postgres::shared().unwrap().fresh_database().unwrap()).await.unwrap();
    House::as_planned(Plan { database: Some(url), ..Plan::default() }).await
}
