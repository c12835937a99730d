//! The main job, and the everyday cases around it (design.md §3).

use fareway_driver_app::state::Page;
use fareway_harness::patience::until;
use fareway_shared::{
    money::{Currency, Money},
    protocol::car::EndedHow,
};

use crate::yuan;

#[tokio::test]
async fn a_metered_fare_is_paid_with_alipay_and_the_driver_sees_paid() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;

    let page = passenger.scans(&link).await;
    let state = passenger.sees(&page).await;
    assert_eq!(state["view"], "bill");
    assert_eq!(state["plate"], "苏E·X1234");
    assert_eq!(state["bill"]["total"], "23.40");

    let trade_no = passenger.presses_pay(&page).await;
    assert_eq!(passenger.confirms(&trade_no).await["resultCode"], "9000");
    car.shows_paid(yuan(2340)).await;

    let receipt = passenger.until_sees(&page, "paid").await;
    assert_eq!(receipt["receipt"]["payer_tail"], "7652");
    assert_eq!(house.balance("fare_income").await, -2340);
    assert_eq!(house.balance("alipay_receivable").await, 2340);
    assert_eq!(house.balance("suspense").await, 0);
    until("the console knows that the car has shown it", || async {
        let board = house.board().await;
        board.payments.into_iter().find(|row| row.bill_state == "paid" && row.shown_at.is_some())
    })
    .await;
}

#[tokio::test]
async fn a_second_fleet_is_paid_in_baht_under_its_own_key() {
    let house = crate::house().await;
    let car = house.car_of(1, "กข 1234").await;
    let passenger = house.passenger().await;
    let fare = Money::new(7700, Currency::THB);
    let link = car.drives_a_hire(1, fare).await;
    passenger.pays(&link).await;
    car.shows_paid(fare).await;
    assert_eq!(house.balance("fare_income").await, 0, "the first fleet earned the second one's fare");
}

#[tokio::test]
async fn a_passenger_who_scans_too_early_sees_the_running_trip_and_the_bill_when_it_opens() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    car.meter.hired().await;
    car.until("it is hired", |screen| matches!(screen.view.page, Page::Hired(_)).then_some(())).await;
    let page = passenger.scans(&format!("{}/p/v/{}", house.public_url, car.vehicle)).await;
    let asked = passenger.sees(&page).await;
    assert_eq!((asked["view"].as_str(), asked["plate"].as_str()), (Some("enter_code"), Some("")));

    let code = car.screen_code().await;
    let proven = passenger.presses(&page, "screen-code", serde_json::json!({ "digits": code })).await;
    let page = fareway_harness::passenger::Page { token: proven["token"].as_str().unwrap().into(), url: page.url };
    passenger.until_sees(&page, "trip_running").await;
    car.meter.shows(yuan(1200), 3_000);
    until("the running fare is shown", || async {
        (passenger.sees(&page).await["running_fare"] == "¥12.00").then_some(())
    })
    .await;

    car.meter.stops(1, yuan(2340), false).await;
    let state = passenger.until_sees(&page, "bill").await;
    assert_eq!(state["bill"]["total"], "23.40");
}

#[tokio::test]
async fn a_wrong_screen_code_shows_nothing_and_three_lock_this_phone_out() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let page = passenger.scans(&format!("{}/p/v/{}", house.public_url, car.vehicle)).await;
    let right = car.screen_code().await;
    let wrong = if right == "000" { "111" } else { "000" };
    for _ in 0..3 {
        let answer = passenger.presses(&page, "screen-code", serde_json::json!({ "digits": wrong })).await;
        assert!(answer["message"]["en"].is_string(), "{answer}");
        assert_eq!(passenger.sees(&page).await["plate"], "");
    }
    let locked = passenger.presses(&page, "screen-code", serde_json::json!({ "digits": right })).await;
    assert!(locked["message"]["en"].as_str().unwrap().contains("Too many"), "{locked}");
}

