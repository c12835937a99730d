//! Vehicle index: which cars are near a place, exactly, while they move. One [`VehicleIndex`] writes, any number of
//! [`Reader`]s ask from other threads without waiting for it; every answer is that of a linear scan over the fleet as it
//! stood at one moment of the call. Called by the matching tick and by whoever shows cars near a passenger. It knows
//! nothing of roads and keeps no history.
//!
//! Reading order: `profile` (what is known of a car), `filter` (which cars are wanted), `fixed` (coordinates as stored),
//! `crow` (exact distance and its cheap bounds), `store` (the words both sides share), `leaf`, `spare` and `writer`, `shape`
//! (splitting and joining cells), `walk` (cells near a place), `reader`, `look` (cars as they are at one moment), `choose` (the k nearest of
//! them), `error`.

mod choose;
mod crow;
mod error;
mod filter;
mod fixed;
mod leaf;
mod look;
mod profile;
mod reader;
mod shape;
mod spare;
mod store;
mod walk;
mod writer;

pub use error::{IndexError, QueryError};
pub use filter::Filter;
pub use profile::{Availability, NotAProfile, Profile, VehicleNo};
pub use reader::{Neighbour, Reader};
pub use writer::{VEHICLES_MAX, VehicleIndex};
