//! The batch: everyone of a fleet who waits, every car that is free here and now, matched together; each match is offered in
//! a change of its own, so that one that comes too late harms no other.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use fareway_matching::roads::{Crow, Eta};
use fareway_shared::{
    id::{FleetId, OfferId, ReservationId, VehicleId},
    meter::MeterState,
    protocol::car::Duty,
    ride::{DriverNotice, OfferNotice},
    time::Timestamp,
};
use futures_util::{StreamExt, stream};

use super::House;
use crate::{
    matching::{
        model::{Offer, OfferEvent, OfferState, Reason},
        plan::{Car, Chosen, NoPlan, PlanTerms, Waiting, plan},
        ports::Free,
    },
    payment::ports::Change,
    reservation::model::{BookingTerms, Reservation, ReservationEvent},
    store_error::StoreError,
    transition::Role,
};

/// What a fleet promises and asks when it finds cars for passengers.
#[derive(Clone, Debug)]
pub struct DispatchTerms {
    /// Booking.
    pub booking: BookingTerms,
    /// Open reservations of one contact.
    pub open_per_contact: u32,
    /// What the batch weighs.
    pub plan: PlanTerms,
    /// How long a driver has to answer.
    pub offer: Duration,
    /// A position older than this is none.
    pub position_age: Duration,
    /// After so many refusals a reservation is offered to several cars.
    pub broadcast_after: u32,
    /// To so many.
    pub broadcast_cars: usize,
    /// A driver who refused is left alone for so long.
    pub refusal_rest: Duration,
    /// A no-show may be reported so long after the arrival.
    pub no_show_after: Duration,
    /// The passenger tells the driver a number.
    pub boarding_pin: bool,
    /// Ways and their times.
    pub eta: std::sync::Arc<Eta>,
}

impl Default for DispatchTerms {
    fn default() -> Self {
        Self {
            booking: BookingTerms {
                patience: Duration::from_secs(900),
                lead: Duration::from_secs(900),
                ahead_max: Duration::from_secs(30 * 86_400),
                seats_max: 6,
            },
            open_per_contact: 3,
            plan: PlanTerms { pickup_s_max: 1_200, fair_s: 60, fair_after_s: 1_800 },
            offer: Duration::from_secs(20),
            position_age: Duration::from_secs(60),
            broadcast_after: 3,
            broadcast_cars: 4,
            refusal_rest: Duration::from_secs(300),
            no_show_after: Duration::from_secs(300),
            boarding_pin: false,
            eta: std::sync::Arc::new(Eta::new(None, Crow::default())),
        }
    }
}

/// Most reservations in one batch; the oldest come first.
const BATCH_MAX: u32 = 20_000;
/// Offers that are written at once.
const AT_ONCE: usize = 8;

/// Why a batch came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The database.
    #[error("the batch could not be read")]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Plan(#[from] NoPlan),
    /// The thread it was matched on is gone.
    #[error("the batch was interrupted")]
    Interrupted,
}

impl House {
    /// The terms of a fleet; those of the manual for one that has none.
    pub(super) fn dispatch_terms(&self, fleet: FleetId) -> DispatchTerms {
        self.terms.get(&fleet).map(|terms| terms.dispatch.clone()).unwrap_or_default()
    }

    /// Fleets that have somebody waiting.
    ///
    /// # Errors
    /// The database.
    pub async fn fleets_waiting(&self) -> Result<Vec<FleetId>, StoreError> {
        self.reservations.fleets_waiting().await
    }

    /// One batch of a fleet. Returns how many offers were sent.
    ///
    /// # Errors
    /// [`BatchError`]; what was offered before it stays offered.
    pub async fn dispatch(&self, fleet: FleetId, now: Timestamp) -> Result<usize, BatchError> {
        let terms = self.dispatch_terms(fleet);
        let reservations = self.reservations.waiting(fleet, BATCH_MAX).await?;
        if reservations.is_empty() {
            return Ok(0);
        }
        let free = self.offers.free_cars(fleet).await?;
        let cars: Vec<Car> = free.iter().filter_map(|car| self.here(car, &terms, now)).collect();
        if cars.is_empty() {
            return Ok(0);
        }
        let mut refused: HashMap<ReservationId, Vec<VehicleId>> = HashMap::new();
        for (reservation, vehicle) in self.offers.refusals(fleet, now.before(terms.refusal_rest)).await? {
            refused.entry(reservation).or_default().push(vehicle);
        }
        let waiting = reservations.iter().map(|one| waits(one, refused.remove(&one.id).unwrap_or_default(), now));
        let waiting: Vec<Waiting> = waiting.collect();
        let several: Vec<bool> = reservations.iter().map(|one| one.refusals >= terms.broadcast_after).collect();
        let (eta, plan_terms, most) = (terms.eta.clone(), terms.plan, terms.broadcast_cars);
        // Matching thousands takes milliseconds of a core; the links must not wait for it.
        let planned = tokio::task::spawn_blocking(move || {
            let chosen = plan(&waiting, &cars, &eta, &plan_terms)?;
            let broadcast = waiting.into_iter().zip(several).filter(|(_, several)| *several).map(|(one, _)| one);
            let more = besides(&chosen, broadcast.collect(), cars, &eta, &plan_terms, most)?;
            Ok::<_, NoPlan>((chosen, more))
        });
        let (chosen, more) = planned.await.map_err(|_| BatchError::Interrupted)??;
        let drivers: HashMap<VehicleId, &Free> = free.iter().map(|car| (car.vehicle, car)).collect();
        let mut offers: HashMap<ReservationId, Vec<Chosen>> = HashMap::new();
        for one in chosen.into_iter().chain(more) {
            offers.entry(one.reservation).or_default().push(one);
        }
        let sending = reservations.into_iter().filter_map(|one| offers.remove(&one.id).map(|chosen| (one, chosen)));
        let sent = stream::iter(sending.collect::<Vec<_>>())
            .map(|(reservation, chosen)| {
                let to = chosen.into_iter().map(|one| (drivers.get(&one.vehicle).and_then(|car| car.driver), one));
                self.send_offers(reservation, to.collect(), &terms, now)
            })
            .buffer_unordered(AT_ONCE)
            .fold(0_usize, |sent, count| async move { sent.saturating_add(count) })
            .await;
        Ok(sent)
    }

