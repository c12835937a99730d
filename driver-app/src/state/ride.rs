//! Offers and reserved trips: what the platform tells, written before it is shown, and what the driver answers. A trip moves
//! on at once on this screen; the platform's own notice follows and counts.

use std::time::Duration;

use fareway_shared::{
    id::{OfferId, TripId},
    protocol::car::{CarCommand, Duty, FromCar, TripStep},
    ride::{DriverNotice, OfferGone, TripGone, TripStage},
    signature::Signed,
    time::Timestamp,
};

use super::{Effects, Moment, Sentence, State, Unit, ledger::Booked, view::OfferView};
use fareway_shared::envelope::judge::Rejection;

impl Booked {
    /// The offer is over.
    pub(super) fn forget_offer(&mut self, offer: OfferId) {
        if self.offer.take_if(|known| known.offer == offer).is_some() {
            self.taken = false;
        }
    }

    /// A trip is over. A driver who wanted one last job has had it, reserved or not.
    pub(super) fn forget_trip(&mut self, trip: TripId) {
        if self.trip.take_if(|known| known.trip == trip).is_some() {
            self.over = Some(trip);
        }
        if self.duty == Duty::LastJob {
            self.duty = Duty::OffShift;
        }
    }

    /// The trip whose passenger is at hand while the meter is not heard.
    pub(super) fn waiting(&self) -> Option<TripId> {
        let at_hand = |stage| matches!(stage, TripStage::Arrived | TripStage::OnBoard);
        self.trip.as_ref().filter(|trip| at_hand(trip.stage)).map(|trip| trip.trip)
    }

    /// The meter is hired: whose trip that is, if a passenger was to be picked up or just got in.
    pub(super) fn board(&mut self) -> Option<TripId> {
        let trip = self.trip.as_mut()?;
        trip.stage = TripStage::OnBoard;
        Some(trip.trip)
    }
}

impl State {
    pub(super) fn told(&mut self, sequence: u64, sealed: &Signed, now: Moment, effects: &mut Effects) {
        let Unit::Ready(car) = &mut self.unit else { return };
        if sequence <= car.ledger.last_sequence {
            return effects.send(FromCar::Received { sequence: car.ledger.last_sequence });
        }
        let grant = &car.identity.grant;
        let notice = match DriverNotice::open(sealed, grant.vehicle, sequence, &grant.platform_key) {
            Ok(notice) => notice,
            Err(error) => {
                effects.warn(format!("A notice came that is not the platform's: {error}"));
                return self.reject(Rejection::Signature, now, effects);
            }
        };
        car.ledger.last_sequence = sequence;
        effects.send(FromCar::Received { sequence });
        let driving = car.ledger.hire.as_ref().map(|hire| hire.trip);
        let ride = &mut car.ledger.ride;
        match notice {
            DriverNotice::Offer(offer) => (ride.offer, ride.taken) = (Some(offer), false),
            DriverNotice::OfferGone { offer, why } => {
                if ride.offer.as_ref().is_some_and(|known| known.offer == offer) {
                    self.note = Some(offer_gone(why));
                }
                ride.forget_offer(offer);
            }
            // Told while the car had no link and drove it: the platform hears of that next.
            DriverNotice::Trip(trip) if ride.over == Some(trip.trip) => {}
            DriverNotice::Trip(trip) => {
                (ride.offer, ride.taken) = (None, false);
                ride.trip = Some(trip);
            }
            // The meter runs for it: that is a fact, whatever was decided meanwhile.
            DriverNotice::TripGone { trip, .. } if driving == Some(trip) => {}
            DriverNotice::TripGone { trip, why } => {
                if why != TripGone::ByDriver && ride.trip.as_ref().is_some_and(|known| known.trip == trip) {
                    self.note = Some(trip_gone(why));
                }
                ride.forget_trip(trip);
            }
        }
    }

    /// The offer on the screen, while its answer counts.
    pub(super) fn offer_view(&self, now: Moment) -> Option<OfferView> {
        let Unit::Ready(car) = &self.unit else { return None };
        let Booked { offer, taken, .. } = &car.ledger.ride;
        let offer = offer.as_ref()?;
        let left = seconds_left(offer.expires_at, self.display_time(now));
        (*taken || left > 0).then(|| OfferView {
            offer: offer.offer,
            ride: offer.ride.clone(),
            pickup_m: offer.pickup_m,
            pickup_s: offer.pickup_s,
            seconds_left: left,
            taken: *taken,
        })
    }

