//! One tick: everything that shall hold now. Called once a tick with the last tick's memory; pure, so that it replays.

use super::{
    Carried, Limits, Pair, PolicyError, Snapshot,
    carried::Promise,
    field::Field,
    sparse::{Problem, Solution},
};

/// Where a change would have to save more than this, no promise changes at all.
const CHANGE_MOST_S: f64 = 600.0;

/// What was decided, and the prices that prove it best.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Everything that shall hold now: every earlier promise, and the new ones.
    pub pairs: Vec<Pair>,
    /// What the next tick must be given.
    pub carried: Carried,
    /// What the optimum came to, in the order of the snapshot's requests.
    pub prices: Vec<Price>,
}

/// Dual prices of one request, in milliseconds of waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The request.
    pub request: u64,
    /// The vehicle planned for it; a plan on a car that is not free yet may still be held back.
    pub planned: Option<u64>,
    /// What serving it adds to everyone's cost together.
    pub request_ms: i64,
    /// What the planned vehicle would save the others if they had it.
    pub vehicle_ms: i64,
}

/// Decides. One sparse minimum-cost assignment over requests and vehicles, a few more with ever dearer changes where the
/// changes allowed do not suffice for the first.
///
/// # Errors
/// [`PolicyError`] for a snapshot that contradicts itself or limits that are no numbers.
pub fn decide(snapshot: &Snapshot, limits: &Limits, carried: &Carried) -> Result<Decision, PolicyError> {
    let (field, carried, _, solution) = solved(snapshot, limits, carried)?;
    let tick_s = carried.tick_s();
    let mut pairs = Vec::new();
    let mut held = Vec::new();
    let mut prices = Vec::new();
    for ((request, column), request_ms) in snapshot.requests.iter().zip(&solution.column).zip(&solution.row_price) {
        let car = column.and_then(|column| field.cars.get(column));
        let vehicle_ms = column.and_then(|column| solution.column_price.get(column)).copied().unwrap_or(0);
        prices.push(Price { request: request.id, planned: car.map(|car| car.id), request_ms: *request_ms, vehicle_ms });
        let Some(car) = car else { continue };
        // A promise on a car that is not free yet is given no sooner than needed: until then it can be bettered.
        let now = car.free_in_s <= tick_s || request.age_s + tick_s > snapshot.patience_s;
        let promise = match request.vehicle {
            Some(vehicle) if vehicle == car.id => Promise::Kept,
            Some(_) => Promise::Changed,
            None if now => Promise::New,
            None => continue,
        };
        pairs.push(Pair { request: request.id, vehicle: car.id });
        held.push((request.id, promise));
    }
    let mut carried = carried;
    carried.decided(limits, held.into_iter());
    Ok(Decision { pairs, carried, prices })
}

/// The tick's problem and its optimum within the changes allowed: at most eleven assignments.
pub(super) fn solved<'a>(
    snapshot: &'a Snapshot,
    limits: &'a Limits,
    carried: &Carried,
) -> Result<(Field<'a>, Carried, Problem, Solution), PolicyError> {
    limits.check()?;
    snapshot.check()?;
    if let Some(last_s) = carried.last_s
        && last_s > snapshot.at_s
    {
        return Err(PolicyError::ClockWentBack { at_s: snapshot.at_s, last_s });
    }
    let carried = carried.seen(snapshot);
    let mut field = Field::new(snapshot, limits, &carried);
    loop {
        let problem = field.problem(&carried);
        let solution = problem.solve();
        let changes = changes(snapshot, &field, &solution).saturating_mul(1_000);
        if field.change_s.is_infinite() || changes <= carried.change_budget {
            return Ok((field, carried, problem, solution));
        }
        // Dearer changes are fewer, and those that save most remain. From 1 s, so that a price of nothing rises too.
        let dearer_s = 2.0 * field.change_s.max(1.0);
        field.change_s = if dearer_s > CHANGE_MOST_S { f64::INFINITY } else { dearer_s };
    }
}

fn changes(snapshot: &Snapshot, field: &Field<'_>, solution: &Solution) -> u64 {
    let changed = snapshot.requests.iter().zip(&solution.column).filter(|(request, column)| {
        request.vehicle.is_some() && request.vehicle.and_then(|vehicle| field.column(vehicle)) != **column
    });
    changed.fold(0, |count, _| count + 1)
}
