//! The faces of `fareway-match`, one file each. Only here and in `main.rs` are files, clocks and streams touched.

pub(crate) mod explain;
pub(crate) mod fit;
pub(crate) mod policy;

/// What a face may fail with: a sentence for a person.
pub(crate) type Failed = Box<dyn std::error::Error>;
