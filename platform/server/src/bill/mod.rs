//! What a passenger owes for one hire: opened for exactly what the car stated and signed, settled once.

pub mod error;
pub mod model;
