//! What only memory knows: which cars are linked, what their meters say now, and who wants to hear of changes. All of it
//! is a hint; after a restart it fills again as cars report.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use fareway_shared::{
    id::{FleetId, VehicleId},
    meter::MeterState,
    money::Money,
    protocol::car::CarReport,
    time::Timestamp,
};
use tokio::sync::watch;

/// What a car last told.
#[derive(Clone, Debug, Default)]
pub struct LiveCar {
    /// Whether its link is up.
    pub online: bool,
    /// Its last report.
    pub report: Option<CarReport>,
    /// Last report or link change.
    pub seen_at: Option<Timestamp>,
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
}

/// A poisoned lock only means that a reader panicked; the map itself is whole.
fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut vehicles = open(&self.vehicles);
        // Nobody listens any more: forget the channel, so that the map stays as small as the audience.
        if vehicles.get(&vehicle).is_some_and(|sender| sender.receiver_count() == 0) {
            vehicles.remove(&vehicle);
        } else if let Some(sender) = vehicles.get(&vehicle) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Something in a fleet may have changed.
    pub fn touch_fleet(&self, fleet: FleetId) {
        if let Some(sender) = open(&self.fleets).get(&fleet) {
            sender.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}
