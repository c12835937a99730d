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

use std::hint::black_box;

use fareway_shared::place::{EARTH_RADIUS_M, LatLng};
use fearless_simd::{Level, Simd, dispatch};

use super::{
    MapError,
    network::{Network, WHOLE, place},
    pieces::{Block, EMPTY, LANES, Nearest, Piece},
};

/// The side of a cell where nothing speaks against it, metres.
const CELL_M: f64 = 64.0;
/// What comes this near to a cell is listed in it, in parts of its side.
const MARGIN: f64 = 0.3;
/// Entries a piece and cells a piece that are not too many; beyond, cells grow.
const ENTRIES_A_PIECE: usize = 8;
const CELLS_A_PIECE: usize = 8;
/// Bits of a row and of a column within a tile of cells.
const TILE_BITS: u32 = 3;
const TILE_MASK: i64 = (1 << TILE_BITS) - 1;
/// Places whose cells are asked for together.
const AHEAD: usize = 16;
/// Metres in a ten-millionth of a degree of latitude.
const UNIT_M: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0 / 1e7;

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
    /// Where each cell's blocks begin; one more at the end.
    first: Vec<u32>,
    blocks: Vec<Block>,
    pieces: Vec<Piece>,
    level: Level,
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
        let (corner, level) = ([south, west], Level::new());
        let mut grid =
            Self { corner, east_m, cell_m: CELL_M, size: [1, 1], first: vec![], blocks: vec![], pieces: vec![], level };
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
        let mut entries: Vec<[u32; 3]> = Vec::with_capacity(most);
        let last = self.size.map(|cells| (cells - 1) | TILE_MASK);
        let mut first = vec![0_u32; self.number(last) as usize + 2];
        for (segment, span) in (0..).zip(network.first_point.windows(2)) {
            for point in span[0]..span[1].saturating_sub(1) {
                self.each_cell([metres[place(point)], metres[place(point) + 1]], |cell| {
                    let cell = self.number(cell) as u32;
                    first[cell as usize + 1] += 1;
                    entries.push([cell, segment, point]);
                });
            }
            // One cell is enough for any map, if it must be.
            if entries.len() > most && self.size != [1, 1] {
                return false;
            }
        }
        (1..first.len()).for_each(|at| first[at] = first[at - 1] + first[at].div_ceil(LANES as u32));
        let mut blocks = vec![EMPTY; place(first.last().copied().unwrap_or(0))];
        let mut pieces = vec![Piece::default(); blocks.len() * LANES];
        let mut next: Vec<usize> = first.iter().map(|block| place(*block) * LANES).collect();
        for [cell, segment, point] in entries {
            let middle = self.middle(self.cell(i64::from(cell)));
            let [start, end] = [metres[place(point)], metres[place(point) + 1]];
            let along = [0, 1].map(|axis| (end[axis] - start[axis]) as f32);
            let start = [0, 1].map(|axis| (start[axis] - middle[axis]) as f32);
            let slot = next[cell as usize];
            next[cell as usize] += 1;
            blocks[slot / LANES].set(slot % LANES, start, along);
            let share = [0, 1].map(|next| network.points[place(point + next)].share);
            pieces[slot] = Piece { point, segment, share };
        }
        (self.first, self.blocks, self.pieces) = (first, blocks, pieces);
        true
    }

    /// Metres northwards and eastwards from the corner.
    fn metres(&self, [lat, lng]: [f64; 2]) -> [f64; 2] {
        [(lat - self.corner[0]) * UNIT_M, (lng - self.corner[1]) * self.east_m]
    }

    /// The number of a cell: square tiles of cells row by row, and the cells of a tile row by row, so that what lies side by
    /// side is mostly looked up side by side.
    #[inline(always)]
    fn number(&self, [row, column]: [i64; 2]) -> i64 {
        let tile = (row >> TILE_BITS) * self.tiles_a_row() + (column >> TILE_BITS);
        tile << (2 * TILE_BITS) | (row & TILE_MASK) << TILE_BITS | column & TILE_MASK
    }

    fn tiles_a_row(&self) -> i64 {
        (self.size[1] + TILE_MASK) >> TILE_BITS
    }

    /// The cell of a number.
    fn cell(&self, number: i64) -> [i64; 2] {
        let tile = number >> (2 * TILE_BITS);
        let [row, column] = [tile / self.tiles_a_row(), tile % self.tiles_a_row()].map(|tile| tile << TILE_BITS);
        [row | number >> TILE_BITS & TILE_MASK, column | number & TILE_MASK]
    }

    fn middle(&self, cell: [i64; 2]) -> [f64; 2] {
        cell.map(|at| (at as f64 + 0.5) * self.cell_m)
    }

    /// Every cell that a piece comes within the margin of, row by row.
    fn each_cell(&self, [start, end]: [[f64; 2]; 2], mut visit: impl FnMut([i64; 2])) {
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
            (columns[0]..=columns[1]).for_each(|column| visit([row, column]));
        }
    }

    /// The nearest point on a road within `reach_m`. Time: one cell's list near roads; the rings of cells up to the
    /// nearest road, or to the reach, away from them.
    pub(super) fn snap(&self, at: LatLng, reach_m: f64) -> Option<Snap> {
        let (asked, level) = (self.metres([at.lat() * 1e7, at.lng() * 1e7]), self.level);
        let nearest = dispatch!(level, simd => simd.vectorize(#[inline(always)] || self.nearest(simd, asked, reach_m)));
        self.found(nearest, reach_m)
    }

    /// The same for many places.
    pub(super) fn snap_all(&self, places: &[LatLng], reach_m: f64) -> Vec<Option<Snap>> {
        let (mut nearest, level) = (vec![Nearest::NONE; places.len()], self.level);
        dispatch!(level, simd => simd.vectorize(#[inline(always)] || {
            for (places, nearest) in places.chunks(AHEAD).zip(nearest.chunks_mut(AHEAD)) {
                self.touch(places);
                for (at, nearest) in places.iter().zip(nearest) {
                    *nearest = self.nearest(simd, self.metres([at.lat() * 1e7, at.lng() * 1e7]), reach_m);
                }
            }
        }));
        nearest.into_iter().map(|nearest| self.found(nearest, reach_m)).collect()
    }

    /// Asks for the first blocks of some places' cells, all at once and without a branch, so that waiting for one is waiting
    /// for all.
    #[inline(always)]
    fn touch(&self, places: &[LatLng]) {
        let mut first = [0; AHEAD];
        for (at, first) in places.iter().zip(&mut first) {
            let at = self.metres([at.lat() * 1e7, at.lng() * 1e7]).map(|metres| (metres / self.cell_m) as i64);
            let cell = [0, 1].map(|axis| at[axis].clamp(0, self.size[axis] - 1));
            *first = place(self.first[self.number(cell) as usize]);
        }
        let word = |block: usize| self.blocks.get(block).map_or(0, Block::word);
        black_box(first.iter().fold(0, |all, first| all ^ word(*first) ^ word(*first + 1)));
    }

    /// What was found, if it is within the reach.
    fn found(&self, nearest: Nearest, reach_m: f64) -> Option<Snap> {
        let off_m = nearest.squared.sqrt();
        (f64::from(off_m) <= reach_m).then(|| {
            let (Piece { point, segment, share: [from, to] }, part) = (self.pieces[place(nearest.piece)], nearest.part);
            let share = from + (part * (to - from) as f32) as u32;
            Snap { segment, share: share.min(WHOLE), point, part, off_m }
        })
    }

    #[inline(always)]
    fn nearest<S: Simd>(&self, simd: S, asked: [f64; 2], reach_m: f64) -> Nearest {
        let [row, column] = asked.map(|metres| floor(metres / self.cell_m));
        let mut nearest = Nearest::NONE;
        let outside = |at: i64, size: i64| (-at).max(at.saturating_sub(size - 1)).max(0);
        let mut ring = outside(row, self.size[0]).max(outside(column, self.size[1]));
        loop {
            if ring == 0 {
                self.look(simd, asked, [row, column], &mut nearest);
            } else {
                self.each_of_ring([row, column], ring, |cell| self.look(simd, asked, cell, &mut nearest));
            }
            // Whatever is nearer than this has been looked at.
            let seen_m = ((ring as f64 + MARGIN) * self.cell_m).min(reach_m);
            if f64::from(nearest.squared) <= seen_m * seen_m || seen_m >= reach_m {
                return nearest;
            }
            ring += 1;
        }
    }

    /// All cells so many steps away.
    fn each_of_ring(&self, [row, column]: [i64; 2], ring: i64, mut visit: impl FnMut([i64; 2])) {
        let [rows, columns] = self.size;
        for at in (row - ring).max(0)..=(row + ring).min(rows - 1) {
            // The first and the last row of the ring are whole, of those between it has the two ends.
            let step = if (at - row).abs() == ring { 1 } else { 2 * ring };
            let mut beside = column - ring;
            if step == 1 {
                beside = beside.max(0);
            }
            while beside <= (column + ring).min(columns - 1) {
                if beside >= 0 {
                    visit([at, beside]);
                }
                beside += step;
            }
        }
    }

    #[inline(always)]
    fn look<S: Simd>(&self, simd: S, asked: [f64; 2], cell: [i64; 2], nearest: &mut Nearest) {
        let middle = self.middle(cell);
        let cell = self.number(cell) as usize;
        let from = [0, 1].map(|axis| (asked[axis] - middle[axis]) as f32);
        let span = place(self.first[cell])..place(self.first[cell + 1]);
        nearest.look(simd, from, &self.blocks[span.clone()], span.start);
    }
}

/// The next whole number below, without a call into the library of mathematics.
fn floor(value: f64) -> i64 {
    let whole = value as i64;
    whole - i64::from((whole as f64) > value)
}
