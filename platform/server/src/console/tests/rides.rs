//! Calls about reservations and the map.

use actix_web::http::StatusCode;
use fareway_shared::time::Timestamp;
use serde_json::{Value, json};

use super::{House, fleet, get, post};
use crate::{
    matching::error::HandError,
    reservation::{
        error::{BookingError, QuoteProblem, ReservationError},
        model::{ReservationEvent, ReservationState},
    },
    store_error::StoreError,
    tariff::model::LocalTimeError,
    transition::Refused,
};

fn told(more: Value) -> Value {
    let mut body = json!({
        "key": "k1",
        "pickup": {"lat": 31.33, "lng": 120.607, "words": " 苏州站北广场 "},
        "phone": "+86 138 0000 0001",
        "passenger": "李女士",
        "seats": 2,
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[actix_web::test]
async fn a_booking_by_phone_reaches_the_desk_and_shows_on_the_board() {
    let house = House::new().await;
    let one = house.cookie("one").await;
    let book = post("/reservations").set_json(told(json!({"pickup_local": "2027-01-16T08:30"})));
    let (status, booked) = house.call(book, Some(&one)).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(house.asked()[0].1, "book k1 苏州站北广场 Some(\"2027-01-16T08:30\") +86 138 0000 0001 2");
    let (_, list) = house.call(get("/reservations"), Some(&one)).await;
    assert_eq!((&list[0]["id"], &list[0]["contact"]), (&booked["id"], &json!("…0001")));
    let (_, board) = house.call(get("/board"), Some(&one)).await;
    assert_eq!(board["reservations"], list);
    let path = format!("/reservations/{}", booked["id"].as_str().unwrap());
    let (status, detail) = house.call(get(&path), Some(&one)).await;
    assert_eq!((status, &detail["id"], &detail["offers"]), (StatusCode::OK, &booked["id"], &json!([])));
}

#[actix_web::test]
async fn a_caller_is_told_a_price_or_why_there_is_none() {
    let house = House::new().await;
    let one = house.cookie("one").await;
    let wanted = |more: Value| {
        let mut body = json!({"pickup": {"lat": 31.33, "lng": 120.607}, "dropoff": {"lat": 31.31, "lng": 120.67}});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        post("/quotes").set_json(body)
    };
    let (status, told) = house.call(wanted(json!({"pickup_local": "2027-01-16T08:30"})), Some(&one)).await;
    assert_eq!((status, &told["total"], &told["fixed"]), (StatusCode::OK, &json!("¥32.00"), &json!(false)));
    assert_eq!(house.asked()[0].1, "quote Some(\"2027-01-16T08:30\") None");
    let (status, none) = house.call(wanted(json!({"class": 15})), Some(&one)).await;
    assert_eq!((status, &none["code"]), (StatusCode::CONFLICT, &json!("no_tariff")));
    let swapped = wanted(json!({"dropoff": {"lat": 120.67, "lng": 31.31}}));
    assert_eq!(house.call(swapped, Some(&one)).await.1["code"], json!("swapped_place"));
    assert_eq!(house.call(wanted(json!({})), None).await.0, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_reservation_is_given_taken_back_and_cancelled_by_whoever_is_signed_in() {
    let house = House::new().await;
    let one = house.cookie("one").await;
    let (car, ride) = (house.desk.add(fleet(1), "苏E·X1234"), house.desk.reserve(fleet(1)));
    let path = |what: &str| format!("/reservations/{ride}/{what}");
    let assign = post(&path("assign")).set_json(json!({"vehicle": car}));
    let (status, given) = house.call(assign, Some(&one)).await;
    assert_eq!((status, &given["undo_until"]), (StatusCode::OK, &json!(1_800_000_010_000_000_i64)));
    assert_eq!(house.call(post(&path("unassign")), Some(&one)).await.0, StatusCode::NO_CONTENT);
    let cancel = post(&path("cancel")).set_json(json!({"reason": " called again "}));
    assert_eq!(house.call(cancel, Some(&one)).await.0, StatusCode::NO_CONTENT);
    let asked: Vec<String> = house.asked().into_iter().map(|(_, what)| what).collect();
    assert_eq!(asked, ["assign", "unassign", "cancel called again"]);
    let (_, cars) = house.call(get("/cars"), Some(&one)).await;
    assert_eq!((&cars[0]["plate"], &cars[0]["place"]["lat"]), (&json!("苏E·X1234"), &json!(31.33)));
}

#[actix_web::test]
async fn another_fleets_reservations_and_cars_are_not_there() {
    let house = House::new().await;
    let (one, two) = (house.cookie("one").await, house.cookie("two").await);
    let (car, ride) = (house.desk.add(fleet(1), "苏E·X1234"), house.desk.reserve(fleet(1)));
    for list in ["/reservations", "/cars"] {
        assert_eq!(house.call(get(list), Some(&two)).await.1, json!([]), "{list}");
        assert_eq!(house.call(get(list), Some(&one)).await.1.as_array().unwrap().len(), 1, "{list}");
    }
    for request in [
        get(&format!("/reservations/{ride}")),
        post(&format!("/reservations/{ride}/cancel")).set_json(json!({"reason": ""})),
        post(&format!("/reservations/{ride}/assign")).set_json(json!({"vehicle": car})),
        post(&format!("/reservations/{ride}/unassign")),
    ] {
        let (status, body) = house.call(request, Some(&two)).await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("unknown_reservation")));
    }
    let own = house.desk.reserve(fleet(2));
    let foreign_car = post(&format!("/reservations/{own}/assign")).set_json(json!({"vehicle": car}));
    let (status, body) = house.call(foreign_car, Some(&two)).await;
    assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("unknown_vehicle")));
    assert_eq!(house.asked(), []);
}

#[actix_web::test]
async fn what_is_no_booking_gets_a_sentence_and_changes_nothing() {
    let house = House::new().await;
    let one = house.cookie("one").await;
    for (more, code) in [
        (json!({"pickup": {"lat": 120.607, "lng": 31.33}}), "swapped_place"),
        (json!({"pickup": {"lat": 91.0, "lng": 200.0}}), "no_place"),
        (json!({"dropoff": {"lat": 200.0, "lng": 300.0}}), "no_place"),
        (json!({"pickup": {"lat": null, "lng": 31.33}}), "malformed"),
        (json!({"pickup": {"lat": "31.33", "lng": 120.6}}), "malformed"),
        (json!({"key": ""}), "malformed"),
        (json!({"key": "k".repeat(65)}), "malformed"),
        (json!({"seats": -1}), "malformed"),
        (json!({"phone": null}), "malformed"),
    ] {
        let (status, body) = house.call(post("/reservations").set_json(told(more.clone())), Some(&one)).await;
        assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{more}");
    }
    let ride = house.desk.reserve(fleet(1));
    for (request, status) in [
        (
            post(&format!("/reservations/{ride}/cancel")).set_json(json!({"reason": "x".repeat(201)})),
            StatusCode::BAD_REQUEST,
        ),
        (
            post(&format!("/reservations/{ride}/assign")).set_json(json!({"vehicle": "nonsense"})),
            StatusCode::BAD_REQUEST,
        ),
        (get("/reservations/nonsense"), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(house.call(request, Some(&one)).await.0, status);
    }
    assert_eq!(house.asked(), []);
}

#[actix_web::test]
async fn every_refusal_of_a_booking_has_its_own_word_and_sentences() {
    let house = House::new().await;
    let one = house.cookie("one").await;
    let booking = |error: BookingError| ReservationError::Booking(error);
    let (text, at) = ("2027-03-28T02:30".to_owned(), Timestamp::from_seconds(1_806_195_600));
    let skipped = LocalTimeError::Skipped { text: text.clone(), next: "2027-03-28T03:00".into(), next_at: at };
    let repeated = LocalTimeError::Repeated { text, earlier: at, later: at };
    let refused = Refused::NotNow { state: ReservationState::Completed, event: ReservationEvent::Cancel };
    for (error, status, code) in [
        (booking(BookingError::Text("note")), 400, "bad_text"),
        (booking(BookingError::Seats { asked: 9, most: 6 }), 400, "too_many_seats"),
        (booking(BookingError::Past), 400, "in_the_past"),
        (booking(BookingError::TooFarAhead), 400, "too_far_ahead"),
        (booking(BookingError::LocalTime(LocalTimeError::NotATime("soon".into()))), 400, "bad_time"),
        (booking(BookingError::LocalTime(skipped)), 400, "skipped_time"),
        (booking(BookingError::LocalTime(repeated)), 400, "repeated_time"),
        (booking(BookingError::Phone), 400, "bad_phone"),
        (booking(BookingError::Class(16)), 400, "no_class"),
        (ReservationError::Quote(QuoteProblem::Unknown), 409, "no_quote"),
        (ReservationError::Quote(QuoteProblem::Old), 409, "old_quote"),
        (ReservationError::Quote(QuoteProblem::OtherJourney), 409, "other_quote"),
        (ReservationError::KeyReused, 409, "key_reused"),
        (ReservationError::TooMany(3), 409, "too_many_open"),
        (ReservationError::OnBoard, 409, "on_board"),
        (ReservationError::Unknown, 404, "unknown_reservation"),
        (ReservationError::Refused(refused), 409, "not_now"),
        (ReservationError::Store(StoreError::Conflict), 409, "conflict"),
    ] {
        *house.desk.no_booking.lock().unwrap() = Some(error);
        let (got, body) = house.call(post("/reservations").set_json(told(json!({}))), Some(&one)).await;
        assert_eq!((got.as_u16(), &body["code"]), (status, &json!(code)));
        assert!(body["zh"].as_str().unwrap().ends_with('。') && body["en"].as_str().unwrap().ends_with('.'), "{body}");
    }
    assert_eq!(house.asked(), []);
}

#[actix_web::test]
async fn every_refusal_of_a_hand_has_its_own_word_and_names_the_car() {
    let house = House::new().await;
    let one = house.cookie("one").await;
    let (car, ride) = (house.desk.add(fleet(1), "苏E·X1234"), house.desk.reserve(fleet(1)));
    let plate = || "苏E·X1234".to_owned();
    for (error, status, code) in [
        (HandError::Busy(plate()), 409, "car_busy"),
        (HandError::OffDuty(plate()), 409, "car_off_duty"),
        (HandError::Unlinked(plate()), 409, "car_unlinked"),
        (HandError::Seats { plate: plate(), seats: 4 }, 409, "car_too_small"),
        (HandError::Wheelchair(plate()), 409, "car_no_wheelchair"),
    ] {
        *house.desk.no_hand.lock().unwrap() = Some(error);
        let assign = post(&format!("/reservations/{ride}/assign")).set_json(json!({"vehicle": car}));
        let (got, body) = house.call(assign, Some(&one)).await;
        assert_eq!((got.as_u16(), &body["code"]), (status, &json!(code)));
        assert!(["zh", "en"].iter().all(|word| body[word].as_str().unwrap().contains("苏E·X1234")), "{body}");
    }
    for (error, code) in [
        (HandError::NotByHand, "not_by_hand"),
        (HandError::UndoOver, "undo_over"),
        (HandError::TooEarly { hours: 2 }, "too_early"),
        (HandError::OnBoard, "on_board"),
        (HandError::NotOpen(ReservationState::Assigned), "not_now"),
    ] {
        *house.desk.no_hand.lock().unwrap() = Some(error);
        let (got, body) = house.call(post(&format!("/reservations/{ride}/unassign")), Some(&one)).await;
        assert_eq!((got, &body["code"]), (StatusCode::CONFLICT, &json!(code)));
    }
    assert_eq!(house.asked(), []);
}
