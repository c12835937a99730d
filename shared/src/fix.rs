//! One GNSS position of a car, as it travels and as it is believed. Cars send them in batches and forget them; what a
//! platform makes of one that cannot be true is its own affair.

use serde::{Deserialize, Serialize};

use crate::{
    place::{LatLng, NotAPlace},
    time::Timestamp,
};

/// Most fixes in one message.
pub const FIXES_MAX: usize = 64;

/// A fix as it came over the wire: numbers that claim to be a position. What is no number comes as `null`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawFix {
    /// Degrees north, WGS-84.
    pub lat: Option<f64>,
    /// Degrees east, WGS-84.
    pub lng: Option<f64>,
    /// When the receiver measured it.
    pub at: Timestamp,
    /// How far off it may be, metres; `None` if the receiver does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f32>,
    /// Speed over ground, metres per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f32>,
    /// Where it is heading, degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<f32>,
}

/// A position that is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Where.
    pub place: LatLng,
    /// When.
    pub at: Timestamp,
    /// How far off it may be, metres.
    pub accuracy_m: Option<f32>,
    /// Metres per second.
    pub speed_mps: Option<f32>,
    /// Degrees clockwise from north.
    pub heading_deg: Option<f32>,
}

impl TryFrom<RawFix> for Fix {
    type Error = NotAPlace;

    /// # Errors
    /// [`NotAPlace`] for what is no number or out of range. Accuracy, speed and heading that are no numbers are left out.
    fn try_from(raw: RawFix) -> Result<Self, NotAPlace> {
        let place = LatLng::new(raw.lat.unwrap_or(f64::NAN), raw.lng.unwrap_or(f64::NAN))?;
        let number = |value: Option<f32>| value.filter(|value| value.is_finite() && *value >= 0.0);
        Ok(Self {
            place,
            at: raw.at,
            accuracy_m: number(raw.accuracy_m),
            speed_mps: number(raw.speed_mps),
            heading_deg: number(raw.heading_deg).filter(|degrees| *degrees <= 360.0),
        })
    }
}

impl From<Fix> for RawFix {
    fn from(fix: Fix) -> Self {
        Self {
            lat: Some(fix.place.lat()),
            lng: Some(fix.place.lng()),
            at: fix.at,
            accuracy_m: fix.accuracy_m,
            speed_mps: fix.speed_mps,
            heading_deg: fix.heading_deg,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_travels_as_null_and_is_refused_as_a_place() {
        let nowhere = RawFix {
            lat: Some(f64::NAN),
            lng: Some(121.0),
            at: Timestamp(5),
            accuracy_m: None,
            speed_mps: None,
            heading_deg: None,
        };
        let text = serde_json::to_string(&nowhere).unwrap();
        assert_eq!(text, r#"{"lat":null,"lng":121.0,"at":5}"#);
        let read: RawFix = serde_json::from_str(&text).unwrap();
        assert!(matches!(Fix::try_from(read), Err(NotAPlace::NotANumber { .. })));
    }

    #[test]
    fn a_heading_that_is_none_is_left_out_and_the_place_is_kept() {
        let odd = RawFix {
            lat: Some(31.3),
            lng: Some(120.6),
            at: Timestamp(5),
            accuracy_m: Some(-1.0),
            speed_mps: Some(8.5),
            heading_deg: Some(361.0),
        };
        let fix = Fix::try_from(odd).unwrap();
        assert_eq!((fix.accuracy_m, fix.speed_mps, fix.heading_deg), (None, Some(8.5), None));
    }
}
