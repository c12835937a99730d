//! Two strangers meet: our own client and the sandbox share no code but signatures and charsets, and
//! have to understand each other from the reference alone.

use alipay_global::{
    Http,
    amount::{Amount, Currency},
    authorize::authorize_url,
    charset::Charset,
    mapi::{CancelAction, Found, Mapi, NoticeVerdict, Order},
    notice::{self, Expected},
    openapi::OpenApi,
    outcome::{Outcome, UnknownReason},
    settings::{CancelTimestamp, KeyCase, MerchantSettings, ProviderSettings, SecondaryMerchant, Timeouts},
    sign::{Md5Key, SigningKey, VerifyingKey},
    trade::TradeStatus,
};
use jiff::Timestamp;
use serde_json::json;
use url::Url;

use crate::house::{APP_ID, House, MD5_KEY, PARTNER, alipay_key, merchant_key};

type Keys = (SigningKey, VerifyingKey);

fn rsa2() -> Keys {
    (SigningKey::Rsa2(merchant_key()), VerifyingKey::Rsa2(alipay_key().public_key().unwrap()))
}

fn mapi(house: &House, (signing_key, alipay_key): Keys, charset: Charset) -> Mapi {
    let hkd: Currency = "HKD".parse().unwrap();
    let merchant = MerchantSettings {
        partner: PARTNER.into(),
        gateway_url: house.sandbox.gateway_url().parse().unwrap(),
        signing_key,
        alipay_key,
        charset,
        currency: hkd,
        trans_currency: hkd,
        secondary_merchant: SecondaryMerchant {
            id: "fleet1".into(),
            name: "星星出租车".into(),
            industry: "4121".into(),
            store_id: "depot1".into(),
            store_name: "Depot".into(),
            service_provider_id: None,
        },
        extend_params_case: KeyCase::Upper,
        cancel_timestamp: CancelTimestamp::BeijingText,
        notify_url: house.shop.url("/notify").parse().unwrap(),
        it_b_pay: "30m".parse().unwrap(),
    };
    Mapi::new(Http::new(Timeouts::default()).unwrap(), merchant).unwrap()
}

fn fare() -> Amount {
    Amount::parse("38.50", "HKD".parse().unwrap()).unwrap()
}

fn order<'a>(number: &'a str, buyer_id: &'a str) -> Order<'a> {
    Order {
        out_trade_no: number, subject: "出租车 粤B·12345", amount: fare(), buyer_id, terminal_id: Some("B12345")
    }
}

fn success<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Success(value) => value,
        other => panic!("{other:?}"),
    }
}

async fn signed_in(house: &House) -> String {
    let (signing_key, alipay_key) = rsa2();
    let provider = ProviderSettings {
        app_id: APP_ID.into(),
        gateway_url: house.sandbox.gateway_url().parse().unwrap(),
        authorize_url: house.sandbox.authorize_url().parse().unwrap(),
        signing_key,
        alipay_key,
        charset: Charset::Utf8,
    };
    let door = authorize_url(&provider, &Url::parse("http://127.0.0.1:1/callback").unwrap(), "state-1");
    let callback = house.http.get(door).send().await.unwrap();
    let callback = Url::parse(callback.headers()["location"].to_str().unwrap()).unwrap();
    let code = callback.query_pairs().find(|(name, _)| name == "auth_code").unwrap().1.into_owned();
    let openapi = OpenApi::new(Http::new(Timeouts::default()).unwrap(), provider).unwrap();
    let token = success(openapi.exchange_code(&code, Timestamp::now()).await.unwrap());
    assert!(!matches!(openapi.exchange_code(&code, Timestamp::now()).await.unwrap(), Outcome::Success(_)));
    token.user_id
}

#[tokio::test]
async fn our_client_rides_with_every_key_and_charset() {
    let house = House::open().await;
    let buyer_id = signed_in(&house).await;
    let md5 = || Md5Key::parse(MD5_KEY).unwrap();
    let rsa = (SigningKey::Rsa(merchant_key()), VerifyingKey::Rsa(alipay_key().public_key().unwrap()));
    let cases = [
        ("MD5", (SigningKey::Md5(md5()), VerifyingKey::Md5(md5())), Charset::Utf8),
        ("RSA", rsa, Charset::Utf8),
        ("RSA2", rsa2(), Charset::Utf8),
        ("GBK", rsa2(), Charset::Gbk),
    ];
    for (number, keys, charset) in cases {
        let verifying_key = keys.1.clone();
        let mapi = mapi(&house, keys, charset);
        assert_eq!(success(mapi.query(number).await.unwrap()), Found::Nothing);
        let created = success(mapi.create(&order(number, &buyer_id), Timestamp::now()).await.unwrap());
        assert_eq!(house.pay(&created.trade_no).await["resultCode"], "9000");

        let arrived = house.shop.next_notice().await;
        let told = notice::verify(&arrived.body, &verifying_key).unwrap();
        let expected = Expected {
            amount: fare(),
            settlement_currency: "HKD".parse().unwrap(),
            partner: PARTNER,
            buyer_id: Some(&buyer_id),
        };
        told.check(&expected).unwrap();
        assert_eq!((told.out_trade_no.as_str(), told.trade_status.is_paid()), (number, true));
        assert!(matches!(mapi.notify_verify("0").await.unwrap(), NoticeVerdict::NotSent(word) if word == "false"));

        let Found::Trade(trade) = success(mapi.query(number).await.unwrap()) else { panic!("{number}") };
        assert_eq!(trade.amount(fare().currency()), Ok(fare()));
        assert_eq!(trade.status, TradeStatus::Success);
        if charset == Charset::Utf8 {
            let cancelled = success(mapi.cancel(number, Timestamp::now()).await.unwrap());
            assert_eq!(cancelled.action, CancelAction::Refund);
            assert_eq!(house.shop.next_notice().await.get("notify_action_type"), "reverseAction");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn what_our_client_cannot_trust_is_unknown_to_it() {
    let house = House::open().await;
    let mapi = mapi(&house, rsa2(), Charset::Utf8);
    let buyer_id = "2088102150477652";
    for (fault, expected) in [
        ("bad_signature", UnknownReason::BadSignature),
        ("unsigned_answer", UnknownReason::Unsigned),
        ("system_error", UnknownReason::SystemError("SYSTEM_ERROR".into())),
    ] {
        house.arm(json!({"fault": fault, "at": "create"})).await;
        let outcome = mapi.create(&order("U1", buyer_id), Timestamp::now()).await.unwrap();
        assert_eq!(outcome, Outcome::Unknown(expected), "{fault}");
    }
    success(mapi.create(&order("U1", buyer_id), Timestamp::now()).await.unwrap());
    house.close().await;
}
