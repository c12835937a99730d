//! The dispatcher's part of reservations: booking for a caller, giving a ride to a car by hand and taking that back, and why
//! each car was asked.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use fareway_matching::roads::By;
use fareway_shared::{
    id::{FleetId, OfferId, ReservationId, TripId, VehicleId},
    meter::MeterState,
    money::Money,
    ride::{DriverNotice, OfferGone, TripGone},
    time::Timestamp,
};
use jiff::tz::TimeZone;

use super::{
    House,
    live::shown,
    quotes::QuoteAsked,
    rides::{leaves_later, trip_notice, withdraw},
};
use crate::{
    console::ride_ports::{
        CarRow, NoQuote, OfferRow, PhoneBooking, PhoneQuote, QuoteLineRow, QuoteRow, ReservationDetail, ReservationRow,
        RideDesk,
    },
    matching::{
        error::HandError,
        model::{BY_HAND, HAND_AHEAD, Offer, OfferEvent, OfferState, Reason},
        words::explain,
    },
    payment::ports::Change,
    reservation::{
        error::{BookingError, ReservationError},
        model::{Booking, Contact, Reservation, ReservationState},
    },
    store_error::StoreError,
    tariff::{
        model::{IfRepeated, QuoteKind, local_time},
        words::line_words,
    },
    transition::{Listed, Role},
    trip::model::{Trip, TripEvent},
};

impl House {
    /// The time zone of a fleet's clocks.
    pub(super) fn zone(&self, fleet: FleetId) -> &str {
        self.terms.get(&fleet).map_or("UTC", |terms| &terms.zone)
    }

    fn time_zone(&self, fleet: FleetId) -> Result<TimeZone, StoreError> {
        let zone = self.zone(fleet);
        TimeZone::get(zone).map_err(|_| StoreError::Unreadable { what: "fleet.zone", value: zone.to_owned() })
    }

    /// What only memory knows of a car.
    fn placed(&self, mut car: CarRow) -> CarRow {
        let live = self.live.car(car.id);
        live.meter_word().clone_into(&mut car.meter);
        car.online = live.online;
        if let Some(fix) = live.fix {
            (car.place, car.placed_at, car.heading_deg) = (Some(fix.place), Some(fix.at), fix.heading_deg);
        }
        car.free = self.obstacle(&car, None).is_none();
        car
    }

    /// Why a car cannot be given a ride now.
    fn obstacle(&self, car: &CarRow, reservation: Option<ReservationId>) -> Option<HandError> {
        let meter = self.live.car(car.id).report.map(|report| report.meter);
        let taken = matches!(meter, Some(MeterState::Hired { .. } | MeterState::Stopped));
        let other_offer = car.offered.is_some() && car.offered != reservation;
        if !car.online {
            Some(HandError::Unlinked(car.plate.clone()))
        } else if taken || other_offer || car.trip.is_some() {
            Some(HandError::Busy(car.plate.clone()))
        } else if !matches!(car.duty.as_str(), "on_shift" | "go_home") {
            Some(HandError::OffDuty(car.plate.clone()))
        } else {
            None
        }
    }

    /// What is written down of a ride that is given by hand: an offer that was taken at once.
    async fn by_hand(&self, reservation: &Reservation, car: &CarRow, now: Timestamp) -> Result<Offer, StoreError> {
        let terms = self.dispatch_terms(reservation.fleet);
        let fresh = car.placed_at.is_some_and(|at| now.since(at) <= terms.position_age);
        let way = car.place.filter(|_| fresh).map(|at| terms.eta.between(at, reservation.booking.pickup.place));
        let pickup_s = way.map_or(0, |way| way.ms.div_ceil(1000));
        let measure = match way.map(|way| way.by) {
            Some(By::Road) => "road",
            Some(By::Crow) => "crow",
            None => "unknown",
        };
        #[expect(clippy::as_conversions, reason = "metres of a way to a pick-up; the cast saturates")]
        let pickup_m = way.map_or(0, |way| way.m.round() as u32);
        let vehicle = self.fleet_store.vehicle(car.id).await?;
        Ok(Offer {
            fleet: reservation.fleet,
            id: OfferId(self.fresh.id(now)),
            reservation: reservation.id,
            vehicle: car.id,
            driver: vehicle.and_then(|vehicle| vehicle.driver).map(|driver| driver.id),
            state: OfferState::Accepted,
            pickup_m,
            pickup_s,
            reason: Reason {
                by: BY_HAND.to_owned(),
                batch: [1, 1],
                measure: measure.to_owned(),
                pickup_s,
                worth_s: 0,
                adds_s: pickup_s,
                nearer: Vec::new(),
            },
            sent_at: now,
            expires_at: now,
            ended_at: Some(now),
            revision: 0,
        })
    }

