//! What a driver is told about a ride that was reserved: the offer, and the trip once it is accepted. Sealed by the platform
//! like everything that moves a car's sequence on, so nobody on the line can make the car deaf to what follows.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{CanonicalError, Reader, Writer},
    id::{OfferId, TripId, VehicleId},
    money::Money,
    place::LatLng,
    signature::{PrivateKey, PublicKey, SignatureError, Signed},
    time::Timestamp,
};

const NOTICE: [u8; 4] = *b"FWDN";

/// A place with the words a driver reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Where.
    pub place: LatLng,
    /// Address or landmark, as the passenger gave it; may be empty.
    pub words: String,
}

/// What everybody may know of a reserved ride.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ride {
    /// Where the passenger waits.
    pub pickup: Stop,
    /// Where the passenger wants to go, if told.
    pub dropoff: Option<Stop>,
    /// When the passenger wants to be picked up; `None` is now.
    pub pickup_at: Option<Timestamp>,
    /// The name to ask for.
    pub passenger: String,
    /// What the passenger wants the driver to know; may be empty.
    pub note: String,
    /// How many ride.
    pub seats: u8,
    /// The quoted fare, if there is one.
    pub quoted: Option<Quoted>,
}

/// A quoted fare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    /// How much.
    pub total: Money,
    /// The price is this, whatever the meter shows; otherwise it is an estimate.
    pub fixed: bool,
}

/// A proposal that runs out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferNotice {
    /// The offer.
    pub offer: OfferId,
    /// The ride.
    pub ride: Ride,
    /// How far the pick-up is, metres of road.
    pub pickup_m: u32,
    /// How long the car needs to it, seconds.
    pub pickup_s: u32,
    /// The answer counts until then.
    pub expires_at: Timestamp,
}

/// Why an offer is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferGone {
    /// Nobody answered in time.
    Expired,
    /// The passenger or the dispatcher took it back.
    Withdrawn,
    /// Another car was faster.
    Taken,
}

/// Where a reserved trip stands before the passenger is on board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripStage {
    /// Accepted; it is not yet time to leave.
    Assigned,
    /// On the way to the pick-up.
    EnRoute,
    /// At the pick-up.
    Arrived,
    /// The passenger rides.
    OnBoard,
}

/// A trip as its driver must know it; a later notice of the same trip replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TripNotice {
    /// The trip.
    pub trip: TripId,
    /// Where it stands.
    pub stage: TripStage,
    /// The ride.
    pub ride: Ride,
    /// The passenger has a number that the driver must key in at boarding.
    pub pin_wanted: bool,
}

/// Who ended a trip before it was driven, as its driver is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripGone {
    /// The passenger cancelled.
    ByPassenger,
    /// The dispatcher took it back.
    ByDispatcher,
    /// The platform gave it to another car, since this one did not come.
    ByPlatform,
    /// The driver gave it up or reported a no-show; a confirmation.
    ByDriver,
}

/// What a driver is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum DriverNotice {
    /// A ride is offered.
    Offer(OfferNotice),
    /// An offer is no longer there.
    OfferGone {
        /// Which.
        offer: OfferId,
        /// Why.
        why: OfferGone,
    },
    /// A trip is this car's, or has moved on.
    Trip(TripNotice),
    /// A trip is no longer this car's.
    TripGone {
        /// Which.
        trip: TripId,
        /// Who ended it.
        why: TripGone,
    },
}

impl DriverNotice {
    /// Signs the notice for one car at one place of its sequence.
    ///
    /// # Errors
    /// The notice cannot be written as JSON.
    pub fn seal(&self, vehicle: VehicleId, sequence: u64, key: &PrivateKey) -> Result<Signed, serde_json::Error> {
        let json = serde_json::to_vec(self)?;
        let body = Writer::new(NOTICE, 1).fixed(&vehicle.bytes()).u64(sequence).bytes(&json).finish();
        Ok(key.seal(body))
    }

    /// Checks the signature, the car and the sequence, then reads the notice.
    ///
    /// # Errors
    /// Another key, car or sequence, or malformed.
    pub fn open(sealed: &Signed, vehicle: VehicleId, sequence: u64, key: &PublicKey) -> Result<Self, SignatureError> {
        let mut reader = Reader::open(sealed.verified_by(key)?, NOTICE, 1)?;
        if reader.array::<16>()? != vehicle.bytes() || reader.u64()? != sequence {
            return Err(SignatureError::BadSignature);
        }
        let notice = serde_json::from_slice(reader.bytes()?).map_err(|_| CanonicalError::Malformed)?;
        reader.close()?;
        Ok(notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_only_by_its_car_at_its_place_in_the_sequence() {
        let (key, car) = (PrivateKey::from_bytes(&[1; 32]), VehicleId(uuid::Uuid::from_u128(7)));
        let notice = DriverNotice::OfferGone { offer: OfferId(uuid::Uuid::from_u128(9)), why: OfferGone::Taken };
        let sealed = notice.seal(car, 4, &key).unwrap();
        assert_eq!(DriverNotice::open(&sealed, car, 4, &key.public()), Ok(notice));
        assert!(DriverNotice::open(&sealed, car, 5, &key.public()).is_err());
        assert!(DriverNotice::open(&sealed, VehicleId(uuid::Uuid::from_u128(8)), 4, &key.public()).is_err());
        assert!(DriverNotice::open(&sealed, car, 4, &PrivateKey::from_bytes(&[2; 32]).public()).is_err());
    }
}
