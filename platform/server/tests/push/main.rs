//! The car links over real sockets: the listener as it runs in production, a desk that believes real signatures, and
//! cars that speak the protocol byte for byte. Only the database is missing.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod car;
mod delivery;
mod desk;
mod doubles;
mod greeting;
mod limits;
mod platform;
