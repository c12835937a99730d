//! Authorisation and `alipay.system.oauth.token`, down to the order of the JSON members.

use alipay_global::{
    form,
    sign::{SigningKey, VerifyingKey, presign},
};
use alipay_sandbox::{
    beijing,
    settings::{FIRST_USER, SECOND_USER, Settings},
};
use serde_json::{Value, json};
use url::Url;

use crate::house::{APP_ID, House, Params, alipay_key, merchant_key, pairs, set, settings, without};

fn exchange(code: &str) -> Params {
    pairs(&[
        ("app_id", APP_ID),
        ("method", "alipay.system.oauth.token"),
        ("format", "JSON"),
        ("charset", "utf-8"),
        ("sign_type", "RSA2"),
        ("timestamp", &beijing::text(jiff::Timestamp::now())),
        ("version", "1.0"),
        ("grant_type", "authorization_code"),
        ("code", code),
    ])
}

fn signed(mut params: Params) -> Params {
    let sign = SigningKey::Rsa2(merchant_key()).sign(&presign(&params, &["sign"])).unwrap();
    params.push(("sign".into(), sign));
    params
}

async fn ask(house: &House, params: &Params) -> String {
    let url = format!("{}?{}", house.sandbox.gateway_url(), form::encode(params));
    let response = house.http.get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html;charset=utf-8");
    response.text().await.unwrap()
}

/// Goes through the authorise page as this account and returns the callback's query.
async fn authorized(house: &House, user: &str) -> Vec<(String, String)> {
    let response = authorize(house, APP_ID, "auth_base", "http://127.0.0.1:1/callback?own=1", user).await;
    assert_eq!(response.status(), 302);
    let location = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(location.path(), "/callback");
    location.query_pairs().into_owned().collect()
}

