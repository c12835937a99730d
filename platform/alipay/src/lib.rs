//! Alipay cross-border in-store payments: the words, the signatures and the client of both gateways.
//!
//! In reading order:

pub mod amount;
pub mod authorize;
pub mod beijing;
pub mod charset;
pub mod codes;
pub mod form;
mod http;
pub mod notice;
pub mod outcome;
pub mod settings;
pub mod sign;
pub mod trade;

pub use self::http::Http;
