//! A tick's optimum with its prices, for whoever must say why. Used by [`crate::explanation`]; it decides nothing new.

#![expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "costs are milliseconds below 2^41, far inside what a float holds exactly"
)]

use super::{
    Carried, Limits, PolicyError, Request, Snapshot,
    decide::solved,
    field::Field,
    sparse::{Problem, Solution},
};

/// The optimum and its prices.
pub struct Priced<'a> {
    snapshot: &'a Snapshot,
    field: Field<'a>,
    problem: Problem,
    solution: Solution,
}

/// Solves the tick again.
///
/// # Errors
/// [`PolicyError`] as [`super::decide()`].
pub fn priced<'a>(snapshot: &'a Snapshot, limits: &'a Limits, carried: &Carried) -> Result<Priced<'a>, PolicyError> {
    let (field, _, problem, solution) = solved(snapshot, limits, carried)?;
    Ok(Priced { snapshot, field, problem, solution })
}

impl Priced<'_> {
    /// The vehicle planned for a request.
    #[must_use]
    pub fn planned(&self, request: u64) -> Option<u64> {
        let row = self.row(request)?;
        let column = *self.solution.column.get(row)?;
        self.field.cars.get(column?).map(|car| car.id)
    }

    /// The request that a vehicle is planned for.
    #[must_use]
    pub fn planned_for(&self, vehicle: u64) -> Option<u64> {
        let column = self.field.column(vehicle)?;
        let row = self.solution.column.iter().position(|planned| *planned == Some(column))?;
        self.snapshot.requests.get(row).map(|request| request.id)
    }

    /// Whether the vehicle was among those that the request could be given.
    #[must_use]
    pub fn could_have(&self, request: &Request, vehicle: u64) -> bool {
        let (Some(row), Some(column)) = (self.row(request.id), self.field.column(vehicle)) else { return false };
        self.problem.edges(row).iter().any(|edge| edge.0 == column)
    }

    /// Seconds until the pick-up with that vehicle.
    #[must_use]
    pub fn pickup_s(&self, request: &Request, vehicle: u64) -> f64 {
        self.field.column(vehicle).map_or(f64::INFINITY, |column| self.field.reach(request, column).pickup_s)
    }

    /// The price of the pair in seconds of waiting.
    #[must_use]
    pub fn cost_s(&self, request: &Request, vehicle: u64) -> f64 {
        self.field
            .column(vehicle)
            .map_or(f64::INFINITY, |column| self.field.reach(request, column).cost_ms as f64 / 1_000.0)
    }

    /// What a vehicle saves whoever else would want it, in seconds: its dual price.
    #[must_use]
    pub fn vehicle_price_s(&self, vehicle: u64) -> f64 {
        let price = self.field.column(vehicle).and_then(|column| self.solution.column_price.get(column));
        price.map_or(0.0, |ms| *ms as f64 / 1_000.0)
    }

    fn row(&self, request: u64) -> Option<usize> {
        self.snapshot.requests.iter().position(|asked| asked.id == request)
    }
}
