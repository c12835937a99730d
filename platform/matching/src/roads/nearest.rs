//! Cars in the order of their road time to a pick-up, one after the other, as far as one wants. Called by the assignment:
//! it draws cars for each request until the next one cannot matter any more, and [`Draw::bound_ms`] tells when that is.
//!
//! The search runs backwards from the pick-up over the plain graph. Where cars stand close, the next one is a few junctions
//! on, which is less work than any table; where they are few, [`Roads::times_to`] for all of them is.

#![expect(clippy::indexing_slicing, reason = "the innermost loop; places come from the layout and the fleet")]

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    MapError, Roads, Snap,
    city::{both_ways, partly},
    network::place,
    times::FAR_MS,
};

/// The most cars in one fleet.
const CARS_MAX: usize = 1 << 28;

/// Cars on a city's roads, listed by the vertices that they come to next. For the travel times that it was made with.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// Where each vertex's cars begin; one more at the end.
    first: Vec<u32>,
    /// The nearest first.
    coming: Vec<Coming>,
    /// Segment, car and place of each car that stands on a road, by segment.
    standing: Vec<(u32, u32, Snap)>,
}

/// A car that comes to a vertex.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Coming {
    ms: u32,
    car: u32,
    /// Whether the next one in the list comes to the same vertex.
    more: bool,
}

/// Cars in the order of their road time to one pick-up. May be put aside and gone on with at any time.
#[derive(Debug, Clone, Default)]
pub struct Draw {
    /// What comes next: its time in the upper half, and in the lower what it is.
    heap: BinaryHeap<Reverse<u64>>,
    done: Done,
}

/// A car and how long it takes, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn {
    /// How long it takes to the pick-up, ms; equal to [`Roads::time_ms`].
    pub ms: u32,
    /// Its place in the list that the fleet was made from.
    pub car: u32,
}

/// In the lower half of an event: the car at a place of [`Fleet::coming`].
const COMING: u32 = 1 << 31;
/// Besides: no such place, but a car itself, which does not leave the segment.
const ITSELF: u32 = 1 << 30;

impl Fleet {
    /// Lists cars on a city's roads. `None` is a car that no road is near to; it is never drawn. Time: a few tens of
    /// nanoseconds a car, and the number of junctions.
    ///
    /// # Errors
    /// [`MapError::TooLarge`] for more than 2^28 cars.
    pub fn new(roads: &Roads, cars: &[Option<Snap>]) -> Result<Self, MapError> {
        if cars.len() > CARS_MAX {
            return Err(MapError::TooLarge { what: "cars", most: CARS_MAX });
        }
        let mut entering = Vec::with_capacity(cars.len() * 2);
        let mut standing = Vec::with_capacity(cars.len());
        for (car, snap) in (0..).zip(cars) {
            let Some(snap) = snap.as_ref().filter(|snap| roads.knows(snap)) else { continue };
            standing.push((snap.segment, car, *snap));
            for (arc, share) in both_ways(snap) {
                let ms = roads.times.arcs[place(arc)];
                if ms > 0 {
                    let rest = ms - partly(ms.cast_signed(), share).cast_unsigned();
                    entering.push((roads.layout.entry[place(arc)], rest, car));
                }
            }
        }
        standing.sort_unstable_by_key(|(segment, car, _)| (*segment, *car));
        let mut first = vec![0_u32; roads.vertex_count() + 1];
        entering.iter().for_each(|(vertex, ..)| first[place(*vertex) + 1] += 1);
        (1..first.len()).for_each(|at| first[at] += first[at - 1]);
        let (mut next, mut coming) = (first.clone(), vec![Coming::default(); entering.len()]);
        for (vertex, rest, car) in entering {
            coming[place(next[place(vertex)])] = Coming { ms: rest, car, more: false };
            next[place(vertex)] += 1;
        }
        for span in first.windows(2).filter(|span| span[1] - span[0] > 1) {
            let here = &mut coming[place(span[0])..place(span[1])];
            here.sort_unstable();
            here.iter_mut().rev().skip(1).for_each(|coming| coming.more = true);
        }
        Ok(Self { first, coming, standing })
    }

    fn coming_to(&self, vertex: u32) -> std::ops::Range<u32> {
        self.first[place(vertex)]..self.first[place(vertex) + 1]
    }
}

