//! Seeded positions on a city's roads, a few metres off as a receiver has them. Called by `roads`; the same on every run.

#![expect(clippy::as_conversions, reason = "53 bits are a float exactly")]

use fareway_matching::roads::Roads;
use fareway_shared::place::LatLng;

/// The middle of Heidelberg, degrees: latitudes and longitudes from which positions are drawn.
const LATS: [f64; 2] = [49.36, 49.44];
const LNGS: [f64; 2] = [8.63, 8.74];

/// So many positions for a seed.
pub(crate) fn seeded(roads: &Roads, seed: u64, count: usize) -> Vec<LatLng> {
    let mut state = seed;
    let mut next = move || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut places = Vec::with_capacity(count);
    while places.len() < count {
        let [lat, lng] = [LATS, LNGS].map(|[low, high]| low + (high - low) * next());
        let Ok(at) = LatLng::new(lat, lng) else { continue };
        let Some(on_road) = roads.snap(at, 150.0).and_then(|snap| roads.place_of(&snap)) else { continue };
        // Up to 15 m off.
        let [north, east] = [next(), next()].map(|part| (part - 0.5) * 2.7e-4);
        places.extend(LatLng::new(on_road.lat() + north, on_road.lng() + east));
    }
    places
}
