//! S1 and S4: one core, questions and moves in turn on one index, beside kiddo's immutable tree (questions) and its
//! mutable tree (moves), in turn within one run. Kiddo measures on a plane in metres, we on the sphere.

use std::hint::black_box;
use std::num::NonZero;
use std::time::Instant;

use fareway_matching::index::{Filter, VehicleNo};
use fareway_shared::place::{EARTH_RADIUS_M, LatLng};
use kiddo::{ImmutableKdTree, MutableKdTree, SquaredEuclidean};

use super::city::{CARS, City};
use crate::draw::Draw;
use crate::row::{Failed, Row};

const NEAREST: usize = 20;
const ROUNDS: usize = 8;
const QUESTIONS: usize = 25_000;
const MOVES: usize = 100_000;
/// So many are timed together; what is reported is the median of such times, which a neighbour's burst does not move.
const TOGETHER: usize = 500;

/// On a plane around the city's middle, in metres.
fn flat(place: LatLng) -> [f64; 2] {
    let middle = 37.77_f64.to_radians();
    [place.lat().to_radians() * EARTH_RADIUS_M, place.lng().to_radians() * middle.cos() * EARTH_RADIUS_M]
}

/// Times of some things, a few hundred together.
struct Times(Vec<f64>);

impl Times {
    fn of<T>(&mut self, things: &[T], mut each: impl FnMut(&T) -> Result<(), Failed>) -> Result<(), Failed> {
        for together in things.chunks_exact(TOGETHER) {
            let since = Instant::now();
            together.iter().try_for_each(&mut each)?;
            self.0.push(since.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// Millions a second, in the median.
    fn millions_a_second(&mut self) -> f64 {
        self.0.sort_by(f64::total_cmp);
        TOGETHER as f64 / self.0[self.0.len() / 2] / 1e6
    }
}

pub(super) fn rows(city: &City) -> Result<Vec<Row>, Failed> {
    let mut city = City { cars: city.cars.clone(), askers: city.askers.clone() };
    let nearest = NonZero::new(NEAREST).ok_or("nearest 0")?;
    let points: Vec<[f64; 2]> = city.cars.iter().map(|&place| flat(place)).collect();
    let mut tree: MutableKdTree<f64, 2> = MutableKdTree::default();
    for (no, point) in (0_u32..).zip(&points) {
        tree.add(point, no)?;
    }
    let mut index = city.index()?;
    let bytes_a_car = index.memory_bytes() as f64 / CARS as f64;
    let mut reader = index.reader();
    let mut draw = Draw(2);
    let [mut ours_asked, mut kiddo_asked, mut ours_moved, mut kiddo_moved] = [const { Times(Vec::new()) }; 4];
    for round in 0..ROUNDS {
        // Kiddo's immutable tree is built afresh of what our index has come to, so that both hold the same cars.
        let points: Vec<[f64; 2]> = city.cars.iter().map(|&place| flat(place)).collect();
        let frozen: ImmutableKdTree<f64, 2> = ImmutableKdTree::new_from_slice(&points)?;
        let askers = &city.askers[round % 4 * QUESTIONS..][..QUESTIONS];
        let flat_askers: Vec<[f64; 2]> = askers.iter().map(|&place| flat(place)).collect();
        kiddo_asked.of(&flat_askers, |at| {
            black_box(frozen.query(at).nearest_n::<SquaredEuclidean<f64>>(nearest).execute());
            Ok(())
        })?;
        ours_asked.of(askers, |&at| {
            black_box(reader.nearest(at, NEAREST, &Filter::ANY)?);
            Ok(())
        })?;
        for (&at, flat_at) in askers.iter().zip(&flat_askers).step_by(100) {
            let theirs = frozen.query(flat_at).nearest_n::<SquaredEuclidean<f64>>(nearest).execute();
            let ours = reader.nearest(at, NEAREST, &Filter::ANY)?;
            let last = theirs.last().map_or(0.0, |last| last.distance.sqrt());
            if ours.len() != NEAREST || ours.last().is_none_or(|ours| (ours.crow_m() - last).abs() > 0.01 * last + 1.0)
            {
                return Err(format!("round {round}: the answers differ around {at:?}").into());
            }
        }
        let moves = city.moves(&mut draw, MOVES)?;
        let flat_moves: Vec<_> = moves.iter().map(|step| (step.no, flat(step.from), flat(step.to))).collect();
        kiddo_moved.of(&flat_moves, |(no, from, to)| {
            tree.remove(from, *no);
            Ok(tree.add(to, *no)?)
        })?;
        ours_moved.of(&moves, |step| Ok(index.move_to(VehicleNo(step.no), step.to)?))?;
    }
    let moved_bytes = index.memory_bytes() as f64 / CARS as f64;
    Ok(vec![
        Row::more(
            "S1 20-nearest",
            ours_asked.millions_a_second(),
            kiddo_asked.millions_a_second(),
            "M/s",
            "kiddo immutable tree; goal 2 x",
        ),
        Row::more(
            "S1 moves",
            ours_moved.millions_a_second(),
            kiddo_moved.millions_a_second(),
            "M/s",
            "kiddo mutable tree; goal 2 x; the same index",
        ),
        Row::less("S4 memory", moved_bytes, 32.0, "B a car", format!("limit; {bytes_a_car:.1} before any move")),
    ])
}
