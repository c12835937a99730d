//! Candidates under limits, by road or by great circle: the columns cheapest for a row, distance plus handicap plus price,
//! among those that may be had; and the proof over all pairs. Made by [`super::limited`], asked by [`super::paths`].
//!
//! On roads a field tells, for every vertex, what the cheapest column costs from there; a search walks towards it. A field
//! may be older than prices, but only lower. Whoever is on no road is met by great circle, in a tree of boxes.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "ids are positions in lists made here, below 2^24"
)]

use fareway_shared::place::{EARTH_RADIUS_M, LatLng};

use super::{
    AssignmentError, COST_MAX,
    kinds::{Asker, Kinds},
    limits::Rules,
    lists::{Entry, Lists},
    paths::{DEAD, Match, NONE},
    shortlist::Shortlist,
    source::{Columns, Source},
    sphere::{Point, exact_metres, reach},
};
use crate::roads::{By, Crossing, Crow, Ends, Heed, Roads, Scout};

/// Candidates listed for a row to begin with, and each time it needs more until half of what it has is more.
pub(crate) const STEP: usize = 5;
/// Candidates a sample adds to a list at each distance, and rows a column is listed with.
const SAMPLE: usize = 4;
/// Kinds of rows that have a field of their own; all others share one.
const FIELDS: usize = 64;

/// One side, in the order of the curve.
#[derive(Debug, Clone, Default)]
pub(crate) struct Side {
    /// The caller's number of each.
    pub id: Vec<u32>,
    /// Where each is.
    pub place: Vec<LatLng>,
    /// The same, as boxes measure; empty where nobody is met by great circle.
    pub point: Vec<Point>,
    /// Which kind each is, or wants.
    pub mark: Vec<u64>,
    /// What every pair with it costs besides.
    pub handicap: Vec<i32>,
    /// What is further off does not count.
    pub reach: Vec<i32>,
    /// As a row, values from here on need not be listed.
    pub limit: Vec<i32>,
}

/// How far places are from each other without a road.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Measure {
    /// Whole metres by great circle.
    Metres,
    /// Whole ms by great circle with a detour.
    Ms(Crow),
}

impl Measure {
    fn apart(self, one: LatLng, other: LatLng) -> i32 {
        match self {
            Self::Metres => exact_metres(one, other),
            Self::Ms(crow) => crow.between(one, other).1.min(COST_MAX + 1) as i32,
        }
    }

    fn per_m(self) -> f64 {
        match self {
            Self::Metres => 1.0,
            Self::Ms(crow) => crow.detour() / crow.speed_mps() * 1000.0,
        }
    }
}

/// Both sides on a city's roads. What was a row may become a column, so all that is laid out for either is kept.
#[derive(Debug)]
pub(crate) struct Net<'a> {
    roads: &'a Roads,
    rows: Ends,
    cols: Ends,
    crossing: Crossing,
    other: Option<Crossing>,
    scout: Scout,
    fields: Vec<Field>,
    field_of: Vec<u8>,
}

/// What the cheapest of some kinds of columns costs from each vertex.
#[derive(Debug, Clone, Default)]
struct Field {
    mark: u64,
    least: Vec<i32>,
    /// The lowest of the prices.
    lowest: i32,
    /// The prices it was made with.
    prices: Vec<i32>,
    /// Vertices looked at since.
    looked: usize,
}

impl<'a> Net<'a> {
    /// Of the ends of rows and columns.
    pub(crate) fn new(roads: &'a Roads, rows: Ends, cols: Ends) -> Self {
        let crossing = Crossing::new(roads, &cols);
        let (scout, fields, field_of) = (Scout::default(), Vec::new(), Vec::new());
        Self { roads, rows, cols, crossing, other: None, scout, fields, field_of }
    }

    /// Whether anybody is on no road.
    pub(crate) fn has_strays(&self) -> bool {
        self.rows.has_strays() || self.cols.has_strays()
    }

    /// Gives every row the field of its kind.
    fn name_fields(&mut self, marks: &[u64]) {
        self.fields.clear();
        self.field_of.clear();
        for mark in marks {
            let known = self.fields.iter().position(|field| field.mark == *mark || field.mark == u64::MAX);
            let at = known.unwrap_or_else(|| {
                let mark = if self.fields.len() + 1 < FIELDS { *mark } else { u64::MAX };
                self.fields.push(Field { mark, ..Field::default() });
                self.fields.len() - 1
            });
            self.field_of.push(at as u8);
        }
    }

