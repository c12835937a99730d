//! One leaf's cars as the writer keeps them: putting in, taking out, and knowing for every car where it is. Called by
//! `writer` and `shape`, which open and close the stamps around it; readers never come here.

#![expect(clippy::indexing_slicing, reason = "slots are below the size of a block, numbers are checked at the door")]
#![expect(clippy::as_conversions, reason = "blocks, slots and numbers are u32 by construction")]

use std::sync::atomic::{AtomicU32, Ordering::Relaxed, Ordering::Release, fence};

use super::{
    error::IndexError,
    fixed::NOBODY,
    profile::{Tag, VehicleNo},
    store::{BLOCK, Block, NO_BLOCK, Pool},
};

/// A car that is not there.
const NOWHERE: u32 = u32::MAX;
/// Bits of a whereabouts that say which slot; the others say which block.
const SLOT_BITS: u32 = BLOCK.trailing_zeros();

/// Tells readers that what the stamp speaks for is being changed.
#[inline]
pub(super) fn open(stamp: &AtomicU32) {
    stamp.store(stamp.load(Relaxed).wrapping_add(1), Relaxed);
    fence(Release);
}

/// Tells readers that the change is whole.
#[inline]
pub(super) fn close(stamp: &AtomicU32) {
    stamp.store(stamp.load(Relaxed).wrapping_add(1), Release);
}

/// Block and slot of every car.
pub(super) struct Whereabouts(Box<[u32]>);

impl Whereabouts {
    pub(super) fn new(capacity: u32) -> Self {
        Self(vec![NOWHERE; capacity as usize].into())
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }

    #[inline]
    pub(super) fn find(&self, no: VehicleNo) -> Result<(u32, usize), IndexError> {
        match self.0.get(no.0 as usize) {
            None => Err(IndexError::NumberTooLarge { no, capacity: self.0.len() as u32 }),
            Some(&NOWHERE) => Err(IndexError::NotThere { no }),
            Some(&there) => Ok((there >> SLOT_BITS, there as usize % BLOCK)),
        }
    }

    pub(super) fn forget(&mut self, no: VehicleNo) {
        self.0[no.0 as usize] = NOWHERE;
    }

    #[inline]
    fn note(&mut self, tag: u32, block: u32, slot: usize) {
        self.0[Tag(tag).no().0 as usize] = block << SLOT_BITS | slot as u32;
    }

    /// Puts a car last in a block that has room.
    #[inline]
    pub(super) fn put(&mut self, id: u32, block: &Block, word: u64, tag: u32) {
        let slot = block.count();
        block.spots[slot].store(word, Relaxed);
        block.tags[slot].store(tag, Relaxed);
        block.len.store(slot as u32 + 1, Relaxed);
        self.note(tag, id, slot);
    }

    /// Fills the hole that a car leaves with the last of its leaf's first block. The caller has noted elsewhere where
    /// the car itself is now.
    #[inline]
    pub(super) fn take(&mut self, head: &Block, id: u32, block: &Block, slot: usize) {
        let last = head.count() - 1;
        let tag = head.tags[last].load(Relaxed);
        if tag != block.tags[slot].load(Relaxed) {
            block.spots[slot].store(head.spots[last].load(Relaxed), Relaxed);
            block.tags[slot].store(tag, Relaxed);
            self.note(tag, id, slot);
        }
        head.spots[last].store(NOBODY, Relaxed);
        head.len.store(last as u32, Relaxed);
    }

    /// Moves those cars of one block that are wanted to the end of another.
    pub(super) fn sift(
        &mut self,
        (from_id, from): (u32, &Block),
        (to_id, to): (u32, &Block),
        wanted: impl Fn(u64) -> bool,
    ) {
        let (count, mut kept) = (from.count(), 0);
        for slot in 0..count {
            let (word, tag) = (from.spots[slot].load(Relaxed), from.tags[slot].load(Relaxed));
            if wanted(word) {
                self.put(to_id, to, word, tag);
            } else {
                if kept != slot {
                    from.spots[kept].store(word, Relaxed);
                    from.tags[kept].store(tag, Relaxed);
                    self.note(tag, from_id, kept);
                }
                kept += 1;
            }
        }
        from.spots[kept..count].iter().for_each(|spot| spot.store(NOBODY, Relaxed));
        from.len.store(kept as u32, Relaxed);
    }
}

impl Block {
    /// Cars in this block, as the writer knows it.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.len.load(Relaxed) as usize
    }

    /// The first block of this block's leaf.
    #[inline]
    pub(super) fn head_of(&self, id: u32) -> u32 {
        match self.head.load(Relaxed) {
            NO_BLOCK => id,
            head => head,
        }
    }
}

/// Numbers of a pool that are in no use, and the first that never was.
pub(super) struct Spare {
    unused: u32,
    freed: Vec<u32>,
}

impl Spare {
    /// All numbers after this one are spare.
    pub(super) const fn after(last: u32) -> Self {
        Self { unused: last + 1, freed: Vec::new() }
    }

    /// A number, and what it names. Nothing when the pool has no more room.
    pub(super) fn take<'pool, T: Default>(&mut self, pool: &'pool Pool<T>) -> Option<(u32, &'pool T)> {
        if let Some(id) = self.freed.pop() {
            return Some((id, pool.get(id)?));
        }
        let made = (self.unused, pool.make(self.unused)?);
        self.unused += 1;
        Some(made)
    }

    pub(super) fn give_back(&mut self, id: u32) {
        self.freed.push(id);
    }

    pub(super) fn bytes(&self) -> usize {
        self.freed.capacity() * size_of::<u32>()
    }
}
