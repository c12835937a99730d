//! What the page's script asks, and what it is told when something is not as it should be.

use std::pin::pin;

use actix_web::{
    body::MessageBody,
    http::{StatusCode, header},
    test::TestRequest,
};
use fareway_shared::time::Timestamp;
use serde_json::json;

use super::{
    ALIPAY, Phone, Place,
    desk::{BILL, CAR, PAYER, SECOND_PAYER, bill_target, car_target},
    key,
};
use crate::passenger::token::{AuthState, Claim};

#[actix_web::test]
async fn pay_hands_over_alipays_number_for_exactly_the_scanned_version() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let answer = phone.post("/p/api/pay", json!({ "token": token })).await;
    assert_eq!(answer.json(), json!({ "trade_no": format!("2026-{PAYER}") }));
    assert_eq!(*place.desk.paid.lock().unwrap(), [(bill_target(1), PAYER.to_owned())]);
}

#[actix_web::test]
async fn an_outdated_version_is_never_paid() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    *place.desk.version.lock().unwrap() = 2;
    let answer = phone.post("/p/api/pay", json!({ "token": token })).await;
    assert_eq!(answer.json()["state"]["view"], "outdated");
    assert!(place.desk.paid.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn the_second_phone_sees_the_first_and_may_take_over() {
    let place = Place::new();
    let (mut first, mut second) = (Phone::new(&place, ALIPAY), Phone::new(&place, ALIPAY));
    let first_token = first.walk_in("/p/b/good-code", PAYER).await;
    let token = second.walk_in("/p/b/good-code", SECOND_PAYER).await;
    first.post("/p/api/pay", json!({ "token": first_token })).await;
    let waiting = second.post("/p/api/pay", json!({ "token": token })).await;
    assert_eq!(waiting.json()["state"]["view"], "another_phone");
    let taken = second.post("/p/api/take-over", json!({ "token": token })).await;
    assert_eq!(taken.json()["trade_no"], format!("2026-{SECOND_PAYER}"));
}

#[actix_web::test]
async fn the_three_digits_prove_the_car_for_this_passenger_alone() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in(&format!("/p/v/{CAR}"), PAYER).await;
    let page = phone.get(&format!("/p/page/{token}")).await;
    assert!(page.body.contains("enter_code") && !page.body.contains("X1234"));
    for (digits, english) in [("999", "wrong"), ("12", "three digits"), ("abc", "three digits")] {
        let answer = phone.post("/p/api/screen-code", json!({ "token": token, "digits": digits })).await;
        assert!(answer.json()["message"]["en"].as_str().unwrap().contains(english));
        assert!(answer.json()["token"].is_null());
    }
    let right = phone.post("/p/api/screen-code", json!({ "token": token, "digits": "042" })).await.json();
    assert_eq!(right["state"]["view"], "bill");
    let proven = right["token"].as_str().unwrap().to_owned();

    let mut friend = Phone::new(&place, ALIPAY);
    friend.walk_in(&format!("/p/v/{CAR}"), SECOND_PAYER).await;
    let seen = friend.get(&format!("/p/page/{proven}")).await;
    assert!(seen.body.contains("enter_code") && !seen.body.contains("23.40"), "a shared link carried the proof along");
}

#[actix_web::test]
async fn a_page_of_a_car_pays_only_the_bill_and_version_that_it_shows() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    phone.walk_in(&format!("/p/v/{CAR}"), PAYER).await;
    let token = key().seal_page(&Claim::new(car_target(true), Some(PAYER)), Timestamp(i64::MAX));
    *place.desk.version.lock().unwrap() = 2;
    let old = phone.post("/p/api/pay", json!({ "token": token, "bill": BILL, "version": 1 })).await;
    assert!(old.json()["message"]["en"].as_str().unwrap().contains("has changed"));
    assert!(place.desk.paid.lock().unwrap().is_empty());
    assert_eq!(phone.post("/p/api/pay", json!({ "token": token })).await.status, StatusCode::BAD_REQUEST);
    let right = phone.post("/p/api/pay", json!({ "token": token, "bill": BILL, "version": 2 })).await.json();
    assert!(right["trade_no"].is_string());
    let claim = key().open_page(right["token"].as_str().unwrap(), super::NOW).unwrap();
    assert_eq!(claim.for_payer(PAYER), bill_target(2), "the page does not stay with the bill that it pays");
}

#[actix_web::test]
async fn one_of_several_bills_is_chosen_and_a_foreign_one_is_not() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    phone.walk_in(&format!("/p/v/{CAR}"), PAYER).await;
    let token = key().seal_page(&Claim::new(car_target(true), Some(PAYER)), Timestamp(i64::MAX));
    let chosen = phone.post("/p/api/choose", json!({ "token": token, "bill": BILL })).await.json();
    assert!(chosen["token"].is_string());
    let foreign = uuid::Uuid::from_u128(99);
    let refused = phone.post("/p/api/choose", json!({ "token": token, "bill": foreign })).await.json();
    assert!(refused["token"].is_null() && refused["state"].is_object());
}

