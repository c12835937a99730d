//! Alipay cross-border in-store payments: the words, the signatures and the client of both gateways.
//!
//! The modules in reading order: what is configured; the words that messages are made of; the signatures; what a call
//! can come to; then the four conversations, in the order in which a payment has them.
#![doc = include_str!("../README.md")]

pub mod settings;

pub mod amount;
pub mod beijing;
pub mod charset;
pub mod form;

pub mod sign;

pub mod codes;
pub mod outcome;
pub mod trade;

mod http;
pub use self::http::Http;

pub mod authorize;

pub mod openapi;

pub mod mapi;

pub mod notice;

#[cfg(test)]
mod vectors;
