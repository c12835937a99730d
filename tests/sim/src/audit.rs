//! What must be true at the end of the day, looked up in the records themselves.

use std::collections::BTreeMap;

use fareway::{
    matching::{model::OfferState, ports::OfferStore},
    reservation::{model::ReservationState, ports::ReservationStore},
    transition::Listed,
    trip::{model::TripState, ports::TripStore},
};
use fareway_shared::{id::ReservationId, protocol::car::LinkRefusal};

use crate::platform::{Platform, fleet};

/// The counts of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    reservations: BTreeMap<u64, ReservationId>,
    /// Reservations by how they ended.
    pub ended: BTreeMap<String, u32>,
    /// Offers by how they ended.
    pub offers: BTreeMap<String, u32>,
    /// Cars that were refused by the platform.
    pub refused: u32,
}

impl Audit {
    /// A booking was answered. True if it was the first time.
    ///
    /// # Panics
    /// The same client id became another reservation.
    pub fn booked(&mut self, number: u64, reservation: ReservationId) -> bool {
        match self.reservations.insert(number, reservation) {
            Some(before) => {
                assert_eq!(before, reservation, "booking {number} became two reservations");
                false
            }
            None => true,
        }
    }

    /// A car was refused. Busy is a platform that dies; anything else must not be.
    ///
    /// # Panics
    /// A car was turned away for good.
    pub fn refused(&mut self, reason: LinkRefusal) {
        assert_eq!(reason, LinkRefusal::Busy, "a sound car was turned away");
        self.refused += 1;
    }

    /// Looks at everything once all is over.
    ///
    /// # Panics
    /// A reservation was forgotten, an offer is still open, or a ride has not exactly one driver.
    pub async fn closes(&mut self, platform: &Platform) {
        let store = &platform.store;
        for (number, id) in &self.reservations {
            let reservation = store.reservation(fleet(), *id).await.unwrap().expect("it was booked");
            let state = reservation.state;
            assert!(
                matches!(
                    state,
                    ReservationState::Completed
                        | ReservationState::Cancelled
                        | ReservationState::NoShow
                        | ReservationState::Unserved
                ),
                "reservation {number} was forgotten: {reservation:?}"
            );
            let offers = store.offers_of(fleet(), *id).await.unwrap();
            for offer in &offers {
                assert!(!offer.is_open(), "reservation {number} has an offer that nobody ended: {offer:?}");
                *self.offers.entry(offer.state.word().to_owned()).or_default() += 1;
            }
            let accepted = offers.iter().filter(|offer| offer.state == OfferState::Accepted);
            if state == ReservationState::Completed {
                let trip = reservation.trip.expect("a completed ride has its trip");
                let trip = store.trip(fleet(), trip).await.unwrap().expect("the trip is there");
                assert_eq!(trip.state, TripState::Finished, "reservation {number}");
                let latest = accepted.clone().max_by_key(|offer| offer.ended_at).expect("somebody took it");
                assert_eq!(latest.vehicle, trip.vehicle, "reservation {number} was driven by another car than took it");
            } else if state == ReservationState::Unserved {
                assert!(reservation.trip.is_none(), "reservation {number} is unserved but has a trip");
            }
            *self.ended.entry(state.word().to_owned()).or_default() += 1;
        }
    }
}
