//! R1 and R2: road times on Heidelberg beside `fast_paths` and a plain search, in the same run and on the same graph, turn
//! restrictions and all. Called by `main`. Figures only count if all three agree to the millisecond.
//!
//! The map is (c) OpenStreetMap contributors, ODbL 1.0.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a bench: it may stop where something is not as it should be"
)]

mod batch;
mod peers;
mod positions;

use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use fareway_matching::roads::{CREDIT, Draw, Fleet, Roads, Snap};
use fareway_shared::place::LatLng;
use peers::Peers;

use crate::{
    recordings::shared,
    row::{Failed, Row},
};

/// Cars asked about for one pick-up.
const CARS: usize = 20;
/// Pairs whose times are compared.
const PAIRS: usize = 10_000;
/// Pick-ups timed in a round, and rounds; ours and theirs take turns, and the best round of each counts.
const PICKUPS: usize = 500;
const ROUNDS: usize = 9;
const REACH_M: f64 = 500.0;

/// Measures it, if the map is there.
pub(crate) fn rows() -> Result<Vec<Row>, Failed> {
    let Some(extract) = shared("roads", "data/heidelberg.osm.pbf") else { return Ok(Vec::new()) };
    let bytes = fs::read(extract)?;
    println!("roads: {CREDIT}");
    let (mut roads, made) = Roads::build(&bytes)?;
    let mut peers = Peers::new(&roads);
    println!("roads: {made:?}, {} vertices, {} edges", roads.vertex_count(), roads.edges().count());
    let mut rows = vec![open(&bytes, &roads)?];
    let places = positions::seeded(&roads, 1, PICKUPS * (CARS + 1));
    agree(&roads, &mut peers, &places)?;
    rows.extend(many_to_one(&roads, &mut peers, &places));
    rows.push(draw(&roads)?);
    rows.extend(batch::rows(&roads)?);
    rows.extend(update(&mut roads, &mut peers)?);
    agree(&roads, &mut peers, &places)?;
    Ok(rows)
}

fn open(extract: &[u8], roads: &Roads) -> Result<Row, Failed> {
    let file = roads.save();
    let (mut opened, mut built) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        black_box(Roads::open(black_box(&file))?);
        opened.push(started.elapsed());
    }
    for _ in 0..2 {
        let started = Instant::now();
        black_box(Roads::build(black_box(extract))?);
        built.push(started.elapsed());
    }
    let note = format!("a file of {} bytes, all checked; the other is building it from the extract", file.len());
    Ok(Row::less("roads: open the city", least(&opened) * 1e3, least(&built) * 1e3, "ms", note))
}

/// Every time equals that of the plain search and that of `fast_paths`, on as many pairs.
fn agree(roads: &Roads, peers: &mut Peers, places: &[LatLng]) -> Result<(), Failed> {
    let snaps: Vec<Snap> = places.iter().filter_map(|at| roads.snap(*at, REACH_M)).collect();
    for pair in 0..PAIRS {
        let (from, to) = (&snaps[pair % snaps.len()], &snaps[(pair * 7919 + 13) % snaps.len()]);
        let ours = roads.time_ms(from, to);
        let (plain, fast) = (peers.plain(roads, from, to), peers.fast(roads, from, to));
        if ours != plain || ours != fast {
            return Err(format!("pair {pair}: ours {ours:?}, plain {plain:?}, fast_paths {fast:?}").into());
        }
    }
    println!("roads: {PAIRS} pairs agree with the plain search and with fast_paths to the millisecond");
    Ok(())
}

