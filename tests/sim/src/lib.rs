//! Days of a fleet in minutes. One process, one seed, a clock of its own: the real platform on a real database, the real
//! in-car state of every car, and between them a network that stutters, drivers who decline and fall silent, passengers who
//! cancel late, power cuts in cars, and a platform that dies before or after any commit. The same seed gives the same log.
//!
//! [`world`] is the loop; [`agenda`] what happens when; [`town`] where; [`car`] a car with its driver and meter; [`platform`]
//! the house with its links; [`flaky`] a store that dies; [`audit`] what must be true at the end of the day.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a simulation that cannot go on fails its test"
)]

pub mod agenda;
pub mod audit;
pub mod car;
pub mod flaky;
pub mod platform;
pub mod town;
pub mod world;