async fn authorize(house: &House, app_id: &str, scope: &str, callback: &str, user: &str) -> reqwest::Response {
    let query = [("app_id", app_id), ("scope", scope), ("redirect_uri", callback), ("state", "s&1")];
    let request = house.http.get(format!("{}?{}", house.sandbox.authorize_url(), form::encode(&query)));
    request.header("cookie", format!("wallet_user={user}")).send().await.unwrap()
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> &'a str {
    query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

#[tokio::test]
async fn a_silent_authorisation_yields_a_code_that_works_once() {
    let house = House::open().await;
    let query = authorized(&house, SECOND_USER).await;
    let names: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["own", "app_id", "source", "scope", "auth_code", "state"]);
    assert_eq!((value(&query, "source"), value(&query, "state")), ("alipay_wallet", "s&1"));
    let code = value(&query, "auth_code");
    assert_eq!(code.len(), 32);

    let body = ask(&house, &signed(exchange(code))).await;
    let payload = body.strip_prefix("{\"alipay_system_oauth_token_response\":").unwrap();
    let (payload, sign) = payload.strip_suffix("\"}").unwrap().split_once(",\"sign\":\"").unwrap();
    let key = VerifyingKey::Rsa2(alipay_key().public_key().unwrap());
    key.verify(payload.as_bytes(), sign.as_bytes()).unwrap();
    let token: Value = serde_json::from_str(payload).unwrap();
    assert_eq!(token["user_id"], SECOND_USER);
    assert_eq!(token["expires_in"], "3600");
    let members: Vec<_> = token.as_object().unwrap().keys().collect();
    assert_eq!(members, ["user_id", "access_token", "expires_in", "refresh_token", "re_expires_in"]);

    let again = ask(&house, &signed(exchange(code))).await;
    assert!(
        again.starts_with(
            r#"{"error_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.code-invalid""#
        ),
        "{again}"
    );
    assert!(again.contains(r#"},"sign":""#));

    let mut refresh = without(exchange(""), "code");
    set(&mut refresh, "grant_type", "refresh_token");
    set(&mut refresh, "refresh_token", token["refresh_token"].as_str().unwrap());
    assert!(ask(&house, &signed(refresh)).await.contains(SECOND_USER));
    house.close().await;
}

#[tokio::test]
async fn parameters_may_be_spread_over_query_and_body() {
    let house = House::open().await;
    let query = authorized(&house, FIRST_USER).await;
    let params = signed(exchange(value(&query, "auth_code")));
    let (business, frame): (Params, Params) =
        params.into_iter().partition(|(name, _)| matches!(name.as_str(), "grant_type" | "code"));
    let url = format!("{}?{}", house.sandbox.gateway_url(), form::encode(&frame));
    let request = house.http.post(url).header("content-type", "application/x-www-form-urlencoded;charset=utf-8");
    let body = request.body(form::encode(&business)).send().await.unwrap().text().await.unwrap();
    assert!(body.contains(FIRST_USER), "{body}");
    house.close().await;
}

#[tokio::test]
async fn a_bad_request_is_named_as_the_platform_names_it() {
    let house = House::open().await;
    let changed = |name: &str, value: &str| {
        let mut params = exchange("c");
        set(&mut params, name, value);
        signed(params)
    };
    let mut tampered = signed(exchange("c"));
    set(&mut tampered, "code", "d");
    let cases = [
        (signed(without(exchange("c"), "app_id")), "40001", "isv.missing-app-id"),
        (changed("app_id", "1"), "40002", "isv.invalid-app-id"),
        (changed("method", "alipay.trade.pay"), "40002", "isv.invalid-method"),
        (without(signed(exchange("c")), "sign"), "40001", "isv.missing-signature"),
        (signed(without(exchange("c"), "sign_type")), "40001", "isv.missing-signature-type"),
        (changed("sign_type", "MD5"), "40002", "isv.invalid-signature-type"),
        (signed(without(exchange("c"), "timestamp")), "40001", "isv.missing-timestamp"),
        (changed("timestamp", "2024-01-02T03:04:05"), "40002", "isv.invalid-timestamp"),
        (signed(without(exchange("c"), "version")), "40001", "isv.missing-version"),
        (changed("charset", "koi8"), "40002", "isv.invalid-charset"),
        (changed("format", "YAML"), "40002", "isv.invalid-format"),
        (changed("grant_type", "password"), "40002", "isv.invalid-parameter"),
        (tampered, "40002", "isv.invalid-signature"),
        (signed(exchange("never-seen")), "40002", "isv.code-invalid"),
    ];
    for (params, code, sub_code) in cases {
        let body = ask(&house, &params).await;
        let json: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json["error_response"]["code"], code, "{sub_code}: {body}");
        assert_eq!(json["error_response"]["sub_code"], sub_code);
    }
    house.close().await;
}

#[tokio::test]
async fn the_authorise_page_refuses_strangers() {
    let registered = Settings {
        apps: vec![alipay_sandbox::settings::App {
            callbacks: vec!["http://127.0.0.1:1/callback".into()],
            ..settings().apps[0].clone()
        }],
        ..settings()
    };
    let house = House::open_with(registered).await;
    let good = "http://127.0.0.1:1/callback?x=1";
    assert_eq!(authorize(&house, APP_ID, "auth_base", good, "").await.status(), 302);
    assert_eq!(authorize(&house, APP_ID, "auth_user", good, "").await.status(), 200, "asks for consent");
    for (app_id, scope, callback) in [
        ("1", "auth_base", good),
        (APP_ID, "auth_all", good),
        (APP_ID, "auth_base", "http://127.0.0.1:1/elsewhere"),
        (APP_ID, "auth_base", "javascript:alert(1)"),
    ] {
        assert_eq!(authorize(&house, app_id, scope, callback, "").await.status(), 400);
    }
    house.close().await;
}

#[tokio::test]
async fn the_exchange_can_go_wrong_on_purpose() {
    let house = House::open().await;
    let cases = [
        (json!({"fault": "auth_code_refused"}), "isv.code-invalid", true),
        (json!({"fault": "auth_code_used"}), "isv.code-invalid", true),
        (json!({"fault": "system_error", "at": "token"}), "isp.unknow-error", true),
        (json!({"fault": "unsigned_refusal", "at": "token"}), "isp.unknow-error", false),
        (json!({"fault": "unsigned_answer", "at": "token"}), FIRST_USER, false),
    ];
    for (fault, expected, is_signed) in cases {
        house.arm(fault.clone()).await;
        let query = authorized(&house, FIRST_USER).await;
        let body = ask(&house, &signed(exchange(value(&query, "auth_code")))).await;
        assert!(body.contains(expected), "{fault}: {body}");
        assert_eq!(body.contains("\"sign\":"), is_signed, "{fault}");
    }
    house.close().await;
}
