//! The sandbox as a test sees it: arm a fault, look at trades and notices, play the wallet's cashier.

use serde_json::{Value, json};

use crate::patience::until;

/// A control line to a running sandbox.
#[derive(Clone, Debug)]
pub struct Alipay {
    base: String,
    http: reqwest::Client,
}

impl Alipay {
    /// The sandbox whose gateway is at `gateway_url`.
    #[must_use]
    pub fn at(gateway_url: &str) -> Self {
        let base = gateway_url.trim_end_matches("/gateway.do").to_owned();
        Self { base, http: reqwest::Client::new() }
    }

    /// Arms a fault: `{"fault": "notify_never"}`, see the sandbox's menu.
    pub async fn arm(&self, fault: Value) {
        let answer = self.http.post(format!("{}/sandbox/faults", self.base)).json(&fault).send().await.unwrap();
        assert!(answer.status().is_success(), "{fault} was not armed: {}", answer.text().await.unwrap());
    }

    /// Everything the sandbox knows.
    pub async fn state(&self) -> Value {
        self.http.get(format!("{}/sandbox/state", self.base)).send().await.unwrap().json().await.unwrap()
    }

    /// The trades with their states.
    pub async fn trades(&self) -> Vec<Value> {
        self.state().await["trades"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until the trade with our number has a status.
    pub async fn until_trade_is(&self, out_trade_no: &str, status: &str) -> Value {
        until(&format!("Alipay's trade {out_trade_no} is {status}"), || async {
            let trades = self.trades().await;
            trades.into_iter().find(|trade| trade["out_trade_no"] == out_trade_no && trade["status"] == status)
        })
        .await
    }

    /// Pays in the wallet, as the cashier does. Answers with what tradePay returns.
    pub async fn pay(&self, trade_no: &str, buyer: &str) -> Value {
        let body = json!({ "trade_no": trade_no, "buyer_id": buyer, "pin": alipay_sandbox::settings::TEST_PIN });
        let sent = self.http.post(format!("{}/wallet/api/pay", self.base)).json(&body).send().await.unwrap();
        sent.json().await.unwrap()
    }
}
