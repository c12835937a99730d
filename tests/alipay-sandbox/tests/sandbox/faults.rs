//! Each fault of the menu, armed by hand, does what it says.

use std::time::Duration;

use alipay_global::charset::Charset;
use alipay_sandbox::{
    fault::{FaultKind, Point},
    settings::{FIRST_USER, SECOND_USER},
};
use serde_json::json;

use crate::{
    house::{House, PARTNER, is_signed, settings},
    shop::Notice,
};

/// Pays one order under a notice fault and returns the first notice that arrives.
async fn notice_under(fault: &str) -> (House, Notice) {
    let house = House::open().await;
    house.arm(json!({"fault": fault, "out_trade_no": "F1"})).await;
    let trade_no = house.placed("F1").await;
    assert_eq!(house.pay(&trade_no).await["resultCode"], "9000");
    let notice = house.shop.next_notice().await;
    let state = house.state().await;
    assert_eq!(state["faults"]["hit"][fault], 1);
    assert_eq!(state["notices"][0]["fault"], fault);
    (house, notice)
}

#[tokio::test]
async fn a_notice_can_lie_under_a_good_signature() {
    let lies = [
        ("wrong_amount", "total_fee", "38.49"),
        ("wrong_currency", "currency", "USD"),
        ("wrong_seller", "seller_id", "2088101000000000"),
        ("wrong_buyer", "buyer_id", SECOND_USER),
        ("unknown_order", "out_trade_no", "F1_X"),
    ];
    for (fault, field, value) in lies {
        let (house, notice) = notice_under(fault).await;
        assert!(is_signed(&notice), "{fault}");
        assert_eq!(notice.get(field), value, "{fault}");
        assert_eq!(house.query("F1").await.get("trans_amount"), "38.50", "the query tells the truth");
        house.close().await;
    }
}

#[tokio::test]
async fn a_notice_can_have_a_bad_signature() {
    let (house, notice) = notice_under("bad_signature").await;
    assert!(!is_signed(&notice));
    assert_eq!(notice.get("total_fee"), "38.50");
    house.close().await;
}

#[tokio::test]
async fn a_notice_can_come_in_gbk_unasked() {
    let (house, notice) = notice_under("gbk_notice").await;
    assert!(is_signed(&notice), "over its bytes");
    assert_eq!(notice.get("charset"), "GBK");
    let subject = Charset::Gbk.decode(notice.form.get("subject").unwrap());
    assert_eq!(subject.as_deref(), Some("出租车 Taxi 1"));
    house.close().await;
}

#[tokio::test]
async fn a_notice_can_come_twice() {
    let (house, first) = notice_under("notify_twice").await;
    let second = house.shop.next_notice().await;
    assert_eq!(first.get("notify_id"), second.get("notify_id"));
    house.close().await;
}

#[tokio::test]
async fn a_notice_can_stay_away_while_the_query_knows() {
    let house = House::open().await;
    house.arm(json!({"fault": "notify_never"})).await;
    let trade_no = house.placed("F1").await;
    house.pay(&trade_no).await;
    assert_eq!(house.query("F1").await.get("alipay_trans_status"), "TRADE_SUCCESS");
    assert_eq!(house.state().await["notices"][0]["delivery"], "withheld");
    assert!(!house.shop.has_unread_notice().await);
    house.close().await;
}

#[tokio::test]
async fn a_notice_can_come_late() {
    let mut settings = settings();
    settings.time_scale = 100;
    let house = House::open_with(settings).await;
    house.arm(json!({"fault": "notify_late", "by_s": 60})).await;
    let trade_no = house.placed("F1").await;
    house.pay(&trade_no).await;
    house.shop.next_notice().await;
    let state = house.state_when(|state| state["notices"][0]["delivery"] == "accepted").await;
    let instant = |value: &serde_json::Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let waited =
        instant(&state["notices"][0]["sends"][0]["at"]).duration_since(instant(&state["trades"][0]["paid_at"]));
    assert!(waited.as_millis() >= 600, "{waited}");
    house.close().await;
}

