//! The order along a space-filling curve: places near each other get numbers near each other, so that blocks of eight
//! make good boxes and neighbours share a cache line. Called by [`super::crow`] for both sides.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "digits index a table of their own size; cells are cut to 21 bits"
)]

use fareway_shared::place::LatLng;

/// Cells along each side of the square that the curve fills: 5 cm in a city, 20 m on a globe.
const SIDE_BITS: u32 = 21;
/// Bits sorted in one pass.
const DIGIT_BITS: u32 = 11;

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

    /// Where the middle is.
    fn number(&self, place: LatLng) -> u64 {
        let row = ((place.lat() - self.south) * self.lat_scale) as u32;
        let col = ((place.lng() - self.west) * self.lng_scale) as u32;
        spread(row) << 1 | spread(col)
    }
}

/// Puts a zero before every bit.
fn spread(cell: u32) -> u64 {
    let mut bits = u64::from(cell);
    bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF;
    bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF;
    bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
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
