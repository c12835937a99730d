//! What to do at a tick: who gets a car now, who waits for a better one, whose car changes before the pick-up. A promise
//! is never broken, changes and what they may cost a passenger are bounded, and who has been idle long drives far.
//!
//! [`decide`] is a pure function of a [`Snapshot`], [`Limits`] and what was [`Carried`] from the tick before: it builds one
//! sparse assignment problem over everyone who waits and every car that is free, on its way or free soon, solves it at
//! minimum cost, and returns its dual prices with the pairs. `platform/server` and `fareway-match policy` call it;
//! [`crate::explanation`] puts it into words. It reads no clock and no random number.

mod carried;
mod decide;
mod error;
mod field;
mod limits;
mod priced;
mod snapshot;
mod sparse;

pub use carried::Carried;
pub use decide::{Decision, Price, decide};
pub use error::PolicyError;
pub use limits::Limits;
pub use priced::{Priced, priced};
pub use snapshot::{Pair, Request, Snapshot, Vehicle, VehicleState};
