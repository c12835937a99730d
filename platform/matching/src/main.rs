//! `fareway-match`: the matching engine by hand, for benches and for anyone curious. Files and clocks are read here and
//! in `cli/`, never in the library.

fn main() {}
