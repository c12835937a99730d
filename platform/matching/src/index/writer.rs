//! The one writer of a vehicle index: inserts, moves, changes and removals. Every change is made between two steps of
//! the stamps it touches, so that readers see it whole or not at all. How cells are split and joined is in `shape`.

#![expect(clippy::indexing_slicing, reason = "slots come from the whereabouts and are below the size of a block")]

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::yield_now;

use fareway_shared::place::LatLng;

use super::{
    error::IndexError,
    fixed::Fixed,
    leaf::{Whereabouts, close, open},
    profile::{NUMBERS, Profile, Tag, VehicleNo},
    reader::Reader,
    shape,
    spare::Spares,
    store::{BLOCK, Block, NO_BLOCK, Pool, ROOT, Store},
    walk::site,
};

/// The most cars an index can number.
pub const VEHICLES_MAX: u32 = NUMBERS;

/// Positions and profiles of a fleet's cars. The one that writes; [`VehicleIndex::reader`] makes those that ask.
pub struct VehicleIndex {
    pub(super) store: Arc<Store>,
    pub(super) whereabouts: Whereabouts,
    pub(super) spares: Spares,
    len: u32,
}

impl VehicleIndex {
    /// An empty index for cars numbered from 0 to `capacity - 1`.
    ///
    /// # Errors
    /// [`IndexError::Capacity`] when that is none or more than [`VEHICLES_MAX`].
    pub fn new(capacity: u32) -> Result<Self, IndexError> {
        let asked = IndexError::Capacity { asked: capacity, max: VEHICLES_MAX };
        if capacity == 0 || capacity > VEHICLES_MAX {
            return Err(asked);
        }
        let cars = usize::try_from(capacity).map_err(|_| asked)?;
        // A block is without cars only within one change, so there are never many more blocks than cars.
        let store = Store {
            blocks: Pool::for_up_to(cars + 64),
            pages: Pool::for_up_to(cars / 4 + 64),
            corners: Pool::for_up_to(cars + 64),
            shape: AtomicU32::new(0),
            please: AtomicU32::new(0),
        };
        store.pages.make(ROOT);
        Ok(Self { store: Arc::new(store), whereabouts: Whereabouts::new(capacity), spares: Spares::new(), len: 0 })
    }

