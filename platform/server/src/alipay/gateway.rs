//! The payment slice's `Gateway` and the passenger pages' `SignIn`, made true. Only explicit success is success and only
//! an explicit, signed refusal that rules out money is a refusal; everything else is unclear and asked again.

use std::collections::HashMap;

use alipay_global::{
    Http,
    amount::Amount,
    authorize::authorize_url,
    codes::{Class, Language, Reader, explain},
    mapi::{CancelAction, Found, Mapi, NoticeVerdict, Order as MapiOrder, Trade},
    notice::{self, Notice, Received},
    openapi::OpenApi,
    outcome::{Outcome, Proof},
    settings::SettingsError,
    settings::{MerchantSettings, ProviderSettings},
    trade::TradeStatus,
};
use async_trait::async_trait;
use fareway_shared::{
    id::FleetId,
    money::{Currency, Money},
    time::Timestamp,
};
use url::Url;

use crate::{
    passenger::ports::{Exchange, SignIn},
    payment::{
        model::{Observation, OutTradeNo, Paid},
        ports::{CancelAnswer, Gateway, NotBelieved, NoticeFacts, Order, Placed},
    },
};

/// One fleet's contract, ready to call.
struct Merchant {
    mapi: Mapi,
    settings: MerchantSettings,
    /// Ask Alipay about each notice as well.
    second_proof: bool,
    /// Whether notices are checked by a shared secret only, so that the second proof has weight.
    shared_secret: bool,
}

/// All fleets' contracts and the installation's app.
pub struct AlipayGateway {
    openapi: OpenApi,
    provider: ProviderSettings,
    callback: Url,
    merchants: HashMap<FleetId, Merchant>,
}

impl AlipayGateway {
    /// Joins the settings. `callback` is the address registered for the app.
    ///
    /// # Errors
    /// A setting that Alipay could not be called with.
    pub fn new(
        http: Http,
        provider: ProviderSettings,
        callback: Url,
        fleets: Vec<(FleetId, MerchantSettings, bool)>,
    ) -> Result<Self, SettingsError> {
        let openapi = OpenApi::new(http.clone(), provider.clone())?;
        let mut merchants = HashMap::new();
        for (fleet, settings, second_proof) in fleets {
            let mapi = Mapi::new(http.clone(), settings.clone())?;
            let shared_secret = matches!(settings.alipay_key, alipay_global::sign::VerifyingKey::Md5(_));
            merchants.insert(fleet, Merchant { mapi, settings, second_proof, shared_secret });
        }
        Ok(Self { openapi, provider, callback, merchants })
    }

    fn merchant(&self, fleet: FleetId) -> Option<&Merchant> {
        let merchant = self.merchants.get(&fleet);
        if merchant.is_none() {
            tracing::error!(fleet.id = %fleet, "a fleet has rows but no [[fleet]] block in the settings");
        }
        merchant
    }
}

/// Our instant in Alipay's crate's type.
fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn timestamp(at: jiff::Timestamp) -> Timestamp {
    Timestamp(at.as_microsecond())
}

fn amount(money: Money) -> Option<Amount> {
    Amount::new(money.minor, money.currency.code().parse().ok()?).ok()
}

#[async_trait]
impl SignIn for AlipayGateway {
    fn authorise_url(&self, state: &str) -> String {
        authorize_url(&self.provider, &self.callback, state).to_string()
    }

    async fn exchange(&self, auth_code: &str, now: Timestamp) -> Exchange {
        match self.openapi.exchange_code(auth_code, instant(now)).await {
            Ok(Outcome::Success(token)) => Exchange::User(token.user_id),
            Ok(Outcome::Refused(refusal)) if refusal.class == Class::Payer => Exchange::CodeRefused,
            Ok(Outcome::Refused(refusal)) => {
                tracing::error!(refusal.code = %refusal.code, "Alipay refuses our app; check [alipay]");
                Exchange::Unknown
            }
            Ok(Outcome::Unknown(reason)) => {
                tracing::warn!(%reason, "the exchange of an authorisation code has no clear answer");
                Exchange::Unknown
            }
            Err(error) => {
                tracing::warn!(%error, "a callback carried a code that cannot be one");
                Exchange::CodeRefused
            }
        }
    }
}

