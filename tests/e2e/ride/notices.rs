//! Alipay misbehaves: notices that are wrong, late, doubled or missing, and answers that are not clear.

use fareway_harness::{house::House, patience::until};
use serde_json::json;

use crate::yuan;

async fn alarm(house: &House, kind: &str) {
    until(&format!("the alarm {kind} is raised"), || async {
        house.board().await.alarms.into_iter().find(|alarm| alarm.kind == kind)
    })
    .await;
}

#[tokio::test]
async fn a_lost_notice_is_made_good_by_asking() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "notify_never" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
    assert_eq!(house.balance("fare_income").await, -2340);
}

#[tokio::test]
async fn a_doubled_notice_pays_once() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "notify_twice" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
    until("both notices were answered with success", || async {
        let state = house.alipay.state().await;
        let answered = state["notices"].to_string().matches("success").count();
        (answered >= 2).then_some(())
    })
    .await;
    assert_eq!(house.balance("fare_income").await, -2340);
}

#[tokio::test]
async fn a_notice_with_a_bad_signature_changes_nothing_and_asking_settles_it() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "bad_signature" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
    assert!(house.alipay.state().await["notices"].to_string().contains("fail"));
}

#[tokio::test]
async fn a_notice_with_a_wrong_amount_goes_to_suspense_with_an_alarm_and_never_to_the_screen() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "wrong_amount" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    alarm(&house, "notice_mismatch").await;
}

#[tokio::test]
async fn a_notice_for_another_seller_is_quarantined() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "wrong_seller" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    alarm(&house, "notice_mismatch").await;
    assert_eq!(house.balance("suspense").await, 0, "another seller's money is not ours to book");
}

#[tokio::test]
async fn a_create_that_times_out_is_asked_about_and_can_still_be_paid() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "time_out_but_paid", "at": "create" })).await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let page = passenger.scans(&link).await;
    let answer = passenger.presses(&page, "pay", json!({})).await;
    assert_eq!(answer["state"]["view"], "checking", "{answer}");
    car.shows_paid(yuan(2340)).await;
    passenger.until_sees(&page, "paid").await;
}

#[tokio::test]
async fn a_refused_create_tells_the_passenger_what_to_do_and_the_bill_stays_open() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "create_refused", "code": "BUYER_BALANCE_NOT_ENOUGH" })).await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let page = passenger.scans(&link).await;
    let answer = passenger.presses(&page, "pay", json!({})).await;
    assert_eq!(answer["state"]["view"], "not_paid", "{answer}");
    assert!(answer["state"]["message"]["en"].is_string(), "{answer}");
    passenger.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
}

#[tokio::test]
async fn a_notice_in_gbk_is_verified_over_its_bytes() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "gbk_notice" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
}

#[tokio::test]
async fn money_for_an_order_that_nobody_knows_goes_to_suspense_with_an_alarm() {
    let house = crate::house().await;
    house.alipay.arm(json!({ "fault": "unknown_order" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    alarm(&house, "money_in_suspense").await;
}
