//! The sandbox from outside, over HTTP, as a merchant's server, a passenger's phone and an operator
//! see it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a broken helper should fail its test at once")]

mod faults;
mod house;
mod notices;
mod openapi;
mod peer;
mod phone;
mod program;
mod ride;
mod shop;
mod strictness;
