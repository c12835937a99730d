//! The point of a road that is nearest to a place. Straight pieces of lines are listed in square cells, each cell with all
//! that comes within a margin of it, so that nearly every question looks at one short list. Called by [`super::Roads`].
//!
//! Distances are taken on a plane that touches the map in its middle latitude: exact in a city, and off by two parts in a
//! hundred a degree of latitude away, which can only matter between roads equally far.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the innermost loop of every question; floats become cells by saturating casts that are then clamped"
)]

use fareway_shared::place::{EARTH_RADIUS_M, LatLng};

use super::{
    MapError,
    network::{Network, WHOLE, place},
};

/// The side of a cell where nothing speaks against it, metres.
const CELL_M: f64 = 64.0;
/// What comes this near to a cell is listed in it, in parts of its side.
const MARGIN: f64 = 0.5;
/// Entries a piece and cells a piece that are not too many; beyond, cells grow.
const ENTRIES_A_PIECE: usize = 8;
const CELLS_A_PIECE: usize = 8;
/// Metres in a ten-millionth of a degree of latitude.
const UNIT_M: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0 / 1e7;

/// How many pieces are looked at in one go.
const LANES: usize = 8;

/// Straight pieces of segments' lines, in metres from the middle of the cell that lists them. What is left over of the last
/// ones of a cell is farther away than any road.
#[derive(Debug, Clone, Copy)]
struct Pieces {
    /// Northwards and eastwards: where they start, and how they run.
    start: [[f32; LANES]; 2],
    along: [[f32; LANES]; 2],
    /// One over their length squared, 0 for a piece without length.
    inverse: [f32; LANES],
    /// The first of each one's two points.
    point: [u32; LANES],
}

/// A place on a road, and how far from it the place is that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snap {
    pub(super) segment: u32,
    /// Share of the segment's time from its tail, in parts of [`WHOLE`].
    pub(super) share: u32,
    /// The piece's first point, and how far along the piece.
    pub(super) point: u32,
    pub(super) part: f32,
    pub(super) off_m: f32,
}

impl Snap {
    /// The segment that it lies on. Its two arcs are `2 * segment` along its line and one more against it.
    #[must_use]
    pub const fn segment(&self) -> u32 {
        self.segment
    }

    /// How far the place that was asked for is from the road, metres.
    #[must_use]
    pub const fn off_m(&self) -> f32 {
        self.off_m
    }
}

/// The cells.
#[derive(Debug)]
pub(super) struct Grid {
    /// The south-west corner in ten-millionths of a degree, and metres for each of those eastwards.
    corner: [f64; 2],
    east_m: f64,
    cell_m: f64,
    size: [i64; 2],
    first: Vec<u32>,
    pieces: Vec<Pieces>,
}

