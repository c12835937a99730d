//! The in-car screen.

fn main() {}