#[tokio::test]
async fn the_notice_can_arrive_before_create_is_answered() {
    let house = House::open().await;
    house.arm(json!({"fault": "notify_before_create"})).await;
    let answer = house.create("F1").await;
    assert!(house.shop.has_unread_notice().await, "it was there when create answered");
    assert_eq!(house.shop.next_notice().await.get("trade_no"), answer.get("trade_no"));
    assert_eq!(house.query("F1").await.get("alipay_trans_status"), "TRADE_SUCCESS");
    house.close().await;
}

#[tokio::test]
async fn create_can_time_out_with_the_order_paid() {
    let mut settings = settings();
    settings.hang = Duration::from_secs(3_600);
    let house = House::open_with(settings).await;
    house.arm(json!({"fault": "time_out_but_paid"})).await;
    let silent = tokio::time::timeout(Duration::from_millis(500), house.create("F1")).await;
    assert!(silent.is_err(), "the client gave up first");
    assert_eq!(house.shop.next_notice().await.get("trade_status"), "TRADE_SUCCESS");
    assert_eq!(house.query("F1").await.get("alipay_trans_status"), "TRADE_SUCCESS");
    house.close().await;
}

#[tokio::test]
async fn create_can_be_refused_with_a_chosen_code() {
    let house = House::open().await;
    house.arm(json!({"fault": "create_refused", "code": "BUYER_BALANCE_NOT_ENOUGH"})).await;
    house.arm(json!({"fault": "trade_buyer_not_match"})).await;
    for code in ["BUYER_BALANCE_NOT_ENOUGH", "TRADE_BUYER_NOT_MATCH"] {
        let answer = house.create("F1").await;
        assert!(answer.is_signed());
        assert_eq!((answer.get("result_code"), answer.get("detail_error_code")), ("FAIL".into(), code.into()));
    }
    house.placed("F1").await;
    house.close().await;
}

#[tokio::test]
async fn every_call_can_end_in_system_error_having_done_nothing() {
    let house = House::open().await;
    house.arm(json!({"fault": "system_error"})).await;
    assert_eq!(house.create("F1").await.get("detail_error_code"), "SYSTEM_ERROR");
    assert_eq!(house.query("F1").await.get("error"), "TRADE_NOT_EXIST");
    house.placed("F1").await;
    house.arm(json!({"fault": "system_error", "at": "query"})).await;
    assert_eq!(house.query("F1").await.get("error"), "SYSTEM_ERROR");
    house.arm(json!({"fault": "system_error", "at": "cancel"})).await;
    let answer = house.cancel("F1").await;
    assert_eq!((answer.get("detail_error_code"), answer.get("retry_flag")), ("SYSTEM_ERROR".into(), "Y".into()));
    assert_eq!(house.query("F1").await.get("alipay_trans_status"), "WAIT_BUYER_PAY");
    house.close().await;
}

#[tokio::test]
async fn an_answer_can_be_unsigned_or_wrongly_signed() {
    let house = House::open().await;
    house.arm(json!({"fault": "unsigned_refusal", "code": "ILLEGAL_PARTNER_EXTERFACE"})).await;
    let refused = house.create("F1").await;
    assert_eq!((refused.get("is_success"), refused.get("error")), ("F".into(), "ILLEGAL_PARTNER_EXTERFACE".into()));
    assert_eq!(house.query("F1").await.get("error"), "TRADE_NOT_EXIST", "nothing was done");

    house.arm(json!({"fault": "unsigned_answer"})).await;
    let unsigned = house.create("F1").await;
    assert_eq!((unsigned.get("result_code"), unsigned.get("sign")), ("SUCCESS".into(), String::new()));
    house.arm(json!({"fault": "bad_signature", "at": "query"})).await;
    let spoilt = house.query("F1").await;
    assert_eq!(spoilt.get("alipay_trans_status"), "WAIT_BUYER_PAY");
    assert!(!spoilt.is_signed() && !spoilt.get("sign").is_empty());
    house.close().await;
}

