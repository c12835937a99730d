//! The eighteen faults of taximeter.md §11, seeded and counted. Those that befall a frame on its way are done here;
//! those that befall the whole line or the meter are carried out by `engine`; a host restart is the test's to do.

use std::{collections::BTreeMap, time::Duration};

use rand::{Rng, rngs::SmallRng, seq::SliceRandom};

/// What can go wrong, in the order of taximeter.md §11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Fault {
    /// 1: random bytes between frames, lone marks, runs of 00 or FF.
    Noise,
    /// 2: flipped bits.
    BitFlips,
    /// 3: dropped and doubled bytes.
    DroppedBytes,
    /// 4: a frame cut anywhere, the next directly behind.
    CutFrames,
    /// 5: pauses inside a frame.
    Pauses,
    /// 6: only the end of a frame.
    MidFrame,
    /// 7: frames glued together.
    Glued,
    /// 8: wrong check byte or length.
    WrongEnvelope,
    /// 9: the marker inside data and check byte.
    Markers,
    /// 10: numbers that are no decimals, months that do not exist.
    BadValues,
    /// 11: other devices on the line.
    OtherDevices,
    /// 12: starts and records repeated, out of order, or lost.
    Repeats,
    /// 13: acknowledgements lost.
    LostAcknowledgements,
    /// 14: the cable out at the meter and back.
    CableOut,
    /// 15: the adapter unplugged, and back under another name.
    AdapterOut,
    /// 16: the meter starts again in mid-trip.
    MeterReboot,
    /// 17: the wrong baud rate for a while.
    WrongBaud,
    /// 18: the host starts again in mid-trip.
    HostRestart,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Noise,
        Self::BitFlips,
        Self::DroppedBytes,
        Self::CutFrames,
        Self::Pauses,
        Self::MidFrame,
        Self::Glued,
        Self::WrongEnvelope,
        Self::Markers,
        Self::BadValues,
        Self::OtherDevices,
        Self::Repeats,
        Self::LostAcknowledgements,
        Self::CableOut,
        Self::AdapterOut,
        Self::MeterReboot,
        Self::WrongBaud,
        Self::HostRestart,
    ];
}

/// A stretch of bytes on its way to the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// Silence before it.
    pub(super) pause: Duration,
}

/// Draws faults and counts them.
#[derive(Debug)]
pub(super) struct Mischief {
    pub(super) random: SmallRng,
    faults: Vec<Fault>,
    percent: u32,
    gap: Duration,
    counts: BTreeMap<Fault, u32>,
    active: bool,
}

impl Mischief {
    pub(super) const fn new(random: SmallRng, faults: Vec<Fault>, percent: u32, gap: Duration) -> Self {
        Self { random, faults, percent, gap, counts: BTreeMap::new(), active: true }
    }

    pub(super) fn counts(&self) -> BTreeMap<Fault, u32> {
        self.counts.clone()
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// After the shift the line is clean, so that what is still owed can arrive.
    pub(super) fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    pub(super) fn count(&mut self, fault: Fault) {
        let count = self.counts.entry(fault).or_insert(0);
        *count = count.saturating_add(1);
    }

    /// Whether this fault strikes now.
    pub(super) fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.active && self.has(fault) && self.random.gen_range(0..100) < self.percent;
        if strikes {
            self.count(fault);
        }
        strikes
    }

    /// What a frame looks like when it arrives. `filler` is another good frame, to stand directly behind a bad one.
    pub(super) fn befall(&mut self, frame: &[u8], filler: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut bytes = frame.to_vec();
        if self.strikes(Fault::Noise) {
            let noise = self.noise();
            pieces.push(whole(noise));
        }
        if self.strikes(Fault::WrongEnvelope) {
            self.spoil_envelope(&mut bytes);
        }
        if self.strikes(Fault::BitFlips) {
            // At 1e-3 a byte most frames would pass whole; one bit in each struck frame tests the same more often.
            let at = self.random.gen_range(0..bytes.len().max(1));
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << self.random.gen_range(0..8);
            }
        }
        if self.strikes(Fault::DroppedBytes) {
            let at = self.random.gen_range(0..bytes.len().max(1));
            if self.random.gen_bool(0.5) {
                bytes.remove(at);
            } else if let Some(byte) = bytes.get(at).copied() {
                bytes.insert(at, byte);
            }
        }
        if self.strikes(Fault::MidFrame) {
            bytes.drain(..self.random.gen_range(0..bytes.len().max(1)));
        }
        if self.strikes(Fault::CutFrames) {
            bytes.truncate(self.random.gen_range(0..bytes.len().max(1)));
            bytes.extend(filler);
        }
        if self.strikes(Fault::Glued) {
            bytes = [filler, &bytes, filler].concat();
            pieces.push(whole(bytes));
        } else {
            self.split(&bytes, &mut pieces);
        }
        pieces
    }

    /// All bits wrong, as at another baud rate.
    pub(super) fn garble(&mut self, bytes: &mut [u8]) {
        bytes.iter_mut().for_each(|byte| *byte = self.random.r#gen());
    }

    /// Pieces of 1 to 64 bytes, as a system hands them over; one of them may come late.
    fn split(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        let mut rest = bytes;
        let mut late = self.strikes(Fault::Pauses);
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(self.random.gen_range(1..=64).min(rest.len()));
            let pause = if late && rest.len() < bytes.len() {
                late = false;
                let halves = [1, 3, 20].choose(&mut self.random).copied().unwrap_or(1);
                self.gap.saturating_mul(halves).checked_div(2).unwrap_or_default()
            } else {
                Duration::ZERO
            };
            pieces.push(Piece { bytes: piece.to_vec(), pause });
            rest = behind;
        }
    }

    fn noise(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let count = random.gen_range(1..40);
        match random.gen_range(0..5) {
            0 => vec![0x55],
            1 => vec![0xAA],
            2 => vec![0x00; count],
            3 => vec![0xFF; count],
            _ => (0..count).map(|_| random.r#gen()).collect(),
        }
    }

    fn spoil_envelope(&mut self, bytes: &mut [u8]) {
        let lengths: [[u8; 2]; 3] = [[0, 0], [0, 3], [0xFF, 0xFF]];
        let check = bytes.len().saturating_sub(3);
        match self.random.gen_range(0..5) {
            which @ 0..=2 => {
                if let (Some(field), Some(length)) = (bytes.get_mut(2..4), lengths.get(which)) {
                    field.copy_from_slice(length);
                }
            }
            3 => bytes.iter_mut().skip(3).take(1).for_each(|byte| *byte = byte.wrapping_add(1)),
            _ => bytes.iter_mut().skip(check).take(1).for_each(|byte| *byte ^= 0x10),
        }
    }
}

const fn whole(bytes: Vec<u8>) -> Piece {
    Piece { bytes, pause: Duration::ZERO }
}
