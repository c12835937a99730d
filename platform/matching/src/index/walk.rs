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
    pub at: Fixed,
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
            return Some(Site { at, page: id, above, shift, row, column, cell });
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

/// The cells of one row that meet some longitudes, as bits.
#[inline(always)]
fn columns((x0, x1): (i64, i64), west: i64, shift: u32) -> u64 {
    let (first, last) = (((x0 - west) >> shift).clamp(0, 8), ((x1 - west) >> shift).clamp(-1, 7));
    // All up to the last without those before the first; none where it is the other way round.
    (0xFF_u64 >> (7 - last)) & (0xFF << first)
}

/// The cells of a page that a leaf covers whose south-west cell is the first of the page, as bits, by its halvings.
const COVERED: [u64; 7] = [
    0xFFFF_FFFF_FFFF_FFFF,
    0x0000_0000_FFFF_FFFF,
    0x0000_0000_0F0F_0F0F,
    0x0000_0000_0000_0F0F,
    0x0000_0000_0000_0303,
    0x0000_0000_0000_0003,
    0x0000_0000_0000_0001,
];

/// The same within one page, of which are known its cells' size and its south-west corner.
fn leaves_of<R: Reach>(
    store: &Store,
    (reach, bounds): (&R, &Rect),
    (id, shift, (south, west)): (u32, u32, (i64, i64)),
    heads: &mut Vec<u32>,
) -> Option<()> {
    let page = store.pages.get(id)?;
    let (first, last) = (((bounds.y0 - south) >> shift).max(0), ((bounds.y1 - south) >> shift).min(7));
    let mut cells = 0;
    for row in first..=last {
        let y0 = south + (row << shift);
        cells |= columns(reach.longitudes(bounds, y0, y0 + (1 << shift) - 1), west, shift) << (8 * row);
    }
    // Each leaf once, by its first cell in reach; the others it covers are struck out.
    while cells != 0 {
        let (row, column) = (cells.trailing_zeros() >> SIDE_BITS, cells.trailing_zeros() & 7);
        let cell = page.cell(row, column);
        if cell.is_page() {
            cells &= cells - 1;
            let corner = (south + (i64::from(row) << shift), west + (i64::from(column) << shift));
            leaves_of(store, (reach, bounds), (cell.id(), shift.checked_sub(SIDE_BITS)?, corner), heads)?;
        } else {
            let (high, wide) = cell.size_bits();
            let (row, column) = (row >> high << high, column >> wide << wide);
            cells &= !(COVERED.get(cell.halvings() as usize)? << (row << SIDE_BITS | column));
            let (y0, x0) = (south + (i64::from(row) << shift), west + (i64::from(column) << shift));
            let rect = Rect { y0, y1: y0 + (1 << (shift + high)) - 1, x0, x1: x0 + (1 << (shift + wide)) - 1 };
            if cell.id() != NO_BLOCK && reach.may_hold(&rect) {
                heads.push(cell.id());
                // It is read when all are known, and should be there by then.
                store.blocks.get(cell.id())?.touch();
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::store::{HALVINGS, size_bits};

    #[test]
    fn a_leaf_strikes_out_the_cells_it_covers_and_no_others() {
        for (halvings, covered) in (0..=HALVINGS).zip(COVERED) {
            let (high, wide) = size_bits(halvings);
            let cells = (0..64).filter(|cell| cell >> SIDE_BITS >> high == 0 && (cell % 8) >> wide == 0);
            assert_eq!(covered, cells.fold(0, |all, cell: u32| all | 1 << cell), "after {halvings} halvings");
        }
    }

    #[test]
    fn a_row_s_cells_are_those_that_meet_the_longitudes() {
        let (west, shift) = (1_000, 4);
        for x0 in 990..1_140 {
            for x1 in x0..1_145 {
                let meets = |cell: i64| west + (cell + 1) * 16 > x0 && west + cell * 16 <= x1;
                let cells = (0..8).filter(|&cell| meets(cell)).fold(0, |all, cell| all | 1 << cell);
                assert_eq!(columns((x0, x1), west, shift), cells, "from {x0} to {x1}");
            }
        }
    }
}
