//! An assignment that stands from batch to batch: requests and vehicles come, go and move, and only what that touches is
//! searched and proved again. Called by the policy once a tick.
//!
//! Leaves of the tree are not filled at first. A place that comes gets a slot among its neighbours; one that goes leaves a
//! dead slot with a price nobody pays. When there is no room, the instance is laid out afresh.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "slots are positions in lists made here, below 2^24; costs are below 2^29"
)]

use std::collections::HashMap;

use fareway_shared::place::LatLng;

use super::{
    AssignmentError, Crow, Solution,
    crow_source::CrowSource,
    error::{COST_MAX, SIDE_MAX},
    paths::{DEAD, Match, NONE, Paths},
};

/// A batch is rather solved from the beginning when it has looked at one in so many of the pairs that this took the last time:
/// where hardly any column is free, one change can touch everything.
const PATIENCE: usize = 3;
/// The same after a batch that was.
const DOUBT: usize = 12;
/// Places to a leaf of sixteen at first.
const FILL: usize = 12;

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
    /// Pairs that were looked at when all was solved from the beginning.
    effort: usize,
    /// What part of that a batch may look at.
    share: usize,
    /// Prices and partners that stand proved over all pairs.
    proved: Match,
}

/// What a batch leaves to be done.
#[derive(Debug, Default)]
struct Work {
    /// Rows that came, and rows that lost their column.
    rows: Vec<u32>,
    /// Columns that came.
    cols: Vec<u32>,
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
            effort: 0,
            share: PATIENCE,
            proved: Match::default(),
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
        let Some(mut paths) = self.paths.take() else { return self.start_with(changes) };
        let mut work = Work::default();
        for (done, change) in changes.iter().enumerate() {
            if self.apply(change, &mut paths, &mut work).is_none() {
                return self.start_with(&changes[done + 1..]);
            }
        }
        paths.patience = self.effort / self.share;
        let is_proved = self.repair(&mut paths, work);
        if paths.patience == 0 {
            self.share = DOUBT;
            return self.lay_out();
        }
        self.share = PATIENCE;
        if !is_proved {
            return Err(AssignmentError::Unproven);
        }
        self.paths = Some(paths);
        Ok(())
    }

    /// Takes these changes in and solves everything from the beginning.
    fn start_with(&mut self, changes: &[Change]) -> Result<(), AssignmentError> {
        for change in changes {
            self.note(change);
        }
        self.lay_out()
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
        let (mut requests, mut vehicles) = (Roll::of(&self.requests), Roll::of(&self.vehicles));
        for change in changes {
            match *change {
                Change::RequestCame(_) => requests.came(),
                Change::VehicleCame(_) => vehicles.came(),
                Change::RequestWent(request) | Change::RequestMoved(request, _) => {
                    let stays = matches!(change, Change::RequestMoved(..));
                    let count = requests.count;
                    requests.changes(request, stays).ok_or(AssignmentError::NoSuchRequest { request, count })?;
                }
                Change::VehicleWent(vehicle) | Change::VehicleMoved(vehicle, _) => {
                    let stays = matches!(change, Change::VehicleMoved(..));
                    let count = vehicles.count;
                    vehicles.changes(vehicle, stays).ok_or(AssignmentError::NoSuchVehicle { vehicle, count })?;
                }
            }
        }
        let count = requests.count.max(vehicles.count);
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
        self.paths = None;
        if requests.0.is_empty() || vehicles.0.is_empty() {
            return Ok(());
        }
        let crow = Crow::with_room(&requests.1, &vehicles.1, self.unmatched_m, FILL)?;
        self.turned = crow.turned;
        let mut paths = crow.solved()?;
        let (rows, cols) = if self.turned { (vehicles.0, requests.0) } else { (requests.0, vehicles.0) };
        for (ids, numbers, of_rows) in
            [(&mut paths.source.rows.id, &rows, true), (&mut paths.source.cols.id, &cols, false)]
        {
            let mine = if of_rows == self.turned { &mut self.vehicles } else { &mut self.requests };
            for (slot, id) in (0..).zip(ids).filter(|(_, id)| **id != NONE) {
                *id = numbers[*id as usize];
                mine.slot[*id as usize] = slot;
            }
        }
        self.effort = usize::MAX - paths.patience;
        paths.patience = self.effort;
        paths.list_fallen();
        self.proved.clone_from(&paths.found);
        self.paths = Some(paths);
        Ok(())
    }

    /// Takes one change into the slots. None if there is no room; then the change has been noted all the same.
    fn apply(&mut self, change: &Change, paths: &mut Paths<CrowSource>, work: &mut Work) -> Option<()> {
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
        match (std::mem::replace(slot, NONE), is_row) {
            (NONE, _) => {}
            (row, true) => paths.remove_row(row, work),
            (col, false) => paths.remove_col(col, work),
        }
        let Some(place) = place else { return Some(()) };
        *slot = if is_row {
            paths.add_row(number, place, self.unmatched_m as i32, work)?
        } else {
            paths.add_col(number, place, work)?
        };
        Some(())
    }

    /// Makes prices and pairs right again, and says whether what changed is proved.
    fn repair(&mut self, paths: &mut Paths<CrowSource>, work: Work) -> bool {
        for row in &work.rows {
            if paths.lists.bound(*row as usize) == i32::MIN {
                paths.price(*row as usize);
            }
        }
        let priced = paths.free_but_priced();
        if !priced.is_empty() || !work.cols.is_empty() {
            paths.bring_down(priced, &work.cols);
            if paths.patience == 0 {
                return false;
            }
            paths.list_fallen();
        }
        let mut waiting = work.rows.clone();
        waiting.retain(|row| paths.found.row_mate[*row as usize] == NONE && !paths.take_free(*row as usize));
        paths.place_all(waiting);
        if paths.patience == 0 {
            return false;
        }
        let is_proved = paths.is_proved_since(&self.proved, &work.rows);
        self.proved.clone_from(&paths.found);
        is_proved
    }
}

