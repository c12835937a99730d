//! The simulator's batch baseline: every tick, new requests × idle vehicles at minimum total drive, and what is once given
//! stays given. Called by the dispatch bench; it is a peer, not ours, and so has a plain dense solver of its own.

#![expect(clippy::indexing_slicing, reason = "rows and columns are numbered by their place in the arrays made here")]

use fareway_matching::policy::{Pair, Request, Snapshot, Vehicle, VehicleState};

use crate::row::Failed;

const REFUSED_S: f64 = 1e5;

/// One tick of the baseline.
///
/// # Errors
/// For a place that is none.
pub(crate) fn decide(snapshot: &Snapshot) -> Result<Vec<Pair>, Failed> {
    let idle: Vec<&Vehicle> = snapshot.vehicles.iter().filter(|vehicle| vehicle.state == VehicleState::Idle).collect();
    let fresh: Vec<&Request> = snapshot.requests.iter().filter(|request| request.vehicle.is_none()).collect();
    let kept = snapshot.requests.iter().filter_map(|request| Some((request.id, request.vehicle?)));
    let mut pairs: Vec<Pair> = kept.map(Pair::from).collect();
    let mut costs = Vec::with_capacity(fresh.len());
    for request in &fresh {
        let pickup = request.pickup()?;
        let mut row = Vec::with_capacity(idle.len());
        for vehicle in &idle {
            let drive_s = pickup.crow_m(vehicle.place()?) * snapshot.detour / snapshot.speed_mps;
            row.push(if drive_s > snapshot.max_drive_s { REFUSED_S } else { drive_s });
        }
        costs.push(row);
    }
    let across = fresh.len() > idle.len();
    let matched = if across { shortest_paths(&turned(&costs, idle.len())) } else { shortest_paths(&costs) };
    for (row, column) in matched.into_iter().enumerate() {
        let (request, vehicle) = if across { (column, row) } else { (row, column) };
        if costs[request][vehicle] < REFUSED_S {
            pairs.push(Pair { request: fresh[request].id, vehicle: idle[vehicle].id });
        }
    }
    Ok(pairs)
}

fn turned(costs: &[Vec<f64>], columns: usize) -> Vec<Vec<f64>> {
    (0..columns).map(|column| costs.iter().map(|row| row[column]).collect()).collect()
}

/// The column of each row; there are no more rows than columns.
fn shortest_paths(costs: &[Vec<f64>]) -> Vec<usize> {
    let Some(columns) = costs.first().map(Vec::len) else { return Vec::new() };
    let mut row_price = vec![0.0; costs.len()];
    let mut column_price = vec![0.0; columns];
    let mut taken: Vec<Option<usize>> = vec![None; columns];
    for start in 0..costs.len() {
        let mut reached = vec![f64::INFINITY; columns];
        let mut before: Vec<Option<usize>> = vec![None; columns];
        let mut done: Vec<usize> = Vec::new();
        let mut open: Vec<usize> = (0..columns).collect();
        let (mut row, mut from, mut at) = (start, None, 0.0);
        let end = loop {
            let mut next = (f64::INFINITY, 0);
            for (place, &column) in open.iter().enumerate() {
                let way = at + costs[row][column] - row_price[row] - column_price[column];
                if way < reached[column] {
                    reached[column] = way;
                    before[column] = from;
                }
                if reached[column] < next.0 {
                    next = (reached[column], place);
                }
            }
            let column = open.swap_remove(next.1);
            at = next.0;
            match taken[column] {
                None => break column,
                Some(other) => {
                    done.push(column);
                    (row, from) = (other, Some(column));
                }
            }
        };
        for &column in &done {
            if let Some(other) = taken[column] {
                row_price[other] += at - reached[column];
            }
            column_price[column] -= at - reached[column];
        }
        row_price[start] += at;
        let mut column = end;
        while let Some(earlier) = before[column] {
            taken[column] = taken[earlier];
            column = earlier;
        }
        taken[column] = Some(start);
    }
    let mut matched = vec![0; costs.len()];
    for (column, row) in taken.iter().enumerate() {
        if let Some(row) = row {
            matched[*row] = column;
        }
    }
    matched
}
