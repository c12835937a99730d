//! The client of the order gateway against a listener that answers well, badly, or not at all.

use std::net::TcpListener;
use std::time::Duration;

use alipay_global::Http;
use alipay_global::amount::Amount;
use alipay_global::charset::Charset;
use alipay_global::mapi::{CancelAction, Cancelled, Created, Found, Mapi, NoticeVerdict, Order, RequestError};
use alipay_global::outcome::{Outcome, Proof, UnknownReason};
use alipay_global::settings::{CancelTimestamp, KeyCase, MerchantSettings, SecondaryMerchant, Timeouts};
use alipay_global::trade::TradeStatus;
use jiff::Timestamp;
use url::Url;

use crate::double::{GatewayDouble, Keys, Reply};

const XML: &str = "text/xml;charset=UTF-8";
const CREATED: [(&str, &str); 4] =
    [("result_code", "SUCCESS"), ("out_trade_no", "TRIP_1"), ("trade_no", "2024T"), ("subject", "出租车 A&B")];

pub(crate) fn settings(keys: &Keys, gateway_url: Url) -> MerchantSettings {
    MerchantSettings {
        partner: "2088101122136241".into(),
        gateway_url,
        signing_key: keys.signing(),
        alipay_key: keys.verifying(),
        charset: Charset::Utf8,
        currency: "HKD".parse().unwrap(),
        trans_currency: "HKD".parse().unwrap(),
        secondary_merchant: SecondaryMerchant {
            id: "M1".into(),
            name: "City Taxi".into(),
            industry: "4121".into(),
            store_id: "CAB123".into(),
            store_name: "Cab 123".into(),
            service_provider_id: None,
        },
        extend_params_case: KeyCase::Lower,
        cancel_timestamp: CancelTimestamp::EpochMillis,
        notify_url: "https://taxi.example/alipay/notify".parse().unwrap(),
        it_b_pay: "10m".parse().unwrap(),
    }
}

pub(crate) fn mapi(settings: MerchantSettings) -> Mapi {
    let timeouts = Timeouts { connect: Duration::from_secs(3), read: Duration::from_millis(300) };
    Mapi::new(Http::new(timeouts).unwrap(), settings).unwrap()
}

pub(crate) fn order() -> Order<'static> {
    Order {
        out_trade_no: "TRIP_1",
        subject: "出租车 粤B·12345",
        amount: Amount::new(3850, "HKD".parse().unwrap()).unwrap(),
        buyer_id: "2088102150477652",
        terminal_id: Some("CAR7"),
    }
}

pub(crate) fn at() -> Timestamp {
    "2024-01-01T19:04:05Z".parse().unwrap()
}

async fn create(keys: &Keys, reply: Reply) -> Outcome<Created> {
    let gateway = GatewayDouble::answering(reply).await;
    mapi(settings(keys, gateway.url)).create(&order(), at()).await.unwrap()
}

async fn query(keys: &Keys, reply: Reply) -> Outcome<Found> {
    let gateway = GatewayDouble::answering(reply).await;
    mapi(settings(keys, gateway.url)).query("TRIP_1").await.unwrap()
}

async fn cancel(keys: &Keys, reply: Reply) -> Outcome<Cancelled> {
    let gateway = GatewayDouble::answering(reply).await;
    mapi(settings(keys, gateway.url)).cancel("TRIP_1", at()).await.unwrap()
}

fn xml(keys: &Keys, fields: &[(&str, &str)]) -> Reply {
    Reply::Body(XML, keys.xml(fields, Charset::Utf8))
}

fn refused_at_the_door(code: &str) -> Reply {
    Reply::Body(XML, format!("<alipay><is_success>F</is_success><error>{code}</error></alipay>").into_bytes())
}

