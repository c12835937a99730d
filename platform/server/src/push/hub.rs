//! Who is connected. The house sends through it and closes through it ([`CarLinks`]); the sessions come and go in it. It
//! never waits, and it decides nothing: what must arrive is stored first.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use fareway_shared::{
    id::VehicleId,
    protocol::car::{LinkRefusal, ToCar},
};

use crate::{
    fleet::ports::{CarIdentity, CarLinks},
    push::queue::{Ending, LinkQueue},
};

/// One authenticated link.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) car: CarIdentity,
    pub(super) queue: LinkQueue,
}

/// What the hub had seen at one moment; tells a newcomer whether it missed anything while it was being greeted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    /// Messages for cars that were not connected.
    pub(super) unheard: u64,
    /// Links that the house closed, connected or not.
    pub(super) closed: u64,
}

/// Why a newcomer was not entered.
#[derive(Debug)]
pub(super) enum NotEntered {
    /// This link of the same car is in its place.
    Occupied(Arc<Link>),
    /// The listener is going down.
    Shut,
}

/// A link's place among the connected. However its session ends, even by a panic, the place is given up.
#[derive(Debug)]
pub(super) struct Seat {
    hub: Arc<Hub>,
    link: Arc<Link>,
}

impl Seat {
    pub(super) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Gives up the place; `true` if it was still this link's.
    pub(super) fn leave(&self) -> bool {
        self.link.queue.gone();
        self.hub.remove(&self.link)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

#[derive(Debug, Default)]
struct Connected {
    links: HashMap<VehicleId, Arc<Link>>,
    shut: bool,
}

/// The live links of this process.
#[derive(Debug, Default)]
pub struct Hub {
    connected: RwLock<Connected>,
    unheard: AtomicU64,
    closed: AtomicU64,
}

impl Hub {
    /// A hub that nobody is connected to yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many cars are connected.
    #[must_use]
    pub fn count(&self) -> usize {
        self.connected().links.len()
    }

    fn connected(&self) -> RwLockReadGuard<'_, Connected> {
        self.connected.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn connected_mut(&self) -> RwLockWriteGuard<'_, Connected> {
        self.connected.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tally(&self) -> Tally {
        Tally { unheard: self.unheard.load(Ordering::SeqCst), closed: self.closed.load(Ordering::SeqCst) }
    }

    pub(super) fn find(&self, vehicle: VehicleId) -> Option<Arc<Link>> {
        self.connected().links.get(&vehicle).cloned()
    }

    /// Enters a link in place of `old`, which must be the one that is there now.
    pub(super) fn enter(self: &Arc<Self>, link: &Arc<Link>, old: Option<&Arc<Link>>) -> Result<Seat, NotEntered> {
        let mut connected = self.connected_mut();
        if connected.shut {
            return Err(NotEntered::Shut);
        }
        match connected.links.get(&link.car.vehicle) {
            Some(there) if !old.is_some_and(|old| Arc::ptr_eq(there, old)) => {
                Err(NotEntered::Occupied(Arc::clone(there)))
            }
            Some(_) | None => {
                connected.links.insert(link.car.vehicle, Arc::clone(link));
                Ok(Seat { hub: Arc::clone(self), link: Arc::clone(link) })
            }
        }
    }

    /// Removes a link, unless another has taken its place; tells whether it was there.
    fn remove(&self, link: &Arc<Link>) -> bool {
        let mut connected = self.connected_mut();
        let there = connected.links.get(&link.car.vehicle).is_some_and(|there| Arc::ptr_eq(there, link));
        if there {
            connected.links.remove(&link.car.vehicle);
        }
        there
    }

    /// Lets nobody in any more and ends every link, saying "come back later".
    pub(super) fn shut(&self) {
        let mut connected = self.connected_mut();
        connected.shut = true;
        for link in connected.links.values() {
            link.queue.end(Ending::Refused(LinkRefusal::Busy));
        }
    }
}

impl CarLinks for Hub {
    fn send(&self, vehicle: VehicleId, message: ToCar) {
        match self.find(vehicle) {
            Some(link) => link.queue.push(message),
            None => {
                self.unheard.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    fn close(&self, vehicle: VehicleId, reason: LinkRefusal) {
        // Counted before the look-up: a car that is entered after the look-up sees the count and is refused.
        self.closed.fetch_add(1, Ordering::SeqCst);
        if let Some(link) = self.find(vehicle) {
            link.queue.end(Ending::Refused(reason));
        }
    }

    fn is_connected(&self, vehicle: VehicleId) -> bool {
        self.connected().links.contains_key(&vehicle)
    }
}
