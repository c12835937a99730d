//! `alipay.acquire.cancel`: ends an order, giving the money back if it was paid (alipay.md §9.2).
//!
//! Works until a quarter past midnight after the payment, see [`cancel_window_ends_at`](beijing::cancel_window_ends_at).

use jiff::Timestamp;

use super::request::RequestError;
use super::{Fields, Mapi};
use crate::beijing;
use crate::outcome::{Outcome, UnknownReason};
use crate::settings::CancelTimestamp;

/// A cancel that worked: whoever pays this order now cannot, and whoever had paid gets the money back. An order number
/// that Alipay does not know is cancelled with success, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    /// What it did.
    pub action: CancelAction,
    /// Alipay's number, where there was an order.
    pub trade_no: Option<String>,
}

/// What a cancel did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelAction {
    /// The order was unpaid and is closed.
    Close,
    /// The order was paid and the money goes back in full.
    Refund,
    /// Not said; published answers lack it. A query tells.
    Unsaid,
    /// A word that is not known.
    Other(String),
}

impl Mapi {
    /// Cancels the order with our number. Repeat it as it is, a bounded number of times, while the outcome is unknown;
    /// a refusal is for a person to look at.
    ///
    /// # Errors
    /// [`RequestError`] where the number cannot be sent.
    pub async fn cancel(&self, out_trade_no: &str, at: Timestamp) -> Result<Outcome<Cancelled>, RequestError> {
        let mut params = vec![("out_trade_no", out_trade_no.to_owned())];
        match self.merchant.cancel_timestamp {
            CancelTimestamp::EpochMillis => params.push(("timestamp", at.as_millisecond().to_string())),
            CancelTimestamp::BeijingText => params.push(("timestamp", beijing::text(at))),
            CancelTimestamp::Omitted => {}
        }
        let outcome = self.call("alipay.acquire.cancel", out_trade_no, &params).await?;
        Ok(outcome.and_then(|fields| cancelled(&fields)))
    }
}

fn cancelled(fields: &Fields) -> Outcome<Cancelled> {
    if fields.get("retry_flag") == Some("Y") {
        return Outcome::Unknown(UnknownReason::RepeatAsked("SUCCESS".to_owned()));
    }
    let action = match fields.get("action") {
        Some("close") => CancelAction::Close,
        Some("refund") => CancelAction::Refund,
        Some(other) => CancelAction::Other(other.to_owned()),
        None => CancelAction::Unsaid,
    };
    Outcome::Success(Cancelled { action, trade_no: fields.owned("trade_no") })
}
