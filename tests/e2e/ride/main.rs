//! The ride: a street hail from the meter to PAID, and everything that can go wrong on the way.

mod desk;
mod notices;
mod reservation;
mod street_hail;

use fareway_harness::house::House;
use fareway_shared::money::{Currency, Money};

/// Yuan from fen.
fn yuan(fen: i64) -> Money {
    Money::new(fen, Currency::CNY)
}

async fn house() -> House {
    House::start().await
}
