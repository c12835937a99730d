//! Who drives what: vehicles with their plates, drivers, and the in-car devices that were enrolled for them. A device is
//! known by the Ed25519 key it made itself; it can be suspended (two links on one key, a counter that went back) and
//! revoked.

pub mod error;
pub mod key_ring;
pub mod model;
pub mod ports;
pub mod position;
