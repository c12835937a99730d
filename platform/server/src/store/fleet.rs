//! The fleet slice's records: vehicles, devices, enrolment codes, and the outbox towards cars.

use async_trait::async_trait;
use fareway_shared::{
    id::{BillId, DeviceId, FleetId, VehicleId},
    money::Currency,
    protocol::car::ToCar,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Store,
    engine::on,
    rows::{DeviceRow, VehicleRow, counted, device_state_word, stored},
};
use crate::{
    fleet::{
        model::{Device, DeviceState, Vehicle, plate_key},
        ports::{AppliedCommand, Enrolment, FleetStore, StoredMessage},
    },
    store_error::StoreError,
};

macro_rules! select_vehicle {
    ($where:literal) => {
        concat!(
            "SELECT vehicle.fleet_id, vehicle.id, vehicle.plate, vehicle.driver_id, driver.name AS driver_name
             FROM vehicle LEFT JOIN driver ON driver.fleet_id = vehicle.fleet_id AND driver.id = vehicle.driver_id ",
            $where
        )
    };
}

macro_rules! select_device {
    ($where:literal) => {
        concat!(
            "SELECT fleet_id, id, vehicle_id, public_key, code_key, state, last_command, enrolled_at FROM device ",
            $where
        )
    };
}

const PUT_FLEET: &str = "INSERT INTO fleet (id, name, currency) VALUES ($1, $2, $3)
                         ON CONFLICT (id) DO UPDATE SET name = excluded.name, currency = excluded.currency";
// A driver may drive several cars, one at a time.
const ADD_DRIVER: &str = "INSERT INTO driver (fleet_id, id, name) VALUES ($1, $2, $3)
                          ON CONFLICT (fleet_id, id) DO NOTHING";
const ADD_VEHICLE: &str = "INSERT INTO vehicle (fleet_id, id, plate, plate_key, driver_id, last_sequence,
                               received_sequence)
                           VALUES ($1, $2, $3, $4, $5, 0, 0)";
const VEHICLE: &str = select_vehicle!("WHERE vehicle.id = $1");
const VEHICLES_BY_PLATE: &str = select_vehicle!("WHERE vehicle.plate_key = $1 LIMIT 2");
const DROP_UNUSED_CODES: &str = "DELETE FROM enrolment WHERE fleet_id = $1 AND vehicle_id = $2 AND used_at IS NULL";
const ADD_CODE: &str =
    "INSERT INTO enrolment (fleet_id, vehicle_id, secret_sha256, expires_at) VALUES ($1, $2, $3, $4)";
const USE_CODE: &str = "UPDATE enrolment SET used_at = $1
                        WHERE secret_sha256 = $2 AND used_at IS NULL AND expires_at > $1
                        RETURNING fleet_id, vehicle_id";
const REVOKE_EARLIER: &str = "UPDATE device SET state = 'revoked', state_reason = 'replaced'
                              WHERE fleet_id = $1 AND vehicle_id = $2 AND state <> 'revoked'";
const ADD_DEVICE: &str = "INSERT INTO device (fleet_id, id, vehicle_id, public_key, code_key, state, last_command,
                              last_bill_counter, enrolled_at)
                          VALUES ($1, $2, $3, $4, $5, 'active', 0, 0, $6)";
const VOID_EARLIER: &str = "UPDATE vehicle SET received_sequence = last_sequence WHERE fleet_id = $1 AND id = $2
                            RETURNING last_sequence";
const DEVICE: &str = select_device!("WHERE id = $1");
const DEVICE_OF: &str = select_device!("WHERE fleet_id = $1 AND vehicle_id = $2 AND state <> 'revoked'");
const SET_STATE: &str = "UPDATE device SET state = $1, state_reason = $2
                         WHERE fleet_id = $3 AND id = $4 AND state <> 'revoked'";
const APPLIED: &str = "SELECT body_sha256, outcome FROM car_command
                       WHERE fleet_id = $1 AND device_id = $2 AND number = $3";
const MESSAGES_AFTER: &str = "SELECT vehicle_id, message FROM car_message
                              WHERE fleet_id = $1 AND vehicle_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4";
const MESSAGE_ABOUT: &str = "SELECT car_message.message, car_message.created_at,
                                 CASE WHEN car_message.sequence <= vehicle.received_sequence THEN 1 ELSE 0 END
                             FROM car_message JOIN vehicle ON vehicle.fleet_id = car_message.fleet_id
                                 AND vehicle.id = car_message.vehicle_id
                             WHERE car_message.fleet_id = $1 AND car_message.vehicle_id = $2
                                 AND car_message.bill_id = $3 ORDER BY car_message.sequence DESC LIMIT 1";
