//! Seeded positions on a city's roads, a few metres off as a receiver has them. Called by `roads`; the same on every run.

use fareway_matching::roads::Roads;
use fareway_shared::place::LatLng;

use crate::draw::Draw;

/// The middle of Heidelberg, degrees: latitudes and longitudes from which positions are drawn.
const LATS: [f64; 2] = [49.36, 49.44];
const LNGS: [f64; 2] = [8.63, 8.74];

/// So many positions for a seed.
pub(crate) fn seeded(roads: &Roads, seed: u64, count: usize) -> Vec<LatLng> {
    let mut draw = Draw(seed);
    let mut places = Vec::with_capacity(count);
    while places.len() < count {
        let [lat, lng] = [LATS, LNGS].map(|[low, high]| low + (high - low) * draw.part());
        let Ok(at) = LatLng::new(lat, lng) else { continue };
        let Some(on_road) = roads.snap(at, 150.0).and_then(|snap| roads.place_of(&snap)) else { continue };
        // Up to 15 m off.
        let [north, east] = [draw.part(), draw.part()].map(|part| (part - 0.5) * 2.7e-4);
        places.extend(LatLng::new(on_road.lat() + north, on_road.lng() + east));
    }
    places
}