    /// One try of [`RideDesk::assign_by_hand`].
    async fn try_assign(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        vehicle: VehicleId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, HandError> {
        let found = self.reservations.reservation(fleet, reservation).await?;
        let mut found = found.ok_or(HandError::UnknownReservation)?;
        let car = self.console_read.car_row(fleet, vehicle).await?.ok_or(HandError::UnknownCar)?;
        let car = self.placed(car);
        let (was, id) = (found.state, TripId(self.fresh.id(now)));
        found.assign(id, Role::Dispatcher).map_err(|_| HandError::NotOpen(was))?;
        if found.booking.pickup_at.is_some_and(|at| at.before(HAND_AHEAD) > now) {
            return Err(HandError::TooEarly { hours: HAND_AHEAD.as_secs() / 3_600 });
        }
        if let Some(obstacle) = self.obstacle(&car, Some(reservation)) {
            return Err(obstacle);
        }
        if car.seats < found.booking.seats {
            return Err(HandError::Seats { plate: car.plate, seats: car.seats });
        }
        if found.booking.wheelchair && !car.wheelchair {
            return Err(HandError::Wheelchair(car.plate));
        }
        let mut change = Change { fleet: Some(fleet), ..Change::default() };
        for open in self.offers.open_offers(fleet, reservation).await? {
            let why = if open.vehicle == vehicle { OfferGone::Withdrawn } else { OfferGone::Taken };
            withdraw(open, Role::Dispatcher, why, &mut change, now);
        }
        let offer = self.by_hand(&found, &car, now).await?;
        let later = leaves_later(&found, offer.pickup_s, now);
        let pin = self.dispatch_terms(fleet).boarding_pin.then(|| self.pin());
        let trip = Trip::reserved(fleet, id, reservation, (vehicle, offer.driver), later, pin, now);
        change.notices.extend(trip_notice(&trip, &found).map(|notice| (vehicle, notice)));
        let undo_until = offer.undo_until();
        change.offers.push(offer);
        (change.reservation, change.trip) = (Some(found), Some(trip));
        match self.commit(change, now).await {
            Err(StoreError::Conflict) => Ok(None),
            done => Ok(done.map(|()| undo_until)?),
        }
    }

    /// One try of [`RideDesk::unassign`]. Returns whether it was written.
    async fn try_unassign(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        now: Timestamp,
    ) -> Result<bool, HandError> {
        let found = self.reservations.reservation(fleet, reservation).await?;
        let mut found = found.ok_or(HandError::UnknownReservation)?;
        let trip = match found.trip.filter(|_| found.state == ReservationState::Assigned) {
            Some(trip) => self.trips.trip(fleet, trip).await?,
            None => None,
        };
        let mut trip = trip.ok_or(HandError::NotByHand)?;
        let offers = self.offers.offers_of(fleet, reservation).await?;
        let taken = offers.into_iter().find(|offer| offer.state == OfferState::Accepted);
        let mut given = taken.filter(|offer| offer.vehicle == trip.vehicle).ok_or(HandError::NotByHand)?;
        let until = given.undo_until().ok_or(HandError::NotByHand)?;
        if now > until {
            return Err(HandError::UndoOver);
        }
        trip.end(TripEvent::Cancel, Role::Dispatcher, "taken back", now).map_err(|_| HandError::OnBoard)?;
        let terms = self.dispatch_terms(fleet);
        found.reopen(Role::Dispatcher, &terms.booking, now).map_err(|_| HandError::NotByHand)?;
        given.step(OfferEvent::Withdraw, Role::Dispatcher, now).map_err(|_| HandError::NotByHand)?;
        let gone = DriverNotice::TripGone { trip: trip.id, why: TripGone::ByDispatcher };
        let change = Change {
            fleet: Some(fleet),
            notices: vec![(trip.vehicle, gone)],
            offers: vec![given],
            reservation: Some(found),
            trip: Some(trip),
            ..Change::default()
        };
        match self.commit(change, now).await {
            Err(StoreError::Conflict) => Ok(false),
            done => Ok(done.map(|()| true)?),
        }
    }

    /// Plates of the cars that offers name, and where the passengers of the reservations that they name wait.
    async fn named(&self, fleet: FleetId, offers: &[Offer]) -> Result<Named, StoreError> {
        let rivals = || offers.iter().flat_map(|offer| &offer.reason.nearer);
        let vehicles: HashSet<VehicleId> =
            rivals().map(|rival| rival.vehicle).chain(offers.iter().map(|offer| offer.vehicle)).collect();
        let given: HashSet<ReservationId> = rivals().filter_map(|rival| rival.given_to).collect();
        let mut named = Named::default();
        for vehicle in vehicles {
            let found = self.fleet_store.vehicle(vehicle).await?.filter(|found| found.fleet == fleet);
            named.plates.extend(found.map(|found| (vehicle, found.plate)));
        }
        for reservation in given {
            let found = self.reservations.reservation(fleet, reservation).await?;
            let words = found.map(|found| found.booking.pickup.words).filter(|words| !words.is_empty());
            named.pickups.extend(words.map(|words| (reservation, words)));
        }
        Ok(named)
    }
}

#[derive(Default)]
struct Named {
    plates: HashMap<VehicleId, String>,
    pickups: HashMap<ReservationId, String>,
}

impl Named {
    fn plate(&self, vehicle: VehicleId) -> String {
        self.plates.get(&vehicle).cloned().unwrap_or_else(|| "—".to_owned())
    }

