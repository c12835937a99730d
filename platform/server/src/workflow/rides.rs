//! What a driver does with offers and reserved trips. Each is one change: offer, reservation, trip, and what other drivers
//! are told of it.

use std::time::Duration;

use fareway_shared::{
    id::{OfferId, TripId},
    protocol::car::{CommandOutcome, Duty, TripStep},
    ride::{DriverNotice, OfferGone, TripGone, TripNotice},
    time::Timestamp,
};

use super::{House, commands::Applied, words::Refusal};
use crate::{
    fleet::ports::CarIdentity,
    matching::{
        error::OfferError,
        model::{Offer, OfferEvent},
    },
    payment::ports::Change,
    reservation::model::{Reservation, ReservationEvent},
    store_error::StoreError,
    transition::Role,
    trip::{
        error::TripError,
        model::{Trip, TripEvent},
    },
};

/// A scheduled ride is left for at once if its time is no further off than the drive and this.
const EARLY_S: u64 = 300;

fn refused(refusal: Refusal) -> Applied {
    Ok((Change::default(), refusal.outcome()))
}

fn done(change: Change) -> Applied {
    Ok((change, CommandOutcome::Done))
}

/// Whether a car that needs so long to the pick-up, seconds, need not leave for it yet.
pub(super) fn leaves_later(reservation: &Reservation, pickup_s: u32, now: Timestamp) -> bool {
    let drive = Duration::from_secs(u64::from(pickup_s).saturating_add(EARLY_S));
    reservation.booking.pickup_at.is_some_and(|at| at.before(drive) > now)
}

/// What the driver of a trip is told of it.
pub(super) fn trip_notice(trip: &Trip, reservation: &Reservation) -> Option<DriverNotice> {
    let stage = trip.stage()?;
    let ride = reservation.booking.ride();
    Some(DriverNotice::Trip(TripNotice { trip: trip.id, stage, ride, pin_wanted: trip.pin.is_some() }))
}

impl House {
    async fn offer_to(&self, car: CarIdentity, offer: OfferId) -> Result<Option<(Offer, Reservation)>, StoreError> {
        let offer = self.offers.offer(car.fleet, offer).await?.filter(|offer| offer.vehicle == car.vehicle);
        let Some(offer) = offer else { return Ok(None) };
        let reservation = self.reservations.reservation(car.fleet, offer.reservation).await?;
        Ok(reservation.map(|reservation| (offer, reservation)))
    }

    pub(super) async fn accept_offer(&self, car: CarIdentity, offer: OfferId, now: Timestamp) -> Applied {
        let Some((mut offer, mut reservation)) = self.offer_to(car, offer).await? else {
            return refused(Refusal::UnknownOffer);
        };
        match offer.step(OfferEvent::Accept, Role::Driver, now) {
            Ok(true) => {}
            Ok(false) => return done(Change::default()),
            Err(OfferError::Late) => return refused(Refusal::OfferLate),
            Err(_) => return refused(Refusal::OfferGone),
        }
        if self.trips.pickup_before(car.fleet, car.vehicle).await?.is_some() {
            return refused(Refusal::PickupBefore);
        }
        let id = TripId(self.fresh.id(now));
        if reservation.assign(id, Role::Driver).is_err() {
            return refused(Refusal::OfferGone);
        }
        let terms = self.dispatch_terms(car.fleet);
        let later = leaves_later(&reservation, offer.pickup_s, now);
        let pin = terms.boarding_pin.then(|| self.pin());
        let trip = Trip::reserved(car.fleet, id, reservation.id, (car.vehicle, offer.driver), later, pin, now);
        let mut change = Change::default();
        change.notices.extend(trip_notice(&trip, &reservation).map(|notice| (car.vehicle, notice)));
        let others = self.offers.open_offers(car.fleet, reservation.id).await?;
        for other in others.into_iter().filter(|other| other.id != offer.id) {
            withdraw(other, Role::Platform, OfferGone::Taken, &mut change, now);
        }
        change.offers.push(offer);
        (change.reservation, change.trip) = (Some(reservation), Some(trip));
        done(change)
    }

    pub(super) async fn decline_offer(&self, car: CarIdentity, offer: OfferId, now: Timestamp) -> Applied {
        let Some((offer, reservation)) = self.offer_to(car, offer).await? else {
            return refused(Refusal::UnknownOffer);
        };
        if offer.state == crate::matching::model::OfferState::Declined {
            return done(Change::default());
        }
        match self.end_offer(offer, reservation, OfferEvent::Decline, Role::Driver, now).await? {
            Some(change) => done(change),
            None => refused(Refusal::OfferGone),
        }
    }

