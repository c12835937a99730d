//! Frames to typed messages: what each field means, checked against decimal digits and the calendar. Called by `meter`,
//! `decode` and the simulator. A value that fails its check is unknown, never zero. No I/O and no clock.

pub mod fields;
pub mod gwp5043;
pub mod jtt905;
