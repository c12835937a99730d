//! From the scanned code through Alipay's authorisation to the page.

use std::sync::atomic::Ordering;

use actix_web::{cookie::SameSite, http::StatusCode, test::TestRequest};
use fareway_shared::time::Timestamp;

use super::{
    ALIPAY, Phone, Place, SAFARI,
    desk::{BILL, CAR, OTHER_CAR, PAYER, bill_target, car_target},
    key,
};
use crate::passenger::{
    ports::Exchange,
    token::{AuthState, Claim},
};

#[actix_web::test]
async fn another_browser_is_told_how_to_open_alipay_and_nothing_about_the_car() {
    let place = Place::new();
    for path in ["/p", "/p/b/good-code", "/p/b/bad-code", &format!("/p/v/{CAR}"), "/p/v/nonsense"] {
        let answer = Phone::new(&place, SAFARI).get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.body.contains("Alipay") && answer.body.contains("支付宝"));
        assert!(!answer.body.contains("X1234") && !answer.body.contains("23.40"), "{path} told about the car");
    }
}

#[actix_web::test]
async fn a_scan_in_alipay_is_authorised_and_ends_at_the_page_with_the_metered_fare() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let page = phone.get(&format!("/p/page/{token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("23.40") && page.body.contains("lang=\"zh-Hans\""));
    assert!(page.body.contains(&token), "the page does not carry its own token");
    assert!(!page.body.contains("<Taxi>"), "a fleet's name got into the page as markup");
}

#[actix_web::test]
async fn cookies_are_for_our_pages_and_https_alone() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    phone.walk_in("/p/b/good-code", PAYER).await;
    assert_eq!(phone.cookies.len(), 2);
    for cookie in &phone.cookies {
        assert_eq!(cookie.http_only(), Some(true));
        assert_eq!(cookie.secure(), Some(true));
        assert_eq!(cookie.same_site(), Some(SameSite::Lax));
        assert_eq!(cookie.path(), Some("/p"));
        assert!(!cookie.value().contains(&BILL.to_string()));
    }
}

#[actix_web::test]
async fn a_passenger_authorised_lately_goes_straight_to_the_page_and_later_through_alipay_again() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let again = phone.get("/p/b/good-code").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(again.location.starts_with("/p/page/"));
    place.later(31);
    let stale = phone.get(&format!("/p/page/{token}")).await;
    assert_eq!(stale.status, StatusCode::FOUND, "an old authorisation still counted");
    assert!(stale.location.starts_with("https://alipay.example/authorise?state="));
}

#[actix_web::test]
async fn a_code_that_names_nothing_gets_a_sentence_and_the_way_to_type_the_plate() {
    let place = Place::new();
    let long = format!("/p/b/{}", "x".repeat(500));
    for path in ["/p/b/bad-code", &long, &format!("/p/v/{OTHER_CAR}"), "/p/v/nonsense"] {
        let answer = Phone::new(&place, ALIPAY).get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.body.contains("href=\"/p\"") && answer.body.contains("屏幕"), "{path}");
    }
}