const ON_DUTY_ELSEWHERE: &str = "SELECT other.plate FROM vehicle
                                 JOIN vehicle other ON other.fleet_id = vehicle.fleet_id
                                     AND other.driver_id = vehicle.driver_id AND other.id <> vehicle.id
                                 WHERE vehicle.fleet_id = $1 AND vehicle.id = $2 AND other.duty <> 'off_shift' LIMIT 1";
// An offer is received with the message that tells of it.
const OFFER_RECEIVED: &str = "UPDATE offer SET state = 'received', revision = revision + 1
                              WHERE fleet_id = $1 AND vehicle_id = $2 AND state = 'sent' AND sequence <= $3";
const RECEIVED: &str = "UPDATE vehicle SET received_sequence = $1
                        WHERE fleet_id = $2 AND id = $3 AND received_sequence < $1 AND last_sequence >= $1";
const UNRECEIVED: &str = "SELECT car_message.vehicle_id, car_message.message FROM vehicle
                          JOIN car_message ON car_message.fleet_id = vehicle.fleet_id
                              AND car_message.vehicle_id = vehicle.id
                              AND car_message.sequence > vehicle.received_sequence
                          WHERE vehicle.last_sequence > vehicle.received_sequence AND car_message.created_at < $1
                          ORDER BY car_message.created_at LIMIT $2";

#[derive(sqlx::FromRow)]
struct MessageRow {
    vehicle_id: Uuid,
    message: String,
}

impl MessageRow {
    fn read(self) -> Result<(VehicleId, ToCar), StoreError> {
        let message = serde_json::from_str(&self.message)
            .map_err(|_| StoreError::Unreadable { what: "car_message.message", value: self.message.clone() })?;
        Ok((VehicleId(self.vehicle_id), message))
    }
}

#[async_trait]
impl FleetStore for Store {
    async fn put_fleet(&self, fleet: FleetId, name: &str, currency: Currency) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(PUT_FLEET).bind(fleet.0).bind(name).bind(currency.code())
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn add_vehicle(&self, vehicle: &Vehicle) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        if let Some(driver) = &vehicle.driver {
            on!(tx.conn(), conn => sqlx::query(ADD_DRIVER).bind(vehicle.fleet.0).bind(driver.id.0).bind(&driver.name)
                .execute(conn).await.map(drop))?;
        }
        on!(tx.conn(), conn => sqlx::query(ADD_VEHICLE).bind(vehicle.fleet.0).bind(vehicle.id.0).bind(&vehicle.plate)
            .bind(plate_key(&vehicle.plate)).bind(vehicle.driver.as_ref().map(|driver| driver.id.0))
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn vehicle(&self, vehicle: VehicleId) -> Result<Option<Vehicle>, StoreError> {
        let row: Option<VehicleRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(VEHICLE).bind(vehicle.0).fetch_optional(conn).await)?;
        Ok(row.map(VehicleRow::read))
    }

