//! Questions to the vehicle index: the k nearest cars and the cars within a radius, with a filter. A [`Reader`] belongs
//! to one thread; clones share the index. It never stores into the index and never makes the writer wait, but for one
//! that was overtaken many times in one question.
//!
//! What is guaranteed: a question notes the stamp of every leaf it reads and looks at all of them again at the end. If
//! none has moved, and no cell was split or joined, everything it read was so at one moment of the call, and the answer
//! is exactly that moment's; if one has, it asks again. So a car that is being moved is seen at its old place or at its
//! new one, never at both, never at neither, and never with half of its data; and whoever sees a later move of the
//! writer also sees every earlier one.

#![expect(clippy::indexing_slicing, clippy::as_conversions, reason = "slots are cut to the size of a block before use")]

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use fareway_shared::place::LatLng;
use fearless_simd::Level;

use super::{
    choose::Copied,
    crow::{EVERYWHERE, Eye, Far, Near, crow_m, haversine_of, ratio},
    error::QueryError,
    filter::Filter,
    fixed::Fixed,
    profile::{Profile, Tag, VehicleNo},
    store::{BLOCK, NO_BLOCK, Store},
    walk::{leaves, site},
};

/// Questions overtaken this often ask the writer to hold still.
const PATIENCE: u32 = 16;

/// So many times the cars wanted are a crowd: the first look goes nearer instead.
const CROWD: usize = 16;
/// How often; a crowd on one spot is met at any distance.
const NEARER_MAX: u32 = 4;

/// A car in an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    pub(super) haversine: f64,
    pub(super) spot: Fixed,
    pub(super) tag: Tag,
}

impl Neighbour {
    /// Which car.
    #[must_use]
    pub const fn no(&self) -> VehicleNo {
        self.tag.no()
    }

    /// Great-circle metres from the place that was asked about.
    #[must_use]
    pub fn crow_m(&self) -> f64 {
        crow_m(self.haversine)
    }

    /// Where it stood, to 1e-7 degree.
    #[must_use]
    pub fn place(&self) -> LatLng {
        self.spot.place()
    }

    /// What is known of it.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.tag.profile()
    }
}

/// One thread's way to ask the index. Cheap to clone.
pub struct Reader {
    store: Arc<Store>,
    level: Level,
    heads: Vec<u32>,
    stamps: Vec<u32>,
    copied: Copied,
}

impl Clone for Reader {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.store))
    }
}

