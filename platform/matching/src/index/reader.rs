//! Questions to the vehicle index: the k nearest cars and the cars within a radius, with a filter. A [`Reader`] belongs
//! to one thread; clones share the index. It never stores into the index and never makes the writer wait, but for one
//! that was overtaken many times in one question.
//!
//! What is guaranteed: an answer is exactly that of one moment of the call (`look` says how). So a car that is being moved
//! is seen at its old place or at its new one, never at both, never at neither, and never with half of its data; and whoever
//! sees a later move of the writer also sees every earlier one.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fareway_shared::place::LatLng;
use fearless_simd::Level;

use super::{
    choose::{Choice, Wanted},
    crow::{EVERYWHERE, Eye, Far, Near, crow_m, haversine_of, ratio, reached_each, reached_limit},
    error::QueryError,
    filter::Filter,
    fixed::Fixed,
    look::Look,
    profile::{Profile, Tag, VehicleNo},
    store::{NO_BLOCK, Store},
    walk::{leaves, site},
};

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
    /// No car at all.
    pub(super) const NOWHERE: Self = Self { haversine: f64::INFINITY, spot: Fixed { y: 0, x: 0 }, tag: Tag(0) };

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
    look: Look,
    choice: Choice,
    /// By the first block of the leaf asked from: how far the last answer there reached, for each car that was wanted.
    reached: Vec<f32>,
}

impl Clone for Reader {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.store))
    }
}

impl Reader {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, level: Level::new(), look: Look::default(), choice: Choice::default(), reached: Vec::new() }
    }

    /// The k nearest cars that a filter accepts, nearest first, ties by number; fewer where there are fewer. Takes some
    /// 0.7 µs for 20 of 100,000 cars; a filter that rejects nearly all costs a look at nearly all.
    ///
    /// # Errors
    /// [`QueryError::NoneWanted`] when k = 0.
    pub fn nearest(&mut self, from: LatLng, k: usize, filter: &Filter) -> Result<&[Neighbour], QueryError> {
        if k == 0 {
            return Err(QueryError::NoneWanted);
        }
        let eye = Eye::new(Fixed::of(from));
        let (leaf, mut limit) = self.first_limit(&eye, k);
        let mut nearer = NEARER_MAX;
        loop {
            let (found, last) = if let Some(near) = Near::new(&eye, limit) {
                let crowd_max = if nearer > 0 { k.saturating_mul(CROWD) } else { usize::MAX };
                if let Some(seen) = self.near(&near, crowd_max, filter, Wanted::Nearest(k)) {
                    seen
                } else {
                    nearer -= 1;
                    limit /= 4.0;
                    continue;
                }
            } else {
                // Beyond the last limit there is nobody, so whoever is there is all.
                let wanted = if limit >= EVERYWHERE { Wanted::AtMost(k) } else { Wanted::Nearest(k) };
                self.far(&Far::new(&eye, limit), filter, wanted)
            };
            match last {
                Some(last) if last <= limit => {
                    self.note_reached(leaf, last, k);
                    break;
                }
                _ if limit >= EVERYWHERE => break,
                _ => {}
            }
            limit = farther(limit, k, found);
            // Too near once: from now on only farther.
            nearer = 0;
        }
        Ok(self.choice.chosen())
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
        let wanted = Wanted::AtMost(usize::MAX);
        if let Some(near) = Near::new(&eye, limit) {
            self.near(&near, usize::MAX, filter, wanted);
        } else {
            self.far(&Far::new(&eye, limit), filter, wanted);
        }
        self.choice.keep_within(radius_m);
        Ok(self.choice.chosen())
    }

    /// A limit that about enough cars should be within, judging by the last answer to a question from the same leaf, or by
    /// how crowded the leaf is; and that leaf's first block. It need not be true of any moment, so no stamp is asked.
    fn first_limit(&self, eye: &Eye, k: usize) -> (u32, f64) {
        let Some(site) = site(&self.store, eye.at) else { return (NO_BLOCK, eye.crowded_limit(0, 1, k)) };
        let leaf = site.cell.id();
        // What the walk and the look will surely read is on its way while the reach is worked out.
        if let (Some(page), Some(head)) = (self.store.pages.get(site.page), self.store.blocks.get(leaf)) {
            page.touch();
            head.touch();
        }
        let reached = usize::try_from(leaf).ok().and_then(|leaf| self.reached.get(leaf)).copied().unwrap_or(0.0);
        if reached > 0.0 {
            return (leaf, reached_limit(reached, k));
        }
        let cars = self.store.blocks.get(leaf).map_or(0, |head| head.len.load(Ordering::Relaxed));
        let (high, wide) = site.cell.size_bits();
        (leaf, eye.crowded_limit(2 * site.shift + high + wide, cars, k))
    }

    /// Notes how far an answer reached.
    fn note_reached(&mut self, leaf: u32, last: f64, k: usize) {
        let Ok(at) = usize::try_from(leaf) else { return };
        if leaf != NO_BLOCK {
            if self.reached.len() <= at {
                self.reached.resize(at + 1, 0.0);
            }
            if let Some(reached) = self.reached.get_mut(at) {
                *reached = reached_each(*reached, last, k);
            }
        }
    }

    /// Chooses of what a near reach may hold, unless that is more than `crowd_max`: then nothing.
    fn near(
        &mut self,
        near: &Near<'_>,
        crowd_max: usize,
        filter: &Filter,
        wanted: Wanted,
    ) -> Option<(usize, Option<f64>)> {
        let (here, across) = near.bounds();
        let Self { store, level, look, choice, .. } = self;
        let which = |heads: &mut Vec<u32>| {
            leaves(store, near, &here, heads)?;
            if let Some(across) = across {
                leaves(store, near, &across, heads)?;
                // One leaf may reach around to both.
                heads.sort_unstable();
                heads.dedup();
            }
            Some(())
        };
        look.at(store, crowd_max, which, |cars| choice.choose(*level, cars, near, filter, wanted))
    }

    fn far(&mut self, far: &Far<'_>, filter: &Filter, wanted: Wanted) -> (usize, Option<f64>) {
        let bounds = far.bounds();
        let Self { store, level, look, choice, .. } = self;
        let which = |heads: &mut Vec<u32>| leaves(store, far, &bounds, heads);
        let seen = look.at(store, usize::MAX, which, |cars| choice.choose(*level, cars, far, filter, wanted));
        seen.unwrap_or_default()
    }
}

/// The next limit after one that held too few.
fn farther(limit: f64, k: usize, found: usize) -> f64 {
    let times = if found == 0 { 4.0 } else { (ratio(k, found) * 1.5).clamp(2.0, 4.0) };
    if limit * times >= 1.0 { EVERYWHERE } else { limit * times }
}
