//! What requests ask for and vehicles offer: which pairs must not be made, and what makes a pair dearer than its distance.
//! Filled in by callers of [`super::Limited`]; asked by its source once for every pair that might be listed.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "requests and vehicles are numbered here; costs are below 2^29 or cut to it"
)]

use std::{collections::HashMap, sync::Arc};

use fareway_shared::place::LatLng;

use super::{Area, AssignmentError, COST_MAX};
use crate::index::{Filter, Profile};

/// A car like any other: class 0, four seats, vacant.
const PLAIN: Option<Profile> = match Profile::new(0, 4) {
    Ok(profile) => Some(profile),
    Err(_) => None,
};
/// Kinds of cars that have a mark of their own; all others share the next one.
const SHARED: usize = 63;
/// A cost that is no pair's.
const TOO_DEAR: i32 = COST_MAX as i32 + 1;

/// A passenger who waits. All costs are in one unit with distances: metres by great-circle, ms by road.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Where.
    pub pickup: LatLng,
    /// Hard: class, seats, wheelchair.
    pub wants: Filter,
    /// Hard: the car may be no further off than this. None: however far.
    pub latest: Option<u32>,
    /// Soft: what a pick-up costs that is later than promised. None: nothing was promised.
    pub promised: Option<Promised>,
    /// Soft: what it costs to leave it unmatched. The longer someone has waited the more, and more still where somebody
    /// was promised a car. Up to [`COST_MAX`].
    pub unmatched: u32,
}

/// A promised pick-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promised {
    /// How far off the car may be without being late.
    pub by: u32,
    /// What each unit beyond that costs besides, in thousandths.
    pub late_per_1000: u32,
}

/// A car that is to be had. All costs are in one unit with distances.
#[derive(Debug, Clone, PartialEq)]
pub struct Vehicle {
    /// Where.
    pub at: LatLng,
    /// Hard: what filters ask of it. None: it is whatever anybody wants.
    pub profile: Option<Profile>,
    /// Hard: pick-ups must lie in it. None: they lie anywhere.
    pub area: Option<Arc<Area>>,
    /// Soft: what a pair with it costs besides. The longer it has been idle, the less: so those who have waited for a
    /// fare come first where little is lost by it. Up to [`COST_MAX`].
    pub handicap: u32,
}

impl Request {
    /// Of somebody who takes any car from anywhere.
    #[must_use]
    pub const fn new(pickup: LatLng, unmatched: u32) -> Self {
        Self { pickup, wants: Filter::ANY, latest: None, promised: None, unmatched }
    }
}

impl Vehicle {
    /// A vacant car of class 0 with four seats that goes anywhere.
    #[must_use]
    pub const fn new(at: LatLng) -> Self {
        Self { at, profile: PLAIN, area: None, handicap: 0 }
    }
}

/// All that makes a pair more than a distance, by the callers' numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// How many requests and vehicles there are.
    count: [usize; 2],
    pickup: Vec<LatLng>,
    wants: Vec<Filter>,
    latest: Vec<i32>,
    promised: Vec<Option<Promised>>,
    profile: Vec<Option<Profile>>,
    area: Vec<Option<Arc<Area>>>,
    /// Whether there is nothing to heed but latest pick-ups: then nothing else is kept.
    is_plain: bool,
}

impl Rules {
    /// Of both sides.
    pub(crate) fn new(requests: &[Request], vehicles: &[Vehicle]) -> Result<Self, AssignmentError> {
        let unmatched = requests.iter().map(|request| request.unmatched);
        if let Some(cost) = unmatched.chain(vehicles.iter().map(|car| car.handicap)).find(|cost| *cost > COST_MAX) {
            return Err(AssignmentError::TooDear { cost });
        }
        let asks = |request: &Request| request.promised.is_some() || request.wants != Filter::ANY;
        let is_plain = !requests.iter().any(asks) && vehicles.iter().all(|vehicle| vehicle.area.is_none());
        let latest = requests
            .iter()
            .map(|request| request.latest.map_or(TOO_DEAR, |latest| latest.min(COST_MAX) as i32))
            .collect();
        let count = [requests.len(), vehicles.len()];
        if is_plain {
            return Ok(Self { latest, count, is_plain, ..Self::default() });
        }
        Ok(Self {
            is_plain,
            count,
            latest,
            pickup: requests.iter().map(|request| request.pickup).collect(),
            wants: requests.iter().map(|request| request.wants).collect(),
            promised: requests.iter().map(|request| request.promised).collect(),
            profile: vehicles.iter().map(|vehicle| vehicle.profile).collect(),
            area: vehicles.iter().map(|vehicle| vehicle.area.clone()).collect(),
        })
    }

