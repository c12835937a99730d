//! Calls and answers.

use actix_web::{
    cookie::{Cookie, SameSite},
    http::StatusCode,
    test::TestRequest,
};
use serde_json::{Value, json};

use super::{House, fleet, get, post};
use crate::identity::signed_in::COOKIE;

#[actix_web::test]
async fn nobody_gets_anything_without_signing_in_and_is_told_what_to_do() {
    let house = House::new().await;
    let vehicle = house.desk.add(fleet(1), "苏E·X1234");
    let made_up = Cookie::new(COOKIE, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for cookie in [None, Some(&made_up)] {
        for request in [
            get("/board"),
            get("/events"),
            get("/me"),
            post("/vehicles").set_json(json!({"plate": "A"})),
            post(&format!("/vehicles/{vehicle}/enrolment-code")),
            post(&format!("/vehicles/{vehicle}/revoke")),
            post(&format!("/vehicles/{vehicle}/reinstate")),
            post(&format!("/alarms/{vehicle}/clear")),
            get("/reservations"),
            post("/reservations").set_json(json!({})),
            get(&format!("/reservations/{vehicle}")),
            post(&format!("/reservations/{vehicle}/cancel")).set_json(json!({})),
            post(&format!("/reservations/{vehicle}/assign")).set_json(json!({"vehicle": vehicle})),
            post(&format!("/reservations/{vehicle}/unassign")),
            get("/cars"),
        ] {
            let (status, body) = house.call(request, cookie).await;
            assert_eq!((status, &body["code"]), (StatusCode::UNAUTHORIZED, &json!("signed_out")));
            assert!(body["en"].as_str().unwrap().contains("Sign in"));
        }
    }
    assert_eq!(house.asked(), []);
}

#[actix_web::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_sign_out_ends_it() {
    let house = House::new().await;
    let cookie = house.cookie("one").await;
    assert_eq!((cookie.http_only(), cookie.secure(), cookie.path()), (Some(true), Some(true), Some("/console")));
    assert_eq!(cookie.same_site(), Some(SameSite::Strict));
    let (status, me) = house.call(get("/me"), Some(&cookie)).await;
    assert_eq!((status, &me["name"]), (StatusCode::OK, &json!("one")));
    assert_eq!(house.call(post("/sign-out"), Some(&cookie)).await.0, StatusCode::NO_CONTENT);
    assert_eq!(house.call(get("/me"), Some(&cookie)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(house.call(post("/sign-out"), Some(&cookie)).await.0, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_name_get_one_and_the_same_answer() {
    let house = House::new().await;
    let try_in = |name: &str| post("/sign-in").set_json(json!({"name": name, "password": "wrong wrong wrong"}));
    let wrong = house.call(try_in("one"), None).await;
    assert_eq!(wrong, house.call(try_in("nobody"), None).await);
    assert_eq!((wrong.0, &wrong.1["code"]), (StatusCode::UNAUTHORIZED, &json!("wrong_credentials")));
}

#[actix_web::test]
async fn a_dispatcher_sees_and_touches_one_fleet_only() {
    let house = House::new().await;
    let (one, two) = (house.cookie("one").await, house.cookie("two").await);
    let vehicle = house.desk.add(fleet(1), "苏E·X1234");
    let plates = |board: &Value| board["vehicles"].as_array().unwrap().len();
    assert_eq!(plates(&house.call(get("/board"), Some(&one)).await.1), 1);
    assert_eq!(plates(&house.call(get("/board"), Some(&two)).await.1), 0);
    for action in ["enrolment-code", "revoke", "reinstate"] {
        let path = format!("/vehicles/{vehicle}/{action}");
        let (status, body) = house.call(post(&path), Some(&two)).await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("unknown_vehicle")), "{action}");
        assert!(house.call(post(&path), Some(&one)).await.0.is_success(), "{action}");
    }
    // A fleet that a request names by itself changes nothing.
    let body = json!({"plate": "苏E·Y1", "fleet": fleet(1)});
    assert_eq!(house.call(post("/vehicles").set_json(body), Some(&two)).await.0, StatusCode::CREATED);
    assert_eq!(house.asked().last().unwrap().0, fleet(2));
}

#[actix_web::test]
async fn commands_reach_the_desk_with_the_name_of_who_gave_them() {
    let house = House::new().await;
    let cookie = house.cookie("one").await;
    let body = json!({"plate": " 苏E·X1234 ", "driver": "王师傅"});
    let (status, registered) = house.call(post("/vehicles").set_json(body), Some(&cookie)).await;
    assert_eq!(status, StatusCode::CREATED);
    let id = registered["id"].as_str().unwrap().to_owned();
    let (_, code) = house.call(post(&format!("/vehicles/{id}/enrolment-code")), Some(&cookie)).await;
    assert_eq!(code["code"], "7QK2-0000");
    assert_eq!(house.call(post(&format!("/alarms/{id}/clear")), Some(&cookie)).await.0, StatusCode::NO_CONTENT);
    let asked: Vec<String> = house.asked().into_iter().map(|(_, what)| what).collect();
    assert_eq!(asked, ["register 苏E·X1234 Some(\"王师傅\")", "clear by one"]);
}

#[actix_web::test]
async fn bad_input_gets_a_sentence_and_changes_nothing() {
    let house = House::new().await;
    let cookie = house.cookie("one").await;
    house.desk.add(fleet(1), "苏E·X1234");
    let vehicle = |body: Value| post("/vehicles").set_json(body);
    for (request, status, code) in [
        (vehicle(json!({"plate": "  "})), StatusCode::BAD_REQUEST, "bad_plate"),
        (vehicle(json!({"plate": "12345678901234567"})), StatusCode::BAD_REQUEST, "bad_plate"),
        (vehicle(json!({"plate": "A", "driver": "a\nb"})), StatusCode::BAD_REQUEST, "malformed"),
        (vehicle(json!({"driver": "no plate"})), StatusCode::BAD_REQUEST, "malformed"),
        (vehicle(json!({"plate": "x".repeat(20_000)})), StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        (vehicle(json!({"plate": "苏E·X1234"})), StatusCode::CONFLICT, "plate_taken"),
        (post("/vehicles").set_payload("plate=A"), StatusCode::BAD_REQUEST, "malformed"),
        (post("/vehicles/nonsense/revoke"), StatusCode::NOT_FOUND, "not_found"),
        (get("/no-such-call"), StatusCode::NOT_FOUND, "not_found"),
    ] {
        let (got, body) = house.call(request, Some(&cookie)).await;
        assert_eq!((got, &body["code"]), (status, &json!(code)));
        assert!(!body["zh"].as_str().unwrap().is_empty());
    }
    assert_eq!(house.asked(), []);
}

#[actix_web::test]
async fn another_sites_page_changes_nothing_even_with_the_cookie() {
    let house = House::new().await;
    let cookie = house.cookie("one").await;
    let vehicle = house.desk.add(fleet(1), "苏E·X1234");
    let revoke = || post(&format!("/vehicles/{vehicle}/revoke")).insert_header(("Host", "fareway.example"));
    for header in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Origin", "null")] {
        let (status, body) = house.call(revoke().insert_header(header), Some(&cookie)).await;
        assert_eq!((status, &body["code"]), (StatusCode::FORBIDDEN, &json!("foreign_origin")));
    }
    assert_eq!(house.asked(), []);
    let ours = revoke().insert_header(("Origin", "https://fareway.example"));
    assert_eq!(house.call(ours, Some(&cookie)).await.0, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn every_answer_keeps_other_sites_out_and_the_page_is_there_or_says_how_to_build_it() {
    let house = House::new().await;
    for request in [
        TestRequest::get().uri("/console"),
        get("/board"),
        post("/sign-out").insert_header(("Origin", "https://evil.example")),
    ] {
        let response = house.answer(request).await;
        let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(response.headers().contains_key("cache-control"));
    }
    let response = house.answer(TestRequest::get().uri("/console")).await;
    let built = response.status() == StatusCode::OK;
    let page = actix_web::body::to_bytes(response.into_body()).await.ok().unwrap();
    let page = String::from_utf8_lossy(&page);
    assert!(if built { page.contains("<script") } else { page.contains("cargo xtask web") }, "{page}");
}
