//! Collecting a bill: attempts, capture, closing. An outcome that is not known is asked for again until it is, or until
//! a person has it with a clock running.
//!
//! [`model`] is one attempt and its states; [`ledger`] says which accounts a movement touches; [`ports`] is what this
//! slice needs; [`service`] holds the use cases of the paying phone and of the timer, [`notice`] those of Alipay's
//! notifications, and [`capture`] the one place where money meets its bill; [`routes`] is where notices come in.

pub mod capture;
pub mod error;
pub mod ledger;
pub mod model;
pub mod notice;
pub mod ports;
pub mod routes;
pub mod service;
