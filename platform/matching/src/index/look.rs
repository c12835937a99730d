//! One look at the index: the places of all cars of some leaves, as they are at one moment of the call. Called by
//! `reader`; what is made of the cars (`choose`) is made within the look, before it is known whether they were whole.
//!
//! A look notes the stamp of every leaf it reads and looks at all of them again at the end. If none has moved, and no cell
//! was split or joined, everything it read was so at one moment; if one has, it looks again. It copies whole blocks of
//! places, empty slots and all, which needs no branch; what is known of a car is read only of those that matter.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "slots are below the size of a block by remainder"
)]

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU32, Ordering, fence};

use super::{
    fixed::Fixed,
    profile::Tag,
    store::{BLOCK, Block, NO_BLOCK, Store, WIDE},
};

/// Looks overtaken this often ask the writer to hold still.
const PATIENCE: u32 = 16;

/// Slots of a copied block, of which the last are always empty: whole vectors.
pub(super) const SLOTS: usize = BLOCK.next_multiple_of(16);

/// What was read; kept for the next question so that none has to ask for memory.
#[derive(Default)]
pub(super) struct Look {
    /// First blocks of the leaves.
    pub heads: Vec<u32>,
    stamps: Vec<u32>,
    /// The blocks read, and after them what is left of others.
    copies: Vec<Copied>,
    count: usize,
}

/// One block's places.
#[repr(align(64))]
#[derive(Clone)]
pub(super) struct Copied {
    rests: [u32; SLOTS],
    /// Of each car, if the block is wide.
    corners: [u32; SLOTS],
    corner: u32,
    id: u32,
    len: u32,
}

impl Copied {
    const NONE: Self = Self { rests: [0; SLOTS], corners: [0; SLOTS], corner: 0, id: NO_BLOCK, len: 0 };

    /// Slots with cars come before this one.
    #[inline(always)]
    pub(super) const fn len(&self) -> u32 {
        self.len
    }

    /// Computes a number of the place in each slot, in a loop that vector units take several places at a time of. What
    /// comes of empty slots means nothing.
    #[inline(always)]
    pub(super) fn for_each(&self, numbers: &mut [f32; SLOTS], number: impl Fn(Fixed, f32) -> f32) {
        if self.corner == WIDE {
            for ((slot, &rest), &corner) in numbers.iter_mut().zip(&self.rests).zip(&self.corners) {
                *slot = number(Fixed::of_parts(corner, rest), *slot);
            }
        } else {
            for (slot, &rest) in numbers.iter_mut().zip(&self.rests) {
                *slot = number(Fixed::of_parts(self.corner, rest), *slot);
            }
        }
    }
}

/// The cars of one look.
#[derive(Clone, Copy)]
pub(super) struct Cars<'look> {
    store: &'look Store,
    /// A block's cars are at places from its own times [`SLOTS`].
    pub blocks: &'look [Copied],
}

impl Cars<'_> {
    /// Where the car at a place among those read is.
    #[inline(always)]
    pub(super) fn spot(&self, place: usize) -> Fixed {
        let (block, slot) = (&self.blocks[place / SLOTS], place % SLOTS);
        let corner = if block.corner == WIDE { block.corners[slot] } else { block.corner };
        Fixed::of_parts(corner, block.rests[slot])
    }

    /// What is known of it.
    #[inline(always)]
    pub(super) fn tag(&self, place: usize) -> Tag {
        let tag = self.store.blocks.get(self.blocks[place / SLOTS].id).and_then(|block| block.tags.get(place % SLOTS));
        Tag(tag.map_or(0, |tag| tag.load(Ordering::Relaxed)))
    }
}

/// A standing wish that the writer hold still, withdrawn when it is dropped: also by a reader that panics.
struct Please<'store>(&'store AtomicU32);

