//! What a passenger sees and does, from the scanned code to the receipt.

pub mod ports;
