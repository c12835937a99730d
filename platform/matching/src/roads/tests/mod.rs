//! Proofs of `roads`: every answer equals a slow and plain search, on cities made up by chance, on maps written byte by
//! byte, and on Heidelberg; and no byte of a file can do harm.

#![expect(clippy::as_conversions, reason = "tests")]

mod chance;
mod draws;
mod extract;
mod files;
mod heidelberg;
mod maps;
mod meetings;
mod oracle;
mod routes;
mod snapping;

use fareway_shared::place::LatLng;

/// A place from degrees.
fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}
