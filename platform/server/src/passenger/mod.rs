//! What a passenger sees and does, from the scanned code to the receipt. Recognises the wallet, has Alipay say who
//! pays, and shows the page whose views are chosen by the house behind [`ports::PassengerDesk`]. What is paid travels in
//! signed tokens, who pays in a cookie; nothing is kept here, so that a restart loses no passenger.
//!
//! In reading order: [`ports`] is what the house must answer; [`wallet`] reads the phone; [`token`] and [`session`] are
//! what the phone carries; [`visit`] puts both together; [`routes`] are the pages, [`api`] the page's own calls,
//! [`feed`] its live events; [`pages`] and [`sentences`] are what people read.

pub mod api;
pub mod feed;
pub mod pages;
pub mod ports;
pub mod routes;
pub mod sentences;
pub mod session;
pub mod token;
pub mod visit;
pub mod wallet;

#[cfg(test)]
mod tests;
