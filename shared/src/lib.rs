//! The words that both ends of a Fareway wire agree on. The platform, the in-car app and the taximeter bridge import
//! this crate and nothing of each other. It does no I/O, reads no clock and starts no task.
//!
//! Reading order: [`id`], [`money`], [`time`], [`place`], [`datum`], [`fix`], [`ride`] and [`meter`] are the nouns; [`canonical`], [`signature`], [`handshake`],
//! [`enrolment`], [`succession`], [`statement`], [`inheritance`] and [`envelope`] are what is signed; [`code`] and [`scene`] are what people see;
//! [`protocol`] is what travels.

pub mod id;
pub mod money;
pub mod place;
pub mod time;

pub mod datum;
pub mod fix;
pub mod meter;
pub mod ride;

pub mod canonical;
pub mod signature;

pub mod enrolment;
pub mod envelope;
pub mod handshake;
pub mod inheritance;
pub mod statement;
pub mod succession;

pub mod code;
pub mod scene;

pub mod protocol;
