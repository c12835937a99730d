//! The payment slice on a real store, with an Alipay that says what a test tells it: the corners that a peer on the wire
//! cannot be brought into at will.
#![expect(clippy::unwrap_used, reason = "test code")]

mod alipay;
mod cancelling;
mod racing;
mod till;
