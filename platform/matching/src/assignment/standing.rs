//! An assignment that stands from batch to batch: requests and vehicles come, go and move, and only what that touches is
//! searched and proved again. Called by the policy once a tick.
//!
//! A place that goes leaves a dead slot with a price nobody pays; a place that comes gets a slot at the end. When a quarter
//! of the slots are dead or late, the instance is laid out afresh.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "slots are positions in lists made here, below 2^24; costs are below 2^29"
)]

use fareway_shared::place::LatLng;

use super::{
    AssignmentError, Crow, Solution,
    crow_source::CrowSource,
    error::{COST_MAX, SIDE_MAX},
    paths::{DEAD, NONE, Paths},
};

/// One thing that happened since the last batch. Requests and vehicles are numbered in the order they came, from 0;
/// numbers are never given twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// A request came. It has the next number.
    RequestCame(LatLng),
    /// A request was served, or gave up.
    RequestWent(u32),
    /// A request is to be met elsewhere.
    RequestMoved(u32, LatLng),
    /// A vehicle became free. It has the next number.
    VehicleCame(LatLng),
    /// A vehicle is no longer free.
    VehicleWent(u32),
    /// A vehicle is elsewhere.
    VehicleMoved(u32, LatLng),
}

/// Where each of one side is, by the caller's number.
#[derive(Debug, Clone)]
struct Numbers {
    place: Vec<Option<LatLng>>,
    slot: Vec<u32>,
}

/// An assignment, and all that is known about why it is the cheapest.
#[derive(Debug)]
pub struct Standing {
    unmatched_m: u32,
    turned: bool,
    requests: Numbers,
    vehicles: Numbers,
    paths: Option<Paths<CrowSource>>,
    /// Slots that are dead or late.
    stale: usize,
    /// Prices that stand proved over all pairs.
    proved_rows: Vec<i32>,
    proved_cols: Vec<i32>,
    proved_mates: Vec<u32>,
}

impl Standing {
    /// Nobody yet. A request that stays unmatched costs `unmatched_m`.
    ///
    /// # Errors
    /// [`AssignmentError::TooDear`] for too high a cost.
    pub fn new(unmatched_m: u32) -> Result<Self, AssignmentError> {
        if unmatched_m > COST_MAX {
            return Err(AssignmentError::TooDear { cost: unmatched_m });
        }
        let nobody = || Numbers { place: Vec::new(), slot: Vec::new() };
        Ok(Self {
            unmatched_m,
            turned: false,
            requests: nobody(),
            vehicles: nobody(),
            paths: None,
            stale: 0,
            proved_rows: Vec::new(),
            proved_cols: Vec::new(),
            proved_mates: Vec::new(),
        })
    }

    /// Takes the changes in, and makes the assignment the cheapest again, proved over all pairs. All changes are taken or,
    /// on an error, none.
    ///
    /// # Errors
    /// [`AssignmentError::NoSuchRequest`] and [`AssignmentError::NoSuchVehicle`] for a number that is not standing,
    /// [`AssignmentError::TooMany`] for too long a side.
    pub fn change(&mut self, changes: &[Change]) -> Result<(), AssignmentError> {
        self.check(changes)?;
        let few = self.paths.as_ref().is_some_and(|paths| {
            let slots = paths.found.row_mate.len() + paths.found.col_mate.len();
            (self.stale + 2 * changes.len()) * 4 < slots
        });
        if !few {
            for change in changes {
                self.note(change);
            }
            return self.lay_out();
        }
        let Some(mut paths) = self.paths.take() else { return Ok(()) };
        let (mut rows, mut cols) = (Vec::new(), Vec::new());
        for change in changes {
            self.apply(change, &mut paths, &mut rows, &mut cols);
        }
        let done = self.repair(&mut paths, rows, &cols);
        self.paths = Some(paths);
        done
    }

    /// The assignment as it stands, by the caller's numbers. Whoever went is unmatched and costs nothing. O(n).
    #[must_use]
    pub fn solution(&self) -> Solution {
        let (requests, vehicles) = (self.requests.place.len(), self.vehicles.place.len());
        let (rows, cols) = if self.turned { (vehicles, requests) } else { (requests, vehicles) };
        let (mut row_price, mut col_price, mut vehicle_of) = (vec![0; rows], vec![0; cols], vec![None; requests]);
        let (mut cost, mut alone) = (0, self.requests.place.iter().flatten().count() as u64);
        let told = |price: i32| if self.turned { self.unmatched_m - price as u32 } else { price as u32 };
        if let Some(Paths { source, found, .. }) = &self.paths {
            for (row, mate) in found.row_mate.iter().enumerate().filter(|(row, _)| found.alone[*row] != -DEAD) {
                let me = source.rows.id[row];
                row_price[me as usize] = told(found.row_price[row]);
                if *mate != NONE {
                    let other = source.cols.id[*mate as usize];
                    let (request, vehicle) = if self.turned { (other, me) } else { (me, other) };
                    vehicle_of[request as usize] = Some(vehicle);
                    cost += (found.row_price[row] - found.col_price[*mate as usize]) as u64;
                    alone -= 1;
                }
            }
            for (col, price) in found.col_price.iter().enumerate().filter(|(_, price)| **price != DEAD) {
                col_price[source.cols.id[col] as usize] = told(*price);
            }
        }
        cost += alone * u64::from(self.unmatched_m);
        let (request_price, vehicle_price) = if self.turned { (col_price, row_price) } else { (row_price, col_price) };
        Solution { cost, vehicle_of, request_price, vehicle_price }
    }

