//! Reservations, offers and trips: two programs and many drivers at once, and only one of them gets the ride.

use std::{sync::Arc, time::Duration};

use fareway::{
    fleet::{
        model::{Driver, Vehicle},
        ports::FleetStore,
    },
    matching::{
        model::{Offer, OfferState, Reason},
        ports::OfferStore,
    },
    payment::ports::{Books, Change},
    reservation::{
        model::{Booking, BookingTerms, Contact, Reservation, ReservationEvent, ReservationState},
        ports::ReservationStore,
    },
    store::Store,
    store_error::StoreError,
    transition::Role,
    trip::{model::Trip, ports::TripStore},
};
use fareway_harness::{booking::km, house::fleets};
use fareway_shared::{
    id::{DriverId, OfferId, ReservationId, TripId, VehicleId},
    protocol::car::Duty,
    ride::{DriverNotice, OfferNotice, Stop},
};
use uuid::Uuid;

use crate::fixtures::{NOW, Place, a_car, first, in_fleet, put};

const MINUTE: Duration = Duration::from_secs(60);

fn booking(contact: &str) -> Booking {
    Booking {
        pickup: Stop { place: km(0.0, 0.0), words: "苏州站".to_owned() },
        dropoff: None,
        pickup_at: None,
        passenger: "李女士".to_owned(),
        contact: Contact::Phone(contact.to_owned()),
        note: String::new(),
        seats: 1,
        class: None,
        wheelchair: false,
        quote: None,
        quoted: None,
    }
}

async fn a_reservation(store: &Store, key: &str) -> Reservation {
    let terms = BookingTerms { patience: 15 * MINUTE, lead: MINUTE, ahead_max: MINUTE, seats_max: 4 };
    let keyed = (key.to_owned(), "hash".to_owned());
    let made = Reservation::request(first(), ReservationId(Uuid::now_v7()), booking("1"), keyed, &terms, NOW);
    put(store, Change { reservation: Some(made.clone()), ..in_fleet(first()) }).await;
    store.reservation(first(), made.id).await.unwrap().unwrap()
}

fn an_offer(reservation: &Reservation, vehicle: VehicleId) -> (Offer, DriverNotice) {
    let reason = Reason {
        by: "batch".to_owned(),
        batch: [1, 1],
        measure: "crow".to_owned(),
        pickup_s: 60,
        worth_s: 0,
        adds_s: 60,
        nearer: Vec::new(),
    };
    let offer = Offer {
        fleet: reservation.fleet,
        id: OfferId(Uuid::now_v7()),
        reservation: reservation.id,
        vehicle,
        driver: None,
        state: OfferState::Sent,
        pickup_m: 400,
        pickup_s: 60,
        reason,
        sent_at: NOW,
        expires_at: NOW.after(MINUTE),
        ended_at: None,
        revision: 0,
    };
    let notice = OfferNotice {
        offer: offer.id,
        ride: reservation.booking.ride(),
        pickup_m: 400,
        pickup_s: 60,
        expires_at: offer.expires_at,
    };
    (offer, DriverNotice::Offer(notice))
}

/// Offers a reservation, as loaded, to a car.
fn offered(reservation: &Reservation, vehicle: VehicleId) -> (Offer, Change) {
    let mut reservation = reservation.clone();
    reservation.step(ReservationEvent::Offer, Role::Platform).unwrap();
    let (offer, notice) = an_offer(&reservation, vehicle);
    let (offers, notices) = (vec![offer.clone()], vec![(vehicle, notice)]);
    (offer, Change { reservation: Some(reservation), offers, notices, ..in_fleet(first()) })
}

pub(crate) async fn a_reservation_comes_back_as_it_was_made(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let made = a_reservation(&store, "one").await;
    assert_eq!((made.state, &made.booking, made.revision), (ReservationState::Waiting, &booking("1"), 1));
    let keyed = store.reservation_keyed(first(), &booking("1").contact, "one").await.unwrap();
    assert_eq!(keyed.as_ref(), Some(&made));
    assert_eq!(store.open_reservations(first(), &booking("1").contact).await.unwrap(), 1);
    let [_, second] = fleets();
    assert_eq!(store.reservation(second, made.id).await.unwrap(), None, "another fleet sees nothing of it");
    assert_eq!(store.waiting(second, 9).await.unwrap(), []);
    assert_eq!(store.due_reservations(NOW.after(15 * MINUTE), 9).await.unwrap(), [(first(), made.id)]);
    assert_eq!(store.due_reservations(NOW, 9).await.unwrap(), []);
}

