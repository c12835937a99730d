//! Alipay cross-border in-store payments: the words, the signatures and the client of both gateways.
//!
//! In reading order:

pub mod charset;
pub mod form;
pub mod sign;