#[tokio::test]
async fn the_cashier_can_go_wrong_in_five_ways() {
    let cases = [
        ("wait_buyer_pay", "8000", "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", None),
        ("opened_elsewhere", "4000", "ALIN10023", "WAIT_BUYER_PAY", None),
        ("pay_failed", "4000", "BUYER_BALANCE_NOT_ENOUGH", "WAIT_BUYER_PAY", None),
        ("pay_offline", "6002", "NETWORK", "TRADE_SUCCESS", Some(FIRST_USER)),
        ("second_payer", "9000", "SUCCESS", "TRADE_SUCCESS", Some(SECOND_USER)),
    ];
    for (fault, result_code, code, status, payer) in cases {
        let house = House::open().await;
        house.arm(json!({"fault": fault})).await;
        let trade_no = house.placed("F1").await;
        let outcome = house.pay(&trade_no).await;
        assert_eq!((&outcome["resultCode"], &outcome["code"]), (&json!(result_code), &json!(code)), "{fault}");
        let query = house.query("F1").await;
        assert_eq!(query.get("alipay_trans_status"), status, "{fault}");
        if let Some(payer) = payer {
            assert_eq!(query.get("alipay_buyer_user_id"), payer, "{fault}");
            assert_eq!(house.shop.next_notice().await.get("buyer_id"), payer, "{fault}");
        }
        house.close().await;
    }
}

#[tokio::test]
async fn an_armed_fault_is_listed_and_can_be_taken_back() {
    let house = House::open().await;
    house.arm(json!({"fault": "wrong_amount", "next": 3})).await;
    assert_eq!(house.state().await["faults"]["armed"][0], json!({"fault": "wrong_amount", "next": 3}));
    let url = format!("http://{}/sandbox/faults", house.sandbox.addr);
    let menu: serde_json::Value = house.http.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(menu["menu"].as_array().unwrap().len(), FaultKind::ALL.len());
    assert_eq!(
        menu["menu"][9],
        json!({"fault": "bad_signature", "points": ["notice", "create", "query", "cancel", "token"]})
    );
    assert_eq!(house.http.delete(&url).send().await.unwrap().status(), 204);
    assert_eq!(house.state().await["faults"]["armed"], json!([]));
    let impossible = json!({"fault": "wrong_amount", "at": "create"});
    assert_eq!(house.http.post(&url).json(&impossible).send().await.unwrap().status(), 422);
    assert_eq!(house.http.post(&url).json(&json!({"fault": "rain"})).send().await.unwrap().status(), 400);
    house.close().await;
}

#[tokio::test]
async fn a_seed_makes_the_same_orders_go_wrong_in_every_sandbox() {
    let mut hits = Vec::new();
    for _ in 0..2 {
        let mut settings = settings();
        (settings.seed, settings.fault_rate, settings.hang) = (42, 0.5, Duration::ZERO);
        let house = House::open_with(settings).await;
        for number in ["S1", "S2", "S3", "S4", "S5", "S6"] {
            house.query(number).await;
        }
        hits.push(house.state().await["faults"]["hit"].clone());
        house.close().await;
    }
    assert_eq!(hits[0], hits[1]);
    assert!(!hits[0].as_object().unwrap().is_empty());
}

#[test]
fn every_fault_of_the_menu_can_be_armed_at_each_of_its_points() {
    let mut book = alipay_sandbox::fault::FaultBook::default();
    for kind in FaultKind::ALL {
        for at in kind.points() {
            let order = serde_json::from_value(json!({"fault": kind, "at": at})).unwrap();
            book.arm(order).unwrap();
            assert_eq!(book.strike(*at, PARTNER).unwrap().kind, kind);
        }
    }
    assert_eq!(book.strike(Point::Notice, PARTNER), None);
}
