//! The two frame readers on literal bytes: whole, partial, empty, glued, cut and garbage, split at every offset.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::time::Duration;

use fareway_shared::time::Timestamp;
use fareway_taximeter_bridge::frame::{
    gwp5043::{self, Gwp5043},
    jtt905::{self, Jtt905},
    reader::{Layout, Read, Reader},
    skipped::Why,
};
use rand::{Rng, SeedableRng, rngs::SmallRng};

const GAP: Duration = Duration::from_millis(100);
const TRIP: &str = "55AA0046020000E8455831323334333230353030303034323137000000003131303130353139343931323331303032580026031508000830000120000500000000000003800000\
                    55AA008355AA";
const HEARTBEAT: &str =
    "55AA0028020000E9033332303530303030343231370000000031313031303531393439313233313030325800AE55AA";
const RUNNING: &str = "02C20000001E69B4B9AB36353433323100000003000000000000000003100310001000460310";

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

fn frames<F>(reads: Vec<Read<F>>) -> Vec<F> {
    reads.into_iter().filter_map(|read| if let Read::Frame(frame) = read { Some(frame) } else { None }).collect()
}

fn reads_one_frame_split_anywhere<L: Layout + Copy>(layout: L, whole: &[u8]) {
    for cut in 0..=whole.len() {
        let mut reader = Reader::new(layout, GAP);
        let (left, right) = whole.split_at(cut);
        let mut reads = reader.feed(left, Timestamp::EPOCH);
        reads.extend(reader.feed(right, Timestamp::EPOCH));
        assert_eq!(frames(reads).len(), 1, "split at {cut}");
        assert_eq!(reader.counters().skipped_bytes(), 0, "split at {cut}");
        assert_eq!(reader.held_bytes(), 0);
    }
}

#[test]
fn a_frame_split_at_any_offset_is_read_once_with_the_marker_inside_its_data() {
    reads_one_frame_split_anywhere(Jtt905, &bytes(TRIP));
    reads_one_frame_split_anywhere(Gwp5043, &bytes(RUNNING));
}

#[test]
fn a_frame_cut_at_any_offset_never_hides_the_frame_behind_it() {
    for (cut, good) in [(bytes(TRIP), bytes(HEARTBEAT)), (bytes(HEARTBEAT), bytes(TRIP))] {
        for kept in 0..cut.len() {
            let mut reader = Reader::new(Jtt905, GAP);
            let mut reads = reader.feed(&[&cut[..kept], good.as_slice()].concat(), Timestamp::EPOCH);
            reads.extend(reader.tick(Timestamp::EPOCH.after(GAP)));
            let found = frames(reads);
            // Without its tail alone the cut frame is whole with the head of the next, which both then share.
            let whole = usize::from(kept == cut.len() - 2);
            assert_eq!(found.len(), 1 + whole, "cut after {kept} bytes");
            assert_eq!(found[whole].raw, good);
        }
    }
    let running = bytes(RUNNING);
    for kept in 0..running.len() {
        let mut reader = Reader::new(Gwp5043, GAP);
        let mut reads = reader.feed(&[&running[..kept], running.as_slice()].concat(), Timestamp::EPOCH);
        reads.extend(reader.tick(Timestamp::EPOCH.after(GAP)));
        assert_eq!(frames(reads).len(), 1, "cut after {kept} bytes");
    }
}

#[test]
fn half_a_frame_waits_for_the_gap_and_not_a_moment_less() {
    let mut reader = Reader::new(Jtt905, GAP);
    assert!(reader.feed(&bytes(TRIP)[..40], Timestamp::EPOCH).is_empty());
    assert!(reader.tick(Timestamp::from_millis(99)).is_empty());
    assert_eq!(reader.held_bytes(), 40);
    let reads = reader.tick(Timestamp::from_millis(100));
    assert!(matches!(reads.as_slice(), [Read::Skipped(skipped)] if skipped.bytes == 40 && skipped.why == Why::Timeout));
    assert_eq!(reader.held_bytes(), 0);
}

