//! The dispatcher's console: what is going on, live, and what needs a person. Every call is behind a sign-in and sees the
//! session's fleet alone; no fleet is ever named by a request.
//!
//! Reading order: [`ports`] is what the console shows and commands, [`ride_ports`] its part about reservations and the map;
//! [`routes`] and [`reservations`] are the calls, [`feed`] the live board.

pub mod feed;
pub mod ports;
pub mod reservations;
pub mod ride_ports;
pub mod routes;

#[cfg(test)]
mod tests;
