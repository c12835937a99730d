//! S2: one thread moves cars a million times a second, another asks all the while and holds every answer against what
//! can be: each car at one of its two places, none twice, nearest first.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fareway_matching::index::{Filter, Reader, VehicleNo};
use fareway_shared::place::LatLng;

use super::city::{CARS, City};
use crate::draw::Draw;
use crate::row::{Failed, Row};

const MOVES_A_SECOND: u64 = 1_000_000;
/// Moves made in one go, ten thousand times a second.
const BURST: u64 = 100;
const ASKING: Duration = Duration::from_secs(5);

pub(super) fn rows(city: &City) -> Result<Vec<Row>, Failed> {
    let mut draw = Draw(3);
    let away: Vec<LatLng> =
        city.cars.iter().map(|&home| City::nearby(&mut draw, home)).collect::<Result<_, Failed>>()?;
    let mut index = city.index()?;
    let mut reader = index.reader();
    let (stop, moved) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    let asked = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut is_away = vec![false; CARS];
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                let due = began.elapsed().as_nanos() as u64 * MOVES_A_SECOND / 1_000_000_000;
                if done + BURST > due {
                    std::hint::spin_loop();
                    continue;
                }
                for _ in 0..BURST {
                    let car = draw.below(CARS);
                    let to = if is_away[car] { city.cars[car] } else { away[car] };
                    index.move_to(VehicleNo(car as u32), to)?;
                    is_away[car] = !is_away[car];
                }
                done += BURST;
                moved.store(done, Ordering::Relaxed);
            }
            Ok::<(), fareway_matching::index::IndexError>(())
        });
        let asked = ask(&mut reader, city, &away, began);
        stop.store(true, Ordering::Relaxed);
        writer.join().map_err(|_| Failed::from("the writer panicked"))??;
        asked
    });
    let moves = moved.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    let mut took = asked?;
    took.sort_unstable();
    let at = |part: f64| took[(took.len() as f64 * part) as usize] as f64 / 1000.0;
    let note = format!(
        "limit; p50 {:.2}, p99.9 {:.2}, of {} answers beside {:.2} M moves/s; every 64th answer looked through",
        at(0.5),
        at(0.999),
        took.len(),
        moves / 1e6
    );
    Ok(vec![Row::less("S2 20-nearest p99 beside writer", at(0.99), 5.0, "us", note)])
}

/// Asks for some seconds; how long each answer took, in nanoseconds.
fn ask(reader: &mut Reader, city: &City, away: &[LatLng], began: Instant) -> Result<Vec<u64>, Failed> {
    let mut took = Vec::with_capacity(4_000_000);
    for &at in city.askers.iter().cycle() {
        let since = Instant::now();
        let found = reader.nearest(at, 20, &Filter::ANY)?;
        took.push(since.elapsed().as_nanos() as u64);
        if took.len() % 64 == 0 {
            for (place, one) in found.iter().enumerate() {
                let car = one.no().0 as usize;
                let is_somewhere = one.place() == city.cars[car] || one.place() == away[car];
                let twice = found[..place].iter().any(|other| other.no() == one.no());
                if !is_somewhere || twice || (one.crow_m() - at.crow_m(one.place())).abs() > 1e-5 {
                    return Err(format!("a torn answer: {one:?}").into());
                }
            }
            if began.elapsed() > ASKING {
                break;
            }
        }
    }
    Ok(took)
}