#[tokio::test]
async fn an_order_is_placed_with_a_signed_request() {
    let keys = Keys::new();
    let gateway = GatewayDouble::answering(xml(&keys, &CREATED)).await;
    let outcome = mapi(settings(&keys, gateway.url.clone())).create(&order(), at()).await.unwrap();
    assert_eq!(outcome, Outcome::Success(Created { trade_no: "2024T".into() }));

    let request = gateway.request();
    keys.assert_signed(&request, &["sign", "sign_type"]);
    for (name, value) in [
        ("service", "alipay.acquire.create"),
        ("_input_charset", "UTF-8"),
        ("timestamp", "2024-01-02 03:04:05"),
        ("total_fee", "38.50"),
        ("product_code", "OVERSEAS_MBARCODE_PAY"),
        ("it_b_pay", "10m"),
        ("seller_id", "2088101122136241"),
        ("sign_type", "RSA2"),
    ] {
        assert_eq!(request.get(name), Some(value.as_bytes()), "{name}");
    }
    let block = String::from_utf8_lossy(request.get("extend_params").unwrap()).into_owned();
    assert!(block.contains(r#""secondary_merchant_industry":"4121""#) && block.contains(r#""terminal_id":"CAR7""#));
}

#[tokio::test]
async fn a_merchant_that_declares_gbk_sends_and_signs_gbk_bytes() {
    let keys = Keys::new();
    let reply = Reply::Body("text/xml;charset=GBK", keys.xml(&CREATED, Charset::Gbk));
    let gateway = GatewayDouble::answering(reply).await;
    let mut settings = settings(&keys, gateway.url.clone());
    settings.charset = Charset::Gbk;
    assert!(matches!(mapi(settings).create(&order(), at()).await.unwrap(), Outcome::Success(_)));
    let request = gateway.request();
    keys.assert_signed(&request, &["sign", "sign_type"]);
    assert_eq!(request.get("subject").unwrap(), Charset::Gbk.encode("出租车 粤B·12345").unwrap());
}

#[tokio::test]
async fn the_prolog_overrules_the_charset_that_was_asked_for() {
    let keys = Keys::new();
    let outcome = create(&keys, Reply::Body(XML, keys.xml(&CREATED, Charset::Gbk))).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
}

#[tokio::test]
async fn silence_is_unknown_after_the_configured_time() {
    assert_eq!(create(&Keys::new(), Reply::Silence).await, Outcome::Unknown(UnknownReason::Timeout));
}

#[tokio::test]
async fn a_connection_that_breaks_is_unknown() {
    let keys = Keys::new();
    for reply in [Reply::HangUp, Reply::HalfBody] {
        assert_eq!(create(&keys, reply).await, Outcome::Unknown(UnknownReason::Interrupted));
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mapi = mapi(settings(&keys, format!("http://{closed}/").parse().unwrap()));
    assert_eq!(mapi.create(&order(), at()).await.unwrap(), Outcome::Unknown(UnknownReason::Unreachable));
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_error_page_is_read() {
    for status in [301, 302, 403, 500, 502] {
        let outcome = create(&Keys::new(), Reply::Status(status)).await;
        assert_eq!(outcome, Outcome::Unknown(UnknownReason::HttpStatus(status)));
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let outcome = create(&Keys::new(), Reply::Body(XML, vec![b' '; 3 * 1024 * 1024])).await;
    assert_eq!(outcome, Outcome::Unknown(UnknownReason::Oversize));
}

#[tokio::test]
async fn what_is_no_answer_is_unknown() {
    let keys = Keys::new();
    for body in ["", "success", "<html>busy</html>", "<alipay><is_success>T</is_success>", "{\"a\":1}"] {
        let outcome = create(&keys, Reply::Body(XML, body.into())).await;
        assert!(matches!(outcome, Outcome::Unknown(UnknownReason::Malformed(_))), "{body}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_verify_is_unknown() {
    let keys = Keys::new();
    let honest = String::from_utf8(keys.xml(&CREATED, Charset::Utf8)).unwrap();
    for (tampered, reason) in [
        (honest.replace("2024T", "2025T"), UnknownReason::BadSignature),
        (honest.replace(">RSA2<", ">MD5<"), UnknownReason::BadSignature),
        (
            honest.replace("<response>", "<response2>").replace("</response>", "</response2>"),
            UnknownReason::BadSignature,
        ),
        (honest.replace("<sign>", "<sigh>").replace("</sign>", "</sigh>"), UnknownReason::Unsigned),
    ] {
        assert_eq!(create(&keys, Reply::Body(XML, tampered.into())).await, Outcome::Unknown(reason));
    }
    let stranger = xml(&Keys::new(), &CREATED);
    assert_eq!(create(&keys, stranger).await, Outcome::Unknown(UnknownReason::BadSignature));
}

#[tokio::test]
async fn an_unsigned_refusal_blames_the_set_up_or_says_nothing() {
    let keys = Keys::new();
    for code in ["ILLEGAL_SIGN", "ILLEGAL_PARTNER", "HAS_NO_PRIVILEGE"] {
        match create(&keys, refused_at_the_door(code)).await {
            Outcome::Refused(refusal) => {
                assert_eq!((refusal.code.as_str(), refusal.proof), (code, Proof::Unsigned));
                assert!(!refusal.rules_out_payment());
            }
            other => panic!("{other:?}"),
        }
    }
    let system = create(&keys, refused_at_the_door("SYSTEM_ERROR")).await;
    assert_eq!(system, Outcome::Unknown(UnknownReason::SystemError("SYSTEM_ERROR".into())));
    let absent = query(&keys, refused_at_the_door("TRADE_NOT_EXIST")).await;
    assert_eq!(absent, Outcome::Unknown(UnknownReason::UnsignedRefusal("TRADE_NOT_EXIST".into())));
    let closed = cancel(&keys, refused_at_the_door("TRADE_HAS_CLOSE")).await;
    assert_eq!(closed, Outcome::Unknown(UnknownReason::UnsignedRefusal("TRADE_HAS_CLOSE".into())));
}

#[tokio::test]
async fn a_signed_refusal_is_a_refusal_and_a_system_error_is_not() {
    let keys = Keys::new();
    let fail = |code| [("result_code", "FAIL"), ("detail_error_code", code), ("detail_error_des", "余额不足")];
    match create(&keys, xml(&keys, &fail("BUYER_ENABLE_STATUS_FORBID"))).await {
        Outcome::Refused(refusal) => {
            assert_eq!(refusal.detail.as_deref(), Some("余额不足"));
            assert!(refusal.rules_out_payment());
        }
        other => panic!("{other:?}"),
    }
    let system = create(&keys, xml(&keys, &fail("SYSTEM_ERROR"))).await;
    assert_eq!(system, Outcome::Unknown(UnknownReason::SystemError("SYSTEM_ERROR".into())));
    let unlisted = create(&keys, xml(&keys, &fail("BRAND_NEW"))).await;
    assert_eq!(unlisted, Outcome::Unknown(UnknownReason::Unlisted("BRAND_NEW".into())));
}

#[tokio::test]
async fn a_genuine_answer_about_another_order_is_not_ours() {
    let keys = Keys::new();
    let other = [("result_code", "SUCCESS"), ("out_trade_no", "TRIP_2"), ("trade_no", "2024T")];
    assert_eq!(create(&keys, xml(&keys, &other)).await, Outcome::Unknown(UnknownReason::OtherOrder));
    let lacking = [("result_code", "SUCCESS"), ("out_trade_no", "TRIP_1")];
    assert_eq!(create(&keys, xml(&keys, &lacking)).await, Outcome::Unknown(UnknownReason::Incomplete("trade_no")));
}

#[tokio::test]
async fn a_query_tells_the_state_of_the_trade() {
    let keys = Keys::new();
    for (word, paid) in [
        ("WAIT_BUYER_PAY", false),
        ("TRADE_SUCCESS", true),
        ("TRADE_FINISHED", true),
        ("TRADE_CLOSED", false),
        ("TRADE_PENDING", false),
        ("SOMETHING_NEW", false),
    ] {
        let fields = [
            ("result_code", "SUCCESS"),
            ("partner_trans_id", "TRIP_1"),
            ("alipay_trans_id", "2024T"),
            ("alipay_trans_status", word),
            ("alipay_pay_time", "20240102030405"),
            ("alipay_buyer_user_id", "2088102150477652"),
            ("currency", "HKD"),
            ("trans_amount", "38.5"),
        ];
        let Outcome::Success(Found::Trade(trade)) = query(&keys, xml(&keys, &fields)).await else {
            panic!("{word}");
        };
        assert_eq!((trade.status.word(), trade.status.is_paid()), (word, paid));
        assert_eq!(trade.amount("HKD".parse().unwrap()).unwrap().minor(), 3850);
        assert_eq!(trade.paid_at, Some(at()));
        assert_eq!(trade.trade_no.as_deref(), Some("2024T"));
    }
    let stateless = [("result_code", "SUCCESS"), ("partner_trans_id", "TRIP_1")];
    assert!(matches!(query(&keys, xml(&keys, &stateless)).await, Outcome::Unknown(UnknownReason::Incomplete(_))));
    assert!(!TradeStatus::read("").is_paid());
}

#[tokio::test]
async fn no_such_trade_is_its_own_answer_in_three_spellings() {
    let keys = Keys::new();
    for code in ["TRADE_NOT_EXIST", "TRANS_NOT_FOUND", "PURCHASE_TRADE_NOT_EXIST"] {
        let outcome = query(&keys, xml(&keys, &[("result_code", "FAIL"), ("error", code)])).await;
        assert_eq!(outcome, Outcome::Success(Found::Nothing));
    }
    let repeat = query(&keys, xml(&keys, &[("result_code", "UNKNOW")])).await;
    assert_eq!(repeat, Outcome::Unknown(UnknownReason::Undecided));
}

#[tokio::test]
async fn a_cancel_tells_what_it_did_or_asks_to_be_repeated() {
    let keys = Keys::new();
    let done = [("result_code", "SUCCESS"), ("out_trade_no", "TRIP_1"), ("retry_flag", "N")];
    for (word, action) in [
        (None, CancelAction::Unsaid),
        (Some("close"), CancelAction::Close),
        (Some("refund"), CancelAction::Refund),
        (Some("new"), CancelAction::Other("new".into())),
    ] {
        let fields: Vec<_> = done.into_iter().chain(word.map(|word| ("action", word))).collect();
        let outcome = cancel(&keys, xml(&keys, &fields)).await;
        assert_eq!(outcome, Outcome::Success(Cancelled { action, trade_no: None }));
    }
    let repeat = [("result_code", "FAIL"), ("error", "TRADE_CANCEL_TIME_OUT"), ("retry_flag", "Y")];
    let outcome = cancel(&keys, xml(&keys, &repeat)).await;
    assert_eq!(outcome, Outcome::Unknown(UnknownReason::RepeatAsked("TRADE_CANCEL_TIME_OUT".into())));
    let late = [("result_code", "FAIL"), ("detail_error_code", "TRADE_CANCEL_TIME_OUT"), ("retry_flag", "N")];
    assert!(matches!(cancel(&keys, xml(&keys, &late)).await, Outcome::Refused(_)));
}

#[tokio::test]
async fn the_timestamp_of_a_cancel_has_the_configured_form() {
    let keys = Keys::new();
    for (form, sent) in [
        (CancelTimestamp::EpochMillis, Some("1704135845000")),
        (CancelTimestamp::BeijingText, Some("2024-01-02 03:04:05")),
        (CancelTimestamp::Omitted, None),
    ] {
        let gateway = GatewayDouble::answering(xml(&keys, &[("result_code", "UNKNOWN")])).await;
        let mut settings = settings(&keys, gateway.url.clone());
        settings.cancel_timestamp = form;
        let outcome = mapi(settings).cancel("TRIP_1", at()).await.unwrap();
        assert_eq!(outcome, Outcome::Unknown(UnknownReason::Undecided));
        assert_eq!(gateway.request().get("timestamp"), sent.map(str::as_bytes));
        keys.assert_signed(&gateway.request(), &["sign", "sign_type"]);
    }
}

#[tokio::test]
async fn the_gateway_is_asked_whether_it_sent_a_notice() {
    let keys = Keys::new();
    for (body, verdict) in [
        ("true", NoticeVerdict::Sent),
        ("true\n", NoticeVerdict::Sent),
        ("false", NoticeVerdict::NotSent("false".into())),
        ("TRUE", NoticeVerdict::NotSent("TRUE".into())),
        ("", NoticeVerdict::NotSent(String::new())),
    ] {
        let gateway = GatewayDouble::answering(Reply::Body("text/plain", body.into())).await;
        assert_eq!(mapi(settings(&keys, gateway.url.clone())).notify_verify("n1").await.unwrap(), verdict);
        let request = gateway.request();
        assert_eq!(request.get("service").unwrap(), b"notify_verify");
        assert_eq!(request.get("partner").unwrap(), b"2088101122136241");
    }
    let gateway = GatewayDouble::answering(Reply::Silence).await;
    let verdict = mapi(settings(&keys, gateway.url)).notify_verify("n1").await.unwrap();
    assert_eq!(verdict, NoticeVerdict::Unknown(UnknownReason::Timeout));
}

#[tokio::test]
async fn what_alipay_would_refuse_is_not_sent() {
    let keys = Keys::new();
    let gateway = GatewayDouble::answering(Reply::Silence).await;
    let mapi = mapi(settings(&keys, gateway.url.clone()));
    assert_eq!(mapi.query("TRIP-1").await, Err(RequestError::OrderNumber));
    let quoted = Order { subject: "a \"taxi\"", ..order() };
    assert_eq!(mapi.create(&quoted, at()).await, Err(RequestError::Field("subject")));
    assert_eq!(gateway.seen.lock().unwrap().len(), 0);
}
