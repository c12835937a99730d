//! How long a drive will take, learned from the fleet's own finished trips. [`TravelTimes::fit`] grows a forest of small
//! trees on hour of week, both places and great-circle distance; [`TravelTimes::observe`] then shifts it, trip by trip, by
//! how trips went in the city, near the two places and between them, and keeps its own running error.
//!
//! A model is a value: fitted, asked, updated, written as JSON and read back the same. The same trips in the same order
//! give the same model. It reads no clock; times are the caller's local seconds.

mod error;
mod feature;
mod forest;
mod grow;
mod model;
mod recent;

pub use error::TravelTimeError;
pub use feature::{Drive, FinishedTrip};
pub use grow::Growth;
pub use model::TravelTimes;
