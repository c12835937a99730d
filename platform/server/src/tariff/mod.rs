//! What a ride costs before it is driven: the operator's published rates, and quotes that keep to the cent for ever.
//!
//! A [`Tariff`](model::Tariff) is read from the operator's own text and is never changed; its id is made of that text, so a
//! quote that names it can always be worked out again. [`quote`](model::quote()) is a pure function of a tariff and a
//! journey. Reading order: [`model`], [`ports`], [`service`]; [`words`] are a quote's
//! lines for people.

pub mod error;
pub mod model;
pub mod ports;
pub mod service;
pub mod words;
