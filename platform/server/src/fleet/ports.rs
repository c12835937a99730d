//! What the car's link needs from the house, and what the house needs from the car's link.

use async_trait::async_trait;
use fareway_shared::{
    enrolment::EnrolRequest,
    fix::RawFix,
    handshake::SignedHello,
    id::{BillId, DeviceId, FleetId, VehicleId},
    money::Currency,
    protocol::car::{CarReport, LinkRefusal, SignedCommand, ToCar},
    signature::{PrivateKey, PublicKey, Signed},
    time::Timestamp,
};

use super::model::{Device, DeviceState, Vehicle};
use crate::store_error::StoreError;

/// Who is at the other end of an authenticated link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CarIdentity {
    /// The fleet.
    pub fleet: FleetId,
    /// The car.
    pub vehicle: VehicleId,
    /// The device.
    pub device: DeviceId,
}

/// A greeting that was believed.
#[derive(Clone, Debug)]
pub struct Greeted {
    /// Who it is.
    pub car: CarIdentity,
    /// The sealed answer.
    pub welcome: Signed,
    /// The car's last persisted sequence, as it said under its signature.
    pub last_sequence: u64,
    /// Bills of the car that an earlier unit stated, the latest first; sent before anything else.
    pub left: Vec<ToCar>,
    /// Platform messages above the car's last persisted sequence, in order; at most [`RESEND_MAX`].
    pub resend: Vec<ToCar>,
}

/// How many messages are sent again after a reconnect; the rest follow as the car acknowledges.
pub const RESEND_MAX: u32 = 64;

/// The house, as an in-car device sees it. Implemented by the workflow; called by the push adapter, which checks frames
/// and limits but decides nothing.
#[async_trait]
pub trait CarDesk: Send + Sync {
    /// Enrols a new device; answers with a sealed grant.
    async fn enrol(&self, request: &EnrolRequest, challenge: &[u8; 32], now: Timestamp) -> Result<Signed, LinkRefusal>;

    /// Authenticates a device by its signed greeting. A counter that went back suspends the device.
    async fn greet(&self, hello: &SignedHello, challenge: &[u8; 32], now: Timestamp) -> Result<Greeted, LinkRefusal>;

    /// Applies a numbered command, once. `Err` closes the link (a forged, skipped or diverging command).
    async fn command(&self, car: CarIdentity, command: &SignedCommand, now: Timestamp) -> Result<ToCar, LinkRefusal>;

    /// The car has persisted everything up to `sequence`; answers with what follows, at most [`RESEND_MAX`].
    async fn received(&self, car: CarIdentity, sequence: u64, now: Timestamp) -> Vec<ToCar>;

    /// Answers about bills; renews an envelope that has expired.
    async fn ask_bills(&self, car: CarIdentity, bills: &[BillId], now: Timestamp) -> Vec<ToCar>;

    /// How things stand in the car; the latest counts.
    async fn report(&self, car: CarIdentity, report: CarReport, now: Timestamp);

    /// Where the car has been; answers why a position is not believed, if that is news.
    async fn fixes(&self, car: CarIdentity, fixes: &[RawFix], now: Timestamp) -> Vec<ToCar>;

    /// A link came up or went down.
    async fn link_changed(&self, car: CarIdentity, up: bool, now: Timestamp);

    /// Two live links use one key: suspend the device and raise an alarm.
    async fn cloned(&self, car: CarIdentity, now: Timestamp);
}

/// The live links, as the house sees them. Implemented by the push adapter. Hints only: what must arrive is stored
/// first and sent again after a reconnect.
pub trait CarLinks: Send + Sync {
    /// Sends to the car if it is connected. A full queue drops the link, never waits for it.
    fn send(&self, vehicle: VehicleId, message: ToCar);

    /// Closes the car's link within 5 s, saying why.
    fn close(&self, vehicle: VehicleId, reason: LinkRefusal);

    /// Whether a link is up.
    fn is_connected(&self, vehicle: VehicleId) -> bool;
}

