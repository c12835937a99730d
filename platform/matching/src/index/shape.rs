//! Splitting leaves that are full and joining those that are thin, so that cells are small where cars are dense. Called
//! by the writer between its changes; no car moves by it, and readers that overlap one ask again.

use std::sync::atomic::Ordering::Relaxed;

use super::{
    fixed::{Fixed, REST_BITS},
    leaf::{close, open},
    store::{BLOCK, Cell, HALVINGS, NO_BLOCK, Page, SIDE_BITS, Store, WIDE, size_bits},
    walk::{LEAST_SHIFT, Site, site},
    writer::VehicleIndex,
};

/// Leaves that together hold no more are joined; well below what makes one split, lest the next car split it again.
const JOINED_MAX: usize = BLOCK / 4 * 3;

/// Whether a leaf that has just lost a car should be looked at: now and then, while it has few.
#[inline]
pub(super) const fn is_thin(cars: usize) -> bool {
    cars <= JOINED_MAX / 2 && cars.is_multiple_of(4)
}

impl Site {
    /// Row and column of the south-west cell of the leaf, and its height and width in cells.
    const fn leaf_at(&self, halvings: u32) -> (u32, u32, u32, u32) {
        let (high, wide) = size_bits(halvings);
        (self.row >> high << high, self.column >> wide << wide, 1 << high, 1 << wide)
    }
}

impl Site {
    /// The corner that all cars of a leaf here share with a place in it, or [`WIDE`].
    fn corner(&self, at: Fixed, halvings: u32) -> u32 {
        let (high, wide) = size_bits(halvings);
        if self.shift + high.max(wide) > REST_BITS { WIDE } else { at.parts().0 }
    }
}

/// Writes one cell all over a rectangle of a page.
fn fill(page: &Page, (row, column, high, wide): (u32, u32, u32, u32), cell: Cell) {
    for row in row..row + high {
        for column in column..column + wide {
            page.set(row, column, cell);
        }
    }
}

/// How many cars a leaf has, if all are in one block.
fn cars_alone(store: &Store, head: u32) -> Option<usize> {
    if head == NO_BLOCK {
        return Some(0);
    }
    let block = store.blocks.get(head)?;
    (block.next.load(Relaxed) == NO_BLOCK).then(|| block.count())
}

impl VehicleIndex {
    /// One step towards room in a full leaf, or a block for one that has none. Nothing when memory's bounds are met.
    pub(super) fn make_room(&mut self, site: &Site) -> Option<()> {
        open(&self.store.shape);
        let made = self.room_step(site);
        close(&self.store.shape);
        made
    }

    fn room_step(&mut self, site: &Site) -> Option<()> {
        let store = &*self.store;
        let page = store.pages.get(site.page)?;
        let (id, halvings) = (site.cell.id(), site.cell.halvings());
        if id == NO_BLOCK {
            let (new, _) = self.spares.block(store, site.corner(site.at, halvings))?;
            fill(page, site.leaf_at(halvings), Cell::leaf(new, halvings));
            return Some(());
        }
        let block = store.blocks.get(id)?;
        if block.next.load(Relaxed) == NO_BLOCK {
            if halvings < HALVINGS {
                return self.halve(site, id);
            }
            // The leaf is one cell: a page of smaller cells takes its place, if cells may be smaller.
            if site.shift >= LEAST_SHIFT + SIDE_BITS
                && let Some((below, cells)) = self.spares.page(store)
            {
                fill(cells, (0, 0, 8, 8), Cell::leaf(id, 0));
                page.set(site.row, site.column, Cell::page(below));
                return Some(());
            }
        }
        // More cars on one spot than a block holds: the full one goes behind its head, which is empty then.
        let (new, behind) = self.spares.block(store, block.corner.load(Relaxed))?;
        open(&block.stamp);
        behind.len.store(0, Relaxed);
        self.whereabouts.sift(&store.corners, (id, block), (new, behind), |_| true);
        behind.head.store(id, Relaxed);
        behind.next.store(block.next.load(Relaxed), Relaxed);
        block.next.store(new, Relaxed);
        close(&block.stamp);
        Some(())
    }