    /// Makes a row's field with these prices if it was not, and if as many vertices as `patience` were looked at since.
    fn refresh(&mut self, row: usize, side: &Side, prices: &[i32], patience: usize) -> usize {
        let at = usize::from(self.field_of[row]);
        let field = &mut self.fields[at];
        if field.looked < patience && !field.least.is_empty() {
            return at;
        }
        field.looked = 0;
        if field.prices != prices {
            field.prices.clear();
            field.prices.extend_from_slice(prices);
            field.lowest = prices.iter().copied().min().unwrap_or(0);
            let mark = field.mark;
            let of = |col: usize| (side.mark[col] & mark != 0).then(|| prices[col].saturating_add(side.handicap[col]));
            Crossing::field(self.roads, &self.cols, of, &mut field.least);
        }
        at
    }

    fn turn(&mut self) {
        std::mem::swap(&mut self.rows, &mut self.cols);
        let other = self.other.take().unwrap_or_else(|| Crossing::new(self.roads, &self.cols));
        self.other = Some(std::mem::replace(&mut self.crossing, other));
    }
}

/// Both sides and all that is laid out over the columns.
#[derive(Debug)]
pub(crate) struct LimitedSource<'a> {
    /// What is matched.
    pub rows: Side,
    /// What it is matched to.
    pub cols: Side,
    /// Vehicles are the rows.
    pub turned: bool,
    rules: Rules,
    measure: Measure,
    net: Option<Net<'a>>,
    /// Columns that are on no road.
    strays: Option<Kinds>,
    /// All columns, for rows that are on no road.
    all: Option<Kinds>,
    /// How far any place lies from the middle.
    span: f64,
    shortlist: Shortlist,
    fresh: Vec<Entry>,
}

impl<'a> LimitedSource<'a> {
    /// Of two sides, rows first; vehicles are the rows if `turned`. To be laid out before it is asked.
    pub(crate) fn new(sides: [Side; 2], turned: bool, rules: Rules, measure: Measure, net: Option<Net<'a>>) -> Self {
        let [rows, cols] = sides;
        let (span, shortlist) = (reach(rows.point.iter().chain(&cols.point)), Shortlist::default());
        let (strays, all, fresh) = (None, None, Vec::new());
        Self { rows, cols, turned, rules, measure, net, strays, all, span, shortlist, fresh }
    }

    /// How far things lie apart.
    pub(crate) fn apart_at_most(&self) -> f64 {
        EARTH_RADIUS_M * self.span * self.measure.per_m()
    }

    /// Lays out the columns, at their prices.
    pub(crate) fn lay_out(&mut self, prices: &[i32]) {
        self.shortlist = Shortlist::over(self.cols.id.len());
        (self.strays, self.all) = (None, None);
        let is_stray = |ends: Option<&Ends>, at: usize| ends.is_none_or(|ends| ends.snap(at).is_none());
        let (row_ends, col_ends) = self.net.as_ref().map(|net| (&net.rows, &net.cols)).unzip();
        let count = self.cols.id.len() as u32;
        let strays: Vec<u32> = (0..count).filter(|col| is_stray(col_ends, *col as usize)).collect();
        let has_stray_rows = (0..self.rows.id.len()).any(|row| is_stray(row_ends, row));
        let boxes = |cols: Vec<u32>| {
            let mut boxes = Kinds::new(cols, &self.cols, self.span, self.measure.per_m());
            boxes.refresh_all(|col| prices[col].saturating_add(self.cols.handicap[col]));
            Some(boxes)
        };
        if !strays.is_empty() && self.net.is_some() {
            self.strays = boxes(strays);
        }
        if has_stray_rows {
            self.all = boxes((0..count).collect());
        }
        if let Some(net) = &mut self.net {
            net.name_fields(&self.rows.mark);
        }
    }