/// A command that was applied before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedCommand {
    /// SHA-256 of its sealed body.
    pub body_sha256: [u8; 32],
    /// What became of it.
    pub outcome: fareway_shared::protocol::car::CommandOutcome,
}

/// A stored message to a car.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// The message.
    pub message: ToCar,
    /// Whether the car has acknowledged it, or a later one.
    pub received: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A car whose new device was just enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The car.
    pub vehicle: Vehicle,
    /// Sequence of its last message before the new device.
    pub last_sequence: u64,
}

/// Which platform key cars were told to believe.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// The key that cars were last told of; `None` before the first start.
    async fn believed(&self) -> Result<Option<PublicKey>, StoreError>;

    /// The first key.
    async fn first(&self, key: &PublicKey, now: Timestamp) -> Result<(), StoreError>;

    /// Tells every enrolled car of the next key, signed by the one before, and voids the enrolment codes that name the one
    /// before. Returns how many cars are told; [`StoreError::Conflict`] if `old` is not what cars believe.
    async fn succeed(&self, old: &PrivateKey, new: &PublicKey, now: Timestamp) -> Result<usize, StoreError>;
}

/// The records of this slice.
#[async_trait]
pub trait FleetStore: Send + Sync {
    /// Makes a configured fleet known, or renames it.
    async fn put_fleet(&self, fleet: FleetId, name: &str, currency: Currency) -> Result<(), StoreError>;

    /// Adds a car with an optional driver; [`StoreError::Conflict`] if the plate is taken.
    async fn add_vehicle(&self, vehicle: &Vehicle) -> Result<(), StoreError>;

    /// A car of any fleet.
    async fn vehicle(&self, vehicle: VehicleId) -> Result<Option<Vehicle>, StoreError>;

    /// Cars of any fleet with this plate, spaces, dots and case forgiven; at most two.
    async fn vehicles_by_plate(&self, plate_key: &str) -> Result<Vec<Vehicle>, StoreError>;

    /// Stores an enrolment code's hash; earlier unused codes of the car die.
    async fn put_enrolment(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        secret_sha256: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Uses an enrolment code: revokes the car's earlier device and adds this one, or `None` if the code is not good.
    /// `device` gets fleet and vehicle of the code. What the car was sent so far counts as received, since it was for
    /// the earlier device.
    async fn enrol(
        &self,
        secret_sha256: &str,
        device: &Device,
        now: Timestamp,
    ) -> Result<Option<Enrolment>, StoreError>;

    /// A device.
    async fn device(&self, device: DeviceId) -> Result<Option<Device>, StoreError>;

    /// The device that speaks for a car, suspended ones included.
    async fn device_of(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<Device>, StoreError>;

    /// Moves a device to another state.
    async fn set_device_state(
        &self,
        fleet: FleetId,
        device: DeviceId,
        state: DeviceState,
        reason: &str,
    ) -> Result<(), StoreError>;

    /// A command that was applied before, if it was.
    async fn applied(
        &self,
        fleet: FleetId,
        device: DeviceId,
        number: u64,
    ) -> Result<Option<AppliedCommand>, StoreError>;

    /// Stored messages to a car above `sequence`, in order, at most `limit`.
    async fn messages_after(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        sequence: u64,
        limit: u32,
    ) -> Result<Vec<ToCar>, StoreError>;

    /// The last stored message to a car about a bill, with its sequence and when it was made.
    async fn message_about(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        bill: BillId,
    ) -> Result<Option<StoredMessage>, StoreError>;

    /// The car has persisted everything up to `sequence`.
    async fn received(&self, fleet: FleetId, vehicle: VehicleId, sequence: u64) -> Result<(), StoreError>;

    /// The plate of another car in which this car's driver is on duty.
    async fn on_duty_elsewhere(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<String>, StoreError>;

    /// Messages that were stored before `before` and are not received, at most `limit`: for the relay.
    async fn unreceived(&self, before: Timestamp, limit: u32) -> Result<Vec<(VehicleId, ToCar)>, StoreError>;
}
