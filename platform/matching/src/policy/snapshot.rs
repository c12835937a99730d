//! What the policy is told at one tick: requests not picked up yet, vehicles and what they do, and how fast cars drive.
//! Filled by the caller, stored as JSON so that a decision can be replayed; the field names are those of the line
//! protocol. It decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use fareway_shared::place::{LatLng, NotAPlace};
use serde::{Deserialize, Serialize};

use super::PolicyError;

/// Everything known at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The instant, in seconds on any clock that only goes forward.
    #[serde(rename = "t")]
    pub at_s: f64,
    /// How fast cars drive, in metres per second of road.
    pub speed_mps: f64,
    /// Road metres per great-circle metre.
    pub detour: f64,
    /// A request that has no vehicle after so many seconds gives up.
    pub patience_s: f64,
    /// A pick-up that would take longer than this, in seconds from now, is refused.
    pub max_drive_s: f64,
    /// Those who wait, each once.
    pub requests: Vec<Request>,
    /// The fleet, each once.
    pub vehicles: Vec<Vehicle>,
}

/// Someone who waits for a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its number.
    pub id: u64,
    /// Degrees north of the place of pick-up.
    pub lat: f64,
    /// Degrees east of the place of pick-up.
    pub lon: f64,
    /// Seconds since it was made.
    pub age_s: f64,
    /// The vehicle promised to it, if any.
    pub vehicle: Option<u64>,
}

/// A car.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Its number.
    pub id: u64,
    /// Degrees north of where it is, or of its drop-off if it is occupied.
    pub lat: f64,
    /// Degrees east of the same place.
    pub lon: f64,
    /// What it does.
    #[serde(flatten)]
    pub state: VehicleState,
}

/// What a car does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum VehicleState {
    /// Nothing.
    Idle,
    /// It drives to a pick-up.
    ToPickup {
        /// Whose.
        request: u64,
    },
    /// It has passengers.
    Occupied {
        /// Seconds until they alight.
        free_in_s: f64,
    },
}

impl Request {
    /// Where it wants to be picked up.
    ///
    /// # Errors
    /// [`NotAPlace`] for coordinates that are none.
    pub fn pickup(&self) -> Result<LatLng, NotAPlace> {
        LatLng::new(self.lat, self.lon)
    }
}

impl Vehicle {
    /// Where it is, or will be when it is free.
    ///
    /// # Errors
    /// [`NotAPlace`] for coordinates that are none.
    pub fn place(&self) -> Result<LatLng, NotAPlace> {
        LatLng::new(self.lat, self.lon)
    }

    /// Seconds until it can start for its next pick-up.
    #[must_use]
    pub const fn free_in_s(&self) -> f64 {
        match self.state {
            VehicleState::Idle | VehicleState::ToPickup { .. } => 0.0,
            VehicleState::Occupied { free_in_s } => free_in_s,
        }
    }
}

/// A request and the vehicle that shall hold it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Pair {
    /// The request's number.
    pub request: u64,
    /// The vehicle's number.
    pub vehicle: u64,
}

impl From<(u64, u64)> for Pair {
    fn from((request, vehicle): (u64, u64)) -> Self {
        Self { request, vehicle }
    }
}

impl From<Pair> for (u64, u64) {
    fn from(pair: Pair) -> Self {
        (pair.request, pair.vehicle)
    }
}

impl Snapshot {
    /// That it can be decided on: numbers are numbers, places are places, ids are known and named once.
    ///
    /// # Errors
    /// [`PolicyError`] for the first thing that is wrong.
    pub fn check(&self) -> Result<(), PolicyError> {
        not_negative("t", self.at_s.abs())?;
        positive("speed_mps", self.speed_mps)?;
        positive("detour", self.detour)?;
        not_negative("patience_s", self.patience_s)?;
        not_negative("max_drive_s", self.max_drive_s)?;
        let mut vehicles = BTreeSet::new();
        for vehicle in &self.vehicles {
            vehicle.place().map_err(|source| PolicyError::VehiclePlace { id: vehicle.id, source })?;
            not_negative("free_in_s", vehicle.free_in_s())?;
            if !vehicles.insert(vehicle.id) {
                return Err(PolicyError::VehicleTwice(vehicle.id));
            }
        }
        let mut promises = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for request in &self.requests {
            request.pickup().map_err(|source| PolicyError::RequestPlace { id: request.id, source })?;
            not_negative("age_s", request.age_s)?;
            if promises.insert(request.id, request.vehicle).is_some() {
                return Err(PolicyError::RequestTwice(request.id));
            }
            let Some(vehicle) = request.vehicle else { continue };
            if !vehicles.contains(&vehicle) {
                return Err(PolicyError::UnknownVehicle { request: request.id, vehicle });
            }
            if !taken.insert(vehicle) {
                return Err(PolicyError::PromisedTwice(vehicle));
            }
        }
        for vehicle in &self.vehicles {
            if let VehicleState::ToPickup { request } = vehicle.state
                && promises.get(&request) != Some(&Some(vehicle.id))
            {
                return Err(PolicyError::OneSidedPromise { vehicle: vehicle.id, request });
            }
        }
        Ok(())
    }
}

pub(super) fn not_negative(field: &'static str, value: f64) -> Result<(), PolicyError> {
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(PolicyError::NotANumber { field, value }) }
}

pub(super) fn positive(field: &'static str, value: f64) -> Result<(), PolicyError> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(PolicyError::NotPositive { field, value }) }
}
