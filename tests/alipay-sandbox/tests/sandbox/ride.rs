//! The ride as it should go, and the rules of repetition.

use alipay_global::sign::{Md5Key, SigningKey};
use alipay_sandbox::settings::SECOND_USER;
use serde_json::json;

use crate::house::{House, MD5_KEY, PARTNER, is_signed, merchant_key, set, signed};

#[tokio::test]
async fn an_order_is_created_paid_and_told_of() {
    let house = House::open().await;
    let answer = house.create("RIDE_1").await;
    assert_eq!(answer.content_type, "text/xml;charset=UTF-8");
    assert!(
        answer
            .body
            .starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alipay><is_success>T</is_success><request>")
    );
    assert!(answer.body.contains("<param name=\"out_trade_no\">RIDE_1</param>"));
    assert!(answer.is_signed());
    let trade_no = answer.get("trade_no");
    assert_eq!(house.query("RIDE_1").await.get("alipay_trans_status"), "WAIT_BUYER_PAY");

    let sheet = json!({"trade_no": trade_no, "buyer_id": "2088102150477652"});
    let shown = house.post("/wallet/api/cashier", &sheet).await;
    assert_eq!((shown["merchant"].as_str(), shown["amount"].as_str()), (Some("Star Taxi"), Some("38.50")));
    assert_eq!(house.pay(&trade_no).await["resultCode"], "9000");

    let notice = house.shop.next_notice().await;
    assert!(is_signed(&notice));
    assert_eq!(notice.content_type, "application/x-www-form-urlencoded; charset=UTF-8");
    for (name, value) in [
        ("notify_type", "trade_status_sync"),
        ("trade_status", "TRADE_SUCCESS"),
        ("out_trade_no", "RIDE_1"),
        ("trade_no", trade_no.as_str()),
        ("total_fee", "38.50"),
        ("currency", "HKD"),
        ("seller_id", PARTNER),
        ("buyer_id", "2088102150477652"),
        ("extra_common_param", "k=v&x"),
        ("subject", "出租车 Taxi 1"),
        ("sign_type", "RSA2"),
    ] {
        assert_eq!(notice.get(name), value, "{name}");
    }
    let paid = house.query("RIDE_1").await;
    assert!(paid.is_signed());
    assert_eq!(paid.get("alipay_trans_status"), "TRADE_SUCCESS");
    assert_eq!(paid.get("trans_amount"), "38.50");
    assert_eq!(paid.get("alipay_pay_time").len(), 14);
    house.close().await;
}

#[tokio::test]
async fn every_signature_type_is_answered_in_kind() {
    let house = House::open().await;
    let md5 = SigningKey::Md5(Md5Key::parse(MD5_KEY).unwrap());
    for (number, key) in [("M", md5), ("R", SigningKey::Rsa(merchant_key())), ("R2", SigningKey::Rsa2(merchant_key()))]
    {
        let answer = house.send(&signed(house.order(number), &key)).await;
        assert_eq!(answer.get("result_code"), "SUCCESS");
        assert_eq!(answer.get("sign_type"), key.sign_type().name());
        assert!(answer.is_signed(), "{number}");
    }
    house.close().await;
}

#[tokio::test]
async fn the_same_create_again_is_the_same_order_and_another_is_refused() {
    let house = House::open().await;
    let trade_no = house.placed("RIDE_1").await;
    assert_eq!(house.create("RIDE_1").await.get("trade_no"), trade_no);

    let mut dearer = house.order("RIDE_1");
    set(&mut dearer, "total_fee", "39.00");
    let refused = house.mapi(dearer).await;
    assert!(refused.is_signed());
    assert_eq!(refused.get("result_code"), "FAIL");
    assert_eq!(refused.get("detail_error_code"), "CONTEXT_INCONSISTENT");

    let mut stranger = house.order("RIDE_1");
    set(&mut stranger, "buyer_id", SECOND_USER);
    assert_eq!(house.mapi(stranger).await.get("detail_error_code"), "TRADE_BUYER_NOT_MATCH");

    house.pay(&trade_no).await;
    assert_eq!(house.create("RIDE_1").await.get("detail_error_code"), "TRADE_HAS_SUCCESS");
    house.close().await;
}

#[tokio::test]
async fn a_cancel_closes_an_unpaid_order_and_refunds_a_paid_one() {
    let house = House::open().await;
    let unpaid = house.placed("RIDE_1").await;
    let closed = house.cancel("RIDE_1").await;
    assert_eq!((closed.get("action"), closed.get("retry_flag")), ("close".into(), "N".into()));
    assert!(closed.is_signed());
    assert_eq!(house.pay(&unpaid).await["code"], "TRADE_HAS_CLOSE");
    assert_eq!(house.shop.next_notice().await.get("notify_action_type"), "closeTradeAction");
    assert_eq!(house.create("RIDE_1").await.get("detail_error_code"), "TRADE_HAS_CLOSE");

    let paid = house.placed("RIDE_2").await;
    house.pay(&paid).await;
    assert_eq!(house.shop.next_notice().await.get("trade_status"), "TRADE_SUCCESS");
    assert_eq!(house.cancel("RIDE_2").await.get("action"), "refund");
    let refund = house.shop.next_notice().await;
    assert_eq!(refund.get("notify_action_type"), "reverseAction");
    assert_eq!((refund.get("trade_status"), refund.get("refund_fee")), ("TRADE_CLOSED", "38.50"));
    assert_eq!(house.cancel("RIDE_2").await.get("action"), "refund", "a repeat says the same");
    house.close().await;
}

#[tokio::test]
async fn a_number_cancelled_before_it_was_created_can_no_longer_be_used() {
    let house = House::open().await;
    assert_eq!(house.cancel("RIDE_1").await.get("result_code"), "SUCCESS");
    assert_eq!(house.create("RIDE_1").await.get("detail_error_code"), "TRADE_HAS_CLOSE");
    house.close().await;
}

#[tokio::test]
async fn only_the_buyer_with_the_right_pin_can_pay_and_only_once() {
    let house = House::open().await;
    let trade_no = house.placed("RIDE_1").await;
    assert_eq!(house.pay_as(&trade_no, SECOND_USER, "123456").await["code"], "ALI38110");
    assert_eq!(house.pay_as(&trade_no, "2088102150477652", "000000").await["code"], "PIN_WRONG");
    assert_eq!(house.pay_as("RIDE_1", "2088102150477652", "123456").await["code"], "ALI38110", "the merchant's number");
    assert_eq!(house.pay(&trade_no).await["resultCode"], "9000");
    assert_eq!(house.pay(&trade_no).await["code"], "TRADE_HAS_SUCCESS");
    assert_eq!(house.state().await["trades"].as_array().unwrap().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn an_unknown_number_is_no_trade() {
    let house = House::open().await;
    let answer = house.query("NOBODY").await;
    assert!(answer.is_signed());
    assert_eq!((answer.get("result_code"), answer.get("error")), ("FAIL".into(), "TRADE_NOT_EXIST".into()));
    house.close().await;
}
