//! `fareway-match solve --map` as somebody types it: what comes out is what the library finds, and says by what it was
//! measured.
#![expect(clippy::as_conversions, clippy::unwrap_used, reason = "tests")]

mod city;

use std::{fs, path::PathBuf, process::Command};

use city::{Draw, roads};
use fareway_matching::{
    assignment::{Limited, Request, Vehicle},
    roads::{By, Crow},
};
use fareway_shared::place::LatLng;

/// What a request that stays unmatched costs, ms: as the program's help says, what 100 km by great circle take.
const UNMATCHED_MS: u32 = 20_250_000;

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("solve_by_map");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn written(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let file = folder().join(name);
    fs::write(&file, bytes).unwrap();
    file.to_str().unwrap().to_owned()
}

fn typed(words: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_fareway-match")).args(words).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.success(), out, err)
}

#[test]
fn with_a_map_the_answer_is_in_ms_and_says_how_many_pairs_are_by_road() {
    let (mut draw, town) = (Draw(11), roads(12));
    let mut places = |count: usize| -> Vec<LatLng> {
        // Every eighth is a village away from the map.
        let north = |at: usize| if at.is_multiple_of(8) { 0.2 } else { 0.0 };
        (0..count)
            .map(|at| LatLng::new(49.4 + 0.01 * draw.unit() + north(at), 8.67 + 0.015 * draw.unit()).unwrap())
            .collect()
    };
    let (pickups, cars) = (places(40), places(50));
    let lines = |places: &[LatLng]| places.iter().map(|at| format!("{},{}\n", at.lat(), at.lng())).collect::<String>();
    let requests: Vec<Request> = pickups.iter().map(|at| Request::new(*at, UNMATCHED_MS)).collect();
    let vehicles: Vec<Vehicle> = cars.iter().map(|at| Vehicle::new(*at)).collect();
    let wanted = Limited::by_road(&town, Crow::default(), &requests, &vehicles).unwrap().solve().unwrap();
    let (asks, offers) = (written("requests.csv", lines(&pickups)), written("vehicles.csv", lines(&cars)));
    let (map, pairs) = (written("town.roads", town.save()), folder().join("pairs.csv"));
    let words =
        ["solve", "--requests", &asks, "--vehicles", &offers, "--map", &map, "--pairs", pairs.to_str().unwrap()];
    let (is_well, out, err) = typed(&words);
    assert!(is_well && err.contains("OpenStreetMap contributors"), "{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    let count = |by: By| wanted.by.iter().flatten().filter(|one| **one == by).count() as u64;
    assert_eq!(told["cost_ms"], wanted.solution.cost);
    assert_eq!(told["matched"], 40);
    assert_eq!(
        (told["by"]["road"].as_u64(), told["by"]["crow"].as_u64()),
        (Some(count(By::Road)), Some(count(By::Crow)))
    );
    assert!(count(By::Crow) >= 5 && count(By::Road) >= 30);
    assert_eq!(told["optimal"], true);
    let pairs = fs::read_to_string(pairs).unwrap();
    let mates = (0..).zip(&wanted.solution.vehicle_of).filter_map(|(request, vehicle)| Some((request, (*vehicle)?)));
    let mates: String = mates.map(|(request, vehicle): (u32, u32)| format!("{request},{vehicle}\n")).collect();
    assert_eq!(pairs, mates);
}

#[test]
fn a_file_that_is_no_map_is_named() {
    let places = written("places.csv", "49.4,8.67\n");
    let (is_well, _, err) = typed(&["solve", "--requests", &places, "--vehicles", &places, "--map", &places]);
    assert!(!is_well && err.contains("places.csv: this is not a readable map file"), "{err}");
}