    /// One more reader.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.store))
    }

    /// How many cars are in it.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether no car is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes it holds, shared and the writer's own; what readers keep for themselves is not among them.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + size_of::<Store>()
            + self.store.blocks.bytes()
            + self.store.pages.bytes()
            + self.store.corners.bytes()
            + self.whereabouts.bytes()
            + self.spares.bytes()
    }

    /// Where a car is and what is known of it.
    #[must_use]
    pub fn get(&self, no: VehicleNo) -> Option<(LatLng, Profile)> {
        let (block, slot) = self.whereabouts.find(no).ok()?;
        let block = self.store.blocks.get(block)?;
        let spot = block.place(&self.store.corners, slot);
        Some((spot.place(), Tag(block.tags[slot].load(Relaxed)).profile()))
    }

    /// Adds a car. Some 0.1 µs.
    ///
    /// # Errors
    /// [`IndexError::AlreadyThere`], [`IndexError::NumberTooLarge`].
    pub fn insert(&mut self, no: VehicleNo, at: LatLng, profile: Profile) -> Result<(), IndexError> {
        match self.whereabouts.find(no) {
            Ok(_) => return Err(IndexError::AlreadyThere { no }),
            Err(IndexError::NotThere { .. }) => {}
            Err(error) => return Err(error),
        }
        self.give_way();
        let at = Fixed::of(at);
        let id = self.room_at(at).ok_or(IndexError::OutOfRoom)?;
        let head = self.store.blocks.get(id).ok_or(IndexError::OutOfRoom)?;
        open(&head.stamp);
        self.whereabouts.put(&self.store.corners, (id, head), at, Tag::new(no, profile).0);
        close(&head.stamp);
        self.len += 1;
        Ok(())
    }

    /// Moves a car. Some 0.05 µs.
    ///
    /// # Errors
    /// [`IndexError::NotThere`], [`IndexError::NumberTooLarge`].
    pub fn move_to(&mut self, no: VehicleNo, at: LatLng) -> Result<(), IndexError> {
        let (id, slot) = self.whereabouts.find(no)?;
        self.give_way();
        self.move_from(id, slot, Fixed::of(at)).ok_or(IndexError::OutOfRoom)
    }

    fn move_from(&mut self, id: u32, slot: usize, at: Fixed) -> Option<()> {
        let store = &*self.store;
        let block = store.blocks.get(id)?;
        let from = block.head_of(id);
        let old_head = store.blocks.get(from)?;
        let mut to = site(store, at)?.cell.id();
        if to == from {
            open(&old_head.stamp);
            block.set_place(&store.corners, slot, at);
            close(&old_head.stamp);
            return Some(());
        }
        if !store.has_room(to) {
            to = self.room_at(at)?;
        }
        let store = &*self.store;
        let (block, old_head, new_head) = (store.blocks.get(id)?, store.blocks.get(from)?, store.blocks.get(to)?);
        let (was, tag) = (block.place(&store.corners, slot), block.tags[slot].load(Relaxed));
        // Both are open before either is changed, and whoever reads one of them in between asks again.
        open(&old_head.stamp);
        open(&new_head.stamp);
        self.whereabouts.put(&store.corners, (to, new_head), at, tag);
        self.whereabouts.take(&store.corners, old_head, (id, block), slot);
        close(&new_head.stamp);
        close(&old_head.stamp);
        let left = old_head.count();
        if shape::is_thin(left) {
            self.thinned(from, was)?;
        }
        Some(())
    }

    /// Changes what is known of a car.
    ///
    /// # Errors
    /// [`IndexError::NotThere`], [`IndexError::NumberTooLarge`].
    pub fn set_profile(&mut self, no: VehicleNo, profile: Profile) -> Result<(), IndexError> {
        let (id, slot) = self.whereabouts.find(no)?;
        self.give_way();
        let there = self.store.blocks.get(id).and_then(|block| {
            let head = self.store.blocks.get(block.head_of(id))?;
            open(&head.stamp);
            block.tags[slot].store(Tag::new(no, profile).0, Relaxed);
            close(&head.stamp);
            Some(())
        });
        there.ok_or(IndexError::NotThere { no })
    }

    /// Removes a car. Some 0.05 µs.
    ///
    /// # Errors
    /// [`IndexError::NotThere`], [`IndexError::NumberTooLarge`].
    pub fn remove(&mut self, no: VehicleNo) -> Result<(), IndexError> {
        let (id, slot) = self.whereabouts.find(no)?;
        self.give_way();
        self.remove_from(id, slot).ok_or(IndexError::NotThere { no })?;
        self.whereabouts.forget(no);
        self.len -= 1;
        Ok(())
    }

    fn remove_from(&mut self, id: u32, slot: usize) -> Option<()> {
        let block = self.store.blocks.get(id)?;
        let from = block.head_of(id);
        let head = self.store.blocks.get(from)?;
        let was = block.place(&self.store.corners, slot);
        open(&head.stamp);
        self.whereabouts.take(&self.store.corners, head, (id, block), slot);
        close(&head.stamp);
        if shape::is_thin(head.count()) { self.thinned(from, was) } else { Some(()) }
    }

    /// The first block of the leaf around a place, once it has room for one more.
    fn room_at(&mut self, at: Fixed) -> Option<u32> {
        loop {
            let site = site(&self.store, at)?;
            if self.store.has_room(site.cell.id()) {
                return Some(site.cell.id());
            }
            self.make_room(&site)?;
        }
    }

    /// Waits for readers that were overtaken too often.
    #[inline]
    fn give_way(&self) {
        while self.store.please.load(Relaxed) != 0 {
            spin_loop();
            yield_now();
        }
    }
}

impl Store {
    /// Whether a leaf has a block with room for one more.
    fn has_room(&self, head: u32) -> bool {
        head != NO_BLOCK && self.blocks.get(head).map_or(BLOCK, Block::count) < BLOCK
    }
}
