//! A sandbox and a shop that are strangers but for the keys they exchanged.

use std::{sync::OnceLock, time::Duration};

use alipay_global::{
    form,
    sign::{Md5Key, PrivateKey, SignType, SigningKey, VerifyingKey, presign},
};
use alipay_sandbox::{
    Running, beijing,
    settings::{App, FIRST_USER, Merchant, Settings, TEST_PIN},
    start,
};
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};

use crate::shop::{Notice, Shop};

pub(crate) const PARTNER: &str = "2088101122136241";
pub(crate) const APP_ID: &str = "2021000000000000";
pub(crate) const MD5_KEY: &str = "abcdefghijklmnopqrstuvwxyz123456";

pub(crate) fn alipay_key() -> PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate().unwrap()).clone()
}

pub(crate) fn merchant_key() -> PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate().unwrap()).clone()
}

pub(crate) fn settings() -> Settings {
    let public_key = merchant_key().public_key().unwrap();
    let app = App { app_id: APP_ID.into(), public_key: public_key.clone(), callbacks: vec![] };
    let merchant = Merchant {
        partner: PARTNER.into(),
        name: "Harbour Taxi".into(),
        md5_key: Some(Md5Key::parse(MD5_KEY).unwrap()),
        public_key: Some(public_key),
        sign_types: vec![],
    };
    let mut settings = Settings::new(alipay_key(), app, merchant);
    settings.resend = vec![Duration::from_millis(20); 7];
    settings
}

pub(crate) struct House {
    pub(crate) sandbox: Running,
    pub(crate) shop: Shop,
    pub(crate) http: Client,
}

/// An answer of mapi, taken apart.
pub(crate) struct Answer {
    pub(crate) content_type: String,
    pub(crate) body: String,
}

pub(crate) type Params = Vec<(String, String)>;

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_with(settings()).await
    }

    pub(crate) async fn open_with(settings: Settings) -> Self {
        let sandbox = start(settings).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { sandbox, shop: Shop::open(), http }
    }

    pub(crate) async fn close(self) {
        self.sandbox.stop().await;
        self.shop.close().await;
    }

    /// A complete and correct create.
    pub(crate) fn order(&self, number: &str) -> Params {
        let block = json!({
            "secondary_merchant_id": "fleet1", "secondary_merchant_name": "Star Taxi",
            "secondary_merchant_industry": "4121", "store_id": "depot1", "terminal_id": "B12345",
        });
        pairs(&[
            ("service", "alipay.acquire.create"),
            ("partner", PARTNER),
            ("_input_charset", "UTF-8"),
            ("notify_url", &self.shop.url("/notify")),
            ("timestamp", &beijing::text(jiff::Timestamp::now())),
            ("out_trade_no", number),
            ("subject", "出租车 Taxi 1"),
            ("product_code", "OVERSEAS_MBARCODE_PAY"),
            ("total_fee", "38.50"),
            ("currency", "HKD"),
            ("trans_currency", "HKD"),
            ("buyer_id", FIRST_USER),
            ("seller_id", PARTNER),
            ("extend_params", &block.to_string()),
            ("it_b_pay", "30m"),
            ("passback_parameters", "k=v&x"),
        ])
    }

    pub(crate) async fn create(&self, number: &str) -> Answer {
        self.mapi(self.order(number)).await
    }

    /// Creates an order and returns Alipay's number.
    pub(crate) async fn placed(&self, number: &str) -> String {
        let answer = self.create(number).await;
        assert_eq!(answer.get("result_code"), "SUCCESS", "{}", answer.body);
        answer.get("trade_no")
    }

    pub(crate) async fn query(&self, number: &str) -> Answer {
        self.mapi(pairs(&[
            ("service", "alipay.acquire.overseas.query"),
            ("partner", PARTNER),
            ("_input_charset", "UTF-8"),
            ("partner_trans_id", number),
        ]))
        .await
    }

    pub(crate) fn cancellation(&self, number: &str) -> Params {
        pairs(&[
            ("service", "alipay.acquire.cancel"),
            ("partner", PARTNER),
            ("_input_charset", "UTF-8"),
            ("timestamp", "1456507704121"),
            ("out_trade_no", number),
        ])
    }

    pub(crate) async fn cancel(&self, number: &str) -> Answer {
        self.mapi(self.cancellation(number)).await
    }

    /// Signs with RSA2 and asks by GET, everything in the query.
    pub(crate) async fn mapi(&self, params: Params) -> Answer {
        self.send(&signed(params, &SigningKey::Rsa2(merchant_key()))).await
    }

    /// Sends parameters as they are.
    pub(crate) async fn send(&self, params: &Params) -> Answer {
        let query: Vec<_> = params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = format!("{}?{}", self.sandbox.gateway_url(), form::encode(&query));
        let response = self.http.get(url).send().await.unwrap();
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        Answer { content_type, body: response.text().await.unwrap() }
    }

    pub(crate) async fn pay(&self, trade_no: &str) -> Value {
        self.pay_as(trade_no, FIRST_USER, TEST_PIN).await
    }

    pub(crate) async fn pay_as(&self, trade_no: &str, buyer_id: &str, pin: &str) -> Value {
        let body = json!({"trade_no": trade_no, "buyer_id": buyer_id, "pin": pin});
        self.post("/wallet/api/pay", &body).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("http://{}{path}", self.sandbox.addr);
        let response = self.http.post(url).json(body).send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default()
    }

    pub(crate) async fn arm(&self, fault: Value) {
        let url = format!("http://{}/sandbox/faults", self.sandbox.addr);
        let response = self.http.post(url).json(&fault).send().await.unwrap();
        assert_eq!(response.status(), 204, "{fault}");
    }

    pub(crate) async fn state(&self) -> Value {
        let url = format!("http://{}/sandbox/state", self.sandbox.addr);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Asks for the state until it is as wanted; the sandbox settles within moments.
    pub(crate) async fn state_when(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..10_000 {
            let state = self.state().await;
            if wanted(&state) {
                return state;
            }
            tokio::task::yield_now().await;
        }
        panic!("the state never became as wanted: {}", self.state().await);
    }
}