pub(crate) async fn of_16_bookings_under_one_id_one_is_made(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let terms = BookingTerms { patience: MINUTE, lead: MINUTE, ahead_max: MINUTE, seats_max: 4 };
    let tries = (0..16).map(|_| {
        let (store, terms) = (Arc::clone(&store), terms);
        tokio::spawn(async move {
            let keyed = ("one".to_owned(), "hash".to_owned());
            let id = ReservationId(Uuid::now_v7());
            let made = Reservation::request(first(), id, booking("1"), keyed, &terms, NOW);
            store.commit(Change { reservation: Some(made), ..in_fleet(first()) }, NOW).await
        })
    });
    assert_eq!(successes(tries.collect()).await, 1);
    assert_eq!(store.waiting(first(), 99).await.unwrap().len(), 1);
}

/// How many came first; all others met a conflict and nothing else.
async fn successes<T: Send + 'static>(tries: Vec<tokio::task::JoinHandle<Result<T, StoreError>>>) -> usize {
    let mut first = 0;
    for one in tries {
        match one.await.unwrap() {
            Ok(_) => first += 1,
            Err(error) => assert!(matches!(error, StoreError::Conflict), "{error}"),
        }
    }
    first
}

pub(crate) async fn of_two_programs_that_offer_one_reservation_one_does(place: &Place) {
    let (store, near) = place.with_a_car().await;
    let far = a_car(&store, first(), "苏E·F0002").await;
    let other = place.store().await;
    for round in 0..8 {
        let reservation = a_reservation(&store, &round.to_string()).await;
        let ((_, one), (_, two)) = (offered(&reservation, near), offered(&reservation, far));
        let programs = [(Arc::clone(&store), one), (Arc::clone(&other), two)];
        let tries = programs.map(|(store, change)| tokio::spawn(async move { store.commit(change, NOW).await }));
        assert_eq!(successes(tries.into()).await, 1);
        let open = store.open_offers(first(), reservation.id).await.unwrap();
        assert_eq!(open.len(), 1);
        // The next round needs both cars.
        let mut ended = open[0].clone();
        ended.step(fareway::matching::model::OfferEvent::Expire, Role::Platform, NOW).unwrap();
        put(&store, Change { offers: vec![ended], ..in_fleet(first()) }).await;
    }
}

pub(crate) async fn a_car_has_one_offer_at_a_time(place: &Place) {
    let (store, car) = place.with_a_car().await;
    let (one, two) = (a_reservation(&store, "one").await, a_reservation(&store, "two").await);
    put(&store, offered(&one, car).1).await;
    let second = store.commit(offered(&two, car).1, NOW).await;
    assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
    assert_eq!(store.reservation(first(), two.id).await.unwrap().unwrap().state, ReservationState::Waiting);
    assert_eq!(store.messages_after(first(), car, 0, 9).await.unwrap().len(), 1, "nothing of it was written");
}

pub(crate) async fn of_8_drivers_who_take_one_reservation_one_has_it(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let reservation = a_reservation(&store, "one").await;
    let mut cars = Vec::new();
    for number in 0..8 {
        cars.push(a_car(&store, first(), &format!("苏E·B{number:04}")).await);
    }
    let mut wanted = reservation.clone();
    wanted.step(ReservationEvent::Offer, Role::Platform).unwrap();
    let (offers, notices): (Vec<_>, Vec<_>) = cars.iter().map(|car| an_offer(&wanted, *car)).unzip();
    let notices = cars.iter().copied().zip(notices).collect();
    put(&store, Change { reservation: Some(wanted), offers, notices, ..in_fleet(first()) }).await;

    let reservation = store.reservation(first(), reservation.id).await.unwrap().unwrap();
    let open = store.open_offers(first(), reservation.id).await.unwrap();
    assert_eq!(open.len(), 8);
    let tries = open.into_iter().map(|mut offer| {
        let (store, mut reservation) = (Arc::clone(&store), reservation.clone());
        tokio::spawn(async move {
            offer.step(fareway::matching::model::OfferEvent::Accept, Role::Driver, NOW).unwrap();
            let id = TripId(Uuid::now_v7());
            reservation.assign(id, Role::Driver).unwrap();
            let trip = Trip::reserved(first(), id, reservation.id, (offer.vehicle, None), false, None, NOW);
            let (trip, reservation) = (Some(trip), Some(reservation));
            store.commit(Change { trip, reservation, offers: vec![offer], ..in_fleet(first()) }, NOW).await
        })
    });
    assert_eq!(successes(tries.collect()).await, 1);
    let assigned = store.reservation(first(), reservation.id).await.unwrap().unwrap();
    let trip = store.trip(first(), assigned.trip.unwrap()).await.unwrap().unwrap();
    assert_eq!(trip.reservation, Some(reservation.id));
}

