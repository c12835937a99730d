//! Notices: resent until they are accepted, vouched for until then.

use std::time::Duration;

use crate::house::{House, PARTNER, is_signed, settings};

async fn verify(house: &House, notify_id: &str) -> (String, String) {
    let query = format!("service=notify_verify&partner={PARTNER}&notify_id={notify_id}");
    let url = format!("{}?{query}", house.sandbox.gateway_url());
    let response = house.http.get(url).send().await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (content_type, response.text().await.unwrap())
}

#[tokio::test]
async fn a_notice_is_resent_under_the_same_id_until_it_is_answered_success() {
    let house = House::open().await;
    house.shop.will_answer(&["fail", "success ", "<html>success</html>"]);
    let trade_no = house.placed("N1").await;
    house.pay(&trade_no).await;
    let first = house.shop.next_notice().await;
    for _ in 0..3 {
        let again = house.shop.next_notice().await;
        assert!(is_signed(&again));
        assert_eq!(again.get("notify_id"), first.get("notify_id"));
    }
    let state = house.state_when(|state| state["notices"][0]["delivery"] == "accepted").await;
    let answers: Vec<_> =
        state["notices"][0]["sends"].as_array().unwrap().iter().map(|send| send["answer"].as_str().unwrap()).collect();
    assert_eq!(answers, ["fail", "success ", "<html>success</html>", "success"]);
    house.close().await;
}

#[tokio::test]
async fn after_the_last_resend_the_notice_is_given_up() {
    let mut settings = settings();
    settings.resend = vec![Duration::from_secs(3_600); 7];
    settings.time_scale = 1_000_000;
    let house = House::open_with(settings).await;
    house.shop.will_answer(&["fail"; 8]);
    let trade_no = house.placed("N1").await;
    house.pay(&trade_no).await;
    let state = house.state_when(|state| state["notices"][0]["delivery"] == "given_up").await;
    assert_eq!(state["notices"][0]["sends"].as_array().unwrap().len(), 8);
    house.close().await;
}

#[tokio::test]
async fn a_shop_that_is_down_is_tried_again() {
    let mut settings = settings();
    settings.resend = vec![Duration::from_millis(5); 2];
    let house = House::open_with(settings).await;
    let mut order = house.order("N1");
    crate::house::set(&mut order, "notify_url", "http://127.0.0.1:9/notify");
    let trade_no = house.mapi(order).await.get("trade_no");
    house.pay(&trade_no).await;
    let state = house.state_when(|state| state["notices"][0]["delivery"] == "given_up").await;
    assert!(state["notices"][0]["sends"][2]["status"].is_null());
    house.close().await;
}

#[tokio::test]
async fn a_notice_is_vouched_for_until_it_is_accepted_and_only_to_its_partner() {
    let mut settings = settings();
    settings.resend = vec![Duration::from_secs(3_600)];
    let house = House::open_with(settings).await;
    house.shop.will_answer(&["fail"]);
    let trade_no = house.placed("N1").await;
    house.pay(&trade_no).await;
    let pending = house.shop.next_notice().await;
    assert_eq!(verify(&house, pending.get("notify_id")).await.1, "true");
    assert_eq!(verify(&house, "0000").await.1, "false");

    let trade_no = house.placed("N2").await;
    house.pay(&trade_no).await;
    let accepted = house.shop.next_notice().await;
    house.state_when(|state| state["notices"][1]["delivery"] == "accepted").await;
    assert_eq!(verify(&house, accepted.get("notify_id")).await.1, "false");
    house.close().await;
}

#[tokio::test]
async fn a_finished_trade_is_told_of() {
    let house = House::open().await;
    let trade_no = house.placed("N1").await;
    house.pay(&trade_no).await;
    house.shop.next_notice().await;
    house.post(&format!("/sandbox/trades/{trade_no}/finish"), &serde_json::Value::Null).await;
    assert_eq!(house.shop.next_notice().await.get("trade_status"), "TRADE_FINISHED");
    house.close().await;
}