    /// What a pair costs that is so far apart, its lateness counted and the vehicle's handicap not; at least the distance.
    /// None if it must not be made.
    #[inline]
    pub(crate) fn cost(&self, request: usize, vehicle: usize, apart: i32) -> Option<i32> {
        if self.is_plain {
            return (apart <= self.latest[request]).then_some(apart);
        }
        self.heeding_all(request, vehicle, apart)
    }

    fn heeding_all(&self, request: usize, vehicle: usize, apart: i32) -> Option<i32> {
        let fits = self.profile[vehicle].is_none_or(|profile| self.wants[request].fits(profile));
        if !fits || apart > self.latest[request] {
            return None;
        }
        if self.area[vehicle].as_ref().is_some_and(|area| !area.holds(self.pickup[request])) {
            return None;
        }
        let Some(Promised { by, late_per_1000 }) = self.promised[request] else { return Some(apart) };
        let late = i64::from(apart).saturating_sub(i64::from(by)).max(0);
        let cost = i64::from(apart) + late.saturating_mul(i64::from(late_per_1000)) / 1000;
        i32::try_from(cost).ok().filter(|cost| *cost < TOO_DEAR)
    }

    /// Whether a request's pairs may cost more than their distance.
    pub(crate) fn may_be_late(&self, request: usize) -> bool {
        !self.is_plain && self.promised[request].is_some()
    }

    /// How far off a car may be for a request.
    pub(crate) fn latest(&self, request: usize) -> i32 {
        self.latest[request]
    }

    /// Marks by which a search passes over what cannot fit: where a request's and a vehicle's have no bit in common, the
    /// vehicle is not what is wanted. Requests' and vehicles'.
    pub(crate) fn marks(&self) -> [Vec<u64>; 2] {
        if self.is_plain {
            return self.count.map(|count| vec![1; count]);
        }
        // Cars are of one kind if they differ in nothing that is asked of them; areas are alike if they are one and the same.
        let mut number: HashMap<(Option<Profile>, Option<*const Area>), usize> = HashMap::new();
        let mut kinds: Vec<(Option<Profile>, Option<&Area>)> = Vec::new();
        let mut vehicles: Vec<u64> = Vec::with_capacity(self.profile.len());
        for (profile, area) in self.profile.iter().zip(&self.area) {
            let kind = *number.entry((*profile, area.as_ref().map(Arc::as_ptr))).or_insert(kinds.len());
            if kind == kinds.len() {
                kinds.push((*profile, area.as_deref()));
            }
            vehicles.push(1 << kind.min(SHARED));
        }
        let mut known: HashMap<Filter, u64> = HashMap::new();
        let mut by_profile = |wants: &Filter| {
            *known.entry(*wants).or_insert_with(|| {
                let fits = |profile: &Option<Profile>| profile.is_none_or(|profile| wants.fits(profile));
                let kinds = kinds.iter().enumerate().filter(|(_, (profile, _))| fits(profile));
                kinds.fold(0, |mark, (kind, _)| mark | 1 << kind.min(SHARED))
            })
        };
        let own = || kinds.iter().enumerate().take(SHARED);
        let mark = |(wants, pickup): (&Filter, &LatLng)| {
            let outside = own().filter(|(_, (_, area))| area.is_some_and(|area| !area.holds(*pickup)));
            outside.fold(by_profile(wants), |mark, (kind, _)| mark & !(1 << kind))
        };
        let requests = self.wants.iter().zip(&self.pickup).map(mark).collect();
        [requests, vehicles]
    }
}