impl Grid {
    /// The cells of a checked network. Memory: bounded by a small multiple of its points.
    pub(super) fn new(network: &Network) -> Result<Self, MapError> {
        let bounds = |axis: usize| {
            let values = || network.points.iter().map(|point| f64::from(point.at[axis]));
            (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max))
        };
        let ((south, north), (west, east)) = (bounds(0), bounds(1));
        let east_m = UNIT_M * (f64::midpoint(south, north) * 1e-7).to_radians().cos().max(1e-3);
        let extent_m = [(north - south) * UNIT_M, (east - west) * east_m];
        let mut grid =
            Self { corner: [south, west], east_m, cell_m: CELL_M, size: [1, 1], first: Vec::new(), pieces: Vec::new() };
        // A few rounds are enough: the cell's side doubles, and no map is wider than the earth.
        let metres: Vec<[f64; 2]> = network.points.iter().map(|point| grid.metres(point.at.map(f64::from))).collect();
        for _ in 0..32 {
            grid.size = extent_m.map(|extent| (extent / grid.cell_m) as i64 + 1);
            let cells = grid.size[0].saturating_mul(grid.size[1]);
            if cells <= (network.points.len() * CELLS_A_PIECE + 1024) as i64 && grid.fill(network, &metres) {
                return Ok(grid);
            }
            grid.cell_m *= 2.0;
        }
        Err(MapError::TooLarge { what: "points for their extent", most: network.points.len() })
    }

    /// Lists the pieces in the cells; `false` if that takes too many entries.
    fn fill(&mut self, network: &Network, metres: &[[f64; 2]]) -> bool {
        let most = metres.len() * ENTRIES_A_PIECE;
        let mut entries: Vec<[u32; 2]> = Vec::with_capacity(most);
        let mut counts = vec![0_u32; (self.size[0] * self.size[1]) as usize];
        for span in network.first_point.windows(2) {
            for point in span[0]..span[1].saturating_sub(1) {
                self.each_cell([metres[place(point)], metres[place(point) + 1]], |cell| {
                    counts[cell as usize] += 1;
                    entries.push([cell, point]);
                });
            }
            // One cell is enough for any map, if it must be.
            if entries.len() > most && counts.len() > 1 {
                return false;
            }
        }
        let mut first = vec![0_u32];
        first.extend(counts.iter().scan(0, |sum, count| {
            *sum += count.div_ceil(LANES as u32);
            Some(*sum)
        }));
        let mut pieces = vec![NOTHING; first.last().map_or(0, |last| place(*last))];
        for [cell, point] in entries.into_iter().rev() {
            counts[place(cell)] -= 1;
            let at = place(counts[place(cell)]);
            let (pieces, lane) = (&mut pieces[place(first[place(cell)]) + at / LANES], at % LANES);
            let middle = self.middle(i64::from(cell) / self.size[1], i64::from(cell) % self.size[1]);
            let [start, end] = [metres[place(point)], metres[place(point) + 1]];
            let mut squared = 0.0;
            for axis in 0..2 {
                let along = (end[axis] - start[axis]) as f32;
                pieces.start[axis][lane] = (start[axis] - middle[axis]) as f32;
                pieces.along[axis][lane] = along;
                squared += along * along;
            }
            pieces.inverse[lane] = if squared > 0.0 { squared.recip() } else { 0.0 };
            pieces.point[lane] = point;
        }
        (self.first, self.pieces) = (first, pieces);
        true
    }

    /// Metres northwards and eastwards from the corner.
    fn metres(&self, [lat, lng]: [f64; 2]) -> [f64; 2] {
        [(lat - self.corner[0]) * UNIT_M, (lng - self.corner[1]) * self.east_m]
    }

    fn middle(&self, row: i64, column: i64) -> [f64; 2] {
        [row, column].map(|at| (at as f64 + 0.5) * self.cell_m)
    }

    /// Every cell that a piece comes within the margin of, row by row.
    fn each_cell(&self, [start, end]: [[f64; 2]; 2], mut visit: impl FnMut(u32)) {
        let (margin, cells_a_m) = (self.cell_m * MARGIN, self.cell_m.recip());
        let cell = |metres: f64, axis: usize| ((metres * cells_a_m) as i64).clamp(0, self.size[axis] - 1);
        let rows = [start[0].min(end[0]) - margin, start[0].max(end[0]) + margin].map(|metres| cell(metres, 0));
        for row in rows[0]..=rows[1] {
            // The stretch of the piece that comes within the margin of the row.
            let band = [row as f64 * self.cell_m - margin, (row + 1) as f64 * self.cell_m + margin];
            let north = end[0] - start[0];
            let mut at = [0.0, 1.0];
            if north.abs() > 1e-9 {
                let cut = band.map(|north_m| ((north_m - start[0]) / north).clamp(0.0, 1.0));
                at = [cut[0].min(cut[1]), cut[0].max(cut[1])];
            }
            let east = at.map(|at| start[1] + (end[1] - start[1]) * at);
            let columns = [east[0].min(east[1]) - margin, east[0].max(east[1]) + margin].map(|metres| cell(metres, 1));
            (columns[0]..=columns[1]).for_each(|column| visit((row * self.size[1] + column) as u32));
        }
    }

    /// The nearest point on a road within `reach_m`. Time: one cell's list near roads; the rings of cells up to the
    /// nearest road, or to the reach, away from them.
    pub(super) fn snap(&self, network: &Network, at: LatLng, reach_m: f64) -> Option<Snap> {
        let asked = self.metres([at.lat() * 1e7, at.lng() * 1e7]);
        let [row, column] = asked.map(|metres| floor(metres / self.cell_m));
        let mut best = NONE;
        let outside = |at: i64, size: i64| (-at).max(at.saturating_sub(size - 1)).max(0);
        let mut ring = outside(row, self.size[0]).max(outside(column, self.size[1]));
        loop {
            self.look_at_ring(asked, [row, column], ring, &mut best);
            // Whatever is nearer than this has been looked at.
            let seen_m = ((ring as f64 + MARGIN) * self.cell_m).min(reach_m);
            if f64::from(squared_of(best)) <= seen_m * seen_m || seen_m >= reach_m {
                break;
            }
            ring += 1;
        }
        let off_m = squared_of(best).sqrt();
        (best != NONE && f64::from(off_m) <= reach_m).then(|| self.snapped(network, asked, best as u32, off_m))
    }

    /// The place on the piece that was found to be the nearest, which stands at this lane of all.
    fn snapped(&self, network: &Network, asked: [f64; 2], found: u32, off_m: f32) -> Snap {
        let point = self.pieces[place(found) / LANES].point[place(found) % LANES];
        let ends = [place(point), place(point) + 1].map(|at| &network.points[at]);
        let [start, end] = ends.map(|end| self.metres(end.at.map(f64::from)));
        let along = [end[0] - start[0], end[1] - start[1]];
        let squared = along[0] * along[0] + along[1] * along[1];
        let ahead = (asked[0] - start[0]) * along[0] + (asked[1] - start[1]) * along[1];
        let part = if squared > 0.0 { (ahead / squared).clamp(0.0, 1.0) } else { 0.0 };
        let [from, to] = ends.map(|end| end.share);
        let share = from + (part * f64::from(to - from)) as u32;
        let segment = network.first_point.partition_point(|first| *first <= point) - 1;
        Snap { segment: segment as u32, share: share.min(WHOLE), point, part: part as f32, off_m }
    }

    /// Looks at all cells so many steps away.
    fn look_at_ring(&self, asked: [f64; 2], [row, column]: [i64; 2], ring: i64, best: &mut u64) {
        let [rows, columns] = self.size;
        for at in (row - ring).max(0)..=(row + ring).min(rows - 1) {
            // The first and the last row of the ring are whole, of those between it has the two ends.
            let step = if (at - row).abs() == ring || ring == 0 { 1 } else { 2 * ring };
            let mut beside = column - ring;
            if step == 1 {
                beside = beside.max(0);
            }
            while beside <= (column + ring).min(columns - 1) {
                if beside >= 0 {
                    self.look(asked, at, beside, best);
                }
                beside += step;
            }
        }
    }

    fn look(&self, asked: [f64; 2], row: i64, column: i64, best: &mut u64) {
        let cell = (row * self.size[1] + column) as usize;
        let middle = self.middle(row, column);
        let [north, east] = [0, 1].map(|axis| (asked[axis] - middle[axis]) as f32);
        for at in place(self.first[cell])..place(self.first[cell + 1]) {
            let squared = self.pieces[at].squared([north, east]);
            for (lane, squared) in squared.into_iter().enumerate() {
                // Not negative, so its bits are ordered as it is; of several as near the first one listed counts.
                *best = (u64::from(squared.to_bits()) << 32 | (at * LANES + lane) as u64).min(*best);
            }
        }
    }
}

