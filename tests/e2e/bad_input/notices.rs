//! What comes to the notify address. Only Alipay's signature over facts that are the order's own moves money.

use fareway_harness::{car::Car, house::House, keys, patience::until};
use serde_json::{Value, json};

use crate::{
    alarm, books, is_not_paid,
    letters::{Letter, delivered},
    no_alarm, until_bill_is, yuan,
};

/// A bill with an order that waits in the wallet.
async fn waiting_order() -> (House, Car, Value) {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let page = passenger.scans(&link).await;
    passenger.presses_pay(&page).await;
    let trade = house.alipay.trades().await.remove(0);
    (house, car, trade)
}

/// A paid ride, with the lie that came first.
async fn paid_after(fault: &str) -> (House, Car) {
    let house = House::start().await;
    house.alipay.arm(json!({ "fault": fault })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    alarm(&house, "notice_mismatch").await;
    car.shows_paid(yuan(2340)).await;
    (house, car)
}

#[tokio::test]
async fn a_notice_that_somebody_else_signed_is_answered_fail_and_changes_nothing() {
    let (house, car, trade) = waiting_order().await;
    let forged = Letter::about(&trade, "TRADE_SUCCESS").signed_by(keys::ours());
    assert_eq!(delivered(&house, forged).await, (200, "fail".to_owned()));
    let unknown = Letter::about(&trade, "TRADE_SUCCESS").with("out_trade_no", "FW0").signed_by(keys::ours());
    assert_eq!(delivered(&house, unknown).await, (200, "fail".to_owned()));
    for nonsense in ["", "%%%", "out_trade_no", "{\"out_trade_no\":1}"] {
        assert_eq!(delivered(&house, nonsense.to_owned()).await, (200, "fail".to_owned()), "{nonsense}");
    }
    is_not_paid(&car);
    books(&house, 0).await;
    no_alarm(&house).await;
}

#[tokio::test]
async fn a_notice_that_is_too_large_is_not_read_and_the_next_one_is() {
    let (house, car, trade) = waiting_order().await;
    let endless = Letter::about(&trade, "TRADE_SUCCESS").with("subject", vec![b'a'; 65 * 1024]).signed();
    let (status, word) = delivered(&house, endless).await;
    assert!(status == 413 && word != "success", "{status} {word}");
    is_not_paid(&car);
    let genuine = Letter::about(&trade, "TRADE_SUCCESS").signed();
    assert_eq!(delivered(&house, genuine).await, (200, "success".to_owned()));
    car.shows_paid(yuan(2340)).await;
}

#[tokio::test]
async fn a_notice_is_believed_over_the_bytes_that_alipay_signed_whatever_charset_it_says_and_over_no_others() {
    let (house, car, trade) = waiting_order().await;
    let taxi_in_gbk = [0xB3, 0xF6, 0xD7, 0xE2, 0xB3, 0xB5];
    let letter = || Letter::about(&trade, "TRADE_SUCCESS").with("charset", "UTF-8").with("subject", taxi_in_gbk);
    // Somebody on the way "repaired" the charset: these are not the bytes that were signed.
    assert_eq!(delivered(&house, letter().signed_then("subject", "出租车")).await, (200, "fail".to_owned()));
    is_not_paid(&car);
    books(&house, 0).await;
    assert_eq!(delivered(&house, letter().signed()).await, (200, "success".to_owned()));
    car.shows_paid(yuan(2340)).await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn words_that_come_out_of_order_never_take_a_payment_back() {
    let (house, car, trade) = waiting_order().await;
    let success = Letter::about(&trade, "TRADE_SUCCESS").signed();
    assert_eq!(delivered(&house, success).await.1, "success");
    car.shows_paid(yuan(2340)).await;
    for late in ["WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_SUCCESS", "TRADE_FINISHED"] {
        let late = Letter::about(&trade, late).with("notify_id", format!("late-{late}")).signed();
        assert_eq!(delivered(&house, late).await, (200, "success".to_owned()));
        until_bill_is(&house, "paid", "captured").await;
        books(&house, 2340).await;
    }
}

#[tokio::test]
async fn a_notice_in_another_currency_is_quarantined_and_asking_settles_the_bill() {
    let (house, _car) = paid_after("wrong_currency").await;
    assert_eq!(house.balance("fare_income").await, -2340);
}

#[tokio::test]
async fn a_notice_of_another_buyer_is_quarantined_and_asking_settles_the_bill() {
    let (house, _car) = paid_after("wrong_buyer").await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn a_notice_of_another_amount_is_quarantined_and_asking_settles_the_bill() {
    let (house, _car) = paid_after("wrong_amount").await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn a_notice_of_another_seller_books_nothing_and_asking_settles_the_bill() {
    let (house, _car) = paid_after("wrong_seller").await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn money_from_a_second_payer_lies_in_suspense_until_a_person_decides_and_is_never_paid() {
    let house = House::start().await;
    house.alipay.arm(json!({ "fault": "second_payer" })).await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    alarm(&house, "notice_mismatch").await;
    until("the money lies in suspense", || async { (house.balance("suspense").await == -2340).then_some(()) }).await;
    house.clock.advance(std::time::Duration::from_secs(600));
    until_bill_is(&house, "issued", "needs_person").await;
    is_not_paid(&car);
    assert_eq!(house.balance("fare_income").await, 0);
}
