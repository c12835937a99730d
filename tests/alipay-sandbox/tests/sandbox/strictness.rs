//! What Alipay refuses, and how.

use alipay_global::{
    charset::Charset,
    form,
    sign::{PrivateKey, SigningKey, presign},
};

use crate::house::{Answer, House, Params, alipay_key, merchant_key, set, signed, without};

fn is_refused(answer: &Answer, code: &str) -> bool {
    answer.body.ends_with(&format!("<alipay><is_success>F</is_success><error>{code}</error></alipay>"))
}

#[tokio::test]
async fn what_is_wrong_at_the_door_is_refused_without_signature() {
    let house = House::open().await;
    let good = || signed(house.order("A1"), &SigningKey::Rsa2(merchant_key()));
    let with = |name: &str, value: &str| {
        let mut params = house.order("A1");
        set(&mut params, name, value);
        signed(params, &SigningKey::Rsa2(merchant_key()))
    };
    let mut tampered = good();
    set(&mut tampered, "total_fee", "0.01");
    let mut downgraded = good();
    set(&mut downgraded, "sign_type", "MD5");
    let mut odd_type = good();
    set(&mut odd_type, "sign_type", "DSA");
    let cases: Vec<(&str, Params, &str)> = vec![
        ("no service", without(good(), "service"), "ILLEGAL_SERVICE"),
        ("unknown service", with("service", "alipay.acquire.fly"), "ILLEGAL_SERVICE"),
        ("no partner", without(good(), "partner"), "ILLEGAL_PARTNER"),
        ("unknown partner", with("partner", "2088000000000001"), "ILLEGAL_PARTNER"),
        ("no sign_type", without(good(), "sign_type"), "ILLEGAL_SIGN_TYPE"),
        ("unknown sign_type", odd_type, "ILLEGAL_SIGN_TYPE"),
        ("no sign", without(good(), "sign"), "ILLEGAL_SIGN"),
        ("tampered", tampered, "ILLEGAL_SIGN"),
        ("another type than signed", downgraded, "ILLEGAL_SIGN"),
        ("another key", signed(house.order("A1"), &SigningKey::Rsa2(alipay_key())), "ILLEGAL_SIGN"),
        ("unknown charset", with("_input_charset", "KOI8"), "ILLEGAL_CHARSET"),
    ];
    for (what, params, code) in cases {
        let answer = house.send(&params).await;
        assert!(is_refused(&answer, code), "{what}: {}", answer.body);
    }
    assert!(house.state().await["trades"].as_array().unwrap().is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_bad_parameter_of_create_is_named_in_a_signed_failure() {
    let house = House::open().await;
    let long = "x".repeat(257);
    let cases = [
        ("out_trade_no", "A-1", "out_trade_no"),
        ("out_trade_no", "", "out_trade_no"),
        ("timestamp", "2020-01-01 00:00:00", "timestamp"),
        ("timestamp", "1456507704121", "timestamp"),
        ("subject", &long, "subject"),
        ("subject", "a&b", "subject"),
        ("product_code", "OTHER", "product_code"),
        ("total_fee", "38.505", "total_fee"),
        ("total_fee", "0", "total_fee"),
        ("currency", "hkd", "currency"),
        ("it_b_pay", "16d", "it_b_pay"),
        ("buyer_id", "", "buyer_id"),
        ("notify_url", "not an address", "notify_url"),
        ("extend_params", "", "extend_params"),
        ("extend_params", r#"{"store_id":"s","secondary_merchant_industry":"4121"}"#, "secondary_merchant_id"),
        ("extend_params", r#"{"secondary_merchant_id":"m","secondary_merchant_industry":"4121"}"#, "store_id"),
        ("extend_params", r#"{"secondary_merchant_id":"m","store_id":"s"}"#, "secondary_merchant_industry"),
    ];
    for (name, value, named) in cases {
        let mut params = house.order("A1");
        set(&mut params, name, value);
        let answer = house.mapi(params).await;
        assert!(answer.is_signed(), "{name}={value}: {}", answer.body);
        assert_eq!(answer.get("detail_error_code"), "INVALID_PARAMETER", "{name}={value}");
        assert!(answer.get("detail_error_des").contains(named), "{name}={value}: {}", answer.body);
    }
    for (name, value, code) in
        [("buyer_id", "2088000000000009", "BUYER_NOT_EXIST"), ("seller_id", "2088000000000009", "SELLER_NOT_EXIST")]
    {
        let mut params = house.order("A1");
        set(&mut params, name, value);
        assert_eq!(house.mapi(params).await.get("detail_error_code"), code);
    }
    house.close().await;
}

#[tokio::test]
async fn yen_come_whole_and_the_block_may_be_in_capitals() {
    let house = House::open().await;
    let mut yen = house.order("JPY1");
    for (name, value) in [("currency", "JPY"), ("trans_currency", "JPY"), ("total_fee", "1200.00")] {
        set(&mut yen, name, value);
    }
    assert_eq!(house.mapi(yen.clone()).await.get("detail_error_code"), "INVALID_PARAMETER");
    set(&mut yen, "total_fee", "1200");
    let block = r#"{"SECONDARY_MERCHANT_ID":"m","STORE_ID":"s","SECONDARY_MERCHANT_INDUSTRY":"4121"}"#;
    set(&mut yen, "extend_params", block);
    assert_eq!(house.mapi(yen).await.get("result_code"), "SUCCESS");
    assert_eq!(house.query("JPY1").await.get("trans_amount"), "1200");
    house.close().await;
}

#[tokio::test]
async fn cancel_takes_both_forms_of_timestamp_or_none() {
    let house = House::open().await;
    for (number, timestamp) in [("C1", "1456507704121"), ("C2", "2024-01-02 03:04:05"), ("C3", "")] {
        house.placed(number).await;
        let mut params = house.cancellation(number);
        set(&mut params, "timestamp", timestamp);
        assert_eq!(house.mapi(params).await.get("action"), "close", "{timestamp}");
    }
    let mut params = house.cancellation("C1");
    set(&mut params, "timestamp", "yesterday");
    assert_eq!(house.mapi(params).await.get("detail_error_code"), "INVALID_PARAMETER");
    house.close().await;
}

#[tokio::test]
async fn a_post_is_merged_with_its_query_which_must_name_the_charset() {
    let house = House::open().await;
    let params = signed(house.order("P1"), &SigningKey::Rsa2(merchant_key()));
    let body = form::encode(&params);
    let post = async |url: String, body: String| {
        let request = house.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        request.body(body).send().await.unwrap().text().await.unwrap()
    };
    let bare = post(house.sandbox.gateway_url(), body.clone()).await;
    assert!(bare.contains("<error>ILLEGAL_CHARSET</error>"), "{bare}");
    let rest = form::encode(&without(params, "_input_charset"));
    let named = post(format!("{}?_input_charset=UTF-8", house.sandbox.gateway_url()), rest).await;
    assert!(named.contains("<result_code>SUCCESS</result_code>"), "{named}");
    house.close().await;
}

#[tokio::test]
async fn a_gbk_request_is_verified_over_its_bytes_and_answered_in_gbk() {
    let house = House::open().await;
    let mut params = house.order("G1");
    set(&mut params, "_input_charset", "GBK");
    let mut bytes: Vec<(String, Vec<u8>)> =
        params.into_iter().map(|(name, value)| (name, Charset::Gbk.encode(&value).unwrap())).collect();
    let key = SigningKey::Rsa2(merchant_key());
    let sign = key.sign(&presign(&bytes, &[])).unwrap();
    bytes.push(("sign".into(), sign.into_bytes()));
    bytes.push(("sign_type".into(), b"RSA2".to_vec()));
    let url = format!("{}?{}", house.sandbox.gateway_url(), form::encode(&bytes));
    let response = house.http.get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/xml;charset=GBK");
    let body = Charset::Gbk.decode(&response.bytes().await.unwrap()).unwrap();
    assert!(body.starts_with("<?xml version=\"1.0\" encoding=\"GBK\"?>"));
    assert!(body.contains("<param name=\"subject\">出租车 Taxi 1</param>"), "{body}");
    let trade_no = house.state().await["trades"][0]["trade_no"].as_str().unwrap().to_owned();
    house.pay(&trade_no).await;
    let notice = house.shop.next_notice().await;
    assert_eq!(notice.content_type, "application/x-www-form-urlencoded; charset=GBK");
    assert!(crate::house::is_signed(&notice));
    house.close().await;
}

#[tokio::test]
async fn a_merchant_held_to_rsa2_is_refused_with_weaker_types() {
    let mut settings = crate::house::settings();
    settings.merchants[0].sign_types = vec![alipay_global::sign::SignType::Rsa2];
    let house = House::open_with(settings).await;
    let weak = signed(house.order("A1"), &SigningKey::Rsa(merchant_key()));
    assert!(is_refused(&house.send(&weak).await, "ILLEGAL_SIGN_TYPE"));
    house.placed("A1").await;
    house.close().await;
}

#[tokio::test]
async fn two_merchants_have_their_own_keys_and_numbers() {
    let mut settings = crate::house::settings();
    let other_key = PrivateKey::generate().unwrap();
    let mut other = settings.merchants[0].clone();
    other.partner = "2088101122136242".into();
    other.public_key = Some(other_key.public_key().unwrap());
    settings.merchants.push(other);
    let house = House::open_with(settings).await;
    house.placed("A1").await;
    let mut theirs = house.order("A1");
    set(&mut theirs, "partner", "2088101122136242");
    set(&mut theirs, "seller_id", "2088101122136242");
    assert!(is_refused(&house.mapi(theirs.clone()).await, "ILLEGAL_SIGN"));
    let answer = house.send(&signed(theirs, &SigningKey::Rsa2(other_key))).await;
    assert_eq!(answer.get("result_code"), "SUCCESS");
    assert_eq!(house.state().await["trades"].as_array().unwrap().len(), 2);
    house.close().await;
}
