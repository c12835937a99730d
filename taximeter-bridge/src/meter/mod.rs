//! What the meter's frames mean: its position, its running fare, its finished trips (taximeter.md §9). Pure: time is a
//! parameter, bytes come in, and what is to be said, kept, answered or asked comes out. `bridge` carries it out. No
//! number leaves here that the meter did not send.

pub mod gwp5043;
pub mod jtt905;
pub mod record;
pub mod standing;

use std::time::Duration;

use fareway_shared::{meter::TripRecord, protocol::meter::MeterNotice, time::Timestamp};
use jiff::civil::DateTime;
use sha2::{Digest, Sha256};

use crate::frame::skipped::Counters;

/// Silence that ends a frame (taximeter.md §10.5).
pub const FRAME_GAP: Duration = Duration::from_millis(100);

/// What follows from what was heard, in the order in which it must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Tell the app.
    Notice(MeterNotice),
    /// Keep a finished trip on disk and tell the app; then answer the meter's command, if it waits for one.
    Trip {
        /// The record.
        record: Box<TripRecord>,
        /// The command to acknowledge.
        answer: Option<u16>,
    },
    /// Keep a frame on disk, then acknowledge its command.
    Keep {
        /// Which command it was.
        command: u16,
        /// Every byte of it.
        frame: Vec<u8>,
    },
    /// Answer the meter with an error, so that it sends the record again.
    Refuse {
        /// Which command it was.
        command: u16,
    },
    /// Answer a heartbeat.
    AnswerHeartbeat,
    /// Answer a sign-in or sign-out request.
    AnswerSign {
        /// Which of the two.
        command: u16,
    },
    /// Ask the meter.
    Ask(Query),
    /// The meter answered a query of this command.
    Answered(u16),
}

/// What a host may ask. Nothing that changes a sealed meter is among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Its status and how many trips it has counted (0000).
    Status,
    /// One past trip by its number (0006).
    History(u32),
}

/// One kind of meter, fed with bytes and with time.
pub trait Meter: Send {
    /// Whether this kind gives a running fare.
    fn gives_fare(&self) -> bool;

    /// Bytes heard at `at`.
    fn feed(&mut self, bytes: &[u8], at: Timestamp) -> Vec<Said>;

    /// The line was asked at `at` and had nothing.
    fn quiet(&mut self, at: Timestamp) -> Vec<Said>;

    /// The line is gone.
    fn line_lost(&mut self, at: Timestamp) -> Vec<Said>;

    /// The meter did not answer a query, however often it was asked.
    fn unanswered(&mut self, query: Query, at: Timestamp) -> Vec<Said>;

    /// What was read and skipped.
    fn counters(&self) -> &Counters;
}

pub(crate) fn sha256(frame: &[u8]) -> [u8; 32] {
    Sha256::digest(frame).into()
}

/// A moment by the meter's clock as records write it: `YYYY-MM-DD HH:MM:SS`.
pub(crate) fn with_seconds(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// As [`with_seconds`], for meters that tell no seconds.
pub(crate) fn to_the_minute(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}
