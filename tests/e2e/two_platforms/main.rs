//! Two platforms on one PostgreSQL find cars for the same fleet, and each of them is killed again and again meanwhile. Every
//! ride is driven, and none by two cars.
#![expect(clippy::unwrap_used, reason = "test code")]

use std::{collections::HashMap, path::PathBuf, time::Duration};

use fareway::reservation::model::{Contact, ReservationState};
use fareway_driver_app::state::{Action, Page};
use fareway_harness::{
    booking::{km, ride_from},
    car::Car,
    house::{House, Plan},
    patience::until,
    postgres::Postgres,
    program::Program,
};
use fareway_shared::{
    id::TripId,
    money::{Currency, Money},
    place::LatLng,
    protocol::car::{EndedHow, TripStep},
    ride::TripStage,
};
use tokio::sync::watch;

const CARS: u32 = 6;
const BOOKINGS: u32 = 24;
const KILLS: u32 = 6;

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_fareway-under-test"))
}

/// A driver who takes every offer and drives it to its end. Returns the trips that the car has driven.
async fn drives(car: Car, at: LatLng, mut over: watch::Receiver<bool>) -> Vec<TripId> {
    let mut screens = car.screens();
    // A platform that was killed has forgotten where cars are; receivers tell it again and again.
    let mut receiver = tokio::time::interval(Duration::from_secs(1));
    let (mut driven, mut number) = (Vec::new(), 0);
    loop {
        let view = screens.borrow_and_update().view.clone();
        if view.sentence.is_some() {
            car.act(Action::Dismiss).await;
        }
        match view.page {
            Page::Offer(offer) if !offer.taken => car.act(Action::AcceptOffer).await,
            Page::Trip(trip) if trip.stage == TripStage::EnRoute => car.moves(TripStep::Arrive).await,
            Page::Trip(trip) if trip.stage == TripStage::Arrived => car.meter.hired().await,
            Page::Hired(hire) if hire.ride.is_some() => {
                number += 1;
                car.meter.stops(number, Money::new(2000, Currency::CNY), false).await;
            }
            Page::Bill(bill) if bill.progress.is_some() => car.act(Action::EndBill(EndedHow::PaidOtherwise)).await,
            _ => {}
        }
        // The trip is named before its passenger is on board.
        if let Page::Trip(trip) = &screens.borrow().view.page
            && trip.stage == TripStage::Arrived
            && !driven.contains(&trip.trip)
        {
            driven.push(trip.trip);
        }
        tokio::select! {
            _ = screens.changed() => {}
            _ = receiver.tick() => car.is_at(at).await,
            _ = over.changed() => return driven,
        }
    }
}

/// Kills each platform in turn whenever a few more rides were driven.
async fn kills(house: &House, other: &Program, finished: &mut watch::Receiver<u32>) {
    for kill in 1..=KILLS {
        let enough = kill * BOOKINGS / (KILLS + 2);
        finished.wait_for(|finished| *finished >= enough).await.unwrap();
        let program = if kill % 2 == 0 { other } else { house.program() };
        program.is_killed_and_started().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_ride_is_driven_once_while_two_platforms_are_killed_in_turn() {
    let url = tokio::task::spawn_blocking(|| Postgres::shared().unwrap().fresh_database().unwrap()).await.unwrap();
    let plan = Plan { database: Some(url), program: Some(program()), ..Plan::default() };
    let house = House::as_planned(plan).await;
    let (other, other_cars) = house.another_program(&program()).await;
    let (over, is_over) = watch::channel(false);
    let mut drivers = Vec::new();
    for number in 0..CARS {
        let plate = format!("苏E·T{number:04}");
        let car = if number % 2 == 0 { house.car(&plate).await } else { house.car_at(&plate, &other_cars).await };
        let at = km(f64::from(number), 0.5);
        car.comes_on_shift(at).await;
        drivers.push(tokio::spawn(drives(car, at, is_over.clone())));
    }
    let mut booked = Vec::new();
    for number in 0..BOOKINGS {
        let mut ride = ride_from(km(f64::from(number % 7), 0.0));
        ride.contact = Contact::Phone(format!("+86138{number:08}"));
        booked.push(house.books(ride, &number.to_string()).await.unwrap().id);
    }

    let (count, mut finished) = watch::channel(0_u32);
    let looks = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        loop {
            ticks.tick().await;
            let mut done = 0;
            for id in &booked {
                let state = house.reservation(*id).await.state;
                assert_ne!(state, ReservationState::Unserved);
                done += u32::from(state == ReservationState::Completed);
            }
            count.send_replace(done);
            if done == BOOKINGS {
                return;
            }
        }
    };
    let all = async { tokio::join!(looks, kills(&house, &other, &mut finished)) };
    tokio::time::timeout(Duration::from_secs(240), all).await.expect("all rides are driven in time");

    let mut driven: HashMap<TripId, u32> = HashMap::new();
    over.send_replace(true);
    for driver in drivers {
        for trip in driver.await.unwrap() {
            *driven.entry(trip).or_default() += 1;
        }
    }
    for id in booked {
        let reservation = until("it is completed", || async { Some(house.reservation(id).await) }).await;
        let trip = reservation.trip.unwrap();
        assert_eq!(driven.get(&trip), Some(&1), "{reservation:?}");
    }
}
