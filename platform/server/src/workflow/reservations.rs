//! Booking and cancelling, whoever does it; and what is due: releases, and the end of looking for a car.

use std::time::Duration;

use fareway_shared::{
    id::{FleetId, ReservationId},
    ride::{DriverNotice, OfferGone, TripGone},
    time::Timestamp,
};
use sha2::{Digest, Sha256};

use super::{House, rides::withdraw};
use crate::{
    payment::ports::Change,
    reservation::{
        error::ReservationError,
        model::{Booking, Reservation, ReservationEvent, ReservationState},
    },
    store_error::StoreError,
    transition::Role,
    trip::model::TripEvent,
};

impl House {
    /// A reservation as it stands.
    ///
    /// # Errors
    /// The database.
    pub async fn reservation(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
    ) -> Result<Option<Reservation>, StoreError> {
        self.reservations.reservation(fleet, reservation).await
    }

    /// Takes a booking. The same client id with the same content is the same reservation, however often it comes.
    ///
    /// # Errors
    /// [`ReservationError`], in the words of whoever books.
    pub async fn book(
        &self,
        fleet: FleetId,
        booking: Booking,
        client_key: &str,
        now: Timestamp,
    ) -> Result<Reservation, ReservationError> {
        let terms = self.dispatch_terms(fleet);
        let body = serde_json::to_vec(&booking)
            .map_err(|error| StoreError::Unreadable { what: "booking", value: error.to_string() })?;
        let body_sha256 = hex::encode(Sha256::digest(&body));
        for _ in 0..super::CONFLICTS_MAX {
            let known = self.reservations.reservation_keyed(fleet, &booking.contact, client_key).await?;
            if let Some(known) = known {
                let same = known.body_sha256 == body_sha256;
                return if same { Ok(known) } else { Err(ReservationError::KeyReused) };
            }
            booking.check(&terms.booking, now)?;
            if self.reservations.open_reservations(fleet, &booking.contact).await? >= terms.open_per_contact {
                return Err(ReservationError::TooMany(terms.open_per_contact));
            }
            let id = ReservationId(self.fresh.id(now));
            let keyed = (client_key.to_owned(), body_sha256.clone());
            let booking = Booking { quoted: self.quoted(fleet, &booking, now).await?, ..booking.clone() };
            let reservation = Reservation::request(fleet, id, booking, keyed, &terms.booking, now);
            let change = Change { fleet: Some(fleet), reservation: Some(reservation.clone()), ..Change::default() };
            match self.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                done => return Ok(done.map(|()| Reservation { revision: 1, ..reservation })?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Takes a reservation back: open offers are withdrawn, a car on its way is told.
    ///
    /// # Errors
    /// [`ReservationError`]; once the passenger is on board there is nothing to cancel.
    pub async fn cancel_reservation(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        by: Role,
        reason: &str,
        now: Timestamp,
    ) -> Result<Reservation, ReservationError> {
        for _ in 0..super::CONFLICTS_MAX {
            let found = self.reservations.reservation(fleet, reservation).await?;
            let mut found = found.ok_or(ReservationError::Unknown)?;
            let was = found.state;
            if !found.end(ReservationEvent::Cancel, by, reason)? {
                return Ok(found);
            }
            let mut change = Change { fleet: Some(fleet), ..Change::default() };
            if was == ReservationState::Offered {
                for offer in self.offers.open_offers(fleet, reservation).await? {
                    withdraw(offer, by, OfferGone::Withdrawn, &mut change, now);
                }
            }
            if was == ReservationState::Assigned
                && let Some(trip) = found.trip
                && let Some(mut trip) = self.trips.trip(fleet, trip).await?
            {
                let on_board = || ReservationError::OnBoard;
                trip.end(TripEvent::Cancel, by, reason, now).map_err(|_| on_board())?;
                let why = if by == Role::Passenger { TripGone::ByPassenger } else { TripGone::ByDispatcher };
                change.notices.push((trip.vehicle, DriverNotice::TripGone { trip: trip.id, why }));
                change.trip = Some(trip);
            }
            change.reservation = Some(found.clone());
            match self.commit(change, now).await {
                Err(StoreError::Conflict) => {}
                done => return Ok(done.map(|()| found)?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Does what a reservation's timer asks for: releases it, or gives it up.
    ///
    /// # Errors
    /// The database; or another change came first, and the timer stands as that left it.
    pub async fn reservation_due(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let found = self.reservations.reservation(fleet, reservation).await?;
        let Some(mut found) = found.filter(|found| found.due_at.is_some_and(|due_at| due_at <= now)) else {
            return Ok(());
        };
        let terms = self.dispatch_terms(fleet);
        let mut change = Change { fleet: Some(fleet), ..Change::default() };
        let moved = match found.state {
            ReservationState::Scheduled => found.release(Role::Platform, &terms.booking, now),
            _ => {
                for offer in self.offers.open_offers(fleet, reservation).await? {
                    withdraw(offer, Role::Platform, OfferGone::Withdrawn, &mut change, now);
                }
                found.end(ReservationEvent::GiveUp, Role::Platform, "no car was found in time").map(drop)
            }
        };
        if let Err(error) = moved {
            // A timer that its state has no use for; it is pushed away rather than asked for ever.
            tracing::error!(%error, reservation.id = %reservation, "a reservation's timer does not fit its state");
            found.due_at = Some(now.after(Duration::from_secs(3_600)));
        }
        change.reservation = Some(found);
        self.commit(change, now).await
    }
}
