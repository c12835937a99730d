//! What only memory knows: which cars are linked, what their meters say now, and who wants to hear of changes. All of it
//! is a hint; after a restart it fills again as cars report.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use fareway_shared::{
    fix::{Fix, RawFix},
    id::{FleetId, ReservationId, VehicleId},
    meter::MeterState,
    money::Money,
    protocol::car::CarReport,
    time::Timestamp,
};
use tokio::sync::watch;

use crate::fleet::position::{FixFault, judge};

/// What a car last told.
#[derive(Clone, Debug, Default)]
pub struct LiveCar {
    /// Whether its link is up.
    pub online: bool,
    /// Its last report.
    pub report: Option<CarReport>,
    /// Last report or link change.
    pub seen_at: Option<Timestamp>,
    /// Where it was last.
    pub fix: Option<Fix>,
    /// The fault of its last position, if that was not believed.
    pub fix_fault: Option<FixFault>,
}

impl LiveCar {
    /// The meter's position as one word.
    #[must_use]
    pub fn meter_word(&self) -> &'static str {
        match self.report.as_ref().map(|report| report.meter) {
            None => "unknown",
            Some(MeterState::NoLink) => "no_link",
            Some(MeterState::SignedOut) => "signed_out",
            Some(MeterState::Vacant) => "vacant",
            Some(MeterState::Hired { .. }) => "hired",
            Some(MeterState::Stopped) => "stopped",
            Some(MeterState::Fault) => "fault",
        }
    }

    /// The running fare with its sign, only while the link is up and the meter's line is fresh.
    #[must_use]
    pub fn running_fare(&self) -> Option<String> {
        let report = self.report.as_ref().filter(|report| self.online && !report.stale)?;
        report.fare.map(|fare| shown(fare.amount))
    }
}

/// An amount as passengers and dispatchers read it.
#[must_use]
pub fn shown(money: Money) -> String {
    format!("{}{}", money.currency.symbol(), money.decimal())
}

/// All cars.
#[derive(Debug, Default)]
pub struct Live {
    cars: Mutex<HashMap<VehicleId, LiveCar>>,
    vehicles: Mutex<HashMap<VehicleId, watch::Sender<u64>>>,
    fleets: Mutex<HashMap<FleetId, watch::Sender<u64>>>,
    reservations: Mutex<HashMap<ReservationId, watch::Sender<u64>>>,
}

/// A poisoned lock only means that a reader panicked; the map itself is whole.
fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells whoever listens. If nobody does any more the channel is forgotten, so that the map stays as small as the audience.
fn touch<K: Eq + Hash>(audience: &Mutex<HashMap<K, watch::Sender<u64>>>, key: &K) {
    let mut audience = open(audience);
    if audience.get(key).is_some_and(|sender| sender.receiver_count() == 0) {
        audience.remove(key);
    } else if let Some(sender) = audience.get(key) {
        sender.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Live {
    /// What a car last told.
    #[must_use]
    pub fn car(&self, vehicle: VehicleId) -> LiveCar {
        open(&self.cars).get(&vehicle).cloned().unwrap_or_default()
    }

    /// A car reported. Returns whether anything that people see has changed.
    pub fn report(&self, vehicle: VehicleId, report: CarReport, now: Timestamp) -> bool {
        let mut cars = open(&self.cars);
        let car = cars.entry(vehicle).or_default();
        let changed = car.report.as_ref() != Some(&report);
        car.report = Some(report);
        car.seen_at = Some(now);
        changed
    }

    /// A link came up or went down.
    pub fn link(&self, vehicle: VehicleId, up: bool, now: Timestamp) {
        let mut cars = open(&self.cars);
        let car = cars.entry(vehicle).or_default();
        car.online = up;
        car.seen_at = Some(now);
    }

    /// A car told where it has been, oldest first. Keeps the last position that can be true; returns a fault that is news.
    pub fn fixes(&self, vehicle: VehicleId, fixes: &[RawFix], now: Timestamp) -> Option<FixFault> {
        let mut cars = open(&self.cars);
        let car = cars.entry(vehicle).or_default();
        let mut news = None;
        for raw in fixes {
            match judge(raw, car.fix.as_ref(), now) {
                Ok(fix) => (car.fix, car.fix_fault) = (Some(fix), None),
                // Batches overlap after a reconnect: nothing is wrong.
                Err(FixFault::Earlier) => {}
                Err(fault) => {
                    if car.fix_fault != Some(fault) {
                        news = Some(fault);
                    }
                    car.fix_fault = Some(fault);
                }
            }
        }
        news
    }

    /// Hears of changes of a reservation.
    #[must_use]
    pub fn watch_reservation(&self, reservation: ReservationId) -> watch::Receiver<u64> {
        open(&self.reservations).entry(reservation).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// A reservation may have changed.
    pub fn touch_reservation(&self, reservation: ReservationId) {
        touch(&self.reservations, &reservation);
    }

    /// Hears of changes around a car.
    #[must_use]
    pub fn watch_vehicle(&self, vehicle: VehicleId) -> watch::Receiver<u64> {
        open(&self.vehicles).entry(vehicle).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// Hears of changes in a fleet.
    #[must_use]
    pub fn watch_fleet(&self, fleet: FleetId) -> watch::Receiver<u64> {
        open(&self.fleets).entry(fleet).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// Something around a car may have changed.
    pub fn touch_vehicle(&self, vehicle: VehicleId) {
        touch(&self.vehicles, &vehicle);
    }

    /// Something in a fleet may have changed.
    pub fn touch_fleet(&self, fleet: FleetId) {
        if let Some(sender) = open(&self.fleets).get(&fleet) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}