/// Who of one side stands, while changes are looked through.
struct Roll<'a> {
    place: &'a [Option<LatLng>],
    changed: HashMap<u32, bool>,
    count: usize,
}

impl<'a> Roll<'a> {
    fn of(numbers: &'a Numbers) -> Self {
        Self { place: &numbers.place, changed: HashMap::new(), count: numbers.place.len() }
    }

    fn came(&mut self) {
        self.changed.insert(self.count as u32, true);
        self.count += 1;
    }

    /// None if this number does not stand.
    fn changes(&mut self, number: u32, stays: bool) -> Option<()> {
        let stood = self.place.get(number as usize).is_some_and(Option::is_some);
        let stands = self.changed.get(&number).copied().unwrap_or(stood);
        self.changed.insert(number, stays);
        stands.then_some(())
    }
}

impl Numbers {
    /// The numbers and places of all that stand.
    fn all(&self) -> (Vec<u32>, Vec<LatLng>) {
        (0..).zip(&self.place).filter_map(|(number, place)| Some((number, (*place)?))).unzip()
    }
}

impl Paths<CrowSource> {
    /// Makes the bounds of all lists hold for the columns whose price fell too, by listing them wherever a bound promises it.
    /// Where that is too much to list, bounds are forgotten instead.
    fn list_fallen(&mut self) {
        let fallen = std::mem::take(&mut self.fallen);
        if !self.source.list_fallen(&fallen, &self.found, &mut self.lists, self.patience / 2) {
            self.lists.believe(&self.found.row_price);
        }
    }

    /// A slot for a new row, which knows nothing yet.
    fn add_row(&mut self, number: u32, place: LatLng, alone: i32, work: &mut Work) -> Option<u32> {
        let row = self.source.add_row(number, place)?;
        self.found.alone[row as usize] = alone;
        self.lists.renew(row as usize, i32::MIN);
        work.rows.push(row);
        Some(row)
    }

    /// A slot for a new column, too dear for anybody.
    fn add_col(&mut self, number: u32, place: LatLng, work: &mut Work) -> Option<u32> {
        let col = self.source.add_col(number, place)?;
        work.cols.push(col);
        Some(col)
    }

    fn remove_row(&mut self, row: u32, work: &mut Work) {
        let (slot, found) = (row as usize, &mut self.found);
        let mate = std::mem::replace(&mut found.row_mate[slot], NONE);
        if mate != NONE {
            found.col_mate[mate as usize] = NONE;
        }
        (found.row_price[slot], found.alone[slot]) = (-DEAD, -DEAD);
        self.lists.renew(slot, 0);
        work.rows.retain(|other| *other != row);
        self.source.remove_row(row);
    }

    fn remove_col(&mut self, col: u32, work: &mut Work) {
        let (slot, found) = (col as usize, &mut self.found);
        let mate = std::mem::replace(&mut found.col_mate[slot], NONE);
        if mate != NONE {
            found.row_mate[mate as usize] = NONE;
            work.rows.push(mate);
        }
        found.col_price[slot] = DEAD;
        work.cols.retain(|other| *other != col);
        self.source.remove_col(col);
    }
}