    async fn vehicles_by_plate(&self, plate_key: &str) -> Result<Vec<Vehicle>, StoreError> {
        let rows: Vec<VehicleRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(VEHICLES_BY_PLATE).bind(plate_key).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(VehicleRow::read).collect())
    }

    async fn put_enrolment(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        secret_sha256: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(DROP_UNUSED_CODES).bind(fleet.0).bind(vehicle.0)
            .execute(conn).await.map(drop))?;
        on!(tx.conn(), conn => sqlx::query(ADD_CODE).bind(fleet.0).bind(vehicle.0).bind(secret_sha256)
            .bind(expires_at.0).execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn enrol(
        &self,
        secret_sha256: &str,
        device: &Device,
        now: Timestamp,
    ) -> Result<Option<Enrolment>, StoreError> {
        let mut tx = self.engine.begin().await?;
        let used: Option<(Uuid, Uuid)> = on!(tx.conn(), conn =>
            sqlx::query_as(USE_CODE).bind(now.0).bind(secret_sha256).fetch_optional(conn).await)?;
        let Some((fleet, vehicle)) = used else { return Ok(None) };
        on!(tx.conn(), conn => sqlx::query(REVOKE_EARLIER).bind(fleet).bind(vehicle).execute(conn).await.map(drop))?;
        on!(tx.conn(), conn => sqlx::query(ADD_DEVICE).bind(fleet).bind(device.id.0).bind(vehicle)
            .bind(device.public_key.0.to_vec()).bind(device.code_key.to_vec()).bind(now.0)
            .execute(conn).await.map(drop))?;
        let row: Option<VehicleRow> = on!(tx.conn(), conn =>
            sqlx::query_as(VEHICLE).bind(vehicle).fetch_optional(conn).await)?;
        let last: Option<(i64,)> = on!(tx.conn(), conn =>
            sqlx::query_as(VOID_EARLIER).bind(fleet).bind(vehicle).fetch_optional(conn).await)?;
        tx.commit().await?;
        let Some((row, (last,))) = row.zip(last) else { return Ok(None) };
        Ok(Some(Enrolment { vehicle: row.read(), last_sequence: counted("vehicle.last_sequence", last)? }))
    }

    async fn device(&self, device: DeviceId) -> Result<Option<Device>, StoreError> {
        let row: Option<DeviceRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(DEVICE).bind(device.0).fetch_optional(conn).await)?;
        row.map(DeviceRow::read).transpose()
    }

    async fn device_of(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<Device>, StoreError> {
        let row: Option<DeviceRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(DEVICE_OF).bind(fleet.0).bind(vehicle.0).fetch_optional(conn).await)?;
        row.map(DeviceRow::read).transpose()
    }

    async fn set_device_state(
        &self,
        fleet: FleetId,
        device: DeviceId,
        state: DeviceState,
        reason: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(SET_STATE).bind(device_state_word(state)).bind(reason).bind(fleet.0)
            .bind(device.0).execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn applied(
        &self,
        fleet: FleetId,
        device: DeviceId,
        number: u64,
    ) -> Result<Option<AppliedCommand>, StoreError> {
        let row: Option<(String, String)> = on!(self.engine.reads(), conn => sqlx::query_as(APPLIED).bind(fleet.0)
            .bind(device.0).bind(stored(number)).fetch_optional(conn).await)?;
        let Some((hash, outcome)) = row else { return Ok(None) };
        let unreadable = |what, value: &str| StoreError::Unreadable { what, value: value.to_owned() };
        let mut body_sha256 = [0; 32];
        hex::decode_to_slice(&hash, &mut body_sha256).map_err(|_| unreadable("car_command.body_sha256", &hash))?;
        let outcome = serde_json::from_str(&outcome).map_err(|_| unreadable("car_command.outcome", &outcome))?;
        Ok(Some(AppliedCommand { body_sha256, outcome }))
    }

    async fn messages_after(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<ToCar>, StoreError> {
        let rows: Vec<MessageRow> = on!(self.engine.reads(), conn => sqlx::query_as(MESSAGES_AFTER).bind(fleet.0)
            .bind(vehicle.0).bind(stored(sequence)).bind(i64::from(limit)).fetch_all(conn).await)?;
        rows.into_iter().map(|row| row.read().map(|(_, message)| message)).collect()
    }

    async fn message_about(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        bill: BillId,
    ) -> Result<Option<StoredMessage>, StoreError> {
        let row: Option<(String, i64, i32)> = on!(self.engine.reads(), conn => sqlx::query_as(MESSAGE_ABOUT)
            .bind(fleet.0).bind(vehicle.0).bind(bill.0).fetch_optional(conn).await)?;
        let Some((message, created_at, received)) = row else { return Ok(None) };
        let (_, message) = MessageRow { vehicle_id: vehicle.0, message }.read()?;
        Ok(Some(StoredMessage { message, received: received == 1, created_at: Timestamp(created_at) }))
    }

    async fn received(&self, fleet: FleetId, vehicle: VehicleId, sequence: u64) -> Result<(), StoreError> {
        let mut tx = self.engine.begin().await?;
        on!(tx.conn(), conn => sqlx::query(RECEIVED).bind(stored(sequence)).bind(fleet.0).bind(vehicle.0)
            .execute(conn).await.map(drop))?;
        on!(tx.conn(), conn => sqlx::query(OFFER_RECEIVED).bind(fleet.0).bind(vehicle.0).bind(stored(sequence))
            .execute(conn).await.map(drop))?;
        tx.commit().await
    }

    async fn on_duty_elsewhere(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(ON_DUTY_ELSEWHERE).bind(fleet.0).bind(vehicle.0).fetch_optional(conn).await)?;
        Ok(row.map(|(plate,)| plate))
    }

    async fn unreceived(&self, before: Timestamp, limit: u32) -> Result<Vec<(VehicleId, ToCar)>, StoreError> {
        let rows: Vec<MessageRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(UNRECEIVED).bind(before.0).bind(i64::from(limit)).fetch_all(conn).await)?;
        rows.into_iter().map(MessageRow::read).collect()
    }
}