/// No piece, as far away as can be.
const NONE: u64 = (f32::MAX.to_bits() as u64) << 32 | u32::MAX as u64;

fn squared_of(best: u64) -> f32 {
    f32::from_bits((best >> 32) as u32)
}

const NOTHING: Pieces =
    Pieces { start: [[1e18; LANES]; 2], along: [[0.0; LANES]; 2], inverse: [0.0; LANES], point: [0; LANES] };

impl Pieces {
    /// How far each is from a place, squared.
    fn squared(&self, [north, east]: [f32; 2]) -> [f32; LANES] {
        let mut squared = [0.0; LANES];
        for (lane, squared) in squared.iter_mut().enumerate() {
            let (to_north, to_east) = (north - self.start[0][lane], east - self.start[1][lane]);
            let (along_north, along_east) = (self.along[0][lane], self.along[1][lane]);
            let part = (to_north * along_north + to_east * along_east) * self.inverse[lane];
            let part = if part > 0.0 { part } else { 0.0 };
            let part = if part < 1.0 { part } else { 1.0 };
            let (off_north, off_east) = (to_north - part * along_north, to_east - part * along_east);
            *squared = off_north * off_north + off_east * off_east;
        }
        squared
    }
}

/// The next whole number below, without a call into the library of mathematics.
fn floor(value: f64) -> i64 {
    let whole = value as i64;
    whole - i64::from((whole as f64) > value)
}
