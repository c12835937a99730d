//! The same deaths at the same steps, with the books on PostgreSQL, on a server that the tests start themselves.
#![expect(clippy::unwrap_used, reason = "test code")]

#[path = "../kill/ride.rs"]
mod ride;
#[path = "../kill/steps.rs"]
mod steps;

use std::path::PathBuf;

use fareway_harness::{
    house::{House, Plan},
    postgres::Postgres,
};

async fn house() -> House {
    let url = tokio::task::spawn_blocking(|| Postgres::shared().unwrap().fresh_database().unwrap()).await.unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_fareway-under-test"));
    House::as_planned(Plan { database: Some(url), program: Some(program), ..Plan::default() }).await
}
