//! The Fareway platform: from the taximeter to a payment that the driver can trust.
//!
//! Slices, left to right, each importing only models to its left: [`identity`], [`tariff`], [`fleet`], [`reservation`],
//! [`matching`], [`trip`], [`bill`], [`payment`]. Adapters make their ports true: [`store`], [`alipay`], [`push`]. Delivery
//! sets the house in motion:
//! [`workflow`], [`jobs`], [`http`], [`passenger`], [`console`]. The roof wires it: [`app`], [`config`], [`telemetry`].

pub mod alarm;
pub mod alipay;
pub mod app;
pub mod bill;
pub mod config;
pub mod console;
pub mod fleet;
pub mod http;
pub mod identity;
pub mod jobs;
pub mod matching;
pub mod passenger;
pub mod payment;
pub mod platform_key;
pub mod push;
pub mod reservation;
pub mod store;
pub mod store_error;
pub mod tariff;
pub mod telemetry;
pub mod transition;
pub mod trip;
pub mod workflow;
