//! The dispatcher's console: what is going on, live, and what needs a person.

pub mod ports;
