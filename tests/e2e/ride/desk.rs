//! The dispatcher's hand: rides booked for callers, given to cars by hand, taken back, and explained.

use std::time::Duration;

use fareway::{
    console::ride_ports::{CarRow, NoQuote, PhoneBooking, PhoneQuote, RideDesk},
    matching::error::HandError,
    reservation::{
        error::{BookingError, ReservationError},
        model::ReservationState,
    },
    tariff::{error::TariffError, model::LocalTimeError},
};
use fareway_harness::{
    booking::{km, ride_from},
    house::{House, fleets},
    patience::until,
};
use fareway_shared::{
    id::{FleetId, VehicleId},
    protocol::car::TripStep,
    ride::{Stop, TripStage},
    time::Clock,
};

fn fleet() -> FleetId {
    let [first, _] = fleets();
    first
}

fn call() -> PhoneBooking {
    PhoneBooking {
        pickup: Stop { place: km(0.0, 0.0), words: "苏州站北广场".to_owned() },
        dropoff: None,
        pickup_local: None,
        passenger: "李女士".to_owned(),
        phone: "+86 138-0000-0001".to_owned(),
        note: String::new(),
        seats: 1,
        class: None,
        wheelchair: false,
        quote: None,
    }
}

/// Waits until the map shows the car so.
async fn until_car(house: &House, plate: &str, fits: impl Fn(&CarRow) -> bool) -> CarRow {
    until("the map shows the car so", || async {
        let cars = house.desk().cars(fleet()).await.ok()?;
        cars.into_iter().find(|car| car.plate == plate).filter(&fits)
    })
    .await
}

#[tokio::test]
async fn a_ride_given_by_hand_shows_in_the_car_and_is_explained_and_driven() {
    let house = crate::house().await;
    let (near, far) = (house.car("苏E·N0001").await, house.car("苏E·F0002").await);
    far.comes_on_shift(km(3.0, 0.0)).await;
    let far_row = until_car(&house, "苏E·F0002", |car| car.free && car.place.is_some()).await;
    let now = house.clock.now();
    let id = house.desk().book_by_phone(fleet(), call(), "one", now).await.unwrap();
    // It is offered, to the only car; the dispatcher gives it to that car before its driver has answered.
    far.is_offered().await;
    let undo_until = house.desk().assign_by_hand(fleet(), id, far_row.id, house.clock.now()).await.unwrap();
    assert!(undo_until > now.after(Duration::from_secs(10)));
    let trip = far.until_trip(TripStage::EnRoute).await;
    assert_eq!(house.reservation(id).await.trip, Some(trip.trip));

    let told = house.desk().explained(fleet(), id).await.unwrap();
    assert_eq!((told.row.state.as_str(), told.row.plate.as_deref()), ("assigned", Some("苏E·F0002")));
    assert_eq!((told.row.trip.as_deref(), told.row.contact.as_str()), (Some("en_route"), "…0001"));
    assert_eq!(told.undo_until, Some(undo_until));
    let states: Vec<&str> = told.offers.iter().map(|offer| offer.state.as_str()).collect();
    assert_eq!(states, ["accepted", "withdrawn"], "by hand, and the batch's before it");
    assert!(told.offers[0].en.starts_with("Given to 苏E·F0002 by hand. 苏E·F0002 is "), "{}", told.offers[0].en);
    assert!(told.offers[1].en.contains("No free car that fits was nearer"), "{}", told.offers[1].en);

    far.moves(TripStep::Arrive).await;
    far.until_trip(TripStage::Arrived).await;
    let taken =
        until_car(&house, "苏E·F0002", |car| car.trip.as_ref().is_some_and(|trip| trip.state == "arrived")).await;
    assert!(!taken.free);
    assert_eq!(taken.trip.unwrap().reservation, Some(id));
    drop(near);
}