#[test]
fn every_flipped_bit_of_a_frame_is_caught() {
    let whole = bytes(TRIP);
    for at in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        let mut reader = Reader::new(Jtt905, GAP);
        let mut reads = reader.feed(&flipped, Timestamp::EPOCH);
        reads.extend(reader.finish());
        assert!(frames(reads).is_empty(), "bit {at} was flipped unseen");
    }
}

#[test]
fn marks_and_runs_of_one_byte_are_noise() {
    for noise in [[0x55; 300], [0xAA; 300], [0x00; 300], [0xFF; 300]] {
        let mut reader = Reader::new(Jtt905, GAP);
        let reads = reader.feed(&[&noise[..], &bytes(HEARTBEAT)].concat(), Timestamp::EPOCH);
        assert_eq!(frames(reads).len(), 1);
        assert_eq!(reader.counters().skipped_bytes(), 300);
    }
}

#[test]
fn impossible_lengths_are_refused_at_once() {
    for length in ["0000", "0003", "0401", "55AA", "FFFF"] {
        let stream = bytes(&format!("55AA{length}{HEARTBEAT}"));
        let mut reader = Reader::new(Jtt905, GAP);
        assert_eq!(frames(reader.feed(&stream, Timestamp::EPOCH)).len(), 1, "length {length}");
        assert!(reader.counters().of(Why::Length) >= 1);
    }
}

#[test]
fn a_running_frame_with_the_wrong_length_command_end_or_speed_is_no_frame() {
    let whole = bytes(RUNNING);
    for (at, value, why) in
        [(1, 0xC3, Why::Noise), (5, 0x1F, Why::Length), (36, 0x04, Why::Tail), (18, 0x7F, Why::Implausible)]
    {
        let mut bad = whole.clone();
        bad[at] = value;
        let mut reader = Reader::new(Gwp5043, GAP);
        let mut reads = reader.feed(&bad, Timestamp::EPOCH);
        reads.extend(reader.finish());
        assert!(frames(reads).is_empty());
        assert!(reader.counters().of(why) >= 1, "{why:?}");
    }
}

/// Any garbage, in any pieces: no panic, bounded memory, and the next good frame is read after one gap at the latest.
fn survives_garbage<L: Layout + Copy>(layout: L, good: &[u8], likely: &[u8], seed: u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut reader = Reader::new(layout, GAP);
    let mut now = Timestamp::EPOCH;
    for _ in 0..40 {
        let garbage: Vec<u8> = (0..random.gen_range(0..1500))
            .map(|_| if random.gen_bool(0.3) { likely[random.gen_range(0..likely.len())] } else { random.r#gen() })
            .collect();
        for piece in garbage.chunks(random.gen_range(1..=64)) {
            reader.feed(piece, now);
            assert!(reader.held_bytes() <= 1031, "{} bytes are held", reader.held_bytes());
            now = now.after(Duration::from_millis(1));
        }
        let mut reads = reader.feed(good, now);
        now = now.after(GAP);
        reads.extend(reader.tick(now));
        assert_eq!(reader.held_bytes(), 0);
        // Garbage may swallow the frame only by passing as a frame itself, which its own check must then allow.
        assert!(!frames(reads).is_empty(), "seed {seed}: no frame behind {} bytes of garbage", garbage.len());
    }
}

#[test]
fn random_garbage_never_panics_and_always_resynchronises() {
    for seed in 0..200 {
        survives_garbage(Jtt905, &bytes(TRIP), &[0x55, 0xAA, 0x00, 0x46], seed);
        survives_garbage(Gwp5043, &bytes(RUNNING), &[0x02, 0xC2, 0x00, 0x1E, 0x54], seed);
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let mut random = SmallRng::seed_from_u64(7);
    for length in 0..=jtt905::DATA_BYTES_MAX {
        let data: Vec<u8> = (0..length).map(|_| random.r#gen()).collect();
        let written = jtt905::encode(0x02, 0x06, random.r#gen(), &data);
        let found = frames(Reader::new(Jtt905, GAP).feed(&written, Timestamp::EPOCH));
        assert_eq!(found.first().map(jtt905::Frame::data), Some(data.as_slice()));
    }
    let written = gwp5043::encode(gwp5043::CURRENT, &bytes(RUNNING)[6..36]);
    assert_eq!(written, bytes(RUNNING));
}
