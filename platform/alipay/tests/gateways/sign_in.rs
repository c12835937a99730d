//! The client of the sign-in gateway against a listener that answers well, badly, or not at all.

use std::time::Duration;

use alipay_global::Http;
use alipay_global::authorize::authorize_url;
use alipay_global::charset::Charset;
use alipay_global::codes::Class;
use alipay_global::openapi::{OpenApi, Token, TokenRequestError};
use alipay_global::outcome::{Outcome, Proof, UnknownReason};
use alipay_global::settings::{PRODUCTION_AUTHORIZE, ProviderSettings, SettingsError, Timeouts};
use alipay_global::sign::{Md5Key, SigningKey};
use jiff::Timestamp;
use url::Url;

use crate::double::{GatewayDouble, Keys, Reply};

const JSON: &str = "application/json;charset=utf-8";
const GRANTED: &str =
    r#"{"user_id":"2088102150477652","access_token":"s3cret","expires_in":"3600","re_expires_in":7200}"#;

pub(crate) fn settings(keys: &Keys, gateway_url: Url) -> ProviderSettings {
    ProviderSettings {
        app_id: "2021000000000000".into(),
        gateway_url,
        authorize_url: PRODUCTION_AUTHORIZE.parse().unwrap(),
        signing_key: keys.signing(),
        alipay_key: keys.verifying(),
        charset: Charset::Utf8,
    }
}

fn http() -> Http {
    Http::new(Timeouts { connect: Duration::from_secs(3), read: Duration::from_millis(300) }).unwrap()
}

fn at() -> Timestamp {
    "2024-01-01T19:04:05Z".parse().unwrap()
}

async fn exchange(keys: &Keys, body: String) -> Outcome<Token> {
    let gateway = GatewayDouble::answering(Reply::Body(JSON, body.into_bytes())).await;
    exchange_with(settings(keys, gateway.url)).await
}

pub(crate) async fn exchange_with(settings: ProviderSettings) -> Outcome<Token> {
    OpenApi::new(http(), settings).unwrap().exchange_code("c0de", at()).await.unwrap()
}

fn signed(keys: &Keys, name: &str, payload: &str) -> String {
    format!("{{\"{name}\":{payload},\"sign\":\"{}\"}}", keys.alipay_sign(payload.as_bytes()))
}

fn granted(keys: &Keys, payload: &str) -> String {
    signed(keys, "alipay_system_oauth_token_response", payload)
}

#[tokio::test]
async fn a_code_is_exchanged_for_the_user_id() {
    let keys = Keys::new();
    let gateway = GatewayDouble::answering(Reply::Body(JSON, granted(&keys, GRANTED).into_bytes())).await;
    let openapi = OpenApi::new(http(), settings(&keys, gateway.url.clone())).unwrap();
    let Outcome::Success(token) = openapi.exchange_code("c0de", at()).await.unwrap() else {
        panic!("granted");
    };
    assert_eq!(token.user_id, "2088102150477652");
    assert_eq!((token.expires_in_s, token.re_expires_in_s), (Some(3600), Some(7200)));
    assert!(!format!("{token:?}").contains("s3cret"));

    let request = gateway.request();
    keys.assert_signed(&request, &["sign"]);
    for (name, value) in [
        ("method", "alipay.system.oauth.token"),
        ("charset", "utf-8"),
        ("timestamp", "2024-01-02 03:04:05"),
        ("grant_type", "authorization_code"),
        ("code", "c0de"),
    ] {
        assert_eq!(request.get(name), Some(value.as_bytes()), "{name}");
    }
}