#[actix_web::test]
async fn the_wallets_word_is_passed_on_and_decides_nothing() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let answer = phone.post("/p/api/result", json!({ "token": token, "result_code": "9000" })).await;
    assert_eq!(answer.json()["state"]["view"], "bill");
    assert_eq!(*place.desk.returned.lock().unwrap(), ["9000"]);
    let odd = phone.post("/p/api/result", json!({ "token": token, "result_code": "9000'; --" })).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn every_refusal_is_a_sentence_with_a_remedy() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let state = AuthState { claim: Claim::new(bill_target(1), None), nonce: [1; 16], attempt: 0 };
    let state = key().seal_state(&state, Timestamp(i64::MAX));
    let expired = key().seal_page(&Claim::new(bill_target(1), None), super::NOW);
    let stranger = &mut Phone::new(&place, ALIPAY);
    for (answer, status, remedy) in [
        (phone.post("/p/api/pay", json!({ "token": state })).await, StatusCode::FORBIDDEN, "scan"),
        (phone.post("/p/api/pay", json!({ "token": "nonsense" })).await, StatusCode::FORBIDDEN, "scan"),
        (phone.post("/p/api/pay", json!({ "token": expired })).await, StatusCode::GONE, "scan"),
        (phone.post("/p/api/pay", json!({ "other": 1 })).await, StatusCode::BAD_REQUEST, "reload"),
        (phone.post("/p/api/pay", json!({ "token": "x".repeat(5000) })).await, StatusCode::BAD_REQUEST, "reload"),
        (phone.get("/p/api/state?token=nonsense").await, StatusCode::FORBIDDEN, "scan"),
        (phone.get("/p/api/events").await, StatusCode::BAD_REQUEST, "reload"),
        (stranger.post("/p/api/pay", json!({ "token": token })).await, StatusCode::UNAUTHORIZED, "authorise"),
        (stranger.get(&format!("/p/api/events?token={token}")).await, StatusCode::UNAUTHORIZED, "authorise"),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.json()["remedy"], remedy);
        assert!(answer.json()["message"]["zh"].as_str().unwrap().ends_with('。'));
    }
    assert!(place.desk.paid.lock().unwrap().is_empty());
    *place.desk.broken.lock().unwrap() = true;
    let broken = phone.post("/p/api/pay", json!({ "token": token })).await;
    assert_eq!((broken.status, broken.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
}

#[actix_web::test]
async fn another_sites_page_cannot_press_pay() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let press = || TestRequest::post().uri("/p/api/pay").set_json(json!({ "token": token }));
    for foreign in [
        press().insert_header((header::ORIGIN, "https://evil.example")),
        press().insert_header((header::ORIGIN, "null")),
        press().insert_header(("sec-fetch-site", "cross-site")),
    ] {
        assert_eq!(phone.send(foreign).await.status, StatusCode::FORBIDDEN);
    }
    let form = TestRequest::post().uri("/p/api/pay").set_form([("token", token.as_str())]);
    assert_eq!(phone.send(form).await.status, StatusCode::BAD_REQUEST);
    assert!(place.desk.paid.lock().unwrap().is_empty());
    assert!(phone.send(press().insert_header(("sec-fetch-site", "same-origin"))).await.json()["trade_no"].is_string());
}

#[actix_web::test]
async fn the_feed_sends_the_state_at_once_and_after_every_change_and_ends_with_the_platform() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let response = phone.open(TestRequest::get().uri(&format!("/p/api/events?token={token}"))).await;
    assert_eq!(response.headers().get(header::CONTENT_TYPE).unwrap(), "text/event-stream");
    let mut body = pin!(response.into_body());
    let mut next = async || {
        let bytes = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await?;
        Some(String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap())
    };
    assert!(next().await.unwrap().starts_with("event: state\ndata: {\"view\":\"bill\""));
    *place.desk.version.lock().unwrap() = 2;
    place.desk.changes.send_modify(|count| *count += 1);
    let second = next().await.unwrap();
    assert!(second.contains("\"view\":\"outdated\"") && second.ends_with("\n\n"), "{second}");
    place.stop.send_replace(true);
    assert_eq!(next().await, None, "a live page keeps a stopping platform waiting");
}

#[actix_web::test]
async fn too_many_live_pages_are_asked_to_wait() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    place.pages.live.close();
    let answer = phone.get(&format!("/p/api/events?token={token}")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
    assert_eq!(phone.get(&format!("/p/api/state?token={token}")).await.json()["view"], "bill");
}