impl Answer {
    /// The text of the first element of this name after the echoed request.
    pub(crate) fn get(&self, name: &str) -> String {
        let tail = self.body.split_once("</request>").map_or(self.body.as_str(), |(_, tail)| tail);
        let start = tail.split_once(&format!("<{name}>"));
        start.and_then(|(_, tail)| tail.split_once('<')).map_or(String::new(), |(text, _)| unescape(text))
    }

    /// Whether the answer is signed by Alipay's key over the children of `response/alipay`.
    pub(crate) fn is_signed(&self) -> bool {
        let key = match self.get("sign_type").parse().unwrap_or(SignType::Rsa2) {
            SignType::Md5 => VerifyingKey::Md5(Md5Key::parse(MD5_KEY).unwrap()),
            SignType::Rsa => VerifyingKey::Rsa(alipay_key().public_key().unwrap()),
            SignType::Rsa2 => VerifyingKey::Rsa2(alipay_key().public_key().unwrap()),
        };
        let Some((_, rest)) = self.body.split_once("<response><alipay>") else {
            return false;
        };
        let mut children = rest.split_once("</alipay>").unwrap().0;
        let mut fields = Vec::new();
        while let Some((name, tail)) = children.strip_prefix('<').and_then(|tail| tail.split_once('>')) {
            let (value, tail) = tail.split_once(&format!("</{name}>")).unwrap();
            fields.push((name.to_owned(), unescape(value)));
            children = tail;
        }
        key.verify(&presign(&fields, &[]), self.get("sign").as_bytes()).is_ok()
    }
}

/// Whether Alipay signed this notice, `sign_type` left out.
pub(crate) fn is_signed(notice: &Notice) -> bool {
    let key = VerifyingKey::Rsa2(alipay_key().public_key().unwrap());
    let message = presign(notice.form.params(), &["sign", "sign_type"]);
    key.verify(&message, notice.form.get("sign").unwrap()).is_ok()
}

pub(crate) fn pairs(list: &[(&str, &str)]) -> Params {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn set(params: &mut Params, name: &str, value: &str) {
    params.retain(|(known, _)| known != name);
    params.push((name.to_owned(), value.to_owned()));
}

pub(crate) fn without(mut params: Params, name: &str) -> Params {
    params.retain(|(known, _)| known != name);
    params
}

/// Adds `sign` and `sign_type` as mapi wants them.
pub(crate) fn signed(mut params: Params, key: &SigningKey) -> Params {
    let sign = key.sign(&presign(&params, &["sign", "sign_type"])).unwrap();
    params.push(("sign".into(), sign));
    params.push(("sign_type".into(), key.sign_type().name().into()));
    params
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
