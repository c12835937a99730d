//! Candidates by great circle: the columns cheapest for a row, distance plus price, from a tree of boxes; and the proof over
//! all pairs from the same tree. Made by [`super::crow`], asked by [`super::paths`].
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "ids are positions in lists made here, below 2^24"
)]

use fareway_shared::place::LatLng;

use super::{
    AssignmentError,
    lists::{Entry, Lists},
    paths::{Match, NONE},
    source::Source,
    sphere::{Point, exact_metres},
    tree::{Exact, Tree},
};

/// Candidates listed for a row to begin with, and each time it needs more.
pub(crate) const STEP: usize = 8;
/// From this length on a list grows by half, so that thousands of ties at one place do not mean thousands of requests.
const LONG: usize = 64;
/// Candidates a sample adds to a list at each distance, and rows a column is listed with.
const SAMPLE: usize = 4;

/// One side, in the order of the curve.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    /// The caller's number of each.
    pub id: Vec<u32>,
    /// Where each is.
    pub place: Vec<LatLng>,
    /// The same, as the tree measures.
    pub point: Vec<Point>,
}

impl Side {
    fn push(&mut self, number: u32, place: LatLng, middle: Point) -> Point {
        let point = Point::of(place).from(middle);
        self.id.push(number);
        self.place.push(place);
        self.point.push(point);
        point
    }
}

/// Both sides and the tree over the columns.
#[derive(Debug, Clone)]
pub(crate) struct CrowSource {
    /// What is matched.
    pub rows: Side,
    /// What it is matched to.
    pub cols: Side,
    tree: Tree,
    /// The tree over the rows, once they have been columns.
    other: Option<Tree>,
    /// Values from here on need not be listed; and the same for the other way round.
    limit: i32,
    other_limit: i32,
    middle: Point,
    /// How far any place lies from the middle.
    reach: f64,
    listed: Vec<u32>,
    mark: u32,
    fresh: Vec<Entry>,
}

/// One row's view of the columns, or of every `stride`-th of them.
struct View<'a> {
    from: LatLng,
    to: &'a [LatLng],
    listed: Option<(&'a [u32], u32)>,
    stride: usize,
}

impl Exact for View<'_> {
    fn metres(&self, col: usize) -> i32 {
        exact_metres(self.from, self.to[col * self.stride])
    }

    fn is_listed(&self, col: usize) -> bool {
        self.listed.is_some_and(|(listed, mark)| listed[col] == mark)
    }
}

impl CrowSource {
    /// Of two sides, both measured from one middle. To stay alone costs `alone`.
    pub(crate) fn new(rows: Side, cols: Side, middle: Point, alone: i32) -> Self {
        let origin = Point { x: 0.0, y: 0.0, z: 0.0 };
        let reach2 = rows.point.iter().chain(&cols.point).map(|point| point.chord2(origin)).fold(0.0, f64::max);
        let reach = reach2.sqrt();
        let (tree, listed) = (Tree::new(cols.point.clone(), reach), vec![0; cols.id.len()]);
        Self {
            rows,
            cols,
            tree,
            middle,
            other: None,
            limit: alone,
            other_limit: 0,
            reach,
            listed,
            mark: 0,
            fresh: Vec::new(),
        }
    }

    /// Holds the answer to the proof of optimality over all pairs: no column, listed or not, is cheaper for a row than its
    /// price says, and made pairs cost just that.
    pub(crate) fn prove(&mut self, found: &Match) -> Result<(), AssignmentError> {
        let all: Vec<u32> = (0..found.row_mate.len() as u32).collect();
        self.prove_rows(found, &all)?;
        if found.is_whole() { Ok(()) } else { Err(AssignmentError::Unproven) }
    }

    /// The same for some rows only.
    pub(crate) fn prove_rows(&mut self, found: &Match, rows: &[u32]) -> Result<(), AssignmentError> {
        self.tree.refresh_all(&found.col_price);
        for row in rows.iter().map(|row| *row as usize) {
            let (mate, price) = (found.row_mate[row], found.row_price[row]);
            let view = View { from: self.rows.place[row], to: &self.cols.place, listed: None, stride: 1 };
            self.tree.cheapest(self.rows.point[row], (1, price), &found.col_price, &view, &mut self.fresh);
            let fits = if mate == NONE { price == found.alone[row] } else { self.is_tight(found, row, mate) };
            if !fits || !self.fresh.is_empty() {
                return Err(AssignmentError::Unproven);
            }
        }
        Ok(())
    }

    /// The same from the other side: no row would gain by one of these columns, and their pairs cost just what prices say.
    pub(crate) fn prove_cols(&mut self, found: &Match, cols: &[u32]) -> Result<(), AssignmentError> {
        let prices: Vec<i32> = found.row_price.iter().map(|price| -price).collect();
        let tree = self.other.get_or_insert_with(|| Tree::new(self.rows.point.clone(), self.reach));
        tree.refresh_all(&prices);
        for col in cols.iter().map(|col| *col as usize) {
            let view = View { from: self.cols.place[col], to: &self.rows.place, listed: None, stride: 1 };
            tree.cheapest(self.cols.point[col], (1, -found.col_price[col]), &prices, &view, &mut self.fresh);
            if !self.fresh.is_empty() {
                return Err(AssignmentError::Unproven);
            }
        }
        let mut made = cols.iter().filter(|col| found.col_mate[**col as usize] != NONE);
        let fits = made.all(|col| self.is_tight(found, found.col_mate[*col as usize] as usize, *col));
        if fits { Ok(()) } else { Err(AssignmentError::Unproven) }
    }

