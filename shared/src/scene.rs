//! The live scene behind PAID: a drifting pattern that only someone who holds the seed can draw for this very second.
//! A still looks frozen, a recording shows the wrong second. The passenger's page draws the same picture with its own
//! port of this file; both are held to `tests/scene-vectors.json`.
//!
//! Whole numbers only, so that every port draws the same pixels. The picture is small (200 × 120) and meant to be
//! scaled up: that keeps 60 frames a second cheap on a car's processor. The pattern turns over once a second with a
//! quarter-second blend, far below three flashes a second.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Width of the picture, pixels.
pub const WIDTH: usize = 200;
/// Height of the picture, pixels.
pub const HEIGHT: usize = 120;
/// How many shades a picture has; a pixel is the index of its shade.
pub const SHADES: usize = 4;

const WAVES: usize = 3;
const BLEND_MS: i32 = 250;

/// One turn of a sine in 256 steps, -127 ..= 127; written as its first quarter.
const QUARTER: [i8; 65] = [
    0, 3, 6, 9, 12, 16, 19, 22, 25, 28, 31, 34, 37, 40, 43, 46, 49, 51, 54, 57, 60, 63, 65, 68, 71, 73, 76, 78, 81, 83,
    85, 88, 90, 92, 94, 96, 98, 100, 102, 104, 106, 107, 109, 111, 112, 113, 115, 116, 117, 118, 120, 121, 122, 122,
    123, 124, 125, 125, 126, 126, 126, 127, 127, 127, 127,
];

/// Shades from dark to light; the seed picks the family, so that two bills in one car differ at a glance. All are dark
/// enough for white text.
const FAMILIES: [[[u8; 3]; SHADES]; 4] = [
    [[4, 71, 52], [6, 95, 70], [5, 122, 85], [14, 148, 104]],
    [[8, 66, 70], [14, 86, 92], [13, 112, 117], [18, 138, 138]],
    [[20, 72, 32], [30, 97, 42], [38, 122, 52], [54, 146, 66]],
    [[10, 62, 84], [12, 82, 106], [14, 106, 128], [22, 130, 150]],
];

/// Whether things move within the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Drift and blend.
    Full,
    /// For people whom motion disturbs: the pattern changes once a second and stands still in between.
    Reduced,
}

#[derive(Clone, Copy, Default)]
struct Wave {
    step_x: i32,
    step_y: i32,
    phase: i32,
    drift: i32,
}

/// The shades of a seed, dark to light, as red, green, blue.
#[must_use]
pub fn shades(seed: &[u8; 16]) -> [[u8; 3]; SHADES] {
    let [first, ..] = seed;
    let [a, b, c, d] = FAMILIES;
    match first % 4 {
        0 => a,
        1 => b,
        2 => c,
        _ => d,
    }
}

/// The waves of one second, from HMAC-SHA-256 over the second under the seed.
fn waves(seed: &[u8; 16], second: i64) -> [Wave; WAVES] {
    let mut waves = [Wave::default(); WAVES];
    // HMAC takes a key of any length, so this cannot fail; a flat picture would be noticed at once.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(seed) else { return waves };
    mac.update(b"fareway scene 1");
    mac.update(&second.to_be_bytes());
    let block: [u8; 32] = mac.finalize().into_bytes().into();
    let (quads, _) = block.as_chunks::<4>();
    for (wave, [x, y, phase, drift]) in waves.iter_mut().zip(quads) {
        // Steps of 1..=4 or their negatives: one to five stripes across the picture, never a flat wave.
        let step = |byte: u8| if byte & 4 == 0 { i32::from(byte & 3) + 1 } else { -i32::from(byte & 3) - 1 };
        *wave =
            Wave { step_x: step(*x), step_y: step(*y), phase: i32::from(*phase), drift: i32::from(drift & 63) + 32 };
    }
    waves
}

/// One turn of a sine in 256 steps.
fn sine_table() -> [i32; 256] {
    let mut table = [0; 256];
    for (step, value) in table.iter_mut().enumerate() {
        let within = step % 128;
        let folded = if within <= 64 { within } else { 128_usize.saturating_sub(within) };
        let height = QUARTER.get(folded).copied().map_or(0, i32::from);
        *value = if step < 128 { height } else { -height };
    }
    table
}

