//! `fareway-match solve`: two files of places in, the cheapest assignment out; by great circle, or by road with a map.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Instant,
};

use fareway_matching::{
    assignment::{AssignmentError, Crow, Limited, Request, Vehicle},
    roads::{self, By, CREDIT, Roads},
};
use fareway_shared::place::{LatLng, NotAPlace};

use super::Failed;

/// What a request that stays unmatched costs, metres.
const UNMATCHED_M: u32 = 100_000;
/// The same with a map: what so many metres by great circle take without roads, ms.
const UNMATCHED_MS: u32 = 20_250_000;

/// What is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Solve {
    /// Requests: `lat,lon` a line.
    #[arg(long)]
    requests: PathBuf,
    /// Vehicles: `lat,lon` a line.
    #[arg(long)]
    vehicles: PathBuf,
    /// A map file: costs are road times then, in ms; places off its roads are met by great circle with a detour.
    #[arg(long)]
    map: Option<PathBuf>,
    /// Where to write the pairs: `request,vehicle` a line, both counted from 0.
    #[arg(long)]
    pairs: Option<PathBuf>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSolved {
    /// A file that could not be read.
    #[error("{} cannot be read", .0.display())]
    Unread(PathBuf, #[source] io::Error),
    /// A file that could not be written.
    #[error("{} cannot be written", .0.display())]
    Unwritten(PathBuf, #[source] io::Error),
    /// A line that is not two numbers.
    #[error("{} line {line}: `{text}` is not `lat,lon` in degrees", .file.display())]
    NotNumbers {
        /// Which file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// As it stands.
        text: String,
    },
    /// Two numbers that are no place.
    #[error("{} line {line}", .file.display())]
    NoPlace {
        /// Which file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why not.
        #[source]
        why: NotAPlace,
    },
    /// An instance the solver refuses.
    #[error("{} and {} cannot be matched", .0.display(), .1.display())]
    Refused(PathBuf, PathBuf, #[source] AssignmentError),
}

/// Prints one line: cost, matched, times, and that it is optimal.
pub(crate) fn run(asked: &Solve) -> Result<(), Failed> {
    let (requests, vehicles) = (read(&asked.requests)?, read(&asked.vehicles)?);
    let refused = |why| NotSolved::Refused(asked.requests.clone(), asked.vehicles.clone(), why);
    let (told, vehicle_of) = match &asked.map {
        None => by_crow(&requests, &vehicles).map_err(refused)?,
        Some(map) => {
            let roads = opened(map)?;
            by_road(&roads, &requests, &vehicles).map_err(refused)?
        }
    };
    println!("{told}");
    let Some(file) = &asked.pairs else { return Ok(()) };
    let mut text = String::new();
    for (request, vehicle) in vehicle_of.iter().enumerate() {
        if let Some(vehicle) = vehicle {
            let _ = fmt::Write::write_fmt(&mut text, format_args!("{request},{vehicle}\n"));
        }
    }
    Ok(fs::write(file, text).map_err(|error| NotSolved::Unwritten(file.clone(), error))?)
}

/// What is printed, and the vehicle of each request.
type Told = (serde_json::Value, Vec<Option<u32>>);

fn by_crow(requests: &[LatLng], vehicles: &[LatLng]) -> Result<Told, AssignmentError> {
    let began = Instant::now();
    let crow = Crow::new(requests, vehicles, UNMATCHED_M)?;
    let built = Instant::now();
    let solution = crow.solve()?;
    let (build_ms, solve_ms) = (millis(built - began), millis(built.elapsed()));
    let matched = solution.vehicle_of.iter().flatten().count();
    let told = serde_json::json!({
        "cost_m": solution.cost, "matched": matched, "build_ms": build_ms, "solve_ms": solve_ms, "optimal": true
    });
    Ok((told, solution.vehicle_of))
}

fn by_road(roads: &Roads, requests: &[LatLng], vehicles: &[LatLng]) -> Result<Told, AssignmentError> {
    let began = Instant::now();
    let requests: Vec<Request> = requests.iter().map(|pickup| Request::new(*pickup, UNMATCHED_MS)).collect();
    let vehicles: Vec<Vehicle> = vehicles.iter().map(|at| Vehicle::new(*at)).collect();
    let limited = Limited::by_road(roads, roads::Crow::default(), &requests, &vehicles)?;
    let built = Instant::now();
    let matched = limited.solve()?;
    let (build_ms, solve_ms) = (millis(built - began), millis(built.elapsed()));
    let count = |wanted: By| matched.by.iter().flatten().filter(|by| **by == wanted).count();
    let (road, crow) = (count(By::Road), count(By::Crow));
    let told = serde_json::json!({
        "cost_ms": matched.solution.cost, "matched": road + crow, "by": { "road": road, "crow": crow },
        "build_ms": build_ms, "solve_ms": solve_ms, "optimal": true
    });
    Ok((told, matched.solution.vehicle_of))
}

fn opened(map: &Path) -> Result<Roads, Failed> {
    let roads = Roads::open(&super::read(map)?).map_err(|error| format!("{}: {error}", map.display()))?;
    writeln!(io::stderr(), "{CREDIT}")?;
    Ok(roads)
}

/// Milliseconds to the microsecond.
fn millis(span: std::time::Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

fn read(file: &PathBuf) -> Result<Vec<LatLng>, NotSolved> {
    let text = fs::read_to_string(file).map_err(|error| NotSolved::Unread(file.clone(), error))?;
    let place = |(line, text): (usize, &str)| {
        let numbers =
            text.split_once(',').and_then(|(lat, lng)| Some((lat.trim().parse().ok()?, lng.trim().parse().ok()?)));
        let (lat, lng) =
            numbers.ok_or_else(|| NotSolved::NotNumbers { file: file.clone(), line, text: text.to_owned() })?;
        LatLng::new(lat, lng).map_err(|why| NotSolved::NoPlace { file: file.clone(), line, why })
    };
    (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()).map(place).collect()
}
