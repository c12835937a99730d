//! `alipay.acquire.overseas.query`: asks what became of an order (alipay.md §9.1).

use jiff::Timestamp;

use super::request::RequestError;
use super::{Fields, Mapi};
use crate::amount::{Amount, AmountError, Currency};
use crate::beijing;
use crate::codes;
use crate::outcome::{Outcome, Proof, UnknownReason};
use crate::trade::TradeStatus;

/// What a query that worked found. That it worked does not mean paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An order of this number, in this state.
    Trade(Trade),
    /// No order of this number, signed by Alipay. For a request sent a moment ago it may still appear, and a repeated
    /// answer about another number looks the same: cancel before giving the number up.
    Nothing,
}

/// An order as Alipay sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// Its state.
    pub status: TradeStatus,
    /// Alipay's number.
    pub trade_no: Option<String>,
    /// The amount as text.
    pub trans_amount: Option<String>,
    /// The currency, where it is named.
    pub currency: Option<String>,
    /// Who paid.
    pub buyer_user_id: Option<String>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

impl Trade {
    /// `trans_amount` as an amount of `currency`.
    ///
    /// # Errors
    /// [`AmountError::NotDecimal`] also where there is none.
    pub fn amount(&self, currency: Currency) -> Result<Amount, AmountError> {
        Amount::parse(self.trans_amount.as_deref().unwrap_or_default(), currency)
    }
}

impl Mapi {
    /// Asks for the order with our number. May be repeated freely.
    ///
    /// # Errors
    /// [`RequestError`] where the number cannot be sent.
    pub async fn query(&self, out_trade_no: &str) -> Result<Outcome<Found>, RequestError> {
        let params = [("partner_trans_id", out_trade_no.to_owned())];
        Ok(match self.call("alipay.acquire.overseas.query", out_trade_no, &params).await? {
            Outcome::Refused(refusal) if refusal.proof == Proof::Signed && codes::is_not_found(&refusal.code) => {
                Outcome::Success(Found::Nothing)
            }
            outcome => outcome.and_then(|fields| found(&fields)),
        })
    }
}

fn found(fields: &Fields) -> Outcome<Found> {
    let Some(status) = fields.get("alipay_trans_status").or_else(|| fields.get("trade_status")) else {
        return Outcome::Unknown(UnknownReason::Incomplete("alipay_trans_status"));
    };
    Outcome::Success(Found::Trade(Trade {
        status: TradeStatus::read(status),
        trade_no: fields.owned("alipay_trans_id").or_else(|| fields.owned("trade_no")),
        trans_amount: fields.owned("trans_amount"),
        currency: fields.owned("currency"),
        buyer_user_id: fields.owned("alipay_buyer_user_id"),
        paid_at: fields.get("alipay_pay_time").and_then(beijing::parse_compact),
    }))
}