    fn row(&self, offer: Offer) -> OfferRow {
        let pickup = |reservation| self.pickups.get(&reservation).cloned();
        let told = explain(offer.vehicle, &offer.reason, |vehicle| self.plate(vehicle), pickup);
        OfferRow {
            id: offer.id,
            state: offer.state.word().to_owned(),
            plate: self.plate(offer.vehicle),
            pickup_m: offer.pickup_m,
            pickup_s: offer.pickup_s,
            sent_at: offer.sent_at,
            expires_at: offer.expires_at,
            ended_at: offer.ended_at,
            reason: offer.reason,
            zh: told.zh,
            en: told.en,
        }
    }
}

#[async_trait]
impl RideDesk for House {
    async fn reservations(&self, fleet: FleetId) -> Result<Vec<ReservationRow>, StoreError> {
        self.console_read.reservation_rows(fleet).await
    }

    async fn explained(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
    ) -> Result<ReservationDetail, ReservationError> {
        let row = self.console_read.reservation_row(fleet, reservation).await?.ok_or(ReservationError::Unknown)?;
        let offers = self.offers.offers_of(fleet, reservation).await?;
        let taken = offers.iter().find(|offer| offer.state == OfferState::Accepted);
        let undo_until = taken.filter(|_| row.state == ReservationState::Assigned.word()).and_then(Offer::undo_until);
        let named = self.named(fleet, &offers).await?;
        Ok(ReservationDetail { row, offers: offers.into_iter().map(|offer| named.row(offer)).collect(), undo_until })
    }

    async fn book_by_phone(
        &self,
        fleet: FleetId,
        booking: PhoneBooking,
        key: &str,
        now: Timestamp,
    ) -> Result<ReservationId, ReservationError> {
        let zone = self.time_zone(fleet)?;
        let at = |text: &String| local_time(text, &zone, IfRepeated::Ask).map_err(BookingError::from);
        let booking = Booking {
            pickup_at: booking.pickup_local.as_ref().map(at).transpose()?,
            contact: Contact::phone(&booking.phone)?,
            pickup: booking.pickup,
            dropoff: booking.dropoff,
            passenger: booking.passenger,
            note: booking.note,
            seats: booking.seats,
            class: booking.class,
            wheelchair: booking.wheelchair,
            quote: booking.quote,
            quoted: None,
        };
        Ok(self.book(fleet, booking, key, now).await?.id)
    }

    async fn quote_by_phone(&self, fleet: FleetId, asked: PhoneQuote, now: Timestamp) -> Result<QuoteRow, NoQuote> {
        let zone = self.time_zone(fleet)?;
        let pickup_at = asked.pickup_local.map(|text| local_time(&text, &zone, IfRepeated::Ask)).transpose()?;
        let tariff = self.tariffs().in_force(fleet, pickup_at.unwrap_or(now)).await?.tariff;
        let class = tariff.classes().get(usize::from(asked.class.unwrap_or(0))).cloned();
        // A class that the tariff does not have is refused by the tariff, with the names of those it has.
        let class = class.unwrap_or_else(|| asked.class.unwrap_or(0).to_string());
        let (pickup, dropoff) = (asked.pickup, asked.dropoff);
        let wanted = QuoteAsked { pickup, dropoff, pickup_at, class, tolls: Vec::new(), extras: Vec::new() };
        let stored = self.quote(fleet, wanted, now).await?;
        let (quote, currency) = (stored.quote, tariff.currency());
        let lines = quote.lines.iter().map(|line| {
            let told = line_words(&line.kind, currency);
            QuoteLineRow { zh: told.zh, en: told.en, amount: shown(Money::new(line.amount_minor, currency)) }
        });
        Ok(QuoteRow {
            id: stored.id,
            total: shown(quote.total),
            fixed: quote.kind == QuoteKind::Fixed,
            road_m: quote.journey.road_m,
            road_s: quote.journey.road_s,
            lines: lines.collect(),
        })
    }

    async fn cancel_by_hand(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), ReservationError> {
        self.cancel_reservation(fleet, reservation, Role::Dispatcher, reason, now).await.map(drop)
    }

    async fn assign_by_hand(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        vehicle: VehicleId,
        now: Timestamp,
    ) -> Result<Timestamp, HandError> {
        for _ in 0..super::CONFLICTS_MAX {
            if let Some(undo_until) = self.try_assign(fleet, reservation, vehicle, now).await? {
                return Ok(undo_until);
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn unassign(&self, fleet: FleetId, reservation: ReservationId, now: Timestamp) -> Result<(), HandError> {
        for _ in 0..super::CONFLICTS_MAX {
            if self.try_unassign(fleet, reservation, now).await? {
                return Ok(());
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn cars(&self, fleet: FleetId) -> Result<Vec<CarRow>, StoreError> {
        let cars = self.console_read.car_rows(fleet).await?;
        Ok(cars.into_iter().map(|car| self.placed(car)).collect())
    }
}