#[tokio::test]
async fn the_second_phone_may_take_over_and_only_one_of_them_pays() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let (first, second) = (house.passenger().await, house.other_passenger().await);
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let page = first.scans(&link).await;
    let abandoned = first.presses_pay(&page).await;

    let other = second.scans(&link).await;
    let refused = second.presses(&other, "pay", serde_json::json!({})).await;
    assert_eq!(refused["state"]["view"], "another_phone", "{refused}");
    let taken = second.presses(&other, "take-over", serde_json::json!({})).await;
    let trade_no = taken["trade_no"].as_str().unwrap_or_else(|| panic!("{taken}"));
    assert_ne!(first.confirms(&abandoned).await["resultCode"], "9000", "the cancelled order was still payable");
    assert_eq!(second.confirms(trade_no).await["resultCode"], "9000");
    car.shows_paid(yuan(2340)).await;
    first.until_sees(&page, "paid_by_another").await;
    assert_eq!(house.balance("fare_income").await, -2340);
}

#[tokio::test]
async fn a_bill_left_unpaid_cancels_its_live_order_first() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let page = passenger.scans(&link).await;
    let trade_no = passenger.presses_pay(&page).await;
    car.ends_bill(EndedHow::LeftUnpaid).await;
    until("the bill is left unpaid", || async {
        let board = house.board().await;
        board.payments.into_iter().find(|row| row.bill_state == "left_unpaid" && row.payment_state == "closed")
    })
    .await;
    assert_ne!(passenger.confirms(&trade_no).await["resultCode"], "9000");
    assert!(house.board().await.alarms.iter().any(|alarm| alarm.kind == "left_unpaid"));
}

#[tokio::test]
async fn a_keyed_fare_is_marked_as_keyed_and_its_late_record_opens_no_second_bill() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    car.meter.hired().await;
    car.until("it is hired", |screen| matches!(screen.view.page, Page::Hired(_)).then_some(())).await;
    car.meter.falls_silent().await;
    car.until("it asks for the fare", |screen| matches!(screen.view.page, Page::Keypad(_)).then_some(())).await;
    car.keys_fare("23.40").await;
    let link = car.shows_bill(yuan(2340)).await;
    let page = passenger.scans(&link).await;
    assert_eq!(passenger.sees(&page).await["bill"]["source"], "keyed");
    car.meter.stops(1, yuan(2350), true).await;
    until("the record that differs is a dispatcher's case", || async {
        house.board().await.alarms.into_iter().find(|alarm| alarm.kind == "meter_record_case")
    })
    .await;
    assert_eq!(house.board().await.payments.len(), 1);
}

#[tokio::test]
async fn the_next_hire_may_start_while_a_bill_is_unpaid_and_its_confirmation_is_only_a_strip() {
    let house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let first = car.drives_a_hire(1, yuan(2340)).await;
    let second = car.drives_a_hire(2, yuan(1700)).await;
    passenger.pays(&first).await;
    car.until("a strip tells of the first bill", |screen| {
        let strip = screen.view.strips.iter().any(|strip| strip.total == yuan(2340));
        let still = matches!(&screen.view.page, Page::Bill(bill) | Page::Checking(bill) if bill.total == yuan(1700));
        (strip && still).then_some(())
    })
    .await;
    passenger.pays(&second).await;
    car.shows_paid(yuan(1700)).await;
    assert_eq!(house.balance("fare_income").await, -4040);
}

#[tokio::test]
async fn a_car_that_was_off_while_the_passenger_paid_shows_paid_when_it_is_back() {
    let house = crate::house().await;
    let mut car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let page = passenger.scans(&link).await;
    let trade_no = passenger.presses_pay(&page).await;
    car.reboot().await;
    assert_eq!(passenger.confirms(&trade_no).await["resultCode"], "9000");
    car.shows_paid(yuan(2340)).await;
    car.reboot().await;
    car.until("it redraws the verdict, marked as such", |screen| match &screen.view.page {
        Page::Paid(paid) if paid.redrawn => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn a_platform_that_restarts_in_mid_payment_still_ends_paid_once() {
    let mut house = crate::house().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let page = passenger.scans(&link).await;
    let trade_no = passenger.presses_pay(&page).await;
    house.stop_platform().await;
    assert_eq!(passenger.confirms(&trade_no).await["resultCode"], "9000");
    house.start_platform().await;
    car.shows_paid(yuan(2340)).await;
    assert_eq!(house.balance("fare_income").await, -2340);
}
