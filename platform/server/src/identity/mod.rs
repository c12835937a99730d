//! Who may act at the console: dispatchers, their sign-in and sessions. A dispatcher belongs to one fleet and sees no
//! other. A session is 256 random bits in a cookie that scripts cannot read; only their hash is stored.
//!
//! Reading order: [`model`], [`tries`] (how often a guess is allowed), [`password`], [`ports`], [`service`]; then the
//! edge: [`signed_in`] finds the dispatcher behind a request, [`routes`] signs in and out.

pub mod error;
pub mod model;
pub mod password;
pub mod ports;
pub mod routes;
pub mod service;
pub mod signed_in;
pub mod tries;
