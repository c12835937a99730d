//! A small city made up by chance, and seeded numbers, for the tests beside it. The map file is written as the crate's page
//! describes it, so nothing need be there to read.

use fareway_matching::roads::Roads;

/// A seeded draw.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    pub(crate) fn unit(&mut self) -> f64 {
        self.below(1 << 40) as f64 / (1_u64 << 40) as f64
    }
}

/// Junctions to a side.
const SIDE: u32 = 9;
/// The whole of a segment's time, in the file's parts.
const WHOLE: u32 = 1 << 20;

/// Streets of a square town of 1.1 km, from junction to junction, and what each takes there and back, ms; 0 is closed.
fn streets(seed: u64) -> Vec<([u32; 2], [u32; 2])> {
    let mut draw = Draw(seed);
    // Even towns have few different times, so that many ways tie.
    let mut ms =
        || if seed.is_multiple_of(2) { 10_000 * (1 + draw.below(3)) } else { 5_000 + draw.below(40_000) } as u32;
    let mut streets = Vec::new();
    for row in 0..SIDE {
        for col in 0..SIDE {
            let here = row * SIDE + col;
            if col + 1 < SIDE {
                streets.push(([here, here + 1], [ms(), ms()]));
            }
            if row + 1 < SIDE {
                streets.push(([here, here + SIDE], [ms(), ms()]));
            }
            // Short cuts one way only.
            if (row + 2 * col) % 5 == 0 && row > 0 && col > 0 {
                streets.push(([here, here - SIDE - 1], [ms() / 2, 0]));
            }
        }
    }
    streets
}

/// The town of a seed.
pub(crate) fn roads(seed: u64) -> Roads {
    let place = |junction: u32| {
        let [north, east] = [junction / SIDE, junction % SIDE].map(|at| f64::from(at) / f64::from(SIDE - 1));
        [494_000_000 + (north * 100_000.0) as u32, 86_700_000 + (east * 150_000.0) as u32]
    };
    let streets = streets(seed);
    let count = streets.len() as u32;
    let mut body = Vec::new();
    let mut list = |count: u32, numbers: Vec<u32>| {
        body.extend(count.to_le_bytes());
        body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    };
    list(SIDE * SIDE, (0..SIDE * SIDE).flat_map(place).collect());
    list(count, streets.iter().flat_map(|(ends, _)| *ends).collect());
    list(count * 2, streets.iter().flat_map(|(_, ms)| *ms).collect());
    list(count + 1, (0..=count).map(|street| street * 2).collect());
    let line = |ends: &[u32; 2]| {
        let ([south, west], [north, east]) = (place(ends[0]), place(ends[1]));
        [south, west, 0, 0, north, east, 13_000, WHOLE]
    };
    list(count * 2, streets.iter().flat_map(|(ends, _)| line(ends)).collect());
    list(1, vec![0]);
    list(0, Vec::new());
    list(SIDE * SIDE, (0..SIDE * SIDE).collect());
    let mut file = b"FWROADS\0\x01\0\0\0".to_vec();
    file.extend(checksum(&body).to_le_bytes());
    file.extend(body);
    Roads::open(&file).unwrap()
}

/// The checksum of a map file.
fn checksum(bytes: &[u8]) -> u64 {
    let mix = |row: u64, word: u64| (row ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let (fours, last) = words.as_chunks::<4>();
    let mut rows = [1_u64, 2, 3, 4];
    for four in fours {
        for (row, word) in rows.iter_mut().zip(four) {
            *row = mix(*row, u64::from_le_bytes(*word));
        }
    }
    let sum = rows.into_iter().fold(bytes.len() as u64, mix);
    let sum = last.iter().fold(sum, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}
