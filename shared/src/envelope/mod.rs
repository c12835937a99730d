//! The confirmation that the driver's screen believes, and nothing else (confirmation.md §3, "Envelope").
//!
//! [`verdict`] is what the platform signs; [`judge`] is how a car decides. Both live here so that the platform, the car
//! and the tests hold one and the same rule.

pub mod judge;
pub mod verdict;
