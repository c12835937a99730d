//! A phone with the Alipay app: follows a scanned link through the authorisation to the page, presses its buttons, pays
//! in the wallet. It speaks HTTP as the in-app browser does; the real pages in a real browser have a test of their own.

use std::{collections::HashSet, time::Duration};

use serde_json::{Value, json};

use crate::{alipay::Alipay, patience::until};

const WALLET: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Mobile/15E148 AliApp(AP/10.8.30.6000) AlipayClient/10.8.30.6000 Language/zh-Hans";

/// One phone.
#[derive(Clone, Debug)]
pub struct Passenger {
    /// The Alipay user id.
    pub user: String,
    http: reqwest::Client,
    alipay: Alipay,
    public_url: String,
}

/// A page that is open on the phone.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its token.
    pub token: String,
    /// Its address.
    pub url: String,
}

impl Passenger {
    /// A phone of the sandbox's user `user`.
    pub async fn with_phone(user: &str, alipay: &Alipay, authorize_url: &str, public_url: &str) -> Self {
        let http = reqwest::Client::builder().cookie_store(true).user_agent(WALLET).build().unwrap();
        let sandbox = authorize_url.split("/oauth2").next().unwrap();
        let account = http.post(format!("{sandbox}/wallet/api/account")).json(&json!({ "user_id": user })).send().await;
        let account = account.unwrap();
        assert!(account.status().is_success(), "the wallet has no account {user}: {}", account.text().await.unwrap());
        Self { user: user.to_owned(), http, alipay: alipay.clone(), public_url: public_url.to_owned() }
    }

    /// Opens a link and follows every redirect. Answers with status, final address and body.
    pub async fn opens(&self, link: &str) -> (u16, String, String) {
        self.tries(link).await.unwrap()
    }

    /// Opens a link; an error if the connection broke on the way.
    pub async fn tries(&self, link: &str) -> Result<(u16, String, String), reqwest::Error> {
        let answer = self.http.get(link).send().await?;
        let (status, url) = (answer.status().as_u16(), answer.url().to_string());
        Ok((status, url, answer.text().await?))
    }

    /// Scans a code and arrives at the page.
    pub async fn scans(&self, link: &str) -> Page {
        let (status, url, body) = self.opens(link).await;
        page_at(&url).unwrap_or_else(|| panic!("{link} led to {url} ({status}): {body}"))
    }

    /// What the page shows.
    pub async fn sees(&self, page: &Page) -> Value {
        let address = format!("{}/p/api/state?token={}", self.public_url, page.token);
        let answer = self.http.get(address).send().await.unwrap();
        let text = answer.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("the page's state is {text}"))
    }

    /// Waits until the page shows a view, and hands out its state.
    pub async fn until_sees(&self, page: &Page, view: &str) -> Value {
        until(&format!("the page shows {view}"), || async {
            let state = self.sees(page).await;
            (state["view"] == view).then_some(state)
        })
        .await
    }

    /// Presses a button of the page.
    pub async fn presses(&self, page: &Page, call: &str, body: Value) -> Value {
        self.tries_to_press(page, call, body).await.unwrap()
    }

    /// Presses a button of the page; an error if the connection broke on the way.
    pub async fn tries_to_press(&self, page: &Page, call: &str, mut body: Value) -> Result<Value, reqwest::Error> {
        body["token"] = json!(page.token);
        let request = self.http.post(format!("{}/p/api/{call}", self.public_url));
        let request = request.header("Origin", &self.public_url).header("Sec-Fetch-Site", "same-origin");
        let text = request.json(&body).send().await?.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or_else(|_| if text.is_empty() { Value::Null } else { json!(text) }))
    }

    /// Presses "pay" and gets Alipay's number for the wallet.
    pub async fn presses_pay(&self, page: &Page) -> String {
        let answer = self.presses(page, "pay", json!({})).await;
        answer["trade_no"].as_str().unwrap_or_else(|| panic!("no order was placed: {answer}")).to_owned()
    }

    /// Confirms in the wallet with the PIN, as the cashier does.
    pub async fn confirms(&self, trade_no: &str) -> Value {
        self.alipay.pay(trade_no, &self.user).await
    }

    /// The whole of it: scan, pay, confirm, and back at the page.
    pub async fn pays(&self, link: &str) -> Page {
        let page = self.scans(link).await;
        let trade_no = self.presses_pay(&page).await;
        let outcome = self.confirms(&trade_no).await;
        assert_eq!(outcome["resultCode"], "9000", "{outcome}");
        page
    }

    /// Pays as a person does whose page keeps failing: scans again, presses again, but confirms a trade only once. Ends
    /// when the page says that the bill is paid.
    pub async fn insists(&self, link: &str) {
        let mut confirmed = HashSet::new();
        let mut ticks = tokio::time::interval(Duration::from_millis(40));
        let paid = async {
            loop {
                ticks.tick().await;
                let Ok((_, url, _)) = self.tries(link).await else { continue };
                let Some(page) = page_at(&url) else { continue };
                let Ok(answer) = self.tries_to_press(&page, "pay", json!({})).await else { continue };
                if answer["state"]["view"] == "paid" {
                    return;
                }
                let Some(trade_no) = answer["trade_no"].as_str().filter(|trade_no| !confirmed.contains(*trade_no))
                else {
                    continue;
                };
                if self.confirms(trade_no).await["resultCode"] == "9000" {
                    confirmed.insert(trade_no.to_owned());
                }
            }
        };
        let limit = crate::patience::LIMIT.saturating_mul(2);
        tokio::time::timeout(limit, paid).await.unwrap_or_else(|_| panic!("{link} could not be paid in {limit:?}"));
    }
}

fn page_at(url: &str) -> Option<Page> {
    url.split("/p/page/").nth(1).map(|token| Page { token: token.to_owned(), url: url.to_owned() })
}
