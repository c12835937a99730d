//! The phone's in-app browser, driven by an HTTP client with a browser's cookies.

use reqwest::{Client, Response, redirect::Policy};
use serde_json::json;

use crate::house::{APP_ID, House, settings};

struct Phone<'a> {
    house: &'a House,
    http: Client,
}

impl<'a> Phone<'a> {
    fn of(house: &'a House) -> Self {
        let http = Client::builder().cookie_store(true).redirect(Policy::limited(10)).no_proxy().build().unwrap();
        Self { house, http }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.house.sandbox.wallet_addr)
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(self.url(path)).send().await.unwrap()
    }

    async fn open(&self, link: &str) -> Response {
        self.http.get(self.url("/~wallet/open")).query(&[("url", link)]).send().await.unwrap()
    }

    async fn sign_in(&self, user_id: &str) {
        let url = format!("http://{}/wallet/api/account", self.house.sandbox.addr);
        let response = self.http.post(url).json(&json!({"user_id": user_id})).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn a_merchants_page_opens_as_in_the_app_with_the_bridge_in_it() {
    let house = House::open().await;
    let phone = Phone::of(&house);
    let response = phone.open(&house.shop.url("/p/1")).await;
    assert_eq!(response.url().path(), "/p/1");
    assert!(!response.headers().contains_key("x-frame-options"));
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(!policy.contains("frame-ancestors") && policy.contains("/~wallet/bridge.js"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(page.contains("AlipayClient/10.8.30.6000 Language/zh-Hans"), "{page}");
    assert!(page.contains("<head><script src=\"/~wallet/bridge.js\"></script>"), "{page}");
    assert!(phone.get("/~wallet/bridge.js").await.text().await.unwrap().contains("AlipayJSBridgeReady"));
    house.close().await;
}

#[tokio::test]
async fn merchant_cookies_stay_on_the_phone_of_their_account() {
    let house = House::open().await;
    let phone = Phone::of(&house);
    let page = phone.open(&house.shop.url("/login")).await;
    assert!(page.headers().get("set-cookie").is_none(), "the browser never sees it");
    assert!(page.text().await.unwrap().contains("<i>ride=abc</i>"), "kept across the redirect");
    phone.sign_in("2088102150477660").await;
    assert!(phone.get("/p/1").await.text().await.unwrap().contains("<i></i>"), "another phone");
    house.close().await;
}

#[tokio::test]
async fn an_authorisation_in_the_phone_comes_back_into_the_phone() {
    let house = House::open().await;
    let phone = Phone::of(&house);
    phone.open(&house.shop.url("/p/1")).await;
    phone.sign_in("2088102150477660").await;
    let query = [
        ("app_id", APP_ID.to_owned()),
        ("scope", "auth_base".to_owned()),
        ("redirect_uri", house.shop.url("/p/1?back=1")),
    ];
    let authorize = url::Url::parse_with_params(&house.sandbox.authorize_url(), query.clone()).unwrap();
    let landed = phone.http.get(phone.url("/away")).query(&[("to", authorize.as_str())]).send().await.unwrap();
    assert_eq!(landed.url().port(), Some(house.sandbox.wallet_addr.port()), "{}", landed.url());
    assert_eq!(landed.url().path(), "/p/1");
    assert!(landed.url().query().unwrap().contains("auth_code="));
    assert!(landed.text().await.unwrap().contains("AlipayClient"));

    let by_script = phone.http.get(authorize).header("referer", phone.url("/")).send().await.unwrap();
    assert_eq!(by_script.url().port(), Some(house.sandbox.wallet_addr.port()));
    assert!(by_script.text().await.unwrap().contains("AlipayClient"));
    house.close().await;
}

#[tokio::test]
async fn posts_reach_the_merchant_as_from_its_own_page() {
    let house = House::open().await;
    let phone = Phone::of(&house);
    phone.open(&house.shop.url("/p/1")).await;
    let request = phone.http.post(phone.url("/echo")).header("origin", phone.url("")).json(&json!({"a": 1}));
    let body = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(body, format!("{} application/json {{\"a\":1}}", house.shop.url("")));
    house.close().await;
}

#[tokio::test]
async fn server_sent_events_arrive_while_the_connection_stays_open() {
    let house = House::open().await;
    let phone = Phone::of(&house);
    phone.open(&house.shop.url("/p/1")).await;
    let mut events = phone.get("/events").await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert_eq!(events.chunk().await.unwrap().unwrap().as_ref(), b"data: live\n\n");
    drop(events);
    house.close().await;
}

#[tokio::test]
async fn the_phone_opens_this_machine_only_unless_told_otherwise() {
    let mut settings = settings();
    settings.wallet_hosts = vec!["pay.taxi.invalid".into()];
    let house = House::open_with(settings).await;
    let phone = Phone::of(&house);
    for link in
        ["http://198.51.100.7/", "http://example.org/", "file:///etc/passwd", "http://user@127.0.0.1/", &phone.url("/")]
    {
        assert_eq!(phone.open(link).await.status(), 403, "{link}");
    }
    let page = phone.open("http://pay.taxi.invalid/").await;
    assert_eq!(page.status(), 502, "allowed, though nobody answers there");
    assert!(page.text().await.unwrap().contains("网页打不开"));
    assert_eq!(Phone::of(&house).get("/p/1").await.status(), 404, "nothing is open on a new phone");
    house.close().await;
}

#[tokio::test]
async fn the_wallet_page_has_what_a_browser_test_looks_for() {
    let house = House::open().await;
    let phone = Phone::of(&house);
    let page = phone.http.get(house.sandbox.wallet_url()).send().await.unwrap().text().await.unwrap();
    for id in ["scan", "open", "cashier", "merchant", "amount", "pin", "pay", "cancel", "phone"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let session = format!("http://{}/wallet/api/session", house.sandbox.addr);
    let session: serde_json::Value = phone.http.get(session).send().await.unwrap().json().await.unwrap();
    assert_eq!(session["user_id"], "2088102150477652");
    assert_eq!(session["phone_port"], house.sandbox.wallet_addr.port());
    house.close().await;
}
