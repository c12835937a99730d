//! One leaf's cars as the writer keeps them: putting in, taking out, and knowing for every car where it is. Called by
//! `writer` and `shape`, which open and close the stamps around it; readers never come here.

#![expect(clippy::indexing_slicing, reason = "slots are below the size of a block, numbers are checked at the door")]
#![expect(clippy::as_conversions, reason = "blocks, slots and numbers are u32 by construction")]

use std::sync::atomic::{AtomicU32, Ordering::Relaxed, Ordering::Release, fence};

use super::{
    error::IndexError,
    fixed::Fixed,
    profile::{Tag, VehicleNo},
    store::{BLOCK, Block, Corners, NO_BLOCK, Pool, WIDE},
};

/// A car that is not there.
const NOWHERE: u32 = u32::MAX;
/// Bits of a whereabouts that say which slot; the others say which block.
const SLOT_BITS: u32 = BLOCK.next_power_of_two().trailing_zeros();

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
            Some(&there) => Ok((there >> SLOT_BITS, there as usize % (1 << SLOT_BITS))),
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
    pub(super) fn put(&mut self, corners: &Pool<Corners>, (id, block): (u32, &Block), at: Fixed, tag: u32) {
        let slot = block.count();
        block.set_place(corners, slot, at);
        block.tags[slot].store(tag, Relaxed);
        block.len.store(slot as u32 + 1, Relaxed);
        self.note(tag, id, slot);
    }

    /// Fills the hole that a car leaves with the last of its leaf's first block. The caller has noted elsewhere where
    /// the car itself is now.
    #[inline]
    pub(super) fn take(&mut self, corners: &Pool<Corners>, head: &Block, (id, block): (u32, &Block), slot: usize) {
        let last = head.count() - 1;
        let tag = head.tags[last].load(Relaxed);
        if tag != block.tags[slot].load(Relaxed) {
            block.set_place(corners, slot, head.place(corners, last));
            block.tags[slot].store(tag, Relaxed);
            self.note(tag, id, slot);
        }
        head.len.store(last as u32, Relaxed);
    }

    /// Moves those cars of one block that are wanted to the end of another.
    pub(super) fn sift(
        &mut self,
        corners: &Pool<Corners>,
        (from_id, from): (u32, &Block),
        to: (u32, &Block),
        wanted: impl Fn(Fixed) -> bool,
    ) {
        let mut kept = 0;
        for slot in 0..from.count() {
            let (at, tag) = (from.place(corners, slot), from.tags[slot].load(Relaxed));
            if wanted(at) {
                self.put(corners, to, at, tag);
            } else {
                if kept != slot {
                    from.set_place(corners, kept, at);
                    from.tags[kept].store(tag, Relaxed);
                    self.note(tag, from_id, kept);
                }
                kept += 1;
            }
        }
        from.len.store(kept as u32, Relaxed);
    }
}

impl Block {
    /// Cars in this block, as the writer knows it.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.len.load(Relaxed) as usize
    }

    /// Where the car in a slot is.
    #[inline]
    pub(super) fn place(&self, corners: &Pool<Corners>, slot: usize) -> Fixed {
        let rest = self.rests[slot / 2].load(Relaxed) >> (slot % 2 * 32);
        let corner = match self.corner.load(Relaxed) {
            WIDE => self.wide_corner(corners, slot).map_or(0, |corner| corner.load(Relaxed)),
            corner => corner,
        };
        Fixed::of_parts(corner, rest as u32)
    }

    /// Writes where the car in a slot is; unless the block is wide, somewhere in its square.
    #[inline]
    pub(super) fn set_place(&self, corners: &Pool<Corners>, slot: usize, at: Fixed) {
        let (corner, rest) = at.parts();
        let (word, shift) = (&self.rests[slot / 2], slot % 2 * 32);
        let other = word.load(Relaxed) & !(u64::from(u32::MAX) << shift);
        word.store(other | u64::from(rest) << shift, Relaxed);
        if self.corner.load(Relaxed) == WIDE
            && let Some(word) = self.wide_corner(corners, slot)
        {
            word.store(corner, Relaxed);
        }
    }

    fn wide_corner<'pool>(&self, corners: &'pool Pool<Corners>, slot: usize) -> Option<&'pool AtomicU32> {
        corners.get(self.corners.load(Relaxed))?.0.get(slot)
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
