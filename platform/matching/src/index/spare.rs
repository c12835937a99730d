//! What of the pools is in no use: the writer takes blocks and pages from here and gives them back. Called by `writer`
//! and `shape`; readers never come here.

use std::sync::atomic::Ordering::Relaxed;

use super::store::{Block, Corners, NO_BLOCK, NO_CORNERS, Page, Pool, ROOT, Store, WIDE};

/// The corner of a block in no use; any would do that is not wide.
const NO_CORNER: u32 = 0;

/// All that is spare.
pub(super) struct Spares {
    blocks: Spare,
    pages: Spare,
    corners: Spare,
}

impl Spares {
    /// Everything but the root.
    pub(super) const fn new() -> Self {
        Self { blocks: Spare::after(NO_BLOCK), pages: Spare::after(ROOT), corners: Spare::after(NO_CORNERS) }
    }

    pub(super) fn bytes(&self) -> usize {
        self.blocks.bytes() + self.pages.bytes() + self.corners.bytes()
    }

    /// A page of which nothing is known.
    pub(super) fn page<'store>(&mut self, store: &'store Store) -> Option<(u32, &'store Page)> {
        self.pages.take(&store.pages)
    }

    pub(super) fn free_page(&mut self, id: u32) {
        self.pages.give_back(id);
    }

    /// An empty block for cars that share a corner, or a wide one. Nothing when there is no more room.
    pub(super) fn block<'store>(&mut self, store: &'store Store, corner: u32) -> Option<(u32, &'store Block)> {
        let (id, block) = self.blocks.take(&store.blocks)?;
        self.reshape(&store.corners, block, corner)?;
        Some((id, block))
    }

    /// Makes a block one of no leaf.
    pub(super) fn free_block(&mut self, store: &Store, id: u32, block: &Block) -> Option<()> {
        self.reshape(&store.corners, block, NO_CORNER)?;
        for word in [&block.len, &block.next, &block.head] {
            word.store(NO_BLOCK, Relaxed);
        }
        self.blocks.give_back(id);
        Some(())
    }

    /// Makes a block one for cars that share a corner, as those in it do, or a wide one. There are as many corners as
    /// blocks, so there is always room.
    pub(super) fn reshape(&mut self, pool: &Pool<Corners>, block: &Block, corner: u32) -> Option<()> {
        let was = block.corner.load(Relaxed);
        if was != WIDE && corner == WIDE {
            let (id, corners) = self.corners.take(pool)?;
            corners.0.iter().for_each(|word| word.store(was, Relaxed));
            block.corners.store(id, Relaxed);
        } else if was == WIDE && corner != WIDE {
            self.corners.give_back(block.corners.load(Relaxed));
            block.corners.store(NO_CORNERS, Relaxed);
        }
        block.corner.store(corner, Relaxed);
        Some(())
    }
}

/// Numbers of a pool that are in no use, and the first that never was.
struct Spare {
    unused: u32,
    freed: Vec<u32>,
}

impl Spare {
    /// All numbers after this one are spare.
    const fn after(last: u32) -> Self {
        Self { unused: last + 1, freed: Vec::new() }
    }

    /// A number, and what it names. Nothing when the pool has no more room.
    fn take<'pool, T: Default>(&mut self, pool: &'pool Pool<T>) -> Option<(u32, &'pool T)> {
        if let Some(id) = self.freed.pop() {
            return Some((id, pool.get(id)?));
        }
        let made = (self.unused, pool.make(self.unused)?);
        self.unused += 1;
        Some(made)
    }

    fn give_back(&mut self, id: u32) {
        self.freed.push(id);
    }

    fn bytes(&self) -> usize {
        self.freed.capacity() * size_of::<u32>()
    }
}
