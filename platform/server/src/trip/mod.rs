//! A hire: reserved, from a driver's acceptance on, or a street hail, from the meter going to hired on, until it ends.

pub mod error;
pub mod model;
pub mod ports;