#[actix_web::test]
async fn a_typed_plate_leads_to_the_three_digits_and_a_wrong_one_back_to_the_form() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    assert!(phone.get("/p").await.body.contains("action=\"/p/plate\""));
    let form = |plate| TestRequest::post().uri("/p/plate").set_form([("plate", plate)]);
    let wrong = phone.send(form("<b>沪A")).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    assert!(wrong.body.contains("role=\"alert\"") && !wrong.body.contains("<b>沪A"));
    let right = phone.send(form(" 苏EX1234 ")).await;
    assert_eq!(right.status, StatusCode::FOUND);
    let huge = "x".repeat(5000);
    let refused = phone.send(TestRequest::post().uri("/p/plate").set_form([("plate", huge.as_str())])).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn a_reload_of_the_callback_never_exchanges_the_code_again() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let state = phone.get("/p/b/good-code").await.after("state=");
    let path = format!("/p/callback?auth_code={PAYER}&state={state}");
    for _ in 0..3 {
        assert_eq!(phone.get(&path).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(place.desk.exchanges.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn a_state_begun_on_another_phone_is_refused_before_alipay_is_asked() {
    let place = Place::new();
    let state = Phone::new(&place, ALIPAY).get("/p/b/good-code").await.after("state=");
    let mut victim = Phone::new(&place, ALIPAY);
    victim.get("/p/b/good-code").await;
    let answer = victim.get(&format!("/p/callback?auth_code=attacker&state={state}")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("再扫一次") && answer.body.contains("scan the code"));
    assert_eq!(place.desk.exchanges.load(Ordering::SeqCst), 0);
}

#[actix_web::test]
async fn a_forged_or_expired_state_is_refused_with_a_sentence() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let state = phone.get("/p/b/good-code").await.after("state=");
    let page_token = key().seal_page(&Claim::new(bill_target(1), None), Timestamp(i64::MAX));
    let flipped = format!("A{}", state.get(1..).unwrap());
    for forged in ["", "nonsense", &page_token, &flipped] {
        let answer = phone.get(&format!("/p/callback?auth_code={PAYER}&state={forged}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains("没有扣款"));
    }
    place.later(11);
    let answer = phone.get(&format!("/p/callback?auth_code={PAYER}&state={state}")).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert_eq!(place.desk.exchanges.load(Ordering::SeqCst), 0);
}

#[actix_web::test]
async fn a_passenger_who_refuses_consent_may_try_again() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let state = phone.get("/p/b/good-code").await.after("state=");
    let answer = phone.get(&format!("/p/callback?state={state}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("没有扣款") && answer.body.contains("href=\"/p/page/"));
    let (_, rest) = answer.body.split_once("href=\"/p/page/").unwrap();
    let (token, _) = rest.split_once('"').unwrap();
    assert_eq!(phone.get(&format!("/p/page/{token}")).await.status, StatusCode::FOUND);
}

#[actix_web::test]
async fn a_refused_code_is_authorised_once_more_and_then_explained() {
    let place = Place::new();
    place.desk.answers.lock().unwrap().insert("used".into(), Exchange::CodeRefused);
    let mut phone = Phone::new(&place, ALIPAY);
    let first = phone.get("/p/b/good-code").await.after("state=");
    let again = phone.get(&format!("/p/callback?auth_code=used&state={first}")).await;
    assert_eq!(again.status, StatusCode::FOUND);
    let last = phone.get(&format!("/p/callback?auth_code=used&state={}", again.after("state="))).await;
    assert_eq!(last.status, StatusCode::OK, "the authorisation goes round in circles");
    assert!(last.body.contains("没有认出您"));
}

#[actix_web::test]
async fn a_silent_alipay_and_a_broken_house_are_sentences_with_nothing_technical() {
    let place = Place::new();
    place.desk.answers.lock().unwrap().insert("later".into(), Exchange::Unknown);
    let mut phone = Phone::new(&place, ALIPAY);
    let state = phone.get("/p/b/good-code").await.after("state=");
    let silent = phone.get(&format!("/p/callback?auth_code=later&state={state}")).await;
    assert_eq!(silent.status, StatusCode::OK);
    assert!(silent.body.contains("稍候再试") && silent.body.contains("href=\"/p/page/"));
    *place.desk.broken.lock().unwrap() = true;
    let broken = phone.get("/p/b/good-code").await;
    assert_eq!(broken.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(broken.body.contains("不会丢失") && !broken.body.contains("platform"));
}

#[actix_web::test]
async fn a_spoofed_wallet_gets_no_further_than_alipays_own_page() {
    let place = Place::new();
    let mut spoofer = Phone::new(&place, "curl/8 AlipayClient/10");
    let scanned = spoofer.get("/p/b/good-code").await;
    assert!(scanned.location.starts_with("https://alipay.example/"));
    let token = key().seal_page(&Claim::new(bill_target(1), None), Timestamp(i64::MAX));
    let page = spoofer.get(&format!("/p/page/{token}")).await;
    assert_eq!(page.status, StatusCode::FOUND);
    assert!(!page.body.contains("23.40"));
}

#[actix_web::test]
async fn two_scans_side_by_side_in_one_browser_both_arrive() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let first = phone.get("/p/b/good-code").await.after("state=");
    let second = phone.get(&format!("/p/v/{CAR}")).await.after("state=");
    for state in [first, second] {
        let answer = phone.get(&format!("/p/callback?auth_code={PAYER}&state={state}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
}

#[actix_web::test]
async fn a_page_link_that_is_forged_or_of_another_kind_or_too_old_is_refused() {
    let place = Place::new();
    let mut phone = Phone::new(&place, ALIPAY);
    let token = phone.walk_in("/p/b/good-code", PAYER).await;
    let state = AuthState { claim: Claim::new(car_target(false), None), nonce: [1; 16], attempt: 0 };
    let state = key().seal_state(&state, Timestamp(i64::MAX));
    for forged in [state.as_str(), "nonsense"] {
        assert_eq!(phone.get(&format!("/p/page/{forged}")).await.status, StatusCode::BAD_REQUEST);
    }
    place.later(25 * 60);
    assert_eq!(phone.get(&format!("/p/page/{token}")).await.status, StatusCode::GONE);
}
