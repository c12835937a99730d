//! Reserved rides: booked, offered, taken or not, driven and paid.

use std::time::Duration;

use fareway::reservation::{
    error::{QuoteProblem, ReservationError},
    model::{Booking, ReservationState},
};
use fareway_driver_app::state::Page;
use fareway_harness::{
    booking::{km, ride_from},
    patience::until,
};
use fareway_shared::{
    protocol::car::TripStep,
    ride::{Quoted, TripStage},
};

use crate::yuan;

#[tokio::test]
async fn a_booked_ride_is_offered_taken_driven_and_paid() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(1.0, 0.0)).await;
    let booked = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();

    let offer = car.is_offered().await;
    assert_eq!(offer.ride.pickup.words, "苏州站北广场");
    assert!((1_000..2_000).contains(&offer.pickup_m), "{offer:?}");
    assert!((1..=20).contains(&offer.seconds_left), "{offer:?}");
    let trip = car.accepts().await;
    assert_eq!(house.reservation(booked.id).await.trip, Some(trip.trip));
    car.moves(TripStep::Arrive).await;
    car.until_trip(TripStage::Arrived).await;

    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    passenger.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
    house.until_reserved(booked.id, ReservationState::Completed).await;
    let board = house.board().await;
    assert_eq!(board.trips.iter().map(|trip| trip.id.clone()).collect::<Vec<_>>(), [trip.trip.to_string()]);
}

#[tokio::test]
async fn a_declined_offer_goes_to_the_next_car() {
    let house = crate::house().await;
    let (near, far) = (house.car("苏E·N0001").await, house.car("苏E·F0002").await);
    near.comes_on_shift(km(0.5, 0.0)).await;
    far.comes_on_shift(km(3.0, 0.0)).await;
    let booked = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    near.declines().await;
    far.accepts().await;
    let reservation = house.until_reserved(booked.id, ReservationState::Assigned).await;
    assert_eq!(reservation.refusals, 1);
    near.until_free().await;
}

#[tokio::test]
async fn an_offer_that_nobody_answers_runs_out_and_goes_to_the_next_car() {
    let house = crate::house().await;
    let (near, far) = (house.car("苏E·N0001").await, house.car("苏E·F0002").await);
    near.comes_on_shift(km(0.5, 0.0)).await;
    far.comes_on_shift(km(3.0, 0.0)).await;
    house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    near.is_offered().await;
    house.clock.advance(Duration::from_secs(21));
    far.accepts().await;
    near.until("it is told", |screen| screen.view.sentence.as_ref().map(|told| told.en.clone())).await;
    near.until_free().await;
}

#[tokio::test]
async fn a_cancelled_ride_leaves_every_screen() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(0.5, 0.0)).await;
    let offered = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    car.is_offered().await;
    house.cancels(offered.id).await.unwrap();
    car.until_free().await;

    let taken = house.books(ride_from(km(0.0, 0.0)), "two").await.unwrap();
    car.accepts().await;
    assert_eq!(house.cancels(taken.id).await.unwrap().state, ReservationState::Cancelled);
    car.until_free().await;
    assert_eq!(house.cancels(taken.id).await.unwrap().state, ReservationState::Cancelled, "again, as before");

    // The car is free for the next one.
    house.books(ride_from(km(0.0, 0.0)), "three").await.unwrap();
    car.accepts().await;
}

#[tokio::test]
async fn a_ride_under_way_cannot_be_cancelled() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(0.5, 0.0)).await;
    let booked = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    car.accepts().await;
    car.meter.hired().await;
    let ride = car
        .until("the passenger rides", |screen| match &screen.view.page {
            Page::Hired(hire) => hire.ride.clone(),
            _ => None,
        })
        .await;
    assert_eq!(ride.passenger, "李女士");
    until("the platform knows", || async {
        house.board().await.trips.iter().any(|trip| trip.state == "on_board").then_some(())
    })
    .await;
    let refused = house.cancels(booked.id).await;
    assert!(matches!(refused, Err(ReservationError::OnBoard)), "{refused:?}");
}

