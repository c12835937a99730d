//! Killed at each named step. The step is caught on the wire, so that it is that step and no other.

use fareway_harness::{
    patience::until,
    trap::{Trap, Way},
};
use serde_json::json;

use crate::ride::Street;

/// Killed when the trap springs; what it caught is lost.
async fn killed_and_lost(street: &Street, mut trap: Trap) {
    let program = street.house.program();
    let mishap = async {
        trap.springs().await;
        program.kill().await;
        trap.cut();
        program.start().await;
    };
    street.rides_while(mishap).await;
}

/// Killed when the trap springs; what it caught arrives all the same, at somebody who knows nothing of the death.
async fn killed_and_late(street: &Street, mut trap: Trap) {
    let program = street.house.program();
    let mishap = async {
        trap.springs().await;
        program.kill().await;
        drop(trap);
        program.start().await;
    };
    street.rides_while(mishap).await;
}

async fn a_street() -> Street {
    Street::of(crate::house().await).await
}

macro_rules! killed_when {
    ($($name:ident: $place:ident catches $marker:literal going $way:ident;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let street = a_street().await;
            killed_and_lost(&street, street.house.between.$place.trap($marker, Way::$way)).await;
        }
    )*};
}

killed_when! {
    a_start_of_trip_that_was_not_heard_is_told_again: cars catches r#""command":"start_trip""# going There;
    a_start_of_trip_that_was_not_answered_is_told_once: cars catches r#""type":"command_done","number":1"# going Back;
    a_bill_statement_that_was_not_heard_is_told_again: cars catches r#""command":"open_bill""# going There;
    a_bill_that_was_opened_but_not_answered_is_opened_once: cars catches r#""type":"command_done","number":2"# going Back;
    a_scan_that_was_not_answered_is_scanned_again: pages catches "GET /p/b/" going Back;
    a_token_request_that_never_reached_alipay_is_made_afresh: alipay catches "alipay.system.oauth.token" going There;
    a_token_whose_answer_was_lost_is_asked_for_afresh: alipay catches "alipay.system.oauth.token" going Back;
    a_page_that_was_not_answered_is_opened_again: pages catches "GET /p/page/" going Back;
    a_press_on_pay_that_was_not_heard_is_pressed_again: pages catches "POST /p/api/pay" going There;
    an_order_that_never_reached_alipay_is_placed_once: alipay catches "alipay.acquire.create" going There;
    an_order_that_was_placed_while_nobody_listened_is_the_one_that_is_paid: alipay catches "alipay.acquire.create" going Back;
    a_press_on_pay_that_was_not_answered_is_pressed_again: pages catches "POST /p/api/pay" going Back;
    a_notice_that_was_not_heard_comes_again: pages catches "POST /alipay/notify" going There;
    a_notice_whose_answer_was_lost_comes_again_and_pays_once: pages catches "POST /alipay/notify" going Back;
    an_envelope_on_its_way_is_sent_again: cars catches r#""type":"envelope""# going Back;
    an_acknowledgement_that_was_not_heard_is_given_again: cars catches r#""type":"received""# going There;
    a_word_that_it_was_shown_that_was_not_heard_is_said_again: cars catches r#""command":"verdict_shown""# going There;
    a_word_that_it_was_shown_that_was_not_answered_counts_once: cars catches r#""type":"command_done","number":3"# going Back;
}

#[tokio::test]
async fn an_order_that_reached_alipay_after_the_death_is_the_one_that_is_paid() {
    let street = a_street().await;
    killed_and_late(&street, street.house.between.alipay.trap("alipay.acquire.create", Way::There)).await;
}

#[tokio::test]
async fn a_passenger_in_the_wallet_pays_while_the_platform_is_dead() {
    let street = a_street().await;
    let mut opened = street.house.between.pages.trap("POST /p/api/pay", Way::Back);
    let mishap = async {
        opened.springs().await;
        street.house.program().kill().await;
        // The phone has its trade number; nobody is there to take the notice.
        drop(opened);
        until("the trade is paid", || async {
            let trades = street.house.alipay.trades().await;
            trades.into_iter().find(|trade| trade["status"] == "TRADE_SUCCESS")
        })
        .await;
        street.house.program().start().await;
    };
    street.rides_while(mishap).await;
}

#[tokio::test]
async fn an_order_that_timed_out_but_was_placed_and_paid_is_found_by_asking() {
    let street = a_street().await;
    street.house.alipay.arm(json!({ "fault": "time_out_but_paid", "at": "create" })).await;
    killed_and_late(&street, street.house.between.alipay.trap("alipay.acquire.create", Way::There)).await;
}
