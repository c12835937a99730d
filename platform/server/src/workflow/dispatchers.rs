//! The dispatcher's desk: the board, and the few commands there are.

use std::time::Duration;

use async_trait::async_trait;
use fareway_shared::{
    enrolment::EnrolmentCode,
    id::{AlarmId, DriverId, FleetId, VehicleId},
    protocol::car::LinkRefusal,
    time::Timestamp,
};
use tokio::sync::watch;

use super::{House, cars::secret_hash};
use crate::{
    console::ports::{Board, ConsoleDesk},
    fleet::{
        error::FleetError,
        model::{DeviceState, Driver, Vehicle},
    },
    store_error::StoreError,
};

/// How long an enrolment code is good.
const CODE_LIFE: Duration = Duration::from_secs(30 * 60);

impl House {
    async fn own_vehicle(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Vehicle, FleetError> {
        let found = self.fleet_store.vehicle(vehicle).await?;
        found.filter(|found| found.fleet == fleet).ok_or(FleetError::UnknownVehicle)
    }

    async fn move_device(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        state: DeviceState,
        why: &str,
    ) -> Result<(), FleetError> {
        self.own_vehicle(fleet, vehicle).await?;
        let device = self.fleet_store.device_of(fleet, vehicle).await?.ok_or(FleetError::UnknownVehicle)?;
        self.fleet_store.set_device_state(fleet, device.id, state, why).await?;
        self.live.touch_fleet(fleet);
        Ok(())
    }
}

#[async_trait]
impl ConsoleDesk for House {
    async fn board(&self, fleet: FleetId, now: Timestamp) -> Result<Board, StoreError> {
        let mut board = self.console_read.stored_board(fleet, now).await?;
        board.zone = self.zone(fleet).to_owned();
        for row in &mut board.vehicles {
            let car = self.live.car(row.id);
            row.online = car.online;
            row.meter = car.meter_word().to_owned();
            row.meter_stale = car.report.as_ref().is_some_and(|report| report.stale);
            row.running_fare = car.running_fare();
            row.seen_at = car.seen_at;
        }
        Ok(board)
    }

    async fn register_vehicle(
        &self,
        fleet: FleetId,
        plate: &str,
        driver: Option<&str>,
        now: Timestamp,
    ) -> Result<VehicleId, FleetError> {
        let name = driver.map(str::trim).filter(|name| !name.is_empty());
        let vehicle = Vehicle {
            fleet,
            id: VehicleId(self.fresh.id(now)),
            plate: plate.trim().to_owned(),
            driver: name.map(|name| Driver { id: DriverId(self.fresh.id(now)), name: name.to_owned() }),
        };
        match self.fleet_store.add_vehicle(&vehicle).await {
            Err(StoreError::Conflict) => Err(FleetError::PlateTaken(vehicle.plate)),
            added => {
                added?;
                self.live.touch_fleet(fleet);
                Ok(vehicle.id)
            }
        }
    }

    async fn enrolment_code(&self, fleet: FleetId, vehicle: VehicleId, now: Timestamp) -> Result<String, FleetError> {
        self.own_vehicle(fleet, vehicle).await?;
        let code = EnrolmentCode { secret: rand::random(), fingerprint: self.keys.current().public().fingerprint() };
        let hash = secret_hash(&code.secret);
        self.fleet_store.put_enrolment(fleet, vehicle, &hash, now.after(CODE_LIFE)).await?;
        Ok(code.to_text())
    }

    async fn revoke_device(&self, fleet: FleetId, vehicle: VehicleId, _now: Timestamp) -> Result<(), FleetError> {
        self.move_device(fleet, vehicle, DeviceState::Revoked, "revoked at the console").await?;
        self.links.close(vehicle, LinkRefusal::Revoked);
        Ok(())
    }

    async fn reinstate_device(&self, fleet: FleetId, vehicle: VehicleId, _now: Timestamp) -> Result<(), FleetError> {
        self.move_device(fleet, vehicle, DeviceState::Active, "reinstated at the console").await
    }

    async fn clear_alarm(&self, fleet: FleetId, alarm: AlarmId, by: &str, now: Timestamp) -> Result<(), StoreError> {
        self.console_read.clear_alarm(fleet, alarm, by, now).await?;
        self.live.touch_fleet(fleet);
        Ok(())
    }

    fn changes(&self, fleet: FleetId) -> watch::Receiver<u64> {
        self.live.watch_fleet(fleet)
    }
}
