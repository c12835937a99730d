//! Why this car and why not the nearest, in words, from what was stored. A [`Record`] holds everything a decision was made
//! from; [`explain`] makes it again, bit for bit, and reads the prices that proved it best. Called by whoever answers a
//! passenger, a driver or an auditor; it changes nothing.

mod reason;
mod record;
mod words;

pub use reason::{Because, Explanation, Nearer, explain};
pub use record::{NotExplained, Record};
pub use words::Language;
