//! `[dispatch]` and `[fleet.dispatch]`: how often cars are matched, and what a fleet promises and asks.

use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;

/// `[dispatch]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// Milliseconds between two batches.
    pub tick_ms: u64,
}

/// `[fleet.dispatch]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FleetDispatch {
    /// The city's roads, as `fareway-match map build` wrote them; without it ways are great circles with a detour.
    pub map: Option<PathBuf>,
    /// Seconds a driver has to answer an offer.
    pub offer_s: u64,
    /// Seconds until a reservation that no car was found for is given up.
    pub patience_s: u64,
    /// A scheduled reservation is released so many seconds before its time.
    pub lead_s: u64,
    /// How far ahead can be booked, days.
    pub ahead_days: u64,
    /// Open reservations of one contact.
    pub open_per_contact: u32,
    /// Seats of the largest car.
    pub seats_max: u8,
    /// No car comes from farther, seconds of driving.
    pub pickup_s_max: u32,
    /// A position older than this is none, seconds.
    pub position_age_s: u64,
    /// A car that has just become free counts as so many seconds farther than one long idle.
    pub fair_s: u32,
    /// Idle for so many seconds a car is preferred no further.
    pub fair_after_s: u32,
    /// After so many refusals a reservation is offered to several cars at once.
    pub broadcast_after: u32,
    /// To so many.
    pub broadcast_cars: usize,
    /// A driver who refused is not asked again for the same ride within so many seconds.
    pub refusal_rest_s: u64,
    /// A passenger who is not there may be reported so many seconds after the car's arrival.
    pub no_show_after_s: u64,
    /// The passenger tells the driver a number at boarding.
    pub boarding_pin: bool,
}

impl Default for FleetDispatch {
    fn default() -> Self {
        Self {
            map: None,
            offer_s: 20,
            patience_s: 900,
            lead_s: 900,
            ahead_days: 30,
            open_per_contact: 3,
            seats_max: 6,
            pickup_s_max: 1_200,
            position_age_s: 60,
            fair_s: 60,
            fair_after_s: 1_800,
            broadcast_after: 3,
            broadcast_cars: 4,
            refusal_rest_s: 300,
            no_show_after_s: 300,
            boarding_pin: false,
        }
    }
}

impl Dispatch {
    pub(super) fn check(self) -> Result<(), ConfigError> {
        if (100..=60_000).contains(&self.tick_ms) {
            Ok(())
        } else {
            Err(ConfigError::key("dispatch.tick_ms", "must be 100 to 60000"))
        }
    }
}

impl FleetDispatch {
    pub(super) fn check(&self, fleet: usize) -> Result<(), ConfigError> {
        let ranges = [
            ("offer_s", self.offer_s, 5..=300),
            ("patience_s", self.patience_s, 60..=86_400),
            ("lead_s", self.lead_s, 60..=86_400),
            ("ahead_days", self.ahead_days, 1..=366),
            ("open_per_contact", u64::from(self.open_per_contact), 1..=100),
            ("seats_max", u64::from(self.seats_max), 1..=15),
            ("pickup_s_max", u64::from(self.pickup_s_max), 60..=14_400),
            ("position_age_s", self.position_age_s, 5..=3_600),
            ("fair_s", u64::from(self.fair_s), 0..=14_400),
            ("fair_after_s", u64::from(self.fair_after_s), 1..=86_400),
            ("broadcast_after", u64::from(self.broadcast_after), 1..=100),
            ("refusal_rest_s", self.refusal_rest_s, 0..=86_400),
            ("no_show_after_s", self.no_show_after_s, 0..=86_400),
        ];
        for (key, value, range) in ranges {
            if !range.contains(&value) {
                let message = format!("must be {} to {}", range.start(), range.end());
                return Err(ConfigError::key(format!("fleet[{fleet}].dispatch.{key}"), message));
            }
        }
        if self.broadcast_cars == 0 || self.broadcast_cars > 32 {
            return Err(ConfigError::key(format!("fleet[{fleet}].dispatch.broadcast_cars"), "must be 1 to 32"));
        }
        Ok(())
    }
}