    /// Whether a pair costs just the difference of its prices, and the row pays no more than for staying alone.
    fn is_tight(&self, found: &Match, row: usize, col: u32) -> bool {
        let cost = exact_metres(self.rows.place[row], self.cols.place[col as usize]);
        let price = found.row_price[row];
        price <= found.alone[row] && price - found.col_price[col as usize] == cost
    }

    /// A slot at the end for one more row.
    pub(crate) fn add_row(&mut self, number: u32, place: LatLng) -> u32 {
        let point = self.rows.push(number, place, self.middle);
        self.stretch(point);
        if let Some(other) = &mut self.other {
            other.push(point);
        }
        self.rows.id.len() as u32 - 1
    }

    /// A slot at the end for one more column.
    pub(crate) fn add_col(&mut self, number: u32, place: LatLng) -> u32 {
        let point = self.cols.push(number, place, self.middle);
        self.stretch(point);
        self.tree.push(point);
        self.listed.push(0);
        self.cols.id.len() as u32 - 1
    }

    /// Keeps coarse distances coarse enough for a place further out than any before.
    fn stretch(&mut self, point: Point) {
        let reach = point.chord2(Point { x: 0.0, y: 0.0, z: 0.0 }).sqrt();
        if reach > self.reach {
            self.reach = reach;
            self.tree.stretch(reach);
            if let Some(other) = &mut self.other {
                other.stretch(reach);
            }
        }
    }

    /// Marks what is listed for a row.
    fn mark(&mut self, list: &[Entry]) {
        self.mark += 1;
        for entry in list {
            self.listed[entry.col as usize] = self.mark;
        }
    }

    /// Every column on the lists of the rows nearest to it, so that nobody is out of reach.
    fn list_columns(&mut self, lists: &mut Lists) {
        let mut tree = Tree::new(self.rows.point.clone(), self.reach);
        let free = vec![0; self.rows.point.len()];
        for (col, point) in self.cols.point.iter().enumerate() {
            let view = View { from: self.cols.place[col], to: &self.rows.place, listed: None, stride: 1 };
            tree.cheapest(*point, (SAMPLE, self.limit), &free, &view, &mut self.fresh);
            for &Entry { col: row, cost } in &self.fresh {
                if lists.of(row as usize).iter().all(|entry| entry.col as usize != col) {
                    lists.append(row as usize, &[Entry { col: col as u32, cost }]);
                }
            }
        }
    }

    /// Lists for every row a few columns of every `stride`-th: those nearest of the sample, each put off to a neighbour on
    /// the curve so that not all rows get the same.
    fn list_sample(&mut self, stride: usize, lists: &mut Lists) {
        let some: Vec<Point> = self.cols.point.iter().step_by(stride).copied().collect();
        let (mut tree, free) = (Tree::new(some, self.reach), vec![0; self.cols.point.len()]);
        for row in 0..self.rows.point.len() {
            self.mark(lists.of(row));
            let view = View { from: self.rows.place[row], to: &self.cols.place, listed: None, stride };
            tree.cheapest(self.rows.point[row], (SAMPLE, self.limit), &free, &view, &mut self.fresh);
            for turn in 0..self.fresh.len() {
                let near = self.fresh[turn].col as usize;
                let put_off = (row * 0x9E37_79B9 + near * 0x85EB_CA6B) >> 7;
                let col = (near * stride + put_off % stride).min(self.cols.place.len() - 1);
                if std::mem::replace(&mut self.listed[col], self.mark) != self.mark {
                    let cost = exact_metres(self.rows.place[row], self.cols.place[col]);
                    lists.append(row, &[Entry { col: col as u32, cost }]);
                }
            }
        }
    }
}

impl Source for CrowSource {
    fn grow(&mut self, row: usize, prices: &[i32], lists: &mut Lists) {
        self.mark(lists.of(row));
        let len = lists.of(row).len();
        let wanted = if len < LONG { STEP } else { len / 2 };
        let view = View {
            from: self.rows.place[row],
            to: &self.cols.place,
            listed: Some((&self.listed, self.mark)),
            stride: 1,
        };
        let bound = self.tree.cheapest(self.rows.point[row], (wanted, self.limit), prices, &view, &mut self.fresh);
        lists.append(row, &self.fresh);
        lists.bound[row] = bound;
    }

    fn sample(&mut self, lists: &mut Lists) {
        self.list_columns(lists);
        let mut stride = 4;
        while self.cols.place.len() / stride >= 2 {
            self.list_sample(stride, lists);
            stride *= 4;
        }
    }

    fn turn(&mut self, _: &Lists, rows: &[i32], cols: &[i32]) -> Lists {
        std::mem::swap(&mut self.rows, &mut self.cols);
        std::mem::swap(&mut self.limit, &mut self.other_limit);
        let tree = self.other.take().unwrap_or_else(|| Tree::new(self.cols.point.clone(), self.reach));
        self.other = Some(std::mem::replace(&mut self.tree, tree));
        self.tree.refresh_all(cols);
        (self.listed, self.mark) = (vec![0; cols.len()], 0);
        Lists::from_prices(rows)
    }
}