    /// Every number named must stand, and no side may grow too long.
    fn check(&self, changes: &[Change]) -> Result<(), AssignmentError> {
        let (mut requests, mut vehicles) = (self.requests.standing(), self.vehicles.standing());
        for change in changes {
            match *change {
                Change::RequestCame(_) => requests.push(true),
                Change::VehicleCame(_) => vehicles.push(true),
                Change::RequestWent(request) | Change::RequestMoved(request, _) => {
                    let count = requests.len();
                    let stands = requests.get_mut(request as usize).filter(|stands| **stands);
                    *stands.ok_or(AssignmentError::NoSuchRequest { request, count })? =
                        !matches!(change, Change::RequestWent(_));
                }
                Change::VehicleWent(vehicle) | Change::VehicleMoved(vehicle, _) => {
                    let count = vehicles.len();
                    let stands = vehicles.get_mut(vehicle as usize).filter(|stands| **stands);
                    *stands.ok_or(AssignmentError::NoSuchVehicle { vehicle, count })? =
                        !matches!(change, Change::VehicleWent(_));
                }
            }
        }
        let count = requests.len().max(vehicles.len());
        if count > SIDE_MAX { Err(AssignmentError::TooMany { count }) } else { Ok(()) }
    }

    /// Writes down where everybody is after a change.
    fn note(&mut self, change: &Change) {
        let (numbers, number, place) = match *change {
            Change::RequestCame(place) => (&mut self.requests, None, Some(place)),
            Change::RequestWent(number) => (&mut self.requests, Some(number), None),
            Change::RequestMoved(number, place) => (&mut self.requests, Some(number), Some(place)),
            Change::VehicleCame(place) => (&mut self.vehicles, None, Some(place)),
            Change::VehicleWent(number) => (&mut self.vehicles, Some(number), None),
            Change::VehicleMoved(number, place) => (&mut self.vehicles, Some(number), Some(place)),
        };
        match number {
            None => {
                numbers.place.push(place);
                numbers.slot.push(NONE);
            }
            Some(number) => numbers.place[number as usize] = place,
        }
    }

    /// Solves everything that stands from the beginning.
    fn lay_out(&mut self) -> Result<(), AssignmentError> {
        let (requests, vehicles) = (self.requests.all(), self.vehicles.all());
        (self.paths, self.stale) = (None, 0);
        if requests.0.is_empty() || vehicles.0.is_empty() {
            return Ok(());
        }
        let crow = Crow::new(&requests.1, &vehicles.1, self.unmatched_m)?;
        self.turned = crow.turned;
        let mut paths = crow.solved()?;
        let (rows, cols) = if self.turned { (vehicles.0, requests.0) } else { (requests.0, vehicles.0) };
        for (ids, numbers, of_rows) in
            [(&mut paths.source.rows.id, &rows, true), (&mut paths.source.cols.id, &cols, false)]
        {
            let mine = if of_rows == self.turned { &mut self.vehicles } else { &mut self.requests };
            for (slot, id) in (0..).zip(ids) {
                *id = numbers[*id as usize];
                mine.slot[*id as usize] = slot;
            }
        }
        self.proved_rows.clone_from(&paths.found.row_price);
        self.proved_cols.clone_from(&paths.found.col_price);
        self.proved_mates.clone_from(&paths.found.row_mate);
        self.paths = Some(paths);
        Ok(())
    }