impl Reader {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, level: Level::new(), heads: Vec::new(), stamps: Vec::new(), copied: Copied::default() }
    }

    /// The k nearest cars that a filter accepts, nearest first, ties by number; fewer where there are fewer. Takes some
    /// 0.5 µs for 20 of 100,000 cars; a filter that rejects nearly all costs a look at nearly all.
    ///
    /// # Errors
    /// [`QueryError::NoneWanted`] when k = 0.
    pub fn nearest(&mut self, from: LatLng, k: usize, filter: &Filter) -> Result<&[Neighbour], QueryError> {
        if k == 0 {
            return Err(QueryError::NoneWanted);
        }
        let eye = Eye::new(Fixed::of(from));
        let mut limit = self.first_limit(&eye, k);
        let mut nearer = NEARER_MAX;
        loop {
            let (found, last) = if let Some(near) = Near::new(&eye, limit) {
                let crowd_max = if nearer > 0 { k.saturating_mul(CROWD) } else { usize::MAX };
                if !self.copy_near(&near, crowd_max) {
                    nearer -= 1;
                    limit /= 4.0;
                    continue;
                }
                self.copied.choose(self.level, &near, filter, k)
            } else {
                let far = Far::new(&eye, limit);
                self.copy_far(&far);
                // Beyond the last limit there is nobody, so whoever is there is all.
                let wanted = if limit >= EVERYWHERE { k.min(self.copied.count(filter)) } else { k };
                if wanted == 0 {
                    self.copied.chosen.clear();
                    break;
                }
                self.copied.choose(self.level, &far, filter, wanted)
            };
            if limit >= EVERYWHERE || last.is_some_and(|last| last <= limit) {
                break;
            }
            limit = farther(limit, k, found);
            // Too near once: from now on only farther.
            nearer = 0;
        }
        Ok(&self.copied.chosen)
    }

    /// Every car within a radius in metres, its edge included, that a filter accepts; nearest first, ties by number.
    ///
    /// # Errors
    /// [`QueryError::NotARadius`] when the radius is negative or not a number.
    pub fn within(&mut self, from: LatLng, radius_m: f64, filter: &Filter) -> Result<&[Neighbour], QueryError> {
        if radius_m.is_nan() || radius_m < 0.0 {
            return Err(QueryError::NotARadius { radius_m });
        }
        let eye = Eye::new(Fixed::of(from));
        let limit = haversine_of(radius_m) * (1.0 + 1e-9);
        if let Some(near) = Near::new(&eye, limit) {
            self.copy_near(&near, usize::MAX);
            self.copied.choose_all(&near, filter);
        } else {
            let far = Far::new(&eye, limit);
            self.copy_far(&far);
            self.copied.choose_all(&far, filter);
        }
        self.copied.keep_within(radius_m);
        Ok(&self.copied.chosen)
    }

    /// A limit that about enough cars should be within, judging by the leaf around the eye. It need not be true of any
    /// moment, so no stamp is asked.
    fn first_limit(&self, eye: &Eye, k: usize) -> f64 {
        let Some(site) = site(&self.store, eye.at) else { return eye.crowded_limit(0, 1, k) };
        let cars = self.store.blocks.get(site.cell.id()).map_or(0, |head| head.len.load(Ordering::Relaxed));
        let (high, wide) = site.cell.size_bits();
        eye.crowded_limit(2 * site.shift + high + wide, cars, k)
    }

    /// Copies what a near reach may hold, unless that is more than `crowd_max`: then it says no.
    fn copy_near(&mut self, near: &Near<'_>, crowd_max: usize) -> bool {
        let (here, across) = near.bounds();
        self.copy(crowd_max, |store, heads| {
            leaves(store, near, &here, heads)?;
            if let Some(across) = across {
                leaves(store, near, &across, heads)?;
                // One leaf may reach around to both.
                heads.sort_unstable();
                heads.dedup();
            }
            Some(())
        })
    }

    fn copy_far(&mut self, far: &Far<'_>) {
        let bounds = far.bounds();
        self.copy(usize::MAX, |store, heads| leaves(store, far, &bounds, heads));
    }

    /// Copies all cars of some leaves as they are at one moment: again and again until nothing has changed meanwhile. Says
    /// no, with nothing copied, where it is a crowd.
    fn copy(&mut self, crowd_max: usize, which: impl Fn(&Store, &mut Vec<u32>) -> Option<()>) -> bool {
        let mut overtaken = 0_u32;
        let copied = loop {
            if let Some(copied) = self.copy_once(crowd_max, &which) {
                break copied;
            }
            overtaken = overtaken.saturating_add(1);
            if overtaken == PATIENCE {
                self.store.please.fetch_add(1, Ordering::Relaxed);
            }
            spin_loop();
        };
        if overtaken >= PATIENCE {
            self.store.please.fetch_sub(1, Ordering::Relaxed);
        }
        copied
    }

    fn copy_once(&mut self, crowd_max: usize, which: impl Fn(&Store, &mut Vec<u32>) -> Option<()>) -> Option<bool> {
        let store = &*self.store;
        let shape = store.shape.load(Ordering::Acquire);
        if shape % 2 == 1 {
            return None;
        }
        self.heads.clear();
        self.stamps.clear();
        self.copied.words.clear();
        self.copied.tags.clear();
        which(store, &mut self.heads)?;
        let crowd = |&head: &u32| store.blocks.get(head).map_or(0, |block| block.len.load(Ordering::Relaxed) as usize);
        if crowd_max < usize::MAX && self.heads.iter().map(crowd).sum::<usize>() > crowd_max {
            return Some(false);
        }
        for &head in &self.heads {
            self.stamps.push(copy_leaf(store, head, &mut self.copied)?);
        }
        fence(Ordering::Acquire);
        let is_unchanged = |(&head, &stamp): (&u32, &u32)| {
            store.blocks.get(head).is_some_and(|block| block.stamp.load(Ordering::Relaxed) == stamp)
        };
        let whole =
            store.shape.load(Ordering::Relaxed) == shape && self.heads.iter().zip(&self.stamps).all(is_unchanged);
        whole.then_some(true)
    }
}

/// Copies all cars of one leaf and tells its stamp from before that. Nothing if it is being changed.
#[inline]
fn copy_leaf(store: &Store, head: u32, copied: &mut Copied) -> Option<u32> {
    let first = store.blocks.get(head)?;
    let stamp = first.stamp.load(Ordering::Acquire);
    if stamp % 2 == 1 {
        return None;
    }
    let mut block = first;
    loop {
        let len = (block.len.load(Ordering::Relaxed) as usize).min(BLOCK);
        copied.words.extend(block.spots[..len].iter().map(|spot| spot.load(Ordering::Relaxed)));
        copied.tags.extend(block.tags[..len].iter().map(|tag| tag.load(Ordering::Relaxed)));
        let next = block.next.load(Ordering::Relaxed);
        if next == NO_BLOCK {
            return Some(stamp);
        }
        // A chain that is being changed may lead anywhere, even around: never follow it unchecked.
        fence(Ordering::Acquire);
        if first.stamp.load(Ordering::Relaxed) != stamp {
            return None;
        }
        block = store.blocks.get(next)?;
    }
}

/// The next limit after one that held too few.
fn farther(limit: f64, k: usize, found: usize) -> f64 {
    let times = if found == 0 { 4.0 } else { (ratio(k, found) * 1.5).clamp(2.0, 4.0) };
    if limit * times >= 1.0 { EVERYWHERE } else { limit * times }
}
