//! The resynchronising reader, shared by both protocols: it looks for a frame at the first byte, and after any failure
//! drops ONE byte and looks again, so that a good frame behind a bad one survives (taximeter.md §10.5). It never decides
//! by itself that time has passed: silence is told to it.

use std::time::Duration;

use fareway_shared::time::Timestamp;

use super::skipped::{Counters, Skipped, Why};

/// Bytes taken in at once, so that a flood cannot grow the buffer.
const PIECE_BYTES: usize = 1024;

/// What a protocol's layout says about the bytes at the front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<F> {
    /// They may begin a frame; more bytes must come first.
    More,
    /// A whole frame of this many bytes.
    Frame(F, usize),
    /// They do not begin a frame.
    Reject(Why),
}

/// How one protocol's frames are laid out.
pub trait Layout {
    /// The frame it yields.
    type Frame;
    /// How many bytes at a frame's end may as well be the head of the next: where head and tail are the same bytes, a
    /// frame that lost its tail is whole with the next frame's head, and must not take it away.
    const SHARED_BYTES: usize;

    /// Looks for a frame at the first byte; never asks for more than a bounded number of bytes.
    fn look(&self, bytes: &[u8]) -> Look<Self::Frame>;

    /// The line fell silent while `look` still wanted more: why are these bytes no frame?
    fn given_up(&self, bytes: &[u8]) -> Why;
}

/// What came out of the stream, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read<F> {
    /// A frame with a good envelope.
    Frame(F),
    /// Bytes that were given up.
    Skipped(Skipped),
}

/// Reads frames of one layout from a byte stream.
#[derive(Debug)]
pub struct Reader<L> {
    layout: L,
    gap: Duration,
    buffer: Vec<u8>,
    /// Bytes at the front of the buffer that ended the last frame and may begin the next.
    lent: usize,
    last_byte_at: Timestamp,
    run: Option<Skipped>,
    counters: Counters,
}

impl<L: Layout> Reader<L> {
    /// A reader that gives up a frame after `gap` of silence inside it (100 ms by taximeter.md §10.5).
    #[must_use]
    pub fn new(layout: L, gap: Duration) -> Self {
        Self {
            layout,
            gap,
            buffer: Vec::new(),
            lent: 0,
            last_byte_at: Timestamp::EPOCH,
            run: None,
            counters: Counters::default(),
        }
    }

    /// Takes in bytes heard at `at`.
    pub fn feed(&mut self, bytes: &[u8], at: Timestamp) -> Vec<Read<L::Frame>> {
        let mut out = Vec::new();
        if !bytes.is_empty() {
            self.last_byte_at = at;
        }
        for piece in bytes.chunks(PIECE_BYTES) {
            self.buffer.extend_from_slice(piece);
            self.scan(&mut out, false);
        }
        out
    }

    /// Nothing was there to read at `at`. Call it only when the line was truly asked, so that a late reader does not
    /// mistake its own delay for a pause on the line.
    pub fn tick(&mut self, at: Timestamp) -> Vec<Read<L::Frame>> {
        if at.since(self.last_byte_at) >= self.gap { self.finish() } else { Vec::new() }
    }

    /// No more bytes will come: gives up what is incomplete.
    pub fn finish(&mut self) -> Vec<Read<L::Frame>> {
        let mut out = Vec::new();
        self.scan(&mut out, true);
        out.extend(self.run.take().map(Read::Skipped));
        out
    }

    /// What was read and skipped so far.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Bytes held back until more come.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.buffer.len().saturating_sub(self.lent)
    }

    fn scan(&mut self, out: &mut Vec<Read<L::Frame>>, silent: bool) {
        let mut start = 0_usize;
        while let Some(rest) = self.buffer.get(start.saturating_add(self.lent)..).filter(|rest| !rest.is_empty()) {
            let mut look = self.layout.look(rest);
            if self.lent > 0 {
                match self.buffer.get(start..).map(|shared| self.layout.look(shared)) {
                    Some(shared @ Look::Frame(..)) if matches!(look, Look::Reject(_)) => look = shared,
                    Some(Look::More) if matches!(look, Look::Reject(_)) && !silent => break,
                    _ => start = start.saturating_add(self.lent),
                }
                self.lent = 0;
            }
            let why = match look {
                Look::Frame(frame, used) => {
                    out.extend(self.run.take().map(Read::Skipped));
                    out.push(Read::Frame(frame));
                    self.counters.frame();
                    self.lent = L::SHARED_BYTES;
                    start = start.saturating_add(used.saturating_sub(self.lent));
                    continue;
                }
                Look::More if !silent => break,
                Look::More => self.layout.given_up(self.buffer.get(start..).unwrap_or(&[])),
                Look::Reject(why) => why,
            };
            start = start.saturating_add(1);
            self.counters.skip(why);
            self.extend_run(why, out);
        }
        if silent {
            self.lent = 0;
            start = self.buffer.len();
        }
        self.buffer.drain(..start.min(self.buffer.len()));
    }

    /// Noise behind a failed frame is the rest of that frame; a new failure begins a new run.
    fn extend_run(&mut self, why: Why, out: &mut Vec<Read<L::Frame>>) {
        match &mut self.run {
            Some(run) if why == Why::Noise => run.bytes = run.bytes.saturating_add(1),
            run => out.extend(run.replace(Skipped { bytes: 1, why }).map(Read::Skipped)),
        }
    }
}
