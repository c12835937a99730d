//! Bytes to frames: where a frame begins and ends, whether it is whole, and what had to be skipped to find it. Called by
//! `meter` (live line) and `decode` (recorded bytes). It does no I/O, asks no clock and knows no meaning of a field.

pub mod gwp5043;
pub mod jtt905;
pub mod reader;
pub mod skipped;
