//! A passenger's request for a ride, now or later: what was asked, until when it is looked for a car, and how it ended.

pub mod error;
pub mod model;
pub mod ports;
