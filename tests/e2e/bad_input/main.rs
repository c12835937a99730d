//! Bad input on the whole chain: it gets a clear answer and loses nothing. What single crates refuse by themselves has its
//! tests there; here is what only the whole house can answer.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test code")]

mod cars;
mod keys;
mod letters;
mod money;
mod notices;
mod pages;
mod program;
mod tariffs;

use fareway_driver_app::state::Page;
use fareway_harness::{car::Car, house::House, patience::until};
use fareway_shared::money::{Currency, Money};
use serde_json::Value;

fn yuan(fen: i64) -> Money {
    Money::new(fen, Currency::CNY)
}

/// Waits for an alarm, and checks that a dispatcher can read it and act.
async fn alarm(house: &House, kind: &str) {
    let alarm = until(&format!("the alarm {kind} is raised"), || async {
        house.board().await.alarms.into_iter().find(|alarm| alarm.kind == kind)
    })
    .await;
    assert!(alarm.zh.ends_with('。') && alarm.en.ends_with('.'), "{alarm:?}");
}

async fn no_alarm(house: &House) {
    let alarms = house.board().await.alarms;
    assert!(alarms.is_empty(), "{alarms:?}");
}

/// A sentence that a passenger can act on, in both languages.
fn is_a_sentence(message: &Value) {
    let speaks = |language: &str, end: char| message[language].as_str().is_some_and(|text| text.ends_with(end));
    assert!(speaks("zh", '。') && speaks("en", '.'), "no sentence: {message}");
}

fn is_not_paid(car: &Car) {
    let page = car.screen().view.page.clone();
    assert!(!matches!(page, Page::Paid(_)), "{page:?}");
}

/// Waits until the books know what became of the one bill.
async fn until_bill_is(house: &House, bill: &str, payment: &str) {
    until(&format!("the bill is {bill} and its payment {payment}"), || async {
        let payments = house.board().await.payments;
        payments.into_iter().find(|row| row.bill_state == bill && row.payment_state == payment)
    })
    .await;
}

/// All the fleet's money is where it belongs.
async fn books(house: &House, earned: i64) {
    assert_eq!(house.balance("fare_income").await, -earned, "earned");
    assert_eq!(house.balance("alipay_receivable").await, earned, "at Alipay");
    assert_eq!(house.balance("suspense").await, 0, "nobody's");
}