impl<'store> Please<'store> {
    fn new(count: &'store AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Please<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Look {
    /// Reads the leaves that `which` names and makes something of their cars, again and again until nothing has changed
    /// meanwhile. Nothing, and nothing made, where they hold more than `crowd_max`.
    pub(super) fn at<T>(
        &mut self,
        store: &Store,
        crowd_max: usize,
        mut which: impl FnMut(&mut Vec<u32>) -> Option<()>,
        mut make: impl FnMut(Cars<'_>) -> T,
    ) -> Option<T> {
        let mut overtaken = 0_u32;
        let mut please = None;
        loop {
            if let Some(made) = self.once(store, crowd_max, &mut which, &mut make) {
                return made;
            }
            overtaken = overtaken.saturating_add(1);
            if overtaken == PATIENCE {
                please.get_or_insert_with(|| Please::new(&store.please));
            }
            spin_loop();
        }
    }

    /// The same once: nothing if the writer was at work.
    #[inline]
    fn once<T>(
        &mut self,
        store: &Store,
        crowd_max: usize,
        which: &mut impl FnMut(&mut Vec<u32>) -> Option<()>,
        make: &mut impl FnMut(Cars<'_>) -> T,
    ) -> Option<Option<T>> {
        let shape = store.shape.load(Ordering::Acquire);
        if shape % 2 == 1 {
            return None;
        }
        self.heads.clear();
        which(&mut self.heads)?;
        let count = |&head: &u32| store.blocks.get(head).map_or(0, |block| block.len.load(Ordering::Relaxed) as usize);
        if self.heads.iter().map(count).sum::<usize>() > crowd_max {
            return Some(None);
        }
        self.read(store)?;
        let made = make(Cars { store, blocks: &self.copies[..self.count] });
        fence(Ordering::Acquire);
        let is_unchanged = |(&head, &stamp): (&u32, &u32)| {
            store.blocks.get(head).is_some_and(|block| block.stamp.load(Ordering::Relaxed) == stamp)
        };
        let whole =
            store.shape.load(Ordering::Relaxed) == shape && self.heads.iter().zip(&self.stamps).all(is_unchanged);
        whole.then_some(Some(made))
    }

    /// Copies all blocks of the leaves noted.
    #[inline]
    fn read(&mut self, store: &Store) -> Option<()> {
        self.stamps.clear();
        self.count = 0;
        for at in 0..self.heads.len() {
            let head = self.heads[at];
            let first = store.blocks.get(head)?;
            let stamp = first.stamp.load(Ordering::Acquire);
            if stamp % 2 == 1 {
                return None;
            }
            self.stamps.push(stamp);
            let (mut id, mut block) = (head, first);
            loop {
                self.copy(store, id, block)?;
                id = block.next.load(Ordering::Relaxed);
                if id == NO_BLOCK {
                    break;
                }
                // A chain that is being changed may lead anywhere, even around: never follow it unchecked.
                fence(Ordering::Acquire);
                if first.stamp.load(Ordering::Relaxed) != stamp {
                    return None;
                }
                block = store.blocks.get(id)?;
            }
        }
        Some(())
    }

    /// Copies a block's places. Nothing if the writer was at work.
    #[inline(always)]
    fn copy(&mut self, store: &Store, id: u32, block: &Block) -> Option<()> {
        if self.count == self.copies.len() {
            self.copies.push(Copied::NONE);
        }
        let copied = &mut self.copies[self.count];
        copied.id = id;
        copied.len = block.len.load(Ordering::Relaxed);
        copied.corner = block.corner.load(Ordering::Relaxed);
        for (copies, word) in copied.rests.chunks_exact_mut(2).zip(&block.rests) {
            let word = word.load(Ordering::Relaxed);
            copies[0] = word as u32;
            copies[1] = (word >> 32) as u32;
        }
        if copied.corner == WIDE {
            let corners = store.corners.get(block.corners.load(Ordering::Relaxed))?;
            for (copy, corner) in copied.corners.iter_mut().zip(&corners.0) {
                *copy = corner.load(Ordering::Relaxed);
            }
        }
        self.count += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::index::VehicleIndex;

    #[test]
    fn a_reader_that_panics_while_the_writer_holds_still_for_it_lets_the_writer_go_on() {
        let index = VehicleIndex::new(4).unwrap();
        let store = &*index.store;
        let (mut tries, mut wishes) = (0, 0);
        let which = |_: &mut Vec<u32>| {
            tries += 1;
            wishes = store.please.load(Ordering::Relaxed);
            assert!(tries <= PATIENCE, "the reader panics while its wish stands");
            None
        };
        let looked = catch_unwind(AssertUnwindSafe(|| Look::default().at(store, usize::MAX, which, |_| ())));
        assert_eq!(wishes, 1);
        assert!(looked.is_err());
        assert_eq!(store.please.load(Ordering::Relaxed), 0);
    }
}