    /// Splits a leaf into two halves of its rectangle.
    fn halve(&mut self, site: &Site, id: u32) -> Option<()> {
        let store = &*self.store;
        let (page, block) = (store.pages.get(site.page)?, store.blocks.get(id)?);
        let halvings = site.cell.halvings() + 1;
        let whole = site.leaf_at(halvings - 1);
        let (_, _, high, wide) = site.leaf_at(halvings);
        let by_row = high != whole.2;
        let (bit, upper) = if by_row {
            (site.shift + high.trailing_zeros(), (whole.0 + high, whole.1, high, wide))
        } else {
            (site.shift + wide.trailing_zeros(), (whole.0, whole.1 + wide, high, wide))
        };
        let lower = (whole.0, whole.1, high, wide);
        let is_upper = |at: Fixed| (if by_row { at.y } else { at.x }) >> bit & 1 == 1;
        let corner = |side: u32| {
            let set = |at: u32| at & !(1 << bit) | side << bit;
            let Fixed { y, x } = site.at;
            site.corner(if by_row { Fixed { y: set(y), x } } else { Fixed { y, x: set(x) } }, halvings)
        };
        let uppers = (0..BLOCK).filter(|&slot| is_upper(block.place(&store.corners, slot))).count();
        let (lower_id, upper_id) = match uppers {
            0 => (id, NO_BLOCK),
            BLOCK => (NO_BLOCK, id),
            _ => {
                let (new, other) = self.spares.block(store, corner(1))?;
                self.whereabouts.sift(&store.corners, (id, block), (new, other), is_upper);
                (id, new)
            }
        };
        self.spares.reshape(&store.corners, block, corner(u32::from(uppers == BLOCK)))?;
        fill(page, lower, Cell::leaf(lower_id, halvings));
        fill(page, upper, Cell::leaf(upper_id, halvings));
        Some(())
    }

    /// Looks after a leaf that has become thin, of which a car has just left `was`: it gets back a block that hangs
    /// behind it, or its neighbour's cars, or, empty, gives up its own block.
    pub(super) fn thinned(&mut self, head: u32, was: Fixed) -> Option<()> {
        let block = self.store.blocks.get(head)?;
        let next = block.next.load(Relaxed);
        if next == NO_BLOCK {
            open(&self.store.shape);
            let joined = self.join(was);
            close(&self.store.shape);
            return joined;
        }
        if block.count() == 0 {
            let behind = self.store.blocks.get(next)?;
            open(&block.stamp);
            self.whereabouts.sift(&self.store.corners, (next, behind), (head, block), |_| true);
            block.next.store(behind.next.load(Relaxed), Relaxed);
            close(&block.stamp);
            self.spares.free_block(&self.store, next, behind)?;
        }
        Some(())
    }

    /// Joins the leaf around a place with its other half, as long as both are thin.
    fn join(&mut self, at: Fixed) -> Option<()> {
        loop {
            let site = site(&self.store, at)?;
            let store = &*self.store;
            let page = store.pages.get(site.page)?;
            let (id, halvings) = (site.cell.id(), site.cell.halvings());
            if halvings == 0 {
                // A page that is one leaf gives its place to it.
                let Some((above, row, column)) = site.above else { return Some(()) };
                store.pages.get(above)?.set(row, column, Cell::leaf(id, HALVINGS));
                self.spares.free_page(site.page);
                continue;
            }
            let (row, column, high, wide) = site.leaf_at(halvings);
            let whole = site.leaf_at(halvings - 1);
            let buddy = if high == whole.2 { page.cell(row, column ^ wide) } else { page.cell(row ^ high, column) };
            let corner = site.corner(site.at, halvings - 1);
            let mine = cars_alone(store, id);
            let theirs =
                if buddy.is_page() || buddy.halvings() != halvings { None } else { cars_alone(store, buddy.id()) };
            let joined = match (mine, theirs) {
                (Some(mine), Some(theirs)) if mine + theirs <= JOINED_MAX => match (id, buddy.id()) {
                    (NO_BLOCK, other) => other,
                    (id, NO_BLOCK) => id,
                    (id, other) => {
                        let (block, emptied) = (store.blocks.get(id)?, store.blocks.get(other)?);
                        self.spares.reshape(&store.corners, block, corner)?;
                        self.whereabouts.sift(&store.corners, (other, emptied), (id, block), |_| true);
                        self.spares.free_block(store, other, emptied)?;
                        id
                    }
                },
                _ => {
                    if mine == Some(0) && id != NO_BLOCK {
                        fill(page, site.leaf_at(halvings), Cell::leaf(NO_BLOCK, halvings));
                        self.spares.free_block(store, id, store.blocks.get(id)?)?;
                    }
                    return Some(());
                }
            };
            if joined != NO_BLOCK {
                let block = store.blocks.get(joined)?;
                self.spares.reshape(&store.corners, block, corner)?;
            }
            fill(page, whole, Cell::leaf(joined, halvings - 1));
        }
    }
}
