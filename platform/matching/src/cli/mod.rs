//! The subcommands of `fareway-match`: the only files here that read files and clocks.

pub(crate) mod solve;
