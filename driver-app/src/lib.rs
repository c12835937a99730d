//! The in-car screen. It shows PAID only from a confirmation that it has verified itself; it never judges the passenger's
//! phone, never computes a fare, and loses nothing when the power goes.
//!
//! Reading order: [`state`] is the whole car as one pure function; [`disk`] is its memory; [`link`] and [`meter`] are its
//! two sockets and [`gnss`] its receiver; [`app`] joins them; [`config`] says where things are and [`observe`] what a machine may
//! watch; `ui` (behind the feature of that name) draws it.

pub mod state;

pub mod disk;
pub mod gnss;
pub mod link;
pub mod meter;

pub mod app;
pub mod config;
pub mod observe;

#[cfg(feature = "ui")]
pub mod ui;
