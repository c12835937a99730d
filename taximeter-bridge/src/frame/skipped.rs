//! What a reader had to skip, and why: the words of its reports and the counters behind them.

/// Why bytes were not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// Bytes that begin no frame.
    Noise,
    /// The length field cannot be true.
    Length,
    /// The frame does not end as frames end.
    Tail,
    /// The check byte does not match the bytes.
    Checksum,
    /// The line fell silent inside a frame.
    Timeout,
    /// A whole frame whose values no meter can mean.
    Implausible,
    /// A whole frame with a number that is not packed decimal.
    Bcd,
    /// A whole frame with a date or time that is not in the calendar.
    Calendar,
}

impl Why {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 8] = [
        Self::Noise,
        Self::Length,
        Self::Tail,
        Self::Checksum,
        Self::Timeout,
        Self::Implausible,
        Self::Bcd,
        Self::Calendar,
    ];

    /// The word used in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Length => "length",
            Self::Tail => "tail",
            Self::Checksum => "checksum",
            Self::Timeout => "timeout",
            Self::Implausible => "implausible",
            Self::Bcd => "bcd",
            Self::Calendar => "calendar",
        }
    }
}

/// One stretch of bytes that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How many bytes.
    pub bytes: usize,
    /// Why the first of them was given up.
    pub why: Why,
}

/// How often each reason occurred since the reader was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    frames: u64,
    reasons: std::collections::BTreeMap<Why, u64>,
    bytes: u64,
}

impl Counters {
    pub(crate) fn frame(&mut self) {
        self.frames = self.frames.saturating_add(1);
    }

    pub(crate) fn skip(&mut self, why: Why) {
        let count = self.reasons.entry(why).or_insert(0);
        *count = count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(1);
    }

    /// Good frames.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// Skipped bytes, all reasons together.
    #[must_use]
    pub const fn skipped_bytes(&self) -> u64 {
        self.bytes
    }

    /// How often a byte was given up for this reason.
    #[must_use]
    pub fn of(&self, why: Why) -> u64 {
        self.reasons.get(&why).copied().unwrap_or(0)
    }
}