    /// The cheapest columns for a row that are not listed, below a limit, into `fresh`; and the bound of all others.
    #[inline(never)]
    fn look(&mut self, row: usize, wanted: usize, limit: i32, prices: &[i32], listed: &[Entry]) -> i32 {
        let Self { rows, cols, rules, measure, net, strays, all, shortlist, fresh, .. } = self;
        let (own, mark) = (rows.handicap[row], rows.mark[row]);
        let limit = limit.saturating_sub(own);
        let (me, turned) = (rows.id[row] as usize, self.turned);
        shortlist.begin(listed, wanted, limit);
        let value = |col: usize| prices[col].saturating_add(cols.handicap[col]);
        let mut see = |col: u32, apart: i32| {
            let at = col as usize;
            if cols.mark[at] & mark != 0 && apart.saturating_add(value(at)) < shortlist.bound() {
                let other = cols.id[at] as usize;
                let (request, vehicle) = if turned { (other, me) } else { (me, other) };
                if let Some(cost) = rules.cost(request, vehicle, apart) {
                    let value = cost.saturating_add(value(at));
                    shortlist
                        .offer(value, Entry { col, cost: cost.saturating_add(cols.handicap[at]).saturating_add(own) });
                }
            }
            shortlist.bound()
        };
        let reach = rows.reach[row];
        let mut bound = limit;
        let mut boxes = all;
        if let Some(net) = net.as_mut().filter(|net| net.rows.snap(row).is_some()) {
            let field = net.refresh(row, cols, prices, net.roads.vertex_count());
            // Handicaps are never below nothing, so most of what is too dear is known to be by its price.
            let mut glance = |col: u32, ms: i32| {
                if ms.saturating_add(prices[col as usize]) < bound {
                    bound = see(col, ms);
                }
                bound
            };
            let field = &mut net.fields[field];
            net.crossing.straight(net.roads, (&net.rows, row), (field.lowest, limit), &mut glance);
            let heed = Heed { field: &field.least, lowest: field.lowest, reach_ms: reach };
            field.looked += net.scout.search(&net.crossing, (&net.rows, row), heed, limit, glance);
            boxes = strays;
        }
        if let Some(boxes) = boxes {
            let (from, asker) = (rows.place[row], Asker { point: rows.point[row], mark, reach });
            boxes.search(asker, bound, value, |col| see(col, measure.apart(from, cols.place[col as usize])));
        }
        fresh.clear();
        fresh.extend(shortlist.entries());
        shortlist.bound().saturating_add(own)
    }

    /// How far apart a pair is, by other means than the search's, if it is at most so much. A way that is no longer than
    /// `enough` will do, even if there is a shorter one.
    fn apart(&self, row: usize, col: usize, [enough, most]: [i32; 2]) -> Option<i32> {
        let is_met = |net: &&Net<'_>| net.rows.snap(row).and(net.cols.snap(col)).is_some();
        let Some(net) = self.net.as_ref().filter(is_met) else {
            return Some(self.measure.apart(self.rows.place[row], self.cols.place[col])).filter(|apart| *apart <= most);
        };
        let (row, col) = ((&net.rows, row), (&net.cols, col));
        let (vehicle, request) = if self.turned { (row, col) } else { (col, row) };
        Ends::apart_ms(net.roads, vehicle, request, [enough, most]).map(u32::cast_signed)
    }

    /// By what a pair is measured.
    pub(crate) fn by(&self, row: usize, col: usize) -> By {
        let by_road = self.net.as_ref().is_some_and(|net| net.rows.snap(row).and(net.cols.snap(col)).is_some());
        if by_road { By::Road } else { By::Crow }
    }

    /// What a pair costs, if it may be made and is not further apart than so much.
    fn pair_cost(&self, row: usize, col: usize, within: [i32; 2]) -> Option<i32> {
        let (me, other) = (self.rows.id[row] as usize, self.cols.id[col] as usize);
        let (request, vehicle) = if self.turned { (other, me) } else { (me, other) };
        let cost = self.apart(row, col, within).and_then(|apart| self.rules.cost(request, vehicle, apart))?;
        cost.checked_add(self.rows.handicap[row])?.checked_add(self.cols.handicap[col])
    }

    /// Whether a pair may be made and costs just the difference of its prices. One way that does is enough: that none costs
    /// less is what the rest of the proof is about.
    fn is_tight(&self, found: &Match, row: usize, col: usize) -> bool {
        let cost = found.row_price[row] - found.col_price[col];
        let request = if self.turned { self.cols.id[col] } else { self.rows.id[row] };
        let bare = cost - self.rows.handicap[row] - self.cols.handicap[col];
        let enough = if self.rules.may_be_late(request as usize) { 0 } else { bare };
        self.pair_cost(row, col, [enough, cost]) == Some(cost)
    }

    /// The nearest few by great circle, of some on one side, for each on the other.
    fn nearest(&self, of: &Side, some: Vec<u32>, to: &Side) -> Vec<Vec<u32>> {
        let mut kinds = Kinds::new(some, of, self.span, self.measure.per_m());
        kinds.refresh_all(|_| 0);
        let mut shortlist = Shortlist::over(of.id.len());
        let around = |at: usize| {
            let asker = Asker { point: to.point[at], mark: to.mark[at], reach: to.reach[at] };
            let bound = shortlist.begin(&[], SAMPLE, i32::MAX);
            kinds.search(
                asker,
                bound,
                |_| 0,
                |near| {
                    let cost = self.measure.apart(to.place[at], of.place[near as usize]);
                    shortlist.offer(cost, Entry { col: near, cost });
                    shortlist.bound()
                },
            );
            shortlist.entries().map(|entry| entry.col).collect()
        };
        (0..to.id.len()).map(around).collect()
    }