    /// An offer is not taken: declined, or run out. The reservation goes back if no other offer is out. `None` if it was
    /// over already.
    pub(super) async fn end_offer(
        &self,
        mut offer: Offer,
        mut reservation: Reservation,
        event: OfferEvent,
        by: Role,
        now: Timestamp,
    ) -> Result<Option<Change>, StoreError> {
        if offer.step(event, by, now).is_err() {
            return Ok(None);
        }
        let others = self.offers.open_offers(offer.fleet, reservation.id).await?;
        if !others.iter().any(|other| other.id != offer.id) {
            // It may be assigned or cancelled by now; then there is nothing to give back.
            let _ = reservation.step(ReservationEvent::Return, by);
        }
        reservation.refusals = reservation.refusals.saturating_add(1);
        let mut change = Change { fleet: Some(offer.fleet), ..Change::default() };
        if by == Role::Platform {
            let gone = DriverNotice::OfferGone { offer: offer.id, why: OfferGone::Expired };
            change.notices.push((offer.vehicle, gone));
        }
        change.offers.push(offer);
        change.reservation = Some(reservation);
        Ok(Some(change))
    }

    pub(super) async fn move_trip(&self, car: CarIdentity, trip: TripId, step: &TripStep, now: Timestamp) -> Applied {
        let found = self.trips.trip(car.fleet, trip).await?.filter(|trip| trip.vehicle == car.vehicle);
        let Some(mut trip) = found else { return refused(Refusal::UnknownTrip) };
        let Some(reservation) = trip.reservation else { return refused(Refusal::UnknownTrip) };
        let reservation = self.reservations.reservation(car.fleet, reservation).await?;
        let Some(mut reservation) = reservation else { return refused(Refusal::UnknownTrip) };
        let terms = self.dispatch_terms(car.fleet);
        let by = Role::Driver;
        let moved = match step {
            TripStep::Depart => trip.step(TripEvent::Depart, by, now),
            TripStep::Arrive => trip.step(TripEvent::Arrive, by, now),
            TripStep::Board { pin } => trip.board(pin.as_deref(), by, now),
            TripStep::NoShow if trip.arrived_at.is_some_and(|at| now.since(at) < terms.no_show_after) => {
                return refused(Refusal::NoShowTooSoon);
            }
            TripStep::NoShow => trip.end(TripEvent::ReportNoShow, by, "", now),
            TripStep::GiveUp => trip.end(TripEvent::Cancel, by, "", now),
        };
        match moved {
            Ok(true) => {}
            Ok(false) => return done(Change::default()),
            Err(TripError::Pin) => return refused(Refusal::WrongPin),
            Err(TripError::Refused(_)) => return refused(Refusal::TripMoved),
        }
        let mut change = Change::default();
        let followed = match step {
            TripStep::NoShow => reservation.end(ReservationEvent::ReportNoShow, by, "").map(drop),
            TripStep::GiveUp => {
                reservation.refusals = reservation.refusals.saturating_add(1);
                reservation.reopen(by, &terms.booking, now)
            }
            _ => Ok(()),
        };
        if followed.is_err() {
            return refused(Refusal::TripMoved);
        }
        let notice = trip_notice(&trip, &reservation)
            .unwrap_or(DriverNotice::TripGone { trip: trip.id, why: TripGone::ByDriver });
        change.notices.push((car.vehicle, notice));
        (change.reservation, change.trip) = (Some(reservation), Some(trip));
        done(change)
    }

    pub(super) async fn set_duty(&self, car: CarIdentity, duty: Duty) -> Applied {
        if duty != Duty::OffShift
            && let Some(plate) = self.fleet_store.on_duty_elsewhere(car.fleet, car.vehicle).await?
        {
            return refused(Refusal::OnDutyElsewhere(plate));
        }
        done(Change { duty: Some((car.vehicle, duty)), ..Change::default() })
    }

    /// The reserved trip that a hired meter or a bill belongs to, moved on by `moves`; with its reservation if that follows.
    pub(super) async fn metered(
        &self,
        car: CarIdentity,
        trip: TripId,
        moves: impl FnOnce(&mut Trip) -> bool,
    ) -> Result<Option<(Trip, Option<Reservation>)>, StoreError> {
        let Some(mut found) = self.trips.trip(car.fleet, trip).await? else { return Ok(None) };
        if found.vehicle != car.vehicle {
            return Ok(None);
        }
        // What it refuses leaves it as it is: the meter's word is kept in the bill all the same.
        let _ = moves(&mut found);
        let over = found.state == crate::trip::model::TripState::Finished;
        let reservation = match found.reservation.filter(|_| over) {
            Some(reservation) => self.reservations.reservation(car.fleet, reservation).await?,
            None => None,
        };
        let completed = reservation.and_then(|mut reservation| {
            reservation.step(ReservationEvent::Complete, Role::Meter).ok().map(|_| reservation)
        });
        Ok(Some((found, completed)))
    }

    /// Four digits for the passenger to tell the driver.
    pub(super) fn pin(&self) -> String {
        let [high, low, ..] = self.fresh.bytes16();
        format!("{:04}", u32::from(u16::from_be_bytes([high, low])) % 10_000)
    }
}

/// Takes an open offer back and tells its driver.
pub(super) fn withdraw(mut offer: Offer, by: Role, why: OfferGone, change: &mut Change, now: Timestamp) {
    if offer.step(OfferEvent::Withdraw, by, now).is_ok() {
        change.notices.push((offer.vehicle, DriverNotice::OfferGone { offer: offer.id, why }));
        change.offers.push(offer);
    }
}