#[tokio::test]
async fn what_was_given_by_hand_is_taken_back_within_ten_seconds_and_not_after() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    // No ride is offered to a car that nobody knows where it is, so the dispatcher's hand is the only one here.
    car.act(fareway_driver_app::state::Action::SetDuty(fareway_shared::protocol::car::Duty::OnShift)).await;
    let row = until_car(&house, "苏E·X1234", |car| car.free).await;
    let id = house.desk().book_by_phone(fleet(), call(), "one", house.clock.now()).await.unwrap();
    house.desk().assign_by_hand(fleet(), id, row.id, house.clock.now()).await.unwrap();
    car.until_trip(TripStage::EnRoute).await;

    house.desk().unassign(fleet(), id, house.clock.now()).await.unwrap();
    car.until_free().await;
    let back = house.reservation(id).await;
    assert_eq!((back.state, back.trip, back.refusals), (ReservationState::Waiting, None, 0));
    let told = house.desk().explained(fleet(), id).await.unwrap();
    assert_eq!((told.offers[0].state.as_str(), told.undo_until), ("withdrawn", None));
    assert_eq!(told.offers[0].en, "Given to 苏E·X1234 by hand. Nobody knew where it was then.");
    let again = house.desk().unassign(fleet(), id, house.clock.now()).await;
    assert!(matches!(again, Err(HandError::NotByHand)), "{again:?}");

    house.desk().assign_by_hand(fleet(), id, row.id, house.clock.now()).await.unwrap();
    car.until_trip(TripStage::EnRoute).await;
    let late = house.clock.now().after(Duration::from_secs(11));
    let late = house.desk().unassign(fleet(), id, late).await;
    assert!(matches!(late, Err(HandError::UndoOver)), "{late:?}");
    assert_eq!(house.reservation(id).await.state, ReservationState::Assigned);
    house.desk().cancel_by_hand(fleet(), id, "called again", house.clock.now()).await.unwrap();
    car.until_free().await;
    assert_eq!(house.reservation(id).await.ended.unwrap().by, "dispatcher");
}

#[tokio::test]
async fn a_car_that_cannot_come_is_refused_by_name_and_nothing_changes() {
    let house = crate::house().await;
    let (busy, idle) = (house.car("苏E·B0001").await, house.car("苏E·I0002").await);
    busy.comes_on_shift(km(0.5, 0.0)).await;
    house.books(ride_from(km(0.0, 0.0)), "taken").await.unwrap();
    busy.accepts().await;
    let busy_row = until_car(&house, "苏E·B0001", |car| car.trip.is_some()).await;
    let idle_row = until_car(&house, "苏E·I0002", |car| car.online).await;
    let later = PhoneBooking { seats: 5, ..call() };
    let id = house.desk().book_by_phone(fleet(), later, "one", house.clock.now()).await.unwrap();
    let give = async |vehicle| house.desk().assign_by_hand(fleet(), id, vehicle, house.clock.now()).await.unwrap_err();

    assert!(matches!(give(busy_row.id).await, HandError::Busy(plate) if plate == "苏E·B0001"));
    assert!(matches!(give(idle_row.id).await, HandError::OffDuty(plate) if plate == "苏E·I0002"));
    idle.comes_on_shift(km(1.0, 0.0)).await;
    until_car(&house, "苏E·I0002", |car| car.free).await;
    assert!(matches!(give(idle_row.id).await, HandError::Seats { seats: 4, .. }));
    drop(idle);
    until_car(&house, "苏E·I0002", |car| !car.online).await;
    assert!(matches!(give(idle_row.id).await, HandError::Unlinked(plate) if plate == "苏E·I0002"));
    assert!(matches!(give(VehicleId(uuid::Uuid::nil())).await, HandError::UnknownCar));
    assert_eq!(house.reservation(id).await.state, ReservationState::Waiting);

    let [_, other] = fleets();
    let foreign = house.desk().explained(other, id).await;
    assert!(matches!(foreign, Err(ReservationError::Unknown)), "{foreign:?}");
    let foreign = house.desk().assign_by_hand(other, id, idle_row.id, house.clock.now()).await;
    assert!(matches!(foreign, Err(HandError::UnknownReservation)), "{foreign:?}");
}