#[tokio::test]
async fn a_used_or_late_code_is_for_the_passenger_to_repeat() {
    let keys = Keys::new();
    let payload =
        r#"{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.code-invalid","sub_msg":"授权码code无效"}"#;
    for name in ["error_response", "alipay_system_oauth_token_response"] {
        match exchange(&keys, signed(&keys, name, payload)).await {
            Outcome::Refused(refusal) => {
                assert_eq!((refusal.code.as_str(), refusal.class), ("isv.code-invalid", Class::Payer));
                assert_eq!((refusal.detail.as_deref(), refusal.proof), (Some("授权码code无效"), Proof::Signed));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_refused_signature_is_ours_to_fix_even_unsigned() {
    let keys = Keys::new();
    for sub_code in ["isv.invalid-signature", "isv.something-new"] {
        let body = format!(r#"{{"error_response":{{"code":40002,"msg":"x","sub_code":"{sub_code}"}}}}"#);
        match exchange(&keys, body).await {
            Outcome::Refused(refusal) => {
                assert_eq!((refusal.class, refusal.proof), (Class::Ours, Proof::Unsigned));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_not_a_verified_grant_is_unknown() {
    let keys = Keys::new();
    let unsigned = format!("{{\"alipay_system_oauth_token_response\":{GRANTED}}}");
    let tampered = granted(&keys, GRANTED).replace("2088102150477652", "2088102150477653");
    let busy = r#"{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error"}"#;
    for (body, reason) in [
        (unsigned, UnknownReason::Unsigned),
        (tampered, UnknownReason::BadSignature),
        (granted(&Keys::new(), GRANTED), UnknownReason::BadSignature),
        (signed(&keys, "error_response", busy), UnknownReason::SystemError("isp.unknow-error".into())),
        (signed(&keys, "error_response", r#"{"code":"99"}"#), UnknownReason::Unlisted("99".into())),
        (granted(&keys, r#"{"user_id":"2088"}"#), UnknownReason::Incomplete("access_token")),
        (granted(&keys, r#"{"open_id":"x","access_token":"t"}"#), UnknownReason::Incomplete("user_id")),
    ] {
        assert_eq!(exchange(&keys, body).await, Outcome::Unknown(reason));
    }
    for body in ["", "<html>", "[]", "{}", &granted(&keys, "[]"), &signed(&keys, "error_response", "{}")] {
        let outcome = exchange(&keys, body.to_owned()).await;
        assert!(matches!(outcome, Outcome::Unknown(UnknownReason::Malformed(_))), "{body}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_code_that_cannot_be_one_is_not_sent() {
    let keys = Keys::new();
    let gateway = GatewayDouble::answering(Reply::Silence).await;
    let openapi = OpenApi::new(http(), settings(&keys, gateway.url.clone())).unwrap();
    for code in ["", "a b", "a&b", &"a".repeat(41)] {
        assert_eq!(openapi.exchange_code(code, at()).await, Err(TokenRequestError::AuthCode));
    }
    assert_eq!(gateway.seen.lock().unwrap().len(), 0);
    assert_eq!(openapi.exchange_code("c0de", at()).await, Ok(Outcome::Unknown(UnknownReason::Timeout)));
}

#[tokio::test]
async fn the_sign_in_gateway_does_not_take_md5() {
    let keys = Keys::new();
    let mut settings = settings(&keys, "http://127.0.0.1:1/".parse().unwrap());
    settings.signing_key = SigningKey::Md5(Md5Key::parse("k").unwrap());
    assert_eq!(OpenApi::new(http(), settings).unwrap_err(), SettingsError::Md5OnOpenapi);
}

#[test]
fn the_passenger_is_sent_to_the_authorise_page_for_the_id_alone() {
    let keys = Keys::new();
    let provider = settings(&keys, "http://127.0.0.1:1/".parse().unwrap());
    let callback = "https://taxi.example/alipay/callback?b=1".parse().unwrap();
    assert_eq!(
        authorize_url(&provider, &callback, "s.t/a=te").as_str(),
        "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm?app_id=2021000000000000&scope=auth_base\
         &redirect_uri=https%3A%2F%2Ftaxi.example%2Falipay%2Fcallback%3Fb%3D1&state=s.t%2Fa%3Dte"
    );
}
