//! The terminal that a car already has: it hears what the listening bridge hears and acknowledges the meter's records.
//! It acknowledges only what it is sure of; what arrived with any pause inside is sent again.

use std::time::Duration;

use fareway_shared::time::Timestamp;

use crate::{
    codec::jtt905::{Body, TRIP_END, TRIP_LATE, decode},
    frame::{
        jtt905::Jtt905,
        reader::{Read, Reader},
    },
};

pub(super) struct Terminal {
    reader: Reader<Jtt905>,
    sure: Duration,
    heard_at: Duration,
}

impl Terminal {
    pub(super) fn new(gap: Duration) -> Self {
        Self { reader: Reader::new(Jtt905, gap), sure: gap.checked_div(4).unwrap_or(gap), heard_at: Duration::ZERO }
    }

    /// Hears bytes; says of each record, by its command, whether it could be read.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Duration) -> Vec<(u16, bool)> {
        if now.saturating_sub(self.heard_at) > self.sure {
            self.forget();
        }
        self.heard_at = now;
        let mut answers = Vec::new();
        for read in self.reader.feed(bytes, Timestamp::EPOCH) {
            let Read::Frame(frame) = read else { continue };
            if !matches!(frame.command, TRIP_END | TRIP_LATE) {
                continue;
            }
            if let Ok(Body::Trip(trip)) = decode(&frame).map(|message| message.body) {
                answers.push((frame.command, trip.amount_fen.is_some()));
            }
        }
        answers
    }

    /// Gives up what is incomplete.
    pub(super) fn forget(&mut self) {
        drop(self.reader.finish());
    }
}
