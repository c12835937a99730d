//! Dispatch quality: the policy beside greedy and batch dispatch on real evenings, in a replica of the simulator. One part
//! of the bench.

mod batch;
mod bound;
mod fleet;
mod greedy;
mod numpy_draw;
mod original;
mod world;

use std::{env, path::PathBuf};

use fareway_matching::policy::{Carried, Limits, decide};

use self::{
    bound::{Bound, Prices},
    fleet::Outcome,
    world::{Evening, World},
};
pub(crate) use self::{original::spoke, world::Trip};
use crate::{
    recordings::{lines, shared},
    row::{Failed, Row},
};

const TRIPS: &str = "data/sf-trips-2008-05-18_2008-05-28.csv.gz";
const FLEETS: [usize; 7] = [1_400, 1_600, 1_850, 1_900, 2_050, 2_250, 2_300];
const TICK_S: f64 = 10.0;

/// Ours beside greedy and batch at every fleet size. `FAREWAY_TRY` holds other limits to try, as JSON, and
/// `FAREWAY_EVENING` another evening: `from,to,seed,even|odd|all,fleets…`.
pub(crate) fn rows() -> Result<Vec<Row>, Failed> {
    let Some((path, trips)) = trips("dispatch")? else { return Ok(Vec::new()) };
    let limits: Limits =
        env::var("FAREWAY_TRY").map_or_else(|_| Ok(Limits::default()), |json| serde_json::from_str(&json))?;
    let wanted = env::var("FAREWAY_EVENING").unwrap_or_default();
    let mut wanted = wanted.split(',').filter(|word| !word.is_empty());
    let from_h = wanted.next().map_or(Ok(16.0), str::parse)?;
    let to_h = wanted.next().map_or(Ok(20.0), str::parse)?;
    let seed = wanted.next().map_or(Ok(1), str::parse)?;
    let days = wanted.next().unwrap_or("all");
    let mut fleets = wanted.map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    if fleets.is_empty() {
        fleets.extend(FLEETS);
    }
    let kept = |trip: &Trip| match days {
        "even" => trip.local_day() % 2 == 0,
        "odd" => trip.local_day() % 2 == 1,
        _ => true,
    };
    let mut rows = Vec::new();
    let mut prices = Prices::default();
    for fleet in fleets {
        let world = World::of(&trips, Evening { from_h, to_h, fleet, seed }, kept);
        let ours = ours(&world, TICK_S, &limits)?;
        let batch = fleet::run(&world, 30.0, batch::decide)?;
        let greedy = greedy::run(&world);
        let bound = Bound::of(&world, TICK_S, &ours, &mut prices)?;
        rows.extend(beside(fleet, &ours, &batch, &greedy, bound));
    }
    if env::var_os("FAREWAY_EVENING").is_none() {
        let world = World::of(&trips, original::EVENING, |_| true);
        let ours_there = ours(&world, TICK_S, &Limits::default())?;
        let batch = fleet::run(&world, 30.0, batch::decide)?;
        rows.extend(original::rows(&path, &ours_there, &batch, &greedy::run(&world))?);
    }
    Ok(rows)
}

fn beside(fleet: usize, ours: &Outcome, batch: &Outcome, greedy: &Outcome, bound: Bound) -> Vec<Row> {
    let name = |what: &str| format!("D {fleet} {what}");
    // Where a fifth is lost, the bound for those served says nothing.
    let bound = if bound.mean_wait_s > 0.0 {
        format!("full knowledge could not go below {:.0} s", bound.mean_wait_s)
    } else {
        "no bound at this share".to_owned()
    };
    let told = format!(
        "peer batch 30 s; {bound}; {:.3} changes a trip, {} broken, {} refused, {:.1} ms a tick",
        ours.reassigned_per_trip, ours.broken, ours.refused, ours.think_ms_mean
    );
    let lost = "peer greedy";
    vec![
        Row::more(&name("served"), ours.served_pct, batch.served_pct, "%", "peer batch 30 s"),
        Row::less(&name("lost"), 100.0 - ours.served_pct, 100.0 - greedy.served_pct, "%", lost),
        Row::less(&name("mean wait"), ours.mean_wait_s, batch.mean_wait_s, "s", told),
        Row::less(
            &name("empty driving"),
            ours.empty_km_per_trip,
            batch.empty_km_per_trip,
            "km/trip",
            "peer batch 30 s; driving is waiting: see the page",
        ),
        Row::less(&name("p90 wait"), ours.p90_wait_s, greedy.p90_wait_s, "s", "peer greedy"),
        Row::less(
            &name("gini of earnings"),
            ours.gini,
            batch.gini,
            "",
            "peer batch 30 s; fairness to drivers, 0 is equal",
        ),
    ]
}

fn ours(world: &World, tick_s: f64, limits: &Limits) -> Result<Outcome, Failed> {
    let mut carried = Carried::default();
    fleet::run(world, tick_s, |snapshot| {
        let decision = decide(snapshot, limits, &carried)?;
        carried = decision.carried;
        Ok(decision.pairs)
    })
}

/// The trip file and what is in it, where it is here.
pub(crate) fn trips(part: &str) -> Result<Option<(PathBuf, Vec<Trip>)>, Failed> {
    let Some(path) = shared(part, TRIPS) else { return Ok(None) };
    let trips = lines(&path)?.iter().map(|line| world::trip(line)).collect::<Result<_, _>>()?;
    Ok(Some((path, trips)))
}
