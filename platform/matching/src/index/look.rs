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
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use super::{
    profile::Tag,
    store::{BLOCK, NO_BLOCK, Store},
};

/// Looks overtaken this often ask the writer to hold still.
const PATIENCE: u32 = 16;

/// Slots are read by halves of a block, the second only if there are cars in it.
const HALF: usize = BLOCK / 2;

/// What was read; kept for the next question so that none has to ask for memory.
#[derive(Default)]
pub(super) struct Look {
    /// First blocks of the leaves.
    pub heads: Vec<u32>,
    stamps: Vec<u32>,
    /// Twice the block of every half read, plus one for its second.
    halves: Vec<u32>,
    /// Their places, as words: of as many as there are halves.
    words: Vec<[u64; HALF]>,
}

/// The cars of one look.
#[derive(Clone, Copy)]
pub(super) struct Cars<'look> {
    store: &'look Store,
    halves: &'look [u32],
    /// Places, as words, or [`super::fixed::NOBODY`] where a slot is empty.
    pub words: &'look [u64],
}

impl Cars<'_> {
    /// What is known of the car at a place among those read.
    #[inline(always)]
    pub(super) fn tag(&self, place: usize) -> Tag {
        let Some(half) = self.halves.get(place / HALF) else { return Tag(0) };
        let slot = (half % 2) as usize * HALF + place % HALF;
        Tag(self.store.blocks.get(half / 2).map_or(0, |block| block.tags[slot].load(Ordering::Relaxed)))
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
        let words = self.words[..self.halves.len()].as_flattened();
        let made = make(Cars { store, halves: &self.halves, words });
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
        self.halves.clear();
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
                let cars = block.len.load(Ordering::Relaxed) as usize;
                self.copy(&block.spots[..HALF], 2 * id);
                if cars > HALF {
                    self.copy(&block.spots[HALF..], 2 * id + 1);
                }
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

    /// Copies half a block.
    #[inline(always)]
    fn copy(&mut self, spots: &[AtomicU64], half: u32) {
        if self.words.len() == self.halves.len() {
            self.words.push([0; HALF]);
        }
        for (copy, spot) in self.words[self.halves.len()].iter_mut().zip(spots) {
            *copy = spot.load(Ordering::Relaxed);
        }
        self.halves.push(half);
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