#[tokio::test]
async fn a_driver_who_gives_up_is_not_asked_again_and_the_next_car_is() {
    let house = crate::house().await;
    let (near, far) = (house.car("苏E·N0001").await, house.car("苏E·F0002").await);
    near.comes_on_shift(km(0.5, 0.0)).await;
    let booked = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    near.accepts().await;
    near.moves(TripStep::GiveUp).await;
    house.until_reserved(booked.id, ReservationState::Waiting).await;
    far.comes_on_shift(km(3.0, 0.0)).await;
    far.accepts().await;
    near.until_free().await;
}

#[tokio::test]
async fn the_same_id_is_the_same_reservation_and_another_content_under_it_is_an_error() {
    let house = crate::house().await;
    let first = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    let again = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    assert_eq!(first.id, again.id);
    let other = house.books(ride_from(km(1.0, 0.0)), "one").await;
    assert!(matches!(other, Err(ReservationError::KeyReused)), "{other:?}");
}

#[tokio::test]
async fn a_booking_promises_what_its_quote_said_and_no_more() {
    let house = crate::house().await;
    house.publishes_a_tariff().await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(0.5, 0.0)).await;
    let ride = ride_from(km(0.0, 0.0));
    let quote = house.quotes(&ride).await;
    assert!(quote.quote.total.minor > 1_200, "more than the flag fall: {:?}", quote.quote.total);

    let claimed = Quoted { total: yuan(1), fixed: true };
    let booked = house.books(Booking { quote: Some(quote.id), quoted: Some(claimed), ..ride.clone() }, "one").await;
    let promised = booked.unwrap().booking.quoted;
    assert_eq!(promised, Some(Quoted { total: quote.quote.total, fixed: false }), "the kept quote counts");
    assert_eq!(car.is_offered().await.ride.quoted, promised);

    let elsewhere = Booking { quote: Some(quote.id), ..ride_from(km(3.0, 3.0)) };
    let refused = house.books(elsewhere, "two").await;
    assert!(matches!(refused, Err(ReservationError::Quote(QuoteProblem::OtherJourney))), "{refused:?}");
    house.clock.advance(Duration::from_secs(1_801));
    let refused = house.books(Booking { quote: Some(quote.id), ..ride }, "three").await;
    assert!(matches!(refused, Err(ReservationError::Quote(QuoteProblem::Old))), "{refused:?}");
}

#[tokio::test]
async fn a_platform_that_restarts_between_offer_and_answer_forgets_neither() {
    let mut house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(0.5, 0.0)).await;
    let booked = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    car.is_offered().await;
    house.stop_platform().await;
    house.start_platform().await;
    car.accepts().await;
    house.until_reserved(booked.id, ReservationState::Assigned).await;
}

#[tokio::test]
async fn a_reservation_that_no_car_is_found_for_is_given_up_in_time() {
    let house = crate::house().await;
    let booked = house.books(ride_from(km(0.0, 0.0)), "one").await.unwrap();
    house.clock.advance(Duration::from_secs(901));
    let given_up = house.until_reserved(booked.id, ReservationState::Unserved).await;
    assert_eq!(given_up.ended.unwrap().by, "platform");
}

#[tokio::test]
async fn a_ride_for_later_is_offered_when_its_time_has_come() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(0.5, 0.0)).await;
    let at = fareway_shared::time::Clock::now(&*house.clock).after(Duration::from_secs(3_600));
    let mut later = ride_from(km(0.0, 0.0));
    later.pickup_at = Some(at);
    let booked = house.books(later, "one").await.unwrap();
    assert_eq!(booked.state, ReservationState::Scheduled);
    // To fourteen minutes before: the car says again where it is, as the platform's clock has moved.
    house.clock.advance(Duration::from_secs(2_760));
    house.until_reserved(booked.id, ReservationState::Waiting).await;
}