    /// Lists a pair if it may be made and is not listed.
    fn list(&self, row: usize, col: u32, lists: &mut Lists) {
        let Some(cost) = self.pair_cost(row, col as usize, [0, i32::MAX]).filter(|cost| *cost < self.rows.limit[row])
        else {
            return;
        };
        if lists.of(row).iter().all(|entry| entry.col != col) {
            lists.append(row, &[Entry { col, cost }]);
        }
    }

    /// Holds the answer to the proof of optimality over all pairs: no column, listed or not, is cheaper for a row than its
    /// price says, and made pairs cost just that.
    pub(crate) fn prove(&mut self, found: &Match) -> Result<(), AssignmentError> {
        if let Some(net) = &mut self.net {
            net.fields.iter_mut().for_each(|field| field.looked = usize::MAX);
        }
        for row in 0..found.row_mate.len() {
            let (mate, price) = (found.row_mate[row], found.row_price[row]);
            let fits = if mate == NONE {
                price == found.alone[row]
            } else {
                price <= found.alone[row] && self.is_tight(found, row, mate as usize)
            };
            if !fits {
                return Err(AssignmentError::Unproven);
            }
        }
        for row in 0..found.row_mate.len() {
            if self.is_undercut(row, found.row_price[row], &found.col_price) {
                return Err(AssignmentError::Unproven);
            }
        }
        if found.is_whole() { Ok(()) } else { Err(AssignmentError::Unproven) }
    }

    /// Whether any column would be cheaper for a row than a price.
    fn is_undercut(&mut self, row: usize, price: i32, prices: &[i32]) -> bool {
        if let Some(net) = self.net.as_mut().filter(|net| self.strays.is_none() && net.rows.snap(row).is_some()) {
            // What the field says of all columns at once is enough for nearly all rows.
            let field = net.refresh(row, &self.cols, prices, usize::MAX);
            let field = &net.fields[field];
            let (below, mut least) =
                (price.saturating_sub(self.rows.handicap[row]), Crossing::least(&net.rows, row, &field.least));
            let value = |col: u32| prices[col as usize].saturating_add(self.cols.handicap[col as usize]);
            net.crossing.straight(net.roads, (&net.rows, row), (field.lowest, below), |col, ms| {
                least = least.min(ms + value(col));
                below
            });
            if least >= below {
                return false;
            }
        }
        self.look(row, 1, price, prices, &[]);
        !self.fresh.is_empty()
    }
}

impl Source for LimitedSource<'_> {
    fn grow(&mut self, row: usize, _: i32, cols: &Columns<'_>, lists: &mut Lists) {
        let len = lists.of(row).len();
        let wanted = STEP.max(len / 2);
        let bound = self.look(row, wanted, self.rows.limit[row], cols.prices, lists.of(row));
        lists.append(row, &self.fresh);
        lists.set_bound(row, bound);
    }

    fn sample(&mut self, lists: &mut Lists) -> bool {
        let count = |side: &Side| side.id.len() as u32;
        let (rows, cols) = (count(&self.rows), count(&self.cols));
        // Every column on the lists of the rows nearest to it, so that nobody is out of reach.
        for (col, near) in (0..).zip(self.nearest(&self.rows, (0..rows).collect(), &self.cols)) {
            near.into_iter().for_each(|row| self.list(row as usize, col, lists));
        }
        // Of every so-maniest column those nearest to a row, each put off to a neighbour on the curve so that not all rows
        // get the same.
        let mut stride = 4;
        while cols / stride >= 2 {
            let some = (0..cols).step_by(stride as usize).collect();
            for (row, near) in (0_u32..).zip(self.nearest(&self.cols, some, &self.rows)) {
                for col in near {
                    let put_off = row.wrapping_mul(0x9E37_79B9).wrapping_add(col.wrapping_mul(0x85EB_CA6B)) >> 7;
                    self.list(row as usize, (col + put_off % stride).min(cols - 1), lists);
                }
            }
            stride *= 4;
        }
        true
    }

    fn turn(&mut self, cols: &[i32]) {
        std::mem::swap(&mut self.rows, &mut self.cols);
        self.turned = !self.turned;
        if let Some(net) = &mut self.net {
            net.turn();
        }
        self.lay_out(cols);
    }

    fn cost(&self, row: usize, col: usize) -> i32 {
        self.pair_cost(row, col, [0, i32::MAX]).unwrap_or(DEAD)
    }
}
