//! Letters to the notify address: as Alipay writes them, with one thing changed, and signed with Alipay's key or another.

use alipay_global::{
    form,
    sign::{PrivateKey, SigningKey, presign},
};
use fareway_harness::{house::House, keys};
use serde_json::Value;

/// A notice about a trade of the sandbox.
pub(crate) struct Letter {
    fields: Vec<(String, Vec<u8>)>,
}

impl Letter {
    /// What Alipay would say of this trade in this state.
    pub(crate) fn about(trade: &Value, status: &str) -> Self {
        let told = |name: &str| trade[name].as_str().unwrap().to_owned().into_bytes();
        let paid = "2026-11-20 20:00:00".into();
        let fields = [
            ("notify_type", "trade_status_sync".into()),
            ("notify_id", format!("letter-{status}").into_bytes()),
            ("notify_time", "2026-11-20 20:00:01".into()),
            ("out_trade_no", told("out_trade_no")),
            ("trade_no", told("trade_no")),
            ("trade_status", status.into()),
            ("total_fee", told("amount")),
            ("currency", told("currency")),
            ("seller_id", told("partner")),
            ("buyer_id", told("buyer_id")),
            ("gmt_payment", paid),
        ];
        Self { fields: fields.map(|(name, value): (&str, Vec<u8>)| (name.to_owned(), value)).into() }
    }

    /// With one field as given.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Signed by Alipay.
    pub(crate) fn signed(self) -> String {
        self.signed_by(keys::alipay())
    }

    /// Signed by Alipay, and changed on its way.
    pub(crate) fn signed_then(mut self, name: &str, value: impl Into<Vec<u8>>) -> String {
        self.sign(keys::alipay());
        form::encode(&self.with(name, value).fields)
    }

    /// Signed by whoever holds the key.
    pub(crate) fn signed_by(mut self, key: PrivateKey) -> String {
        self.sign(key);
        form::encode(&self.fields)
    }

    fn sign(&mut self, key: PrivateKey) {
        let sign = SigningKey::Rsa2(key).sign(&presign(&self.fields, &["sign", "sign_type"])).unwrap();
        self.fields.push(("sign_type".to_owned(), b"RSA2".to_vec()));
        self.fields.push(("sign".to_owned(), sign.into_bytes()));
    }
}

/// Delivers a body to the notify address. Answers with status and word.
pub(crate) async fn delivered(house: &House, body: String) -> (u16, String) {
    let request = reqwest::Client::new().post(format!("{}/alipay/notify", house.public_url));
    let answer = request.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