    /// When the offer's end is to be looked at, by the monotonic clock; only with trusted time, which it counts by.
    pub(super) fn offer_ends(&self) -> Option<Duration> {
        let Unit::Ready(car) = &self.unit else { return None };
        let offer = car.ledger.ride.offer.as_ref().filter(|_| !car.ledger.ride.taken)?;
        self.trusted.map(|anchor| anchor.tick_of(offer.expires_at))
    }

    pub(super) fn drop_old_offer(&mut self, now: Moment) {
        let at = self.display_time(now);
        let Unit::Ready(car) = &mut self.unit else { return };
        let ride = &mut car.ledger.ride;
        ride.offer.take_if(|offer| !ride.taken && offer.expires_at <= at);
    }

    pub(super) fn accept_offer(&mut self) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(offer) = car.ledger.ride.offer.as_ref().map(|offer| offer.offer) else { return };
        if !car.ledger.ride.taken {
            car.ledger.ride.taken = true;
            car.ledger.issue(CarCommand::AcceptOffer { offer });
        }
    }

    pub(super) fn decline_offer(&mut self) {
        let Unit::Ready(car) = &mut self.unit else { return };
        if car.ledger.ride.taken {
            return;
        }
        if let Some(offer) = car.ledger.ride.offer.take() {
            car.ledger.issue(CarCommand::DeclineOffer { offer: offer.offer });
        }
    }

    pub(super) fn move_trip(&mut self, step: TripStep) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let waiting = car.ledger.ride.trip.as_ref().is_some_and(|trip| car.ledger.waits_for(trip.trip));
        let Some(trip) = car.ledger.ride.trip.as_mut().filter(|_| !waiting) else { return };
        let (id, stage) = (trip.trip, trip.stage);
        match (&step, stage) {
            (TripStep::Depart, TripStage::Assigned) => trip.stage = TripStage::EnRoute,
            (TripStep::Arrive, TripStage::Assigned | TripStage::EnRoute) => trip.stage = TripStage::Arrived,
            // The platform decides whether it is too soon, or whether the number is right.
            (TripStep::NoShow | TripStep::Board { .. }, TripStage::Arrived) => {}
            (TripStep::GiveUp, TripStage::Assigned | TripStage::EnRoute | TripStage::Arrived) => {}
            _ => return,
        }
        car.ledger.issue(CarCommand::MoveTrip { trip: id, step });
    }

    pub(super) fn set_duty(&mut self, duty: Duty) {
        let Unit::Ready(car) = &mut self.unit else { return };
        if car.ledger.ride.duty != duty {
            car.ledger.ride.duty = duty;
            car.ledger.issue(CarCommand::SetDuty { duty });
        }
    }
}

fn seconds_left(until: Timestamp, at: Timestamp) -> i64 {
    i64::try_from(until.since(at).as_millis().div_ceil(1_000)).unwrap_or(0)
}

fn offer_gone(why: OfferGone) -> Sentence {
    let (zh, en) = match why {
        OfferGone::Expired => {
            ("接单超时，订单已转给其他车辆。", "Not answered in time; the ride went on to another car.")
        }
        OfferGone::Withdrawn => ("乘客已取消订单。", "The ride was cancelled."),
        OfferGone::Taken => ("订单已由其他车辆接走。", "Another car took the ride."),
    };
    Sentence { zh: zh.to_owned(), en: en.to_owned() }
}

fn trip_gone(why: TripGone) -> Sentence {
    let (zh, en) = match why {
        TripGone::ByPassenger => ("乘客已取消行程。", "The passenger cancelled the trip."),
        TripGone::ByDispatcher => ("调度已取消行程。", "Dispatch took the trip back."),
        TripGone::ByPlatform => ("行程已转给其他车辆。", "The trip went to another car."),
        TripGone::ByDriver => ("行程已结束。", "The trip is over."),
    };
    Sentence { zh: zh.to_owned(), en: en.to_owned() }
}
