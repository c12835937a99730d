//! The platform is killed, as a machine kills, at every step of the ride, and started again. Each time the ride ends paid
//! once and shown once.
#![expect(clippy::unwrap_used, reason = "test code")]

mod ride;
mod steps;
mod sweep;

use std::path::PathBuf;

use fareway_harness::house::{House, Plan};

async fn house() -> House {
    House::as_planned(Plan { program: Some(program()), ..Plan::default() }).await
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_fareway-under-test"))
}