#[tokio::test]
async fn a_ride_for_later_is_given_by_hand_without_leaving_now_and_goes_back_to_its_time() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(0.5, 0.0)).await;
    let row = until_car(&house, "苏E·X1234", |car| car.free).await;
    let now = house.clock.now();
    let mut later = ride_from(km(0.0, 0.0));
    later.pickup_at = Some(now.after(Duration::from_secs(86_400)));
    let tomorrow = house.books(later.clone(), "tomorrow").await.unwrap();
    let early = house.desk().assign_by_hand(fleet(), tomorrow.id, row.id, house.clock.now()).await;
    assert!(matches!(early, Err(HandError::TooEarly { hours: 2 })), "{early:?}");
    later.pickup_at = Some(now.after(Duration::from_secs(5_400)));
    let booked = house.books(later, "one").await.unwrap();
    house.desk().assign_by_hand(fleet(), booked.id, row.id, house.clock.now()).await.unwrap();
    car.until_trip(TripStage::Assigned).await;
    assert!(!until_car(&house, "苏E·X1234", |car| car.trip.is_some()).await.free, "it has a pick-up before it");
    house.desk().unassign(fleet(), booked.id, house.clock.now()).await.unwrap();
    let back = house.reservation(booked.id).await;
    assert_eq!((back.state, back.due_at), (ReservationState::Scheduled, booked.due_at));
}

#[tokio::test]
async fn a_callers_booking_is_checked_like_any_other() {
    let house = crate::house().await;
    let book = async |booking: PhoneBooking, key: &str| {
        house.desk().book_by_phone(fleet(), booking, key, house.clock.now()).await.map_err(|error| format!("{error:?}"))
    };
    let at = |local: &str| PhoneBooking { pickup_local: Some(local.to_owned()), ..call() };
    let wrong = |error: BookingError| Err(format!("{:?}", ReservationError::Booking(error)));
    assert_eq!(book(at("2020-01-01T08:30"), "a").await, wrong(BookingError::Past));
    assert_eq!(book(at("2099-01-01T08:30"), "a").await, wrong(BookingError::TooFarAhead));
    assert_eq!(
        book(at("tomorrow"), "a").await,
        wrong(BookingError::LocalTime(LocalTimeError::NotATime("tomorrow".to_owned())))
    );
    assert_eq!(book(PhoneBooking { phone: "call me".to_owned(), ..call() }, "a").await, wrong(BookingError::Phone));
    assert_eq!(book(PhoneBooking { class: Some(16), ..call() }, "a").await, wrong(BookingError::Class(16)));
    let nine = book(PhoneBooking { seats: 9, ..call() }, "a").await;
    assert_eq!(nine, wrong(BookingError::Seats { asked: 9, most: 6 }));
    let first = book(call(), "a").await.unwrap();
    assert_eq!(book(call(), "a").await, Ok(first), "the same again");
    let other = book(PhoneBooking { seats: 2, ..call() }, "a").await;
    assert_eq!(other, Err(format!("{:?}", ReservationError::KeyReused)));
    book(call(), "b").await.unwrap();
    book(call(), "c").await.unwrap();
    assert_eq!(book(call(), "d").await, Err(format!("{:?}", ReservationError::TooMany(3))));
    let board = house.board().await;
    assert_eq!((board.reservations.len(), board.zone.as_str()), (3, "Asia/Shanghai"));
}

#[tokio::test]
async fn a_caller_is_told_a_price_and_the_ride_promises_it() {
    let house = crate::house().await;
    let asked = || PhoneQuote { pickup: km(0.0, 0.0), dropoff: km(6.0, -2.0), pickup_local: None, class: None };
    let none = house.desk().quote_by_phone(fleet(), asked(), house.clock.now()).await;
    assert!(matches!(none, Err(NoQuote::Tariff(TariffError::NoneInForce))), "{none:?}");

    house.publishes_a_tariff().await;
    let told = house.desk().quote_by_phone(fleet(), asked(), house.clock.now()).await.unwrap();
    // 6.3 km as the crow flies make some 8.5 by road: 12 yuan, and 1.20 for each half kilometre after the third.
    assert_eq!(told.lines.iter().map(|line| line.en.clone()).next().unwrap(), "Flag fall, 3 km included");
    let units = (told.road_m - 3_000).div_ceil(500);
    assert_eq!(told.total, format!("¥{:.2}", 12.0 + 1.2 * f64::from(units)));
    let dropoff = Some(Stop { place: km(6.0, -2.0), words: String::new() });
    let booking = PhoneBooking { dropoff, quote: Some(told.id), ..call() };
    let id = house.desk().book_by_phone(fleet(), booking, "one", house.clock.now()).await.unwrap();
    let promised = house.reservation(id).await.booking.quoted.unwrap();
    assert_eq!((format!("¥{}", promised.total.decimal()), promised.fixed), (told.total, false));
}
