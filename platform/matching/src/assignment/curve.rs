//! The order along a space-filling curve: places near each other get numbers near each other, so that blocks of sixteen
//! make good boxes and neighbours share a cache line. Called by [`super::crow`] and [`super::limited`] for both
//! sides.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "digits index a table of their own size; cells are cut to 20 bits"
)]

use fareway_shared::place::LatLng;

/// Cells along each side of the square that the curve fills: 10 cm in a city, 40 m on a globe.
const SIDE_BITS: u32 = 20;
/// Bits sorted in one pass.
const DIGIT_BITS: u32 = 10;

/// The square around some places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Square {
    first: LatLng,
    south: f64,
    west: f64,
    lat_scale: f64,
    lng_scale: f64,
}

impl Square {
    /// Its middle.
    pub(crate) fn middle(&self) -> LatLng {
        let half = f64::from(1_u32 << (SIDE_BITS - 1));
        let (lat, lng) = (self.south + half / self.lat_scale, self.west + half / self.lng_scale);
        LatLng::new(lat.clamp(-90.0, 90.0), lng.clamp(-180.0, 180.0)).unwrap_or(self.first)
    }

    /// The smallest that holds all of them.
    pub(crate) fn around<'a>(first: LatLng, places: impl Iterator<Item = &'a LatLng>) -> Self {
        let (mut south, mut north, mut west, mut east) = (90.0_f64, -90.0_f64, 180.0_f64, -180.0_f64);
        for place in places {
            (south, north) = (south.min(place.lat()), north.max(place.lat()));
            (west, east) = (west.min(place.lng()), east.max(place.lng()));
        }
        let narrow = ((south + north) / 2.0).to_radians().cos().max(1e-3);
        let size = (north - south).max((east - west) * narrow).max(1e-9);
        let lat_scale = f64::from((1_u32 << SIDE_BITS) - 1) / size;
        Self { first, south, west, lat_scale, lng_scale: lat_scale * narrow }
    }

    /// How far along the curve a place lies.
    fn number(&self, place: LatLng) -> u64 {
        let row = ((place.lat() - self.south) * self.lat_scale) as u32;
        let col = ((place.lng() - self.west) * self.lng_scale) as u32;
        hilbert(col, row)
    }
}

/// Bits of each side that one look into [`TURNS`] takes.
const STEP_BITS: u32 = 4;
/// The curve of 16 × 16 cells in its four positions: how far along it each cell lies, times four, and the position of the
/// curve within that cell.
const TURNS: [[u16; 1 << (2 * STEP_BITS)]; 4] = turns();

/// Walks the curve down one bit a side at a time, for every cell and position. A position says whether the two sides are
/// swapped (1) and whether both are counted from the far end (2).
const fn turns() -> [[u16; 1 << (2 * STEP_BITS)]; 4] {
    let mut turns = [[0; 1 << (2 * STEP_BITS)]; 4];
    let mut position = 0;
    while position < 4 {
        let mut cell = 0;
        while cell < 1 << (2 * STEP_BITS) {
            let (mut now, mut along, mut bit) = (position as u16, 0_u16, STEP_BITS);
            while bit > 0 {
                bit -= 1;
                let (mut x, mut y) = ((cell >> (STEP_BITS + bit)) as u16 & 1, (cell >> bit) as u16 & 1);
                if now & 2 != 0 {
                    (x, y) = (1 - x, 1 - y);
                }
                if now & 1 != 0 {
                    (x, y) = (y, x);
                }
                along = along << 2 | (3 * x) ^ y;
                if y == 0 {
                    now ^= 1 | x << 1;
                }
            }
            turns[position][cell] = along << 2 | now;
            cell += 1;
        }
        position += 1;
    }
    turns
}

/// How far along a Hilbert curve a cell lies.
fn hilbert(x: u32, y: u32) -> u64 {
    let (mut along, mut position) = (0_u64, 0_u16);
    for step in (0..SIDE_BITS / STEP_BITS).rev() {
        let digit = |side: u32| (side >> (step * STEP_BITS)) as usize & ((1 << STEP_BITS) - 1);
        let turn = TURNS[position as usize][digit(x) << STEP_BITS | digit(y)];
        along = along << (2 * STEP_BITS) | u64::from(turn >> 2);
        position = turn & 3;
    }
    along
}

/// The places' own numbers in the order of the curve. Equal places keep their order.
pub(crate) fn order(places: &[LatLng], square: &Square) -> Vec<u32> {
    let mut keyed: Vec<(u64, u32)> = (0..).zip(places).map(|(id, place)| (square.number(*place), id)).collect();
    let mut other = keyed.clone();
    for shift in (0..2 * SIDE_BITS).step_by(DIGIT_BITS as usize) {
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT_BITS) - 1);
        let mut starts = [0_u32; 1 << DIGIT_BITS];
        for (key, _) in &keyed {
            starts[digit(*key)] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        for &(key, id) in &keyed {
            let start = &mut starts[digit(key)];
            other[*start as usize] = (key, id);
            *start += 1;
        }
        std::mem::swap(&mut keyed, &mut other);
    }
    keyed.into_iter().map(|(_, id)| id).collect()
}
