//! S1, S2 and S4: the vehicle index at 100,000 real San Francisco positions, beside kiddo's trees.

#![expect(clippy::indexing_slicing, clippy::as_conversions, reason = "a bench: counts are small and made here")]

mod alone;
mod beside;
mod city;

use crate::row::{Failed, Row};

/// Measures all of it; nothing, with a sentence, where the recordings are absent.
pub(crate) fn rows() -> Result<Vec<Row>, Failed> {
    let Some(city) = city::City::read()? else { return Ok(Vec::new()) };
    let mut rows = alone::rows(&city)?;
    rows.extend(beside::rows(&city)?);
    Ok(rows)
}
