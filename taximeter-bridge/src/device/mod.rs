//! The outside world's end of the line. `serial` is the only file that names the serial crate.

pub mod serial;