pub(crate) async fn an_offer_is_received_with_its_message(place: &Place) {
    let (store, car) = place.with_a_car().await;
    let reservation = a_reservation(&store, "one").await;
    let (offer, change) = offered(&reservation, car);
    put(&store, change).await;
    let state = || async { store.offer(first(), offer.id).await.unwrap().unwrap().state };
    assert_eq!(state().await, OfferState::Sent);
    store.received(first(), car, 0).await.unwrap();
    assert_eq!(state().await, OfferState::Sent);
    store.received(first(), car, 1).await.unwrap();
    assert_eq!(state().await, OfferState::Received);
    assert_eq!(store.due_offers(NOW.after(MINUTE), 9).await.unwrap(), [(first(), offer.id)]);
}

pub(crate) async fn a_driver_is_on_duty_in_one_car(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let driver = Driver { id: DriverId(Uuid::now_v7()), name: "王师傅".to_owned() };
    let mut cars = Vec::new();
    for plate in ["苏E·D0001", "苏E·D0002"] {
        let id = VehicleId(Uuid::now_v7());
        let car = Vehicle { fleet: first(), id, plate: plate.to_owned(), driver: Some(driver.clone()) };
        store.add_vehicle(&car).await.unwrap();
        cars.push(id);
    }
    put(&store, Change { duty: Some((cars[0], Duty::OnShift)), ..in_fleet(first()) }).await;
    let elsewhere = store.on_duty_elsewhere(first(), cars[1]).await.unwrap();
    assert_eq!(elsewhere.as_deref(), Some("苏E·D0001"));
    let second = store.commit(Change { duty: Some((cars[1], Duty::OnShift)), ..in_fleet(first()) }, NOW).await;
    assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
}

pub(crate) async fn a_car_is_free_while_it_is_on_duty_without_offer_and_without_trip(place: &Place) {
    let (store, car) = place.with_a_car().await;
    let free =
        || async { store.free_cars(first()).await.unwrap().into_iter().map(|car| car.vehicle).collect::<Vec<_>>() };
    assert_eq!(free().await, [], "off shift");
    put(&store, Change { duty: Some((car, Duty::GoHome { to: km(5.0, 5.0) })), ..in_fleet(first()) }).await;
    assert_eq!(free().await, [car]);
    let reservation = a_reservation(&store, "one").await;
    put(&store, offered(&reservation, car).1).await;
    assert_eq!(free().await, [], "an offer is out");
    let mut ended = store.open_offers(first(), reservation.id).await.unwrap().remove(0);
    ended.step(fareway::matching::model::OfferEvent::Decline, Role::Driver, NOW).unwrap();
    put(&store, Change { offers: vec![ended], ..in_fleet(first()) }).await;
    assert_eq!(free().await, [car]);
    let trip = Trip::reserved(first(), TripId(Uuid::now_v7()), reservation.id, (car, None), true, None, NOW);
    put(&store, Change { trip: Some(trip.clone()), ..in_fleet(first()) }).await;
    assert_eq!(free().await, [], "a passenger is waiting for it");
    let before = store.pickup_before(first(), car).await.unwrap().map(|trip| trip.id);
    assert_eq!(before, Some(trip.id));
    let [_, second] = fleets();
    assert_eq!(store.free_cars(second).await.unwrap(), []);
}
