//! Assignment from raw coordinates: ours cold and warm, beside the fastest dense peer and a sparse one, on one core in the
//! same run. Peers and instances are Python's; without them the part says why it was skipped.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use fareway_matching::assignment::{Change, Crow, Solution, Standing};
use fareway_shared::place::LatLng;

use crate::{
    built,
    draw::Draw,
    python::{peer, python, run},
    recordings::shared,
    row::{Failed, Row},
};

const PART: &str = "assignment";

/// What a request that stays unmatched costs, metres.
const UNMATCHED_M: u32 = 100_000;
/// Instances, and whether a dense matrix of them fits.
const INSTANCES: &[(&str, bool)] = &[
    ("nyc-5000x10000", true),
    ("sf-5000x10000", true),
    ("sf-3000x3000", true),
    ("nyc-10000x8000", true),
    ("nyc-20000x40000", false),
    ("sf-20000x40000", false),
];
/// Cold solves of which the fastest counts; batches of which the middle one counts.
const COLD: usize = 5;
const WARM: usize = 9;
/// Every instance, ours and peers.
pub(crate) fn rows() -> Result<Vec<Row>, Failed> {
    let Some(folder) = instances()? else { return Ok(Vec::new()) };
    let Some(python) = python(PART)? else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for (name, is_dense) in INSTANCES {
        let (requests, vehicles) = (read(&folder, name, "req")?, read(&folder, name, "veh")?);
        let (cold_ms, cold) = cold(&requests, &vehicles)?;
        let peer = peers(&python, &folder, name)?;
        let figure = |key: &str| peer.get(key).and_then(serde_json::Value::as_f64);
        let sparse_ms = figure("ortools_ms").ok_or("the sparse peer told no time")?;
        if *is_dense {
            let dense = [figure("scipy_ms"), figure("lapx_ms")].into_iter().flatten().fold(f64::INFINITY, f64::min);
            let dense_ms = dense + figure("build_ms").ok_or("the dense peer told no time")?;
            let cost = peer.get("cost").and_then(serde_json::Value::as_u64);
            if cost != Some(cold.cost) {
                return Err(format!("{name}: ours costs {} m, the dense peer's {cost:?}", cold.cost).into());
            }
            let note = "fastest of scipy and lapx, dense, build and solve; cost equal to the metre";
            rows.push(Row::less(&format!("{name} cold, beside dense"), cold_ms, dense_ms, "ms", note));
        }
        let note = "OR-tools min-cost flow over 20 nearest, solve alone, which is not the optimum";
        rows.push(Row::less(&format!("{name} cold, beside sparse"), cold_ms, sparse_ms, "ms", note));
        let warm_ms = warm(requests, vehicles)?;
        let note = "ours warm beside ours cold: 1 % moved, cost equal to a cold solve";
        rows.push(Row::less(&format!("{name} warm"), warm_ms, cold_ms, "ms", note));
    }
    Ok(rows)
}

/// The fastest of a few cold solves: coordinates in, proven pairs out.
fn cold(requests: &[LatLng], vehicles: &[LatLng]) -> Result<(f64, Solution), Failed> {
    let mut fastest: Option<(f64, Solution)> = None;
    for _ in 0..COLD {
        let began = Instant::now();
        let solution = Crow::new(requests, vehicles, UNMATCHED_M)?.solve()?;
        let ms = began.elapsed().as_secs_f64() * 1e3;
        if fastest.as_ref().is_none_or(|(least, _)| ms < *least) {
            fastest = Some((ms, solution));
        }
    }
    fastest.ok_or_else(|| "nothing was solved".into())
}

/// The middle of a few batches in each of which one in a hundred of each side moves to where another is, and 15 m on.
fn warm(mut requests: Vec<LatLng>, mut vehicles: Vec<LatLng>) -> Result<f64, Failed> {
    let mut standing = Standing::new(UNMATCHED_M)?;
    let came = vehicles.iter().map(|place| Change::VehicleCame(*place));
    let all: Vec<Change> = requests.iter().map(|place| Change::RequestCame(*place)).chain(came).collect();
    standing.change(&all)?;
    let (mut times, mut draw) = (Vec::new(), Draw(7));
    for _ in 0..WARM {
        let mut changes = moves(&mut requests, &mut draw, Change::RequestMoved)?;
        changes.extend(moves(&mut vehicles, &mut draw, Change::VehicleMoved)?);
        let began = Instant::now();
        standing.change(&changes)?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        let cold = Crow::new(&requests, &vehicles, UNMATCHED_M)?.solve()?;
        if standing.solution().cost != cold.cost {
            return Err("a warm solve costs more than a cold one".into());
        }
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().ok_or_else(|| "nothing was solved".into())
}

fn moves(places: &mut [LatLng], draw: &mut Draw, change: fn(u32, LatLng) -> Change) -> Result<Vec<Change>, Failed> {
    let mut changes = Vec::new();
    for _ in 0..places.len() / 100 {
        let (who, near) = (draw.below(places.len()), draw.below(places.len()));
        let near = *places.get(near).ok_or("a draw out of range")?;
        let place = LatLng::new(near.lat() + 1e-4, near.lng() - 1e-4)?;
        *places.get_mut(who).ok_or("a draw out of range")? = place;
        changes.push(change(u32::try_from(who)?, place));
    }
    Ok(changes)
}

/// The folder of instances, made from the real data if need be.
fn instances() -> Result<Option<PathBuf>, Failed> {
    let folder = env::var_os("FAREWAY_INSTANCES").map_or_else(|| built().join("instances"), PathBuf::from);
    if folder.exists() {
        return Ok(Some(folder));
    }
    let files =
        ["tools/make_instances.py", "data/sf-trips-2008-05-18_2008-05-28.csv.gz", "data/nyc-uber-pickup-points.csv.gz"];
    let [Some(make), Some(trips), Some(points)] = files.map(|file| shared(PART, file)) else { return Ok(None) };
    let Some(python) = python(PART)? else { return Ok(None) };
    run(Command::new(python).arg(make).arg(trips).arg(&folder).arg("--uber").arg(points))?;
    Ok(Some(folder))
}

fn peers(python: &Path, folder: &Path, name: &str) -> Result<serde_json::Value, Failed> {
    Ok(serde_json::from_slice(&run(peer(python, "assignment.py").arg(folder).arg(name))?)?)
}

fn read(folder: &Path, name: &str, side: &str) -> Result<Vec<LatLng>, Failed> {
    let text = fs::read_to_string(folder.join(format!("{name}.{side}.csv")))?;
    let place = |line: &str| -> Result<LatLng, Failed> {
        let (lat, lng) = line.split_once(',').ok_or("a line is not lat,lon")?;
        Ok(LatLng::new(lat.parse()?, lng.parse()?)?)
    };
    text.lines().map(place).collect()
}