impl Draw {
    /// Begins anew, at this pick-up. A fleet of another city has no cars here.
    pub fn begin(&mut self, roads: &Roads, fleet: &Fleet, pickup: &Snap) {
        self.heap.clear();
        self.done.clear();
        if fleet.first.len() != roads.vertex_count() + 1 {
            return;
        }
        for (vertex, ms) in roads.ways_in(pickup) {
            self.push(ms, vertex);
        }
        let start = fleet.standing.partition_point(|(segment, ..)| *segment < pickup.segment);
        for (_, car, from) in fleet.standing[start..].iter().take_while(|(segment, ..)| *segment == pickup.segment) {
            if let Some(ms) = roads.straight_ms(from, pickup) {
                self.push(ms, COMING | ITSELF | car);
            }
        }
    }

    /// The next car: of those not drawn yet the one that takes least, and of several the one listed first at the
    /// junction that they come by. `None` when all that can come have been drawn. `roads` and `fleet` are those that it
    /// began with.
    pub fn next(&mut self, roads: &Roads, fleet: &Fleet) -> Option<Drawn> {
        while let Some(Reverse(event)) = self.heap.pop() {
            let (ms, what) = halves(event);
            if what & COMING == 0 {
                self.settle(roads, fleet, ms, what);
                continue;
            }
            let car = if what & ITSELF != 0 {
                what & !(COMING | ITSELF)
            } else {
                let at = what & !COMING;
                let Coming { ms: rest, car, more } = fleet.coming[place(at)];
                // The one after it, if it comes to the same vertex.
                if let Some(Coming { ms: next, car: _, more: _ }) = fleet.coming.get(place(at) + 1).filter(|_| more) {
                    self.push(ms - rest + next, COMING | (at + 1));
                }
                car
            };
            if self.done.insert(COMING | car) {
                return Some(Drawn { ms, car });
            }
        }
        None
    }

    /// No car that is still to be drawn takes less than this, ms. `None`: none is to be drawn.
    #[must_use]
    pub fn bound_ms(&self) -> Option<u32> {
        self.heap.peek().map(|Reverse(event)| halves(*event).0)
    }

    fn settle(&mut self, roads: &Roads, fleet: &Fleet, ms: u32, vertex: u32) {
        if !self.done.insert(vertex) {
            return;
        }
        let coming = fleet.coming_to(vertex);
        if !coming.is_empty() {
            self.push(ms + fleet.coming[place(coming.start)].ms, COMING | coming.start);
        }
        for &[tail, arc] in roads.layout.leading_to(vertex) {
            if !self.done.contains(tail) {
                self.push(ms + roads.times.arcs[place(arc)], tail);
            }
        }
    }

    fn push(&mut self, ms: u32, what: u32) {
        if ms < FAR_MS.cast_unsigned() {
            self.heap.push(Reverse(u64::from(ms) << 32 | u64::from(what)));
        }
    }
}

fn halves(event: u64) -> (u32, u32) {
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "the two halves of 64 bits")]
    let halves = ((event >> 32) as u32, event as u32);
    halves
}

/// Vertices and cars that are done with: a small table of its own, because a draw sees little of a city.
#[derive(Debug, Clone, Default)]
struct Done {
    slots: Vec<u32>,
    count: usize,
}

const FREE: u32 = u32::MAX;
const SLOTS_MIN: usize = 32;
const SLOTS_KEPT: usize = 256;

impl Done {
    fn clear(&mut self) {
        // One draw that went far must not make all that follow wipe its table.
        self.slots.truncate(SLOTS_KEPT);
        self.slots.fill(FREE);
        self.count = 0;
    }

    fn slot(&self, what: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = place(what.wrapping_mul(0x9e37_79b1) >> 7) & mask;
        while self.slots[at] != FREE && self.slots[at] != what {
            at = (at + 1) & mask;
        }
        at
    }

    fn contains(&self, what: u32) -> bool {
        !self.slots.is_empty() && self.slots[self.slot(what)] == what
    }

    /// Whether it is new.
    fn insert(&mut self, what: u32) -> bool {
        if (self.count + 1) * 2 > self.slots.len() {
            let larger = (self.slots.len() * 2).max(SLOTS_MIN);
            for kept in std::mem::replace(&mut self.slots, vec![FREE; larger]) {
                if kept != FREE {
                    let at = self.slot(kept);
                    self.slots[at] = kept;
                }
            }
        }
        let at = self.slot(what);
        let new = self.slots[at] == FREE;
        if new {
            self.slots[at] = what;
            self.count += 1;
        }
        new
    }
}
