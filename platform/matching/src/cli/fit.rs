//! `fareway-match fit travel-time`: a model of travel times from the fleet's own finished trips, written as JSON. Called by
//! `main.rs`; what is learned, and how, is the library's.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use fareway_matching::travel_time::{Drive, FinishedTrip, Growth, TravelTimes};
use fareway_shared::place::LatLng;

use super::Failed;

const DAY_S: f64 = 86_400.0;

/// What can be fitted.
#[derive(Debug, Subcommand)]
pub(crate) enum Fit {
    /// Travel times, from a CSV file with a head that names `pickup_unix`, `dropoff_unix`, `pickup_lat`, `pickup_lon`,
    /// `dropoff_lat` and `dropoff_lon`
    TravelTime(TravelTime),
}

/// How travel times are fitted.
#[derive(Debug, Args)]
pub(crate) struct TravelTime {
    /// Finished trips
    #[arg(long)]
    trips: PathBuf,
    /// Seconds that the city's clock is ahead of UTC
    #[arg(long, allow_hyphen_values = true)]
    utc_offset_s: f64,
    /// Keep the last so many days out, and report the error on them, each trip observed when it ends
    #[arg(long, default_value_t = 0)]
    held_out_days: u32,
    /// How many trees to grow
    #[arg(long, default_value_t = Growth::default().trees)]
    trees: usize,
    /// How many questions each tree asks
    #[arg(long, default_value_t = Growth::default().levels)]
    levels: usize,
    /// How much of its answer each tree adds
    #[arg(long, default_value_t = Growth::default().rate)]
    rate: f32,
    /// Where to write the model
    #[arg(long)]
    out: PathBuf,
}

/// Fits, reports on standard output, writes the model.
pub(crate) fn run(asked: &Fit) -> Result<(), Failed> {
    let Fit::TravelTime(asked) = asked;
    let mut trips = trips(&fs::read_to_string(&asked.trips)?, asked.utc_offset_s)?;
    trips.sort_by(|one, other| one.drive.local_s.total_cmp(&other.drive.local_s));
    let last_day = trips.last().map_or(0.0, |trip| (trip.drive.local_s / DAY_S).floor());
    let kept_before_s = (last_day + 1.0 - f64::from(asked.held_out_days)) * DAY_S;
    let seen = trips.partition_point(|trip| trip.drive.local_s < kept_before_s);
    let (seen, held_out) = trips.split_at(seen);
    let mut model = TravelTimes::fit(seen, Growth { trees: asked.trees, levels: asked.levels, rate: asked.rate })?;
    let (mut fixed_s, mut online_s) = (0.0, 0.0);
    let mut ended: Vec<&FinishedTrip> = held_out.iter().collect();
    ended.sort_by(|one, other| end_s(one).total_cmp(&end_s(other)));
    let mut ended = ended.into_iter().peekable();
    let fitted = model.clone();
    for trip in held_out {
        while let Some(done) = ended.next_if(|done| end_s(done) <= trip.drive.local_s) {
            model.observe(done)?;
        }
        fixed_s += (f64::from(fitted.predict_s(&trip.drive)) - trip.took_s).abs();
        online_s += (f64::from(model.predict_s(&trip.drive)) - trip.took_s).abs();
    }
    fs::write(&asked.out, model.to_json()?)?;
    let count = u32::try_from(held_out.len()).map_or(f64::MAX, f64::from).max(1.0);
    let report = serde_json::json!({
        "trips": seen.len(), "held_out": held_out.len(),
        "mae_s": (fixed_s / count * 100.0).round() / 100.0, "mae_online_s": (online_s / count * 100.0).round() / 100.0,
    });
    println!("{report}");
    Ok(())
}

fn end_s(trip: &FinishedTrip) -> f64 {
    trip.drive.local_s + trip.took_s
}

fn trips(text: &str, utc_offset_s: f64) -> Result<Vec<FinishedTrip>, Failed> {
    let mut lines = text.lines().enumerate();
    let head: Vec<&str> = lines.next().map(|(_, head)| head.split(',').collect()).unwrap_or_default();
    let names = ["pickup_unix", "dropoff_unix", "pickup_lat", "pickup_lon", "dropoff_lat", "dropoff_lon"];
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let found = head.iter().position(|cell| cell.trim() == name);
        columns.push(found.ok_or_else(|| format!("the trips have no column `{name}`: name it in the first line"))?);
    }
    lines.filter(|(_, line)| !line.trim().is_empty()).map(|(at, line)| trip(at, line, &columns, utc_offset_s)).collect()
}

fn trip(at: usize, line: &str, columns: &[usize], utc_offset_s: f64) -> Result<FinishedTrip, Failed> {
    let cells: Vec<&str> = line.split(',').collect();
    let number = |column: &usize| {
        let cell = cells.get(*column).copied().unwrap_or_default().trim();
        cell.parse::<f64>().map_err(|_| Failed::from(format!("line {}: `{cell}` is no number", at + 1)))
    };
    let numbers = columns.iter().map(number).collect::<Result<Vec<f64>, _>>()?;
    let [pickup_s, dropoff_s, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng] = numbers[..] else {
        return Err(format!("line {} is short", at + 1).into());
    };
    let place = |lat, lng| LatLng::new(lat, lng).map_err(|error| Failed::from(format!("line {}: {error}", at + 1)));
    let drive = Drive {
        local_s: pickup_s + utc_offset_s,
        pickup: place(pickup_lat, pickup_lng)?,
        dropoff: place(dropoff_lat, dropoff_lng)?,
    };
    Ok(FinishedTrip { drive, took_s: dropoff_s - pickup_s })
}
