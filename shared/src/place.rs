//! Where something is on the earth. Read by the matching engine and by every message that carries a position; says
//! nothing about roads, maps or how a position was measured.

use serde::{Deserialize, Serialize};

/// The mean radius of the earth in metres: the sphere that great-circle distances are on.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A place in WGS-84 degrees, latitude first. Always finite and in range, so whoever holds one need not ask again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Degrees")]
pub struct LatLng {
    lat: f64,
    lng: f64,
}

/// Two numbers that claim to be a place.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Degrees {
    lat: f64,
    lng: f64,
}

/// Why two numbers are not a place.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotAPlace {
    /// NaN or an infinity.
    #[error("{lat}, {lng} is not a place: a coordinate is not a number")]
    NotANumber {
        /// The latitude as given.
        lat: f64,
        /// The longitude as given.
        lng: f64,
    },
    /// Out of range as given, in range the other way round.
    #[error("{lat}, {lng} is not a place, but {lng}, {lat} is: give the latitude first")]
    Swapped {
        /// The latitude as given.
        lat: f64,
        /// The longitude as given.
        lng: f64,
    },
    /// Out of range whichever way round.
    #[error("{lat}, {lng} is not a place: latitudes run from -90 to 90 degrees, longitudes from -180 to 180")]
    OutOfRange {
        /// The latitude as given.
        lat: f64,
        /// The longitude as given.
        lng: f64,
    },
}

impl LatLng {
    /// A place from WGS-84 degrees.
    ///
    /// # Errors
    /// [`NotAPlace`] for what is not finite, or not in range.
    pub fn new(lat: f64, lng: f64) -> Result<Self, NotAPlace> {
        let fits = |lat: f64, lng: f64| (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng);
        if !lat.is_finite() || !lng.is_finite() {
            Err(NotAPlace::NotANumber { lat, lng })
        } else if fits(lat, lng) {
            Ok(Self { lat, lng })
        } else if fits(lng, lat) {
            Err(NotAPlace::Swapped { lat, lng })
        } else {
            Err(NotAPlace::OutOfRange { lat, lng })
        }
    }

    /// Degrees north of the equator, -90 to 90.
    #[must_use]
    pub const fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east of Greenwich, -180 to 180.
    #[must_use]
    pub const fn lng(self) -> f64 {
        self.lng
    }

    /// Great-circle distance in metres, by the haversine formula on a sphere of [`EARTH_RADIUS_M`].
    #[must_use]
    pub fn crow_m(self, other: Self) -> f64 {
        let (lat, other_lat) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat - other_lat) / 2.0).sin();
        let half_lng = ((self.lng - other.lng).to_radians() / 2.0).sin();
        let chord = half_lat.mul_add(half_lat, lat.cos() * other_lat.cos() * half_lng * half_lng);
        2.0 * EARTH_RADIUS_M * chord.min(1.0).sqrt().asin()
    }
}

/// A place is never NaN, so it equals itself.
impl Eq for LatLng {}

impl TryFrom<Degrees> for LatLng {
    type Error = NotAPlace;

    fn try_from(Degrees { lat, lng }: Degrees) -> Result<Self, NotAPlace> {
        Self::new(lat, lng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_equator_is_a_quarter_of_the_equator() {
        let (greenwich, quarter) = (LatLng::new(0.0, 0.0).unwrap(), LatLng::new(0.0, 90.0).unwrap());
        let wanted = EARTH_RADIUS_M * std::f64::consts::FRAC_PI_2;
        assert!((greenwich.crow_m(quarter) - wanted).abs() < 1e-6);
        assert!((quarter.crow_m(quarter)).abs() < f64::EPSILON);
    }

    #[test]
    fn opposite_points_are_half_a_great_circle_apart() {
        let (here, there) = (LatLng::new(37.7, -122.4).unwrap(), LatLng::new(-37.7, 57.6).unwrap());
        assert!((here.crow_m(there) - EARTH_RADIUS_M * std::f64::consts::PI).abs() < 1.0);
    }

    #[test]
    fn what_is_not_a_place_is_refused_with_a_reason() {
        assert!(matches!(LatLng::new(f64::NAN, 0.0), Err(NotAPlace::NotANumber { .. })));
        assert!(matches!(LatLng::new(f64::INFINITY, 0.0), Err(NotAPlace::NotANumber { .. })));
        assert!(matches!(LatLng::new(-122.4, 37.7), Err(NotAPlace::Swapped { .. })));
        assert!(matches!(LatLng::new(91.0, 181.0), Err(NotAPlace::OutOfRange { .. })));
        let sentence = LatLng::new(-122.4, 37.7).unwrap_err().to_string();
        assert_eq!(sentence, "-122.4, 37.7 is not a place, but 37.7, -122.4 is: give the latitude first");
    }

    #[test]
    fn a_place_from_the_wire_is_checked() {
        assert!(serde_json::from_str::<LatLng>(r#"{"lat":37.7,"lng":-122.4}"#).is_ok());
        assert!(serde_json::from_str::<LatLng>(r#"{"lat":-122.4,"lng":37.7}"#).is_err());
    }
}
