//! The way down the pages: to the cell of one place (the writer's way) and to every leaf that may hold something in
//! reach (a reader's). Reads only what `store` shares; whoever reads beside a writer must check the stamps afterwards.

#![expect(clippy::as_conversions, reason = "rows and columns are below 8 when they are narrowed")]

use super::{
    crow::{Reach, Rect},
    fixed::Fixed,
    store::{Cell, NO_BLOCK, ROOT, SIDE_BITS, Store},
};

/// The size of the root's cells in steps, as a power of two: the whole page is 2^32 wide.
const ROOT_SHIFT: u32 = 32 - SIDE_BITS;
/// Cells are never smaller than 2^5 steps, a third of a metre; more cars than a block holds in one of them hang together.
pub(super) const LEAST_SHIFT: u32 = 5;

/// Where a place is in the pages: which cell of which page, and what stands there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub page: u32,
    /// The page above, and the cell in it.
    pub above: Option<(u32, u32, u32)>,
    /// The size of the page's cells in steps, as a power of two.
    pub shift: u32,
    pub row: u32,
    pub column: u32,
    pub cell: Cell,
}

/// The cell that holds a place. Nothing only when a writer is at work.
#[inline]
pub(super) fn site(store: &Store, at: Fixed) -> Option<Site> {
    let (mut id, mut shift, mut above) = (ROOT, ROOT_SHIFT, None);
    loop {
        let page = store.pages.get(id)?;
        let (row, column) = (at.y >> shift & 7, at.x >> shift & 7);
        let cell = page.cell(row, column);
        if !cell.is_page() {
            return Some(Site { page: id, above, shift, row, column, cell });
        }
        above = Some((id, row, column));
        id = cell.id();
        shift = shift.checked_sub(SIDE_BITS)?;
    }
}

/// Notes the first block of every leaf with cars within bounds that a reach may hold, each once. Nothing if a writer was
/// at work.
pub(super) fn leaves<R: Reach>(store: &Store, reach: &R, bounds: &Rect, heads: &mut Vec<u32>) -> Option<()> {
    let (mut id, mut shift) = (ROOT, ROOT_SHIFT);
    let corner = |y: i64, x: i64| Some((u32::try_from(y).ok()?, u32::try_from(x).ok()?));
    let (Some((y0, x0)), Some((y1, x1))) = (corner(bounds.y0, bounds.x0), corner(bounds.y1, bounds.x1)) else {
        return leaves_of(store, (reach, bounds), (id, shift, (0, 0)), heads);
    };
    // As long as one cell holds all the bounds, go down without looking around.
    let apart = u32::BITS - (y0 ^ y1 | x0 ^ x1).leading_zeros();
    while shift >= apart {
        let cell = store.pages.get(id)?.cell(y0 >> shift & 7, x0 >> shift & 7);
        if !cell.is_page() {
            break;
        }
        id = cell.id();
        shift = shift.checked_sub(SIDE_BITS)?;
    }
    let above = shift + SIDE_BITS;
    let origin = (i64::from(y0) >> above << above, i64::from(x0) >> above << above);
    leaves_of(store, (reach, bounds), (id, shift, origin), heads)
}

/// The rows and columns of a page that meet the bounds, last ones included.
#[inline]
fn clip(bounds: &Rect, shift: u32, (south, west): (i64, i64)) -> Option<(u32, u32, u32, u32)> {
    let low = |from: i64, origin: i64| ((from - origin).max(0) >> shift) as u32;
    let high = |to: i64, origin: i64| ((to - origin) >> shift).min(7) as u32;
    (bounds.y1 >= south && bounds.x1 >= west)
        .then(|| (low(bounds.y0, south), high(bounds.y1, south), low(bounds.x0, west), high(bounds.x1, west)))
}

/// The same within one page, of which are known its cells' size and its south-west corner.
fn leaves_of<R: Reach>(
    store: &Store,
    (reach, bounds): (&R, &Rect),
    (id, shift, origin): (u32, u32, (i64, i64)),
    heads: &mut Vec<u32>,
) -> Option<()> {
    let page = store.pages.get(id)?;
    let (first_row, last_row, first_column, last_column) = clip(bounds, shift, origin)?;
    let mut row = first_row;
    while row <= last_row {
        let mut next_row = 8;
        let mut column = first_column;
        while column <= last_column {
            let cell = page.cell(row, column);
            let (high, wide) = if cell.is_page() { (0, 0) } else { cell.size_bits() };
            let (leaf_row, leaf_column) = (row >> high << high, column >> wide << wide);
            let (row_end, column_end) = (leaf_row + (1 << high), leaf_column + (1 << wide));
            // A leaf that began in an earlier row was shown there.
            if (leaf_row == row || row == first_row) && cell.id() != NO_BLOCK {
                let south = origin.0 + (i64::from(leaf_row) << shift);
                let west = origin.1 + (i64::from(leaf_column) << shift);
                let rect = Rect {
                    y0: south,
                    y1: south + (1_i64 << (shift + high)) - 1,
                    x0: west,
                    x1: west + (1_i64 << (shift + wide)) - 1,
                };
                if reach.may_hold(&rect) {
                    if cell.is_page() {
                        let below = (cell.id(), shift.checked_sub(SIDE_BITS)?, (south, west));
                        leaves_of(store, (reach, bounds), below, heads)?;
                    } else {
                        heads.push(cell.id());
                    }
                }
            }
            next_row = next_row.min(row_end);
            column = column_end;
        }
        row = next_row;
    }
    Some(())
}
