//! A desk in memory that remembers what was asked of it, always with the fleet.

use std::sync::Mutex;

use async_trait::async_trait;
use fareway_shared::{
    id::{AlarmId, FleetId, VehicleId},
    time::Timestamp,
};
use tokio::sync::watch;

use crate::{
    console::{
        ports::{Board, ConsoleDesk, VehicleRow},
        ride_ports::ReservationRow,
    },
    fleet::error::FleetError,
    matching::error::HandError,
    reservation::error::ReservationError,
    store_error::StoreError,
};

#[derive(Default)]
pub(super) struct Desk {
    pub(super) vehicles: Mutex<Vec<(FleetId, VehicleRow)>>,
    pub(super) reservations: Mutex<Vec<(FleetId, ReservationRow)>>,
    /// What the next booking is refused with.
    pub(super) no_booking: Mutex<Option<ReservationError>>,
    /// What the next assignment is refused with.
    pub(super) no_hand: Mutex<Option<HandError>>,
    pub(super) asked: Mutex<Vec<(FleetId, String)>>,
    pub(super) changes: watch::Sender<u64>,
}

impl Desk {
    pub(super) fn ask(&self, fleet: FleetId, what: String) {
        self.asked.lock().unwrap().push((fleet, what));
    }

    fn known(&self, fleet: FleetId, vehicle: VehicleId) -> Result<(), FleetError> {
        let vehicles = self.vehicles.lock().unwrap();
        let known = vehicles.iter().any(|(owner, row)| *owner == fleet && row.id == vehicle);
        if known { Ok(()) } else { Err(FleetError::UnknownVehicle) }
    }

    pub(super) fn add(&self, fleet: FleetId, plate: &str) -> VehicleId {
        let id = VehicleId(uuid::Uuid::now_v7());
        let row = VehicleRow {
            id,
            plate: plate.into(),
            driver: None,
            device: "none".into(),
            online: false,
            meter: "unknown".into(),
            meter_stale: false,
            running_fare: None,
            seen_at: None,
        };
        self.vehicles.lock().unwrap().push((fleet, row));
        self.changes.send_modify(|count| *count += 1);
        id
    }
}

#[async_trait]
impl ConsoleDesk for Desk {
    async fn board(&self, fleet: FleetId, now: Timestamp) -> Result<Board, StoreError> {
        let vehicles = self.vehicles.lock().unwrap();
        let vehicles = vehicles.iter().filter(|(owner, _)| *owner == fleet).map(|(_, row)| row.clone()).collect();
        let reservations = self.reservations.lock().unwrap();
        let reservations = reservations.iter().filter(|(owner, _)| *owner == fleet).map(|(_, row)| row.clone());
        Ok(Board {
            fleet: fleet.to_string(),
            zone: "Asia/Shanghai".into(),
            now,
            vehicles,
            trips: vec![],
            payments: vec![],
            alarms: vec![],
            reservations: reservations.collect(),
        })
    }

    async fn register_vehicle(
        &self,
        fleet: FleetId,
        plate: &str,
        driver: Option<&str>,
        _: Timestamp,
    ) -> Result<VehicleId, FleetError> {
        if self.vehicles.lock().unwrap().iter().any(|(owner, row)| *owner == fleet && row.plate == plate) {
            return Err(FleetError::PlateTaken(plate.into()));
        }
        self.ask(fleet, format!("register {plate} {driver:?}"));
        Ok(self.add(fleet, plate))
    }

    async fn enrolment_code(&self, fleet: FleetId, vehicle: VehicleId, _: Timestamp) -> Result<String, FleetError> {
        self.known(fleet, vehicle).map(|()| "7QK2-0000".into())
    }

    async fn revoke_device(&self, fleet: FleetId, vehicle: VehicleId, _: Timestamp) -> Result<(), FleetError> {
        self.known(fleet, vehicle)?;
        self.ask(fleet, "revoke".into());
        Ok(())
    }

    async fn reinstate_device(&self, fleet: FleetId, vehicle: VehicleId, _: Timestamp) -> Result<(), FleetError> {
        self.known(fleet, vehicle)?;
        self.ask(fleet, "reinstate".into());
        Ok(())
    }

    async fn clear_alarm(&self, fleet: FleetId, _: AlarmId, by: &str, _: Timestamp) -> Result<(), StoreError> {
        self.ask(fleet, format!("clear by {by}"));
        Ok(())
    }

    fn changes(&self, _: FleetId) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
