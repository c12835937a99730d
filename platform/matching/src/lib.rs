//! Which car for which passenger. Pure and deterministic: it does no I/O, reads no clock, starts no task; time, weights
//! and positions are parameters. `platform/server` calls it once a batch tick; `fareway-match` is its face by hand.

pub mod index;
pub mod roads;
pub mod travel_time;

pub mod assignment;

pub mod policy;

pub mod explanation;
