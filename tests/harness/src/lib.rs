//! What whole-system tests stand on. [`postgres`] gives them a database server of their own.

pub mod postgres;
