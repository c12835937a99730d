//! What is to be driven, as far as it is known when a price is asked for.

use fareway_shared::{place::LatLng, time::Timestamp};
use serde::{Deserialize, Serialize};

use crate::tariff::error::TariffError;

const ROAD_M_MAX: u32 = 5_000_000;
const ROAD_S_MAX: u32 = 7 * 24 * 3600;
const NAMED_MAX: usize = 64;

/// A journey. What is not known yet is left out or 0, and the quote is then the least that it will cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    /// Where it begins.
    pub pickup: LatLng,
    /// Where it ends, if that is known.
    pub dropoff: Option<LatLng>,
    /// When it begins.
    pub pickup_at: Timestamp,
    /// Metres by road, at most 5,000 km.
    pub road_m: u32,
    /// Seconds by road, at most a week.
    pub road_s: u32,
    /// Seconds of `road_s` in which the car is expected to stand or crawl; taken as spread evenly over the journey.
    #[serde(default)]
    pub waiting_s: u32,
    /// The vehicle class, as the tariff names it.
    pub class: String,
    /// The tolls that it passes, as the tariff names them, once for each passage.
    #[serde(default)]
    pub tolls: Vec<String>,
    /// What it has besides the ride.
    #[serde(default)]
    pub extras: Vec<WantedExtra>,
}

/// So many of an extra.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedExtra {
    /// As the tariff names it.
    pub name: String,
    /// How many.
    pub count: u32,
}

impl Journey {
    /// Whether its numbers make sense; also asked of stored ones, so that no sum can leave its range.
    pub(super) fn check(&self) -> Result<(), TariffError> {
        let refuse = |field, message: String| Err(TariffError::Journey { field, message });
        if self.road_m > ROAD_M_MAX {
            return refuse("road_m", format!("at most {ROAD_M_MAX} metres"));
        }
        if self.road_s > ROAD_S_MAX {
            return refuse("road_s", format!("at most {ROAD_S_MAX} seconds"));
        }
        if self.waiting_s > self.road_s {
            return refuse("waiting_s", "no more than road_s".to_owned());
        }
        if self.tolls.len() > NAMED_MAX {
            return refuse("tolls", format!("at most {NAMED_MAX}"));
        }
        if self.extras.len() > NAMED_MAX {
            return refuse("extras", format!("at most {NAMED_MAX}"));
        }
        Ok(())
    }
}