#[async_trait]
impl Gateway for AlipayGateway {
    async fn place(&self, order: &Order, now: Timestamp) -> Placed {
        let Some((merchant, amount)) = self.merchant(order.fleet).zip(amount(order.amount)) else {
            return Placed::Unclear;
        };
        let terminal = order.vehicle.0.simple().to_string();
        let wire = MapiOrder {
            out_trade_no: &order.out_trade_no.0,
            subject: &order.subject,
            amount,
            buyer_id: &order.buyer,
            terminal_id: Some(&terminal),
        };
        match merchant.mapi.create(&wire, instant(now)).await {
            Ok(Outcome::Success(created)) => Placed::Ready { trade_no: created.trade_no },
            // A refusal that speaks of an existing order (paid, closed, other buyer) is for a query to decide.
            Ok(Outcome::Refused(refusal)) if refusal.proof == Proof::Signed && !refusal.rules_out_payment() => {
                Placed::Unclear
            }
            Ok(Outcome::Refused(refusal)) => Placed::Refused {
                zh: explain(&refusal.code, Reader::Passenger, Language::Zh),
                en: explain(&refusal.code, Reader::Passenger, Language::En),
                signed: refusal.proof == Proof::Signed,
                code: refusal.code,
            },
            Ok(Outcome::Unknown(reason)) => {
                tracing::warn!(order.number = %order.out_trade_no, %reason, "placing an order has no clear answer");
                Placed::Unclear
            }
            Err(error) => {
                tracing::error!(order.number = %order.out_trade_no, %error, "an order cannot be sent");
                Placed::Refused {
                    code: "NOT_SENT".to_owned(),
                    zh: "暂时无法使用支付宝付款，请用其他方式付款。".to_owned(),
                    en: "Alipay cannot be used for this bill; please pay another way.".to_owned(),
                    signed: true,
                }
            }
        }
    }

    async fn query(&self, fleet: FleetId, order: &OutTradeNo, expected: Money, _now: Timestamp) -> Observation {
        let Some(merchant) = self.merchant(fleet) else { return Observation::Unclear };
        match merchant.mapi.query(&order.0).await {
            Ok(Outcome::Success(Found::Nothing)) => Observation::NotFound,
            Ok(Outcome::Success(Found::Trade(trade))) => observed(&trade, expected),
            Ok(Outcome::Refused(refusal)) => {
                tracing::warn!(order.number = %order, refusal.code = %refusal.code, "a query was refused");
                Observation::Unclear
            }
            Ok(Outcome::Unknown(reason)) => {
                tracing::info!(order.number = %order, %reason, "a query has no clear answer");
                Observation::Unclear
            }
            Err(error) => {
                tracing::error!(order.number = %order, %error, "a query cannot be sent");
                Observation::Unclear
            }
        }
    }

    async fn cancel(&self, fleet: FleetId, order: &OutTradeNo, now: Timestamp) -> CancelAnswer {
        let Some(merchant) = self.merchant(fleet) else { return CancelAnswer::Again };
        match merchant.mapi.cancel(&order.0, instant(now)).await {
            Ok(Outcome::Success(cancelled)) => match cancelled.action {
                CancelAction::Close => CancelAnswer::Closed,
                CancelAction::Refund => CancelAnswer::Refunded,
                CancelAction::Unsaid | CancelAction::Other(_) => CancelAnswer::DoneUnclear,
            },
            Ok(Outcome::Refused(refusal)) if refusal.proof == Proof::Signed => {
                CancelAnswer::Never { code: refusal.code }
            }
            Ok(Outcome::Refused(_) | Outcome::Unknown(_)) => CancelAnswer::Again,
            Err(error) => CancelAnswer::Never { code: error.to_string() },
        }
    }

