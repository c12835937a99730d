//! R5: travel times on days not seen, beside gradient boosting trained and tested on the same days. One part of the bench;
//! it shares the reader of trips with [`crate::dispatch`].

use std::{hint::black_box, path::Path, time::Instant};

use fareway_matching::travel_time::{Drive, FinishedTrip, Growth, TravelTimes};

use crate::{
    dispatch::{Trip, trips},
    python::{peer, python, run},
    row::{Failed, Row},
};

/// San Francisco in May.
const UTC_OFFSET_S: i32 = -7 * 3600;
/// Sunday, 25 May 2008, and the two days after it are held out.
const FIRST_HELD_OUT_DAY: i64 = 14_025;
const WANTED_PER_S: f64 = 1e6;

/// Ours beside the peer: mean absolute error with each finished trip observed when it ends, and without; predictions a second.
pub(crate) fn rows() -> Result<Vec<Row>, Failed> {
    let Some((path, mut all)) = trips("travel-time")? else { return Ok(Vec::new()) };
    all.sort_by_key(|trip| trip.pickup_unix_s);
    let (held_out, seen): (Vec<Trip>, Vec<Trip>) = all.iter().partition(|trip| trip.local_day() >= FIRST_HELD_OUT_DAY);
    let seen: Vec<FinishedTrip> = seen.iter().map(finished).collect();
    let held_out: Vec<FinishedTrip> = held_out.iter().map(finished).collect();
    let fitted = TravelTimes::fit(&seen, Growth::default())?;
    let drives: Vec<Drive> = held_out.iter().map(|trip| trip.drive).collect();
    let (fixed, per_s) = predicted(&fitted, &drives);
    let fixed_s = error_s(&held_out, &fixed);
    let online_s = error_s(&held_out, &observed(fitted, &held_out)?);
    let mut rows = vec![Row::more("R5 predictions", per_s, WANTED_PER_S, "1/s", "beside the goal, one core")];
    if let Some((peer_s, what)) = peer_error(&path)? {
        rows.push(Row::less("R5 error, updated online", online_s, peer_s, "s", what.clone()));
        rows.push(Row::less("R5 error, fitted only", fixed_s, peer_s, "s", what));
    }
    Ok(rows)
}

fn finished(trip: &Trip) -> FinishedTrip {
    let drive = Drive { local_s: trip.on_city_clock_s(UTC_OFFSET_S), pickup: trip.pickup, dropoff: trip.dropoff };
    FinishedTrip { drive, took_s: trip.took_s() }
}

/// All at once, and how many a second: the best of five.
fn predicted(model: &TravelTimes, drives: &[Drive]) -> (Vec<f32>, f64) {
    let mut best: (Vec<f32>, f64) = (Vec::new(), 0.0);
    for _ in 0..5 {
        let mut out = Vec::with_capacity(drives.len());
        let begun = Instant::now();
        model.predict_into(black_box(drives), &mut out);
        let per_s = count(drives.len()) / begun.elapsed().as_secs_f64();
        best = (black_box(out), best.1.max(per_s));
    }
    best
}

/// What was expected of each trip when it began, all that had ended by then observed.
fn observed(mut model: TravelTimes, trips: &[FinishedTrip]) -> Result<Vec<f32>, Failed> {
    let end_s = |trip: &FinishedTrip| trip.drive.local_s + trip.took_s;
    let mut ended: Vec<&FinishedTrip> = trips.iter().collect();
    ended.sort_by(|one, other| end_s(one).total_cmp(&end_s(other)));
    let mut ended = ended.into_iter().peekable();
    let mut expected = Vec::with_capacity(trips.len());
    for trip in trips {
        while let Some(done) = ended.next_if(|done| end_s(done) <= trip.drive.local_s) {
            model.observe(done)?;
        }
        expected.push(model.predict_s(&trip.drive));
    }
    Ok(expected)
}

fn error_s(trips: &[FinishedTrip], expected_s: &[f32]) -> f64 {
    let off = trips.iter().zip(expected_s).map(|(trip, expected_s)| (trip.took_s - f64::from(*expected_s)).abs());
    off.sum::<f64>() / count(trips.len())
}

fn count(of: usize) -> f64 {
    u32::try_from(of).map_or(f64::MAX, f64::from)
}

/// The peer's error and what it is.
fn peer_error(trips: &Path) -> Result<Option<(f64, String)>, Failed> {
    let Some(python) = python("travel-time")? else { return Ok(None) };
    let numbers = [UTC_OFFSET_S.to_string(), FIRST_HELD_OUT_DAY.to_string()];
    let said = run(peer(&python, "travel_time.py").arg(trips).args(numbers))?;
    let said: serde_json::Value = serde_json::from_slice(&said)?;
    let mae_s = said.get("mae_s").and_then(serde_json::Value::as_f64).ok_or("the peer named no error")?;
    let what = said.get("what").and_then(serde_json::Value::as_str).unwrap_or_default();
    Ok(Some((mae_s, format!("peer scikit-learn HistGradientBoosting, {what}"))))
}