fn many_to_one(roads: &Roads, peers: &mut Peers, places: &[LatLng]) -> Vec<Row> {
    let queries: Vec<&[LatLng]> = places.chunks_exact(CARS + 1).collect();
    let snaps: Vec<Vec<Snap>> =
        queries.iter().map(|query| query.iter().filter_map(|at| roads.snap(*at, REACH_M)).collect()).collect();
    let vertex = |gates: Vec<(u32, u32)>| gates.first().map_or(0, |(vertex, _)| *vertex as usize);
    let bare: Vec<(usize, Vec<usize>)> = snaps
        .iter()
        .map(|query| {
            let cars = query[1..].iter().map(|car| vertex(roads.ways_out(car))).collect();
            (vertex(roads.ways_in(&query[0])), cars)
        })
        .collect();
    let (mut ours, mut sums, mut fast, mut plain, mut snapped) = (vec![], vec![], vec![], vec![], vec![]);
    let mut single = vec![];
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(timed(|| {
            let mut cars = Vec::with_capacity(CARS);
            for query in &queries {
                cars.clear();
                cars.extend(query[1..].iter().filter_map(|at| roads.snap(*at, REACH_M)));
                if let Some(pickup) = roads.snap(query[0], REACH_M) {
                    roads.times_to(&cars, &pickup, u32::MAX, &mut times);
                }
                black_box(&times);
            }
        }));
        sums.push(timed(|| {
            for query in &snaps {
                roads.times_to(&query[1..], &query[0], u32::MAX, &mut times);
                black_box(&times);
            }
        }));
        single.push(timed(|| {
            for query in &snaps {
                for car in &query[1..] {
                    black_box(roads.time_ms(car, &query[0]));
                }
            }
        }));
        snapped.push(timed(|| {
            for at in places {
                black_box(roads.snap(*at, REACH_M));
            }
        }));
        fast.push(timed(|| {
            for (pickup, cars) in &bare {
                for car in cars {
                    black_box(peers.fast_bare(*car, *pickup));
                }
            }
        }));
        plain.push(timed(|| {
            for query in &snaps[..2] {
                for car in &query[1..] {
                    black_box(peers.plain(roads, car, &query[0]));
                }
            }
        }));
    }
    let each = |rounds: Vec<Duration>, count: usize| least(&rounds) * 1e6 / count as f64;
    let count = queries.len();
    let (ours, sums, fast, plain) = (each(ours, count), each(sums, count), each(fast, count), each(plain, 2));
    let single_us = each(single, count) / CARS as f64;
    let snap_ns = each(snapped, places.len()) * 1e3;
    let note = format!(
        "fast_paths 1.0, 20 queries from vertex to vertex, without snapping; ours: {sums:.2} us without, {snap_ns:.0} ns \
         a snap"
    );
    vec![
        Row::less("R1 20 cars to 1 pick-up", ours, fast, "us", note),
        Row::less("R1 20 to 1, limit", ours, 20.0, "us", "the issue's"),
        Row::more("R1 one to one, without snapping", 1.0 / single_us, CARS as f64 / fast, "M/s", "fast_paths 1.0"),
        Row::less("R1 20 to 1, plain search", ours, plain, "us", "20 searches by Dijkstra's algorithm"),
    ]
}

/// What a batch of 5,000 requests and 10,000 cars pays for its road times: from positions to each request's nearest cars.
fn draw(roads: &Roads) -> Result<Row, Failed> {
    const DRAWN: usize = 8;
    let places = positions::seeded(roads, 2, 15_000);
    let (requests, vehicles) = places.split_at(5_000);
    let snap = |at: &LatLng| roads.snap(*at, REACH_M);
    let (mut ours, mut table) = (Vec::new(), Vec::new());
    let (mut draw, mut times) = (Draw::default(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let cars: Vec<Option<Snap>> = vehicles.iter().map(snap).collect();
        let fleet = Fleet::new(roads, &cars)?;
        for pickup in requests.iter().filter_map(snap) {
            draw.begin(roads, &fleet, &pickup);
            for _ in 0..DRAWN {
                black_box(draw.next(roads, &fleet));
            }
        }
        ours.push(started.elapsed());
        let cars: Vec<Snap> = cars.into_iter().flatten().collect();
        table.push(timed(|| {
            for pickup in requests[..20].iter().filter_map(snap) {
                roads.times_to(&cars, &pickup, u32::MAX, &mut times);
                black_box(&times);
            }
        }));
    }
    let (ours, table) = (least(&ours) * 1e3, least(&table) * 1e3 * 250.0);
    let note = "5,000 requests, 10,000 cars, positions in; the other is our own table of all pairs, from 20 requests";
    Ok(Row::less("R3 nearest 8 by road for each", ours, table, "ms", note))
}

fn update(roads: &mut Roads, peers: &mut Peers) -> Result<Vec<Row>, Failed> {
    let base = roads.arc_ms().to_vec();
    let (mut ours, mut fast) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS as u32 {
        let slow = |(arc, ms): (usize, &u32)| ms + ms * ((arc as u32).wrapping_mul(2_654_435_761) >> 20) / 4096 + round;
        let ms: Vec<u32> = base.iter().enumerate().map(slow).collect();
        let started = Instant::now();
        roads.set_arc_ms(&ms)?;
        ours.push(started.elapsed());
        fast.push(peers.again(roads)?);
    }
    let (ours, fast) = (least(&ours) * 1e3, least(&fast) * 1e3);
    Ok(vec![
        Row::less("R2 new times for the city", ours, fast, "ms", "fast_paths 1.0, prepared again in the same order"),
        Row::less("R2 new times, limit", ours, 9.0, "ms", "the issue's"),
    ])
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// The least of durations, in seconds: what the machine does when nobody else uses it.
fn least(rounds: &[Duration]) -> f64 {
    rounds.iter().min().map_or(0.0, Duration::as_secs_f64)
}