    fn claimed_order(&self, body: &[u8]) -> Option<OutTradeNo> {
        Received::parse(body).ok()?.unverified_out_trade_no().map(|number| OutTradeNo(number.to_owned()))
    }

    fn verify_notice(&self, fleet: FleetId, body: &[u8], expected: Option<Money>) -> Result<NoticeFacts, NotBelieved> {
        let merchant = self.merchant(fleet).ok_or_else(|| NotBelieved("the fleet has no contract".to_owned()))?;
        let notice =
            notice::verify(body, &merchant.settings.alipay_key).map_err(|error| NotBelieved(error.to_string()))?;
        let currency = Currency::parse(&merchant.settings.trans_currency.to_string())
            .map_err(|error| NotBelieved(error.to_string()))?;
        let expected = expected.unwrap_or(Money::zero(currency));
        Ok(NoticeFacts {
            notify_id: notice.notify_id.clone().unwrap_or_else(|| notice.trade_no.clone()),
            out_trade_no: OutTradeNo(notice.out_trade_no.clone()),
            trade_status: notice.trade_status.word().to_owned(),
            observation: noticed(&notice, expected),
            seller_is_ours: notice.seller_id.as_ref() == Some(&merchant.settings.partner),
            complete: notice.currency.is_some() && notice.buyer_id.is_some(),
        })
    }

    async fn second_proof(&self, fleet: FleetId, notify_id: &str) -> bool {
        let Some(merchant) = self.merchants.get(&fleet).filter(|merchant| merchant.second_proof) else { return true };
        match merchant.mapi.notify_verify(notify_id).await {
            Ok(NoticeVerdict::Sent) => true,
            verdict => {
                tracing::warn!(notice.id = %notify_id, ?verdict, "Alipay did not confirm a notice that verifies");
                !merchant.shared_secret
            }
        }
    }

    fn fleets(&self) -> Vec<FleetId> {
        self.merchants.keys().copied().collect()
    }
}

/// A query's answer in our words. The amount is in the order's currency unless the answer names another.
fn observed(trade: &Trade, expected: Money) -> Observation {
    match &trade.status {
        TradeStatus::WaitBuyerPay => Observation::Waiting { trade_no: trade.trade_no.clone() },
        TradeStatus::Closed => Observation::Closed,
        TradeStatus::Success | TradeStatus::Finished | TradeStatus::Pending => {
            let amount = told(trade.currency.as_deref(), trade.trans_amount.as_deref(), expected);
            match (amount, &trade.trade_no) {
                (Some(amount), Some(trade_no)) => Observation::Paid(Paid {
                    trade_no: trade_no.clone(),
                    buyer: trade.buyer_user_id.clone(),
                    amount,
                    paid_at: trade.paid_at.map(timestamp),
                }),
                _ => Observation::Unclear,
            }
        }
        TradeStatus::Other(word) => {
            tracing::warn!(trade.status = %word, "a query names a state that is not known");
            Observation::Unclear
        }
    }
}

fn noticed(notice: &Notice, expected: Money) -> Observation {
    observed(
        &Trade {
            status: notice.trade_status.clone(),
            trade_no: Some(notice.trade_no.clone()),
            trans_amount: notice.total_fee.clone(),
            currency: notice.currency.clone(),
            buyer_user_id: notice.buyer_id.clone(),
            paid_at: notice.gmt_payment.or(notice.notify_time),
        },
        expected,
    )
}

/// The amount as told; an unreadable one is no amount. A currency that we do not know cannot be the order's.
fn told(currency: Option<&str>, amount: Option<&str>, expected: Money) -> Option<Money> {
    let currency = match currency {
        Some(code) => Currency::parse(code).ok()?,
        None => expected.currency,
    };
    Money::parse(amount?, currency).ok()
}
