//! An Alipay that misbehaves on purpose: a peer for tests and demonstrations, not a mock.
//!
//! A process (or a value, [`start`]) with keys of its own that speaks Alipay's wire formats over HTTP:
//! both gateways, the authorise page, a wallet that a person can play in a browser, and the notifier.
//! Of `alipay-global` it uses signatures, forms and charsets, which published vectors pin, and nothing
//! else: what messages say is written a second time here, so that a misreading on one side shows.
//! Where the reference is unsure, both readings are accepted.
//!
//! In reading order: [`trade`] is the state machine and [`fault`] the menu of misbehaviour, both pure;
//! `gateway` and `authorize` are what a merchant's server and pages see; `wallet` is what the payer
//! sees; `notice` and `notifier` tell the merchant; `control` is the sandbox's own API.

pub mod amount;
pub mod auth;
pub mod beijing;
pub mod cli;
pub mod fault;
pub mod settings;
pub mod trade;

mod authorize;
mod control;
mod gateway;
mod notice;
mod notifier;
mod sandbox;
mod server;
mod wallet;

pub use server::{Running, StartError, start};