    /// A car that the rows call free, if it is linked here, vacant, and known where.
    fn here(&self, car: &Free, terms: &DispatchTerms, now: Timestamp) -> Option<Car> {
        let live = self.live.car(car.vehicle);
        let vacant = live.report.as_ref().is_some_and(|report| report.meter == MeterState::Vacant && !report.stale);
        let fix = live.fix.filter(|fix| live.online && vacant && now.since(fix.at) <= terms.position_age)?;
        Some(Car {
            vehicle: car.vehicle,
            at: fix.place,
            class: car.class,
            seats: car.seats,
            wheelchair: car.wheelchair,
            idle_s: u32::try_from(now.since(car.idle_since).as_secs()).unwrap_or(u32::MAX),
            home: match car.duty {
                Duty::GoHome { to } => Some(to),
                _ => None,
            },
        })
    }

    /// Offers one reservation to one car, or to several at once. Returns how many offers went out.
    async fn send_offers(
        &self,
        mut reservation: Reservation,
        to: Vec<(Option<fareway_shared::id::DriverId>, Chosen)>,
        terms: &DispatchTerms,
        now: Timestamp,
    ) -> usize {
        let id = reservation.id;
        if reservation.step(ReservationEvent::Offer, Role::Platform).is_err() {
            return 0;
        }
        let mut change = Change { fleet: Some(reservation.fleet), ..Change::default() };
        for (driver, chosen) in to {
            let offer = Offer {
                fleet: reservation.fleet,
                id: OfferId(self.fresh.id(now)),
                reservation: id,
                vehicle: chosen.vehicle,
                driver,
                state: OfferState::Sent,
                pickup_m: chosen.pickup_m,
                pickup_s: chosen.pickup_s,
                reason: chosen.reason,
                sent_at: now,
                expires_at: now.after(terms.offer),
                ended_at: None,
                revision: 0,
            };
            let notice = OfferNotice {
                offer: offer.id,
                ride: reservation.booking.ride(),
                pickup_m: offer.pickup_m,
                pickup_s: offer.pickup_s,
                expires_at: offer.expires_at,
            };
            change.notices.push((offer.vehicle, DriverNotice::Offer(notice)));
            change.offers.push(offer);
        }
        change.reservation = Some(reservation);
        let count = change.offers.len();
        match self.commit(change, now).await {
            Ok(()) => count,
            // Cancelled, or taken by another process, between reading and writing: the next batch sees it as it is.
            Err(StoreError::Conflict) => 0,
            Err(error) => {
                tracing::error!(%error, reservation.id = %id, "an offer could not be sent; the next batch tries again");
                0
            }
        }
    }

    /// An offer whose time is over goes back.
    ///
    /// # Errors
    /// The database; or another change came first.
    pub async fn offer_due(&self, fleet: FleetId, offer: OfferId, now: Timestamp) -> Result<(), StoreError> {
        let Some(offer) = self.offers.offer(fleet, offer).await? else { return Ok(()) };
        let Some(reservation) = self.reservations.reservation(fleet, offer.reservation).await? else { return Ok(()) };
        match self.end_offer(offer, reservation, OfferEvent::Expire, Role::Platform, now).await? {
            Some(change) => self.commit(change, now).await,
            None => Ok(()),
        }
    }
}

fn waits(reservation: &Reservation, refused: Vec<VehicleId>, now: Timestamp) -> Waiting {
    let booking = &reservation.booking;
    Waiting {
        reservation: reservation.id,
        pickup: booking.pickup.place,
        dropoff: booking.dropoff.as_ref().map(|stop| stop.place),
        seats: booking.seats,
        class: booking.class,
        wheelchair: booking.wheelchair,
        waited_s: u32::try_from(now.since(reservation.requested_at).as_secs()).unwrap_or(u32::MAX),
        refused,
    }
}

/// Further cars for those that are offered to several at once, of the cars that the batch has left.
fn besides(
    chosen: &[Chosen],
    broadcast: Vec<Waiting>,
    mut cars: Vec<Car>,
    eta: &Eta,
    terms: &PlanTerms,
    most: usize,
) -> Result<Vec<Chosen>, NoPlan> {
    let taken: HashSet<VehicleId> = chosen.iter().map(|one| one.vehicle).collect();
    cars.retain(|car| !taken.contains(&car.vehicle));
    let mut more: Vec<Chosen> = Vec::new();
    for _ in 1..most {
        if broadcast.is_empty() || cars.is_empty() {
            break;
        }
        let next = plan(&broadcast, &cars, eta, terms)?;
        let taken: HashSet<VehicleId> = next.iter().map(|one| one.vehicle).collect();
        cars.retain(|car| !taken.contains(&car.vehicle));
        more.extend(next.into_iter().map(|one| {
            let reason = Reason { by: "broadcast".to_owned(), ..one.reason };
            Chosen { reason, ..one }
        }));
    }
    Ok(more)
}