    /// Takes one change into the slots. `rows` gains the rows to place, `cols` the columns that came.
    fn apply(&mut self, change: &Change, paths: &mut Paths<CrowSource>, rows: &mut Vec<u32>, cols: &mut Vec<u32>) {
        self.note(change);
        let (is_request, number) = match *change {
            Change::RequestCame(_) => (true, self.requests.place.len() as u32 - 1),
            Change::VehicleCame(_) => (false, self.vehicles.place.len() as u32 - 1),
            Change::RequestWent(number) | Change::RequestMoved(number, _) => (true, number),
            Change::VehicleWent(number) | Change::VehicleMoved(number, _) => (false, number),
        };
        let is_row = is_request != self.turned;
        let numbers = if is_request { &mut self.requests } else { &mut self.vehicles };
        let (slot, place) = (&mut numbers.slot[number as usize], numbers.place[number as usize]);
        if *slot != NONE {
            self.stale += 1;
            let found = &mut paths.found;
            if is_row {
                let mate = std::mem::replace(&mut found.row_mate[*slot as usize], NONE);
                if mate != NONE {
                    found.col_mate[mate as usize] = NONE;
                }
                (found.row_price[*slot as usize], found.alone[*slot as usize]) = (-DEAD, -DEAD);
            } else {
                let mate = std::mem::replace(&mut found.col_mate[*slot as usize], NONE);
                if mate != NONE {
                    found.row_mate[mate as usize] = NONE;
                    rows.push(mate);
                }
                found.col_price[*slot as usize] = DEAD;
                cols.retain(|col| col != slot);
            }
            *slot = NONE;
        }
        let Some(place) = place else { return };
        self.stale += 1;
        if is_row {
            *slot = paths.add_row(number, place, self.unmatched_m as i32);
            rows.push(*slot);
        } else {
            *slot = paths.add_col(number, place);
            cols.push(*slot);
        }
    }

    /// Makes prices and pairs right again, and proves what changed.
    fn repair(&mut self, paths: &mut Paths<CrowSource>, rows: Vec<u32>, cols: &[u32]) -> Result<(), AssignmentError> {
        for row in &rows {
            if paths.found.alone[*row as usize] != -DEAD && self.proved_rows.len() <= *row as usize {
                paths.price(*row as usize);
            }
        }
        let waits = |col: &u32| paths.found.col_price[*col as usize] != DEAD || cols.contains(col);
        let free = (0..paths.found.col_mate.len() as u32).filter(|col| paths.found.col_mate[*col as usize] == NONE);
        let priced: Vec<u32> = free.filter(|col| paths.found.col_price[*col as usize] > 0).filter(waits).collect();
        paths.bring_down(&priced, &cols.iter().copied().filter(|col| priced.contains(col)).collect::<Vec<u32>>());
        for row in rows {
            if paths.found.row_mate[row as usize] == NONE && paths.found.alone[row as usize] != -DEAD {
                paths.place(row);
            }
        }
        self.prove(paths)
    }

    /// Proves over all pairs what has not stood proved: rows whose price rose against every column, columns whose price
    /// fell against every row. All other pairs were proved at prices that left them less room.
    fn prove(&mut self, paths: &mut Paths<CrowSource>) -> Result<(), AssignmentError> {
        let found = &paths.found;
        self.proved_rows.resize(found.row_price.len(), i32::MIN);
        self.proved_cols.resize(found.col_price.len(), i32::MAX);
        self.proved_mates.resize(found.row_mate.len(), NONE);
        let touched = |row: &u32| {
            let row = *row as usize;
            found.alone[row] != -DEAD
                && (found.row_price[row] > self.proved_rows[row] || found.row_mate[row] != self.proved_mates[row])
        };
        let rose: Vec<u32> = (0..found.row_price.len() as u32).filter(touched).collect();
        let fell = |col: &u32| found.col_price[*col as usize] < self.proved_cols[*col as usize];
        let fell: Vec<u32> = (0..found.col_price.len() as u32).filter(fell).collect();
        paths.source.prove_rows(found, &rose)?;
        paths.source.prove_cols(found, &fell)?;
        if !found.is_whole() {
            return Err(AssignmentError::Unproven);
        }
        self.proved_rows.clone_from(&found.row_price);
        self.proved_cols.clone_from(&found.col_price);
        self.proved_mates.clone_from(&found.row_mate);
        Ok(())
    }
}

impl Numbers {
    fn standing(&self) -> Vec<bool> {
        self.place.iter().map(Option::is_some).collect()
    }

    /// The numbers and places of all that stand.
    fn all(&self) -> (Vec<u32>, Vec<LatLng>) {
        (0..).zip(&self.place).filter_map(|(number, place)| Some((number, (*place)?))).unzip()
    }
}

impl Paths<CrowSource> {
    /// A slot for a new row, alone and without a price.
    fn add_row(&mut self, number: u32, place: LatLng, alone: i32) -> u32 {
        let found = &mut self.found;
        found.row_price.push(0);
        found.row_mate.push(NONE);
        found.alone.push(alone);
        self.lists.push();
        self.source.add_row(number, place)
    }

    /// A slot for a new column, too dear for anybody.
    fn add_col(&mut self, number: u32, place: LatLng) -> u32 {
        self.found.col_price.push(DEAD);
        self.found.col_mate.push(NONE);
        self.more_columns();
        self.source.add_col(number, place)
    }
}
