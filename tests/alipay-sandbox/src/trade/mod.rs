//! The trade: Alipay's state machine for one order, pure.
//!
//! The gateways, the cashier and a simulation drive it through [`TradeBook`]; time is always a
//! parameter. Nothing in this folder may do I/O, read a clock or know a wire format.

mod book;
mod life;
#[cfg(test)]
mod table;

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

pub use book::{Action, Cancelled, Created, TradeBook};
pub use life::Life;

use crate::amount::Amount;

/// Where a trade stands, in Alipay's words (alipay.md §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TradeStatus {
    /// Created, not paid.
    WaitBuyerPay,
    /// Paid and refundable.
    TradeSuccess,
    /// Timed out unpaid, cancelled, or fully refunded.
    TradeClosed,
    /// Paid and no longer refundable.
    TradeFinished,
}

impl TradeStatus {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::WaitBuyerPay => "WAIT_BUYER_PAY",
            Self::TradeSuccess => "TRADE_SUCCESS",
            Self::TradeClosed => "TRADE_CLOSED",
            Self::TradeFinished => "TRADE_FINISHED",
        }
    }
}

/// What an order says about the deal; a repeated create must say the same (`CONTEXT_INCONSISTENT`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Shown to the payer.
    pub subject: String,
    /// `total_fee` in `trans_currency`.
    pub amount: Amount,
    /// `currency`: what the contract settles in.
    pub settle_currency: String,
    /// The merchant's PID.
    pub seller_id: String,
    /// Longer text, echoed in notices.
    pub body: String,
    /// `passback_parameters`, returned as `extra_common_param`.
    pub passback: String,
    /// `secondary_merchant_name`, or the merchant's own name: what the cashier shows.
    pub payee: String,
    /// `extend_params` as received.
    pub extend_params: String,
}

/// Where and how notices of a trade are sent; may differ between repeats of one create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyTo {
    /// The address, or empty for none.
    pub url: String,
    /// The charset of the order, as declared.
    pub charset: String,
    /// The signature type of the order, as declared.
    pub sign_type: String,
}

/// An order as create brings it.
#[derive(Clone, Debug)]
pub struct Order {
    /// PID, 2088….
    pub partner: String,
    /// The merchant's number, unique per partner for ever.
    pub out_trade_no: String,
    /// The one account that may pay.
    pub buyer_id: String,
    /// The deal.
    pub terms: Terms,
    /// Its unpaid life.
    pub life: Life,
    /// Where notices go.
    pub notify: NotifyTo,
}

/// One trade with its history.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Alipay's number.
    pub trade_no: String,
    /// As ordered.
    pub order: Order,
    /// Where it stands.
    pub status: TradeStatus,
    /// Who paid, once somebody has; differs from the buyer only by a fault.
    pub payer_id: Option<String>,
    /// When create was accepted.
    pub created_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was closed, refunded or finished.
    pub ended_at: Option<Timestamp>,
    /// When it closes by itself if still unpaid.
    pub expires_at: Timestamp,
}

impl Trade {
    /// Closed after it was paid: a full refund, not a lapse.
    pub fn is_refunded(&self) -> bool {
        self.status == TradeStatus::TradeClosed && self.paid_at.is_some()
    }
}

/// Why a command on a trade was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The number is known with other content.
    #[error("this order number was used before with other details; use a new out_trade_no")]
    ContextInconsistent,
    /// The number is known with another buyer.
    #[error("this order belongs to another buyer; the same buyer must pay, or use a new out_trade_no")]
    TradeBuyerNotMatch,
    /// Already paid.
    #[error("this order is already paid; query it")]
    TradeHasSuccess,
    /// Already closed.
    #[error("this order is closed; use a new out_trade_no")]
    TradeHasClose,
    /// Beyond refund.
    #[error("this order is finished and can no longer be cancelled")]
    TradeHasFinished,
    /// After 00:15 of the Beijing day after payment.
    #[error("the day of payment is over; use a refund instead of a cancel")]
    TradeCancelTimeOut,
    /// No such number for this partner.
    #[error("no such trade for this partner")]
    TradeNotExist,
    /// The state does not allow the command.
    #[error("the state of this trade does not allow that")]
    ReasonIllegalStatus,
}

impl Refusal {
    /// The code on the wire (alipay.md §5, §9.2).
    pub fn code(self) -> &'static str {
        match self {
            Self::ContextInconsistent => "CONTEXT_INCONSISTENT",
            Self::TradeBuyerNotMatch => "TRADE_BUYER_NOT_MATCH",
            Self::TradeHasSuccess => "TRADE_HAS_SUCCESS",
            Self::TradeHasClose => "TRADE_HAS_CLOSE",
            Self::TradeHasFinished => "TRADE_HAS_FINISHED",
            Self::TradeCancelTimeOut => "TRADE_CANCEL_TIME_OUT",
            Self::TradeNotExist => "TRADE_NOT_EXIST",
            Self::ReasonIllegalStatus => "REASON_ILLEGAL_STATUS",
        }
    }
}
