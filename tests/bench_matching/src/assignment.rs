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

use crate::row::{Failed, Row};

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
/// What the peers need.
const PACKAGES: &[&str] = &["numpy", "scipy", "lapx", "ortools", "pandas"];

/// Every instance, ours and peers.
pub(crate) fn rows() -> Result<Vec<Row>, Failed> {
    let shared = env::var_os("FAREWAY_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    if !shared.join("tools").is_dir() {
        println!("assignment: skipped, because {} is not here; set FAREWAY_SHARED", shared.display());
        return Ok(Vec::new());
    }
    let built = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from).join("bench");
    let Some(python) = python(&built)? else {
        println!("assignment: skipped, because there is no python3 that can make a virtual environment");
        return Ok(Vec::new());
    };
    let folder = instances(&shared, &built, &python)?;
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
            rows.push(Row::less(&format!("{name} cold"), cold_ms, dense_ms, "ms", note));
        }
        let note = "OR-tools min-cost flow over 20 nearest, solve alone, which is not the optimum";
        let a_second = |ms: f64| 1e3 * cold.vehicle_of.iter().map(|_| 1.0).sum::<f64>() / ms;
        let name_of = format!("{name} requests a second");
        rows.push(Row::more(&name_of, a_second(cold_ms), a_second(sparse_ms), "requests/s", note));
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
    let (mut times, mut seed) = (Vec::new(), 7_u64);
    for _ in 0..WARM {
        let mut changes = moves(&mut requests, &mut seed, Change::RequestMoved)?;
        changes.extend(moves(&mut vehicles, &mut seed, Change::VehicleMoved)?);
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

fn moves(places: &mut [LatLng], seed: &mut u64, change: fn(u32, LatLng) -> Change) -> Result<Vec<Change>, Failed> {
    let mut draw = |end: usize| -> Result<usize, Failed> {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Ok(usize::try_from((*seed >> 33) % u64::try_from(end)?)?)
    };
    let mut changes = Vec::new();
    for _ in 0..places.len() / 100 {
        let (who, near) = (draw(places.len())?, draw(places.len())?);
        let near = *places.get(near).ok_or("a draw out of range")?;
        let place = LatLng::new(near.lat() + 1e-4, near.lng() - 1e-4)?;
        *places.get_mut(who).ok_or("a draw out of range")? = place;
        changes.push(change(u32::try_from(who)?, place));
    }
    Ok(changes)
}

/// The Python of the peers' own virtual environment, made if need be.
fn python(built: &Path) -> Result<Option<PathBuf>, Failed> {
    let folder = env::var_os("FAREWAY_PEERS").map_or_else(|| built.join("peers"), PathBuf::from);
    let python = folder.join("bin").join("python");
    if python.exists() {
        return Ok(Some(python));
    }
    fs::create_dir_all(built)?;
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
    if !made.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    Ok(Some(python))
}

/// The folder of instances, made from the real data if need be.
fn instances(shared: &Path, built: &Path, python: &Path) -> Result<PathBuf, Failed> {
    let folder = env::var_os("FAREWAY_INSTANCES").map_or_else(|| built.join("instances"), PathBuf::from);
    if !folder.exists() {
        let data = shared.join("data");
        let mut make = Command::new(python);
        make.arg(shared.join("tools").join("make_instances.py"));
        make.arg(data.join("sf-trips-2008-05-18_2008-05-28.csv.gz")).arg(&folder);
        run(make.arg("--uber").arg(data.join("nyc-uber-pickup-points.csv.gz")))?;
    }
    Ok(folder)
}

fn peers(python: &Path, folder: &Path, name: &str) -> Result<serde_json::Value, Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join("assignment.py");
    let mut peer = Command::new(python);
    peer.arg(script).arg(folder).arg(name).env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
    Ok(serde_json::from_slice(&run(&mut peer)?)?)
}

fn run(command: &mut Command) -> Result<Vec<u8>, Failed> {
    let out = command.stderr(std::process::Stdio::inherit()).output()?;
    if out.status.success() { Ok(out.stdout) } else { Err(format!("{command:?} failed: {}", out.status).into()) }
}

fn read(folder: &Path, name: &str, side: &str) -> Result<Vec<LatLng>, Failed> {
    let text = fs::read_to_string(folder.join(format!("{name}.{side}.csv")))?;
    let place = |line: &str| -> Result<LatLng, Failed> {
        let (lat, lng) = line.split_once(',').ok_or("a line is not lat,lon")?;
        Ok(LatLng::new(lat.parse()?, lng.parse()?)?)
    };
    text.lines().map(place).collect()
}
