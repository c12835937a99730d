//! Which car for which reservation: offers with a countdown, and the batch that decides them ([`plan`], on top of the
//! matching engine).

pub mod error;
pub mod model;
pub mod plan;
pub mod ports;
pub mod words;
