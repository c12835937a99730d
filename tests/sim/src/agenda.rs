//! What happens when: a queue by instant, and by order of entry within one, so that a seed always gives the same day.

use std::{cmp::Reverse, collections::BinaryHeap};

use fareway_driver_app::state::Action;
use fareway_shared::{
    id::ReservationId,
    protocol::car::{FromCar, ToCar},
    time::Timestamp,
};

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// The platform looks at its timers and matches a batch.
    Batch,
    /// The platform sends again what was not received.
    Relay,
    /// A car's connection stands.
    Connected {
        /// Which car.
        car: usize,
    },
    /// A car's connection breaks.
    Broken {
        /// Which car.
        car: usize,
        /// Only this connection.
        session: u64,
    },
    /// A frame reaches the platform.
    ToPlatform {
        /// From which car.
        car: usize,
        /// Over which connection.
        session: u64,
        /// What it says.
        frame: Box<FromCar>,
    },
    /// A frame reaches a car.
    ToCar {
        /// Which car.
        car: usize,
        /// Over which connection.
        session: u64,
        /// What it says.
        frame: Box<ToCar>,
    },
    /// Something in a car is due.
    Tick {
        /// Which car.
        car: usize,
    },
    /// The receiver has a position.
    Position {
        /// Which car.
        car: usize,
    },
    /// A driver's finger.
    Touch {
        /// Which car.
        car: usize,
        /// What it does.
        action: Box<Action>,
    },
    /// The passenger is in and the meter is hired.
    Hired {
        /// Which car.
        car: usize,
    },
    /// The meter stops.
    Stopped {
        /// Which car.
        car: usize,
    },
    /// The power of a car's unit goes and comes back.
    PowerCut {
        /// Which car.
        car: usize,
    },
    /// Somebody books.
    Books,
    /// The same booking comes once more, as a phone on a bad line sends it.
    BooksAgain {
        /// Its client's own number.
        number: u64,
    },
    /// Somebody cancels.
    Cancels {
        /// What.
        reservation: ReservationId,
    },
    /// A crash is prepared: the platform dies at one of its next commits.
    Doom,
}

struct Entry {
    at: Timestamp,
    number: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// The queue.
#[derive(Default)]
pub struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    number: u64,
}

impl Agenda {
    /// Enters something.
    pub fn enter(&mut self, at: Timestamp, event: Event) {
        self.number += 1;
        self.entries.push(Reverse(Entry { at, number: self.number, event }));
    }

    /// What comes next, with its instant; it is then no longer in the queue.
    pub fn take_next(&mut self) -> Option<(Timestamp, Event)> {
        self.entries.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }
}
