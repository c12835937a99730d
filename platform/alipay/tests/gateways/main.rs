//! The crate as its callers use it: against gateways that answer well, badly or not at all, and over messages that
//! openssl signed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod double;
mod openssl;
mod order;
mod sign_in;
