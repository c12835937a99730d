//! Money that comes when it is not expected: it covers what is still due, or it goes back. It is never lost and never
//! shown as PAID by mistake.

use std::time::Duration;

use fareway_driver_app::state::{Action, Page, Purpose};
use fareway_harness::{car::Car, house::House, patience::until, trap::Way};
use fareway_shared::{protocol::car::EndedHow, statement::LineKind};
use serde_json::json;

use crate::{alarm, books, is_a_sentence, is_not_paid, until_bill_is, yuan};

async fn a_bill() -> (House, Car, String) {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    (house, car, link)
}

async fn driver_adds_toll(car: &Car) -> String {
    car.act(Action::OpenKeypad(Purpose::Extra(LineKind::Toll))).await;
    car.act(Action::KeyPress('5')).await;
    car.act(Action::KeyConfirm).await;
    car.shows_bill(yuan(2840)).await
}

#[tokio::test]
async fn money_that_races_a_take_over_goes_back_and_shows_nothing() {
    let (house, car, link) = a_bill().await;
    let (first, second) = (house.passenger().await, house.other_passenger().await);
    let page = first.scans(&link).await;
    let trade_no = first.presses_pay(&page).await;
    let other = second.scans(&link).await;

    // The first phone pays between the question whether it has and the cancellation.
    let mut cancelling = house.between.alipay.trap("alipay.acquire.cancel", Way::There);
    let race = async {
        cancelling.springs().await;
        let mut told = house.between.pages.trap("POST /alipay/notify", Way::Back);
        assert_eq!(first.confirms(&trade_no).await["resultCode"], "9000");
        told.springs().await;
        is_not_paid(&car);
        drop((told, cancelling));
    };
    let (taken, ()) = tokio::join!(second.presses(&other, "take-over", json!({})), race);

    let retaken = match taken["trade_no"].as_str() {
        Some(trade_no) => trade_no.to_owned(),
        None => second.presses_pay(&other).await,
    };
    is_not_paid(&car);
    books(&house, 0).await;
    assert_eq!(second.confirms(&retaken).await["resultCode"], "9000");
    car.shows_paid(yuan(2340)).await;
    first.until_sees(&page, "paid_by_another").await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn a_notice_held_up_until_its_money_has_gone_back_pays_nothing() {
    let (house, car, link) = a_bill().await;
    let passenger = house.passenger().await;
    let page = passenger.scans(&link).await;
    let trade_no = passenger.presses_pay(&page).await;
    let mut cancelling = house.between.alipay.trap("alipay.acquire.cancel", Way::There);
    car.ends_bill(EndedHow::LeftUnpaid).await;
    cancelling.springs().await;
    let mut notice = house.between.pages.trap("POST /alipay/notify", Way::There);
    assert_eq!(passenger.confirms(&trade_no).await["resultCode"], "9000");
    notice.springs().await;
    drop(cancelling);
    until_bill_is(&house, "left_unpaid", "closed").await;
    drop(notice);
    until("the notice was answered", || async {
        let notices = house.alipay.state().await["notices"].as_array().unwrap().clone();
        notices.into_iter().find(|notice| notice["trade_status"] == "TRADE_SUCCESS" && notice["delivery"] == "accepted")
    })
    .await;
    until_bill_is(&house, "left_unpaid", "closed").await;
    is_not_paid(&car);
    books(&house, 0).await;
}

#[tokio::test]
async fn a_bill_that_grows_cancels_its_old_order_and_is_paid_in_its_new_version_only() {
    let (house, car, link) = a_bill().await;
    let passenger = house.passenger().await;
    let page = passenger.scans(&link).await;
    let old = passenger.presses_pay(&page).await;
    let new_link = driver_adds_toll(&car).await;
    assert_ne!(link, new_link);
    until("the old order is closed", || async {
        house
            .alipay
            .trades()
            .await
            .into_iter()
            .find(|trade| trade["trade_no"] == old && trade["status"] == "TRADE_CLOSED")
    })
    .await;
    assert_ne!(passenger.confirms(&old).await["resultCode"], "9000");
    // The old page and the old code say so, and place nothing.
    let answer = passenger.presses(&page, "pay", json!({})).await;
    assert_eq!(answer["state"]["view"], "outdated", "{answer}");
    let (status, _, shown) = passenger.opens(&link).await;
    assert!(status == 404 && shown.contains("再扫一次"), "{status} {shown}");
    passenger.pays(&new_link).await;
    car.shows_paid(yuan(2840)).await;
    books(&house, 2840).await;
    assert_eq!(house.alipay.trades().await.len(), 2);
}

#[tokio::test]
async fn money_for_an_old_version_goes_back_and_the_new_version_can_be_paid() {
    let (house, car, link) = a_bill().await;
    let passenger = house.passenger().await;
    let page = passenger.scans(&link).await;
    let old = passenger.presses_pay(&page).await;
    let mut cancelling = house.between.alipay.trap("alipay.acquire.cancel", Way::There);
    let new_link = driver_adds_toll(&car).await;
    cancelling.springs().await;
    assert_eq!(passenger.confirms(&old).await["resultCode"], "9000");
    drop(cancelling);
    until("the money for the old version has gone back", || async {
        house.alipay.trades().await.into_iter().find(|trade| trade["trade_no"] == old && trade["refunded"] == true)
    })
    .await;
    until_bill_is(&house, "issued", "closed").await;
    is_not_paid(&car);
    books(&house, 0).await;
    passenger.pays(&new_link).await;
    car.shows_paid(yuan(2840)).await;
    books(&house, 2840).await;
}

#[tokio::test]
async fn two_phones_that_press_at_the_same_instant_make_one_order() {
    let (house, car, link) = a_bill().await;
    let (first, second) = (house.passenger().await, house.other_passenger().await);
    let (page, other) = (first.scans(&link).await, second.scans(&link).await);
    let (one, two) = tokio::join!(first.presses(&page, "pay", json!({})), second.presses(&other, "pay", json!({})));
    let (winner, trade_no, loser) = match (one["trade_no"].as_str(), two["trade_no"].as_str()) {
        (Some(trade_no), None) => (&first, trade_no, &two),
        (None, Some(trade_no)) => (&second, trade_no, &one),
        _ => panic!("{one} {two}"),
    };
    assert_eq!(loser["state"]["view"], "another_phone", "{loser}");
    assert_eq!(winner.confirms(trade_no).await["resultCode"], "9000");
    car.shows_paid(yuan(2340)).await;
    assert_eq!(house.alipay.trades().await.len(), 1);
    books(&house, 2340).await;
}

#[tokio::test]
async fn an_order_that_ran_out_of_time_is_closed_the_driver_sees_not_paid_and_it_can_be_paid_afresh() {
    let (house, car, link) = a_bill().await;
    let passenger = house.passenger().await;
    let page = passenger.scans(&link).await;
    let late = passenger.presses_pay(&page).await;
    house.clock.advance(Duration::from_secs(301));
    car.until("it shows NOT PAID", |screen| matches!(screen.view.page, Page::NotPaid(_)).then_some(())).await;
    assert_ne!(passenger.confirms(&late).await["resultCode"], "9000", "an order that is over was paid");
    let state = passenger.until_sees(&page, "not_paid").await;
    is_a_sentence(&state["message"]);
    car.act(Action::Dismiss).await;
    passenger.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn a_car_that_says_again_and_again_that_passengers_left_is_to_be_reviewed() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    for trip_no in 1..=3 {
        let reviews = house.board().await.alarms.into_iter().filter(|alarm| alarm.kind == "unpaid_review").count();
        assert_eq!(reviews, 0, "before claim {trip_no}");
        car.drives_a_hire(trip_no, yuan(2340)).await;
        car.ends_bill(EndedHow::LeftUnpaid).await;
        until("the claim is booked", || async {
            let unpaid = house.board().await.payments.into_iter().filter(|row| row.bill_state == "left_unpaid").count();
            (unpaid == usize::try_from(trip_no).unwrap()).then_some(())
        })
        .await;
    }
    alarm(&house, "unpaid_review").await;
}

#[tokio::test]
async fn a_bill_that_was_left_unpaid_is_settled_by_a_late_payment_and_the_driver_is_told() {
    let (house, car, link) = a_bill().await;
    car.ends_bill(EndedHow::LeftUnpaid).await;
    until_bill_is(&house, "left_unpaid", "none").await;
    house.passenger().await.pays(&link).await;
    car.until("a strip tells of the late money", |screen| {
        screen.view.strips.iter().any(|strip| strip.total == yuan(2340)).then_some(())
    })
    .await;
    until_bill_is(&house, "paid", "captured").await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn a_bill_that_was_paid_otherwise_cannot_be_paid_again() {
    let (house, car, link) = a_bill().await;
    let passenger = house.passenger().await;
    let page = passenger.scans(&link).await;
    car.ends_bill(EndedHow::PaidOtherwise).await;
    until_bill_is(&house, "paid_otherwise", "none").await;
    let answer = passenger.presses(&page, "pay", json!({})).await;
    assert_eq!(answer["state"]["view"], "ended", "{answer}");
    assert!(house.alipay.trades().await.is_empty());
}

#[tokio::test]
async fn a_wallet_that_is_not_sure_is_asked_until_it_is() {
    let (house, car, link) = a_bill().await;
    house.alipay.arm(json!({ "fault": "wait_buyer_pay" })).await;
    let passenger = house.passenger().await;
    let page = passenger.scans(&link).await;
    let trade_no = passenger.presses_pay(&page).await;
    assert_eq!(passenger.confirms(&trade_no).await["resultCode"], "8000");
    is_not_paid(&car);
    passenger.presses(&page, "result", json!({ "result_code": "8000" })).await;
    is_not_paid(&car);
    assert_eq!(passenger.confirms(&trade_no).await["resultCode"], "9000");
    car.shows_paid(yuan(2340)).await;
    books(&house, 2340).await;
}
