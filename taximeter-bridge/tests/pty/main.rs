//! Both ends of a pseudo-terminal: the simulated meter drives shifts against the real bridge, through the real serial
//! device, the real spool and the real socket, under every fault. Time is compressed; nothing is mocked.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

mod app;
mod house;
mod restart;
mod shift;
mod silence;