/// Draws the picture of an instant into `pixels` ([`WIDTH`] × [`HEIGHT`], row by row from the top left); each pixel is
/// a shade's index. `at_ms` is milliseconds since the epoch by trusted time. A shorter slice gets the first rows.
pub fn draw(seed: &[u8; 16], at_ms: i64, motion: Motion, pixels: &mut [u8]) {
    let second = at_ms.div_euclid(1000);
    let within = i32::try_from(at_ms.rem_euclid(1000)).unwrap_or(0);
    let sine = sine_table();
    let (moved, blend) = match motion {
        Motion::Full => (within, within.min(BLEND_MS)),
        Motion::Reduced => (0, BLEND_MS),
    };
    let fresh = moved_by(waves(seed, second), moved);
    let fading =
        (blend < BLEND_MS).then(|| moved_by(waves(seed, second.saturating_sub(1)), moved.saturating_add(1000)));
    for (row, y) in pixels.chunks_mut(WIDTH).zip(0_i32..) {
        for (pixel, x) in row.iter_mut().zip(0_i32..) {
            let height = match &fading {
                None => height(&sine, &fresh, x, y),
                Some(fading) => {
                    let old = height(&sine, fading, x, y).wrapping_mul(BLEND_MS.wrapping_sub(blend));
                    let new = height(&sine, &fresh, x, y).wrapping_mul(blend);
                    // Floor division, so that a port in another language rounds alike.
                    old.wrapping_add(new).div_euclid(BLEND_MS)
                }
            };
            *pixel = shade(height);
        }
    }
}

/// The waves after `ms` milliseconds of drift: the drift is in steps of 1/256 turn a second.
fn moved_by(waves: [Wave; WAVES], ms: i32) -> [Wave; WAVES] {
    waves.map(|wave| Wave { phase: wave.phase.wrapping_add(wave.drift.wrapping_mul(ms).div_euclid(1000)), ..wave })
}

/// The sum of the waves at a pixel, -381 ..= 381. Wrapping arithmetic is exact here: the numbers stay small.
fn height(sine: &[i32; 256], waves: &[Wave; WAVES], x: i32, y: i32) -> i32 {
    waves.iter().fold(0_i32, |sum, wave| {
        let angle =
            wave.step_x.wrapping_mul(x).wrapping_add(wave.step_y.wrapping_mul(y)).wrapping_add(wave.phase) & 255;
        let step = usize::try_from(angle).unwrap_or(0);
        sum.wrapping_add(sine.get(step).copied().unwrap_or(0))
    })
}

/// Four bands of about equal area.
fn shade(height: i32) -> u8 {
    match height {
        ..-105 => 0,
        -105..0 => 1,
        0..105 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(seed: u8, at_ms: i64, motion: Motion) -> Vec<u8> {
        let mut pixels = vec![0; WIDTH * HEIGHT];
        draw(&[seed; 16], at_ms, motion, &mut pixels);
        pixels
    }

    #[test]
    fn the_same_seed_and_second_draw_the_same_picture() {
        assert_eq!(picture(7, 1_800_000_000_123, Motion::Full), picture(7, 1_800_000_000_123, Motion::Full));
    }

    #[test]
    fn two_pictures_one_second_apart_differ_in_at_least_a_quarter_of_their_pixels() {
        for seed in 0..=255 {
            for within in [0, 120, 500, 999] {
                for motion in [Motion::Full, Motion::Reduced] {
                    let at = 1_800_000_000_000 + i64::from(seed) * 1000 + within;
                    let (now, next) = (picture(seed, at, motion), picture(seed, at + 1000, motion));
                    let changed = now.iter().zip(&next).filter(|(a, b)| a != b).count();
                    assert!(
                        changed * 4 >= WIDTH * HEIGHT,
                        "seed {seed} at +{within} ms, {motion:?}: only {changed} of {} pixels changed",
                        WIDTH * HEIGHT
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_jumps_when_the_second_turns() {
        let (before, after) =
            (picture(3, 1_800_000_000_999, Motion::Full), picture(3, 1_800_000_001_000, Motion::Full));
        let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert!(changed * 20 < WIDTH * HEIGHT, "{changed} pixels jumped at the turn of the second");
    }

    #[test]
    fn every_shade_is_used() {
        let pixels = picture(9, 1_800_000_000_500, Motion::Full);
        for shade in 0..4 {
            assert!(pixels.iter().filter(|pixel| **pixel == shade).count() > WIDTH * HEIGHT / 20);
        }
    }
}
