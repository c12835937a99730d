//! What phones bring: old tabs, used codes, links of another car.

use fareway_harness::house::House;
use serde_json::json;

use crate::{books, is_not_paid, yuan};

#[tokio::test]
async fn an_old_tab_of_another_cars_bill_cannot_pay_todays_car() {
    let house = House::start().await;
    let (yesterday, today) = (house.car("苏E·X1234").await, house.car("苏E·Y5678").await);
    let passenger = house.passenger().await;
    let link = yesterday.drives_a_hire(1, yuan(2340)).await;
    let old_tab = passenger.pays(&link).await;
    yesterday.shows_paid(yuan(2340)).await;

    let link = today.drives_a_hire(1, yuan(1700)).await;
    let page = passenger.scans(&link).await;
    assert_eq!(passenger.sees(&page).await["plate"], "苏E·Y5678");
    let answer = passenger.presses(&old_tab, "pay", json!({})).await;
    assert_eq!(
        (&answer["state"]["view"], &answer["state"]["plate"]),
        (&json!("paid"), &json!("苏E·X1234")),
        "{answer}"
    );
    assert_eq!(house.alipay.trades().await.len(), 1, "the old tab placed an order");
    is_not_paid(&today);
    let trade_no = passenger.presses_pay(&page).await;
    passenger.confirms(&trade_no).await;
    today.shows_paid(yuan(1700)).await;
    books(&house, 4040).await;
}

#[tokio::test]
async fn an_authorisation_that_alipay_refuses_is_made_once_more_and_then_works() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.alipay.arm(json!({ "fault": "auth_code_refused" })).await;
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
}

#[tokio::test]
async fn an_authorisation_that_alipay_refuses_twice_ends_in_a_sentence_and_the_next_scan_works() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.alipay.arm(json!({ "fault": "auth_code_used", "next": 2 })).await;
    let (status, _, shown) = passenger.opens(&link).await;
    assert!(status == 200 && shown.contains("没有扣款") && shown.contains("再试一次"), "{status} {shown}");
    passenger.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
}

#[tokio::test]
async fn a_callback_that_is_reloaded_leads_to_the_page_and_asks_alipay_nothing() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let mut callback = house.between.pages.watch("GET /p/callback");
    let page = passenger.scans(&link).await;
    let address = format!("{}{}", house.public_url, callback.recv().await.unwrap());
    // The code is used up at Alipay; were it exchanged again the answer would be a refusal.
    let again = passenger.scans(&address).await;
    assert_eq!(passenger.sees(&again).await["bill"], passenger.sees(&page).await["bill"]);
}

#[tokio::test]
async fn a_link_or_a_code_that_is_damaged_gets_a_sentence() {
    let house = House::start().await;
    let passenger = house.passenger().await;
    let (status, _, shown) = passenger.opens(&format!("{}/p/page/AAAA", house.public_url)).await;
    assert!(status == 400 && shown.contains("再扫一次"), "{status} {shown}");
    let (status, _, shown) = passenger.opens(&format!("{}/p/b/AAAA", house.public_url)).await;
    assert!(status == 404 && shown.contains("再扫一次"), "{status} {shown}");
}
