//! Alipay as this house uses it: the adapter between the payment slice's words and the crate `alipay-global`. Alipay's
//! words stop in this folder.
//!
//! [`settings`] turns configuration into the crate's settings, [`gateway`] implements the payment slice's port.

pub mod gateway;
pub mod settings;
