//! A genuine notice, read into words. Made by `received` alone, so that a [`Notice`] is always verified.

use std::fmt;

use jiff::Timestamp;

use super::NoticeError;
use crate::amount::{Amount, AmountError, Currency};
use crate::beijing;
use crate::charset::Charset;
use crate::form::Form;
use crate::trade::TradeStatus;

/// A genuine notice. Genuine is not yet ours: see [`Notice::check`].
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// Our order number.
    pub out_trade_no: String,
    /// Alipay's order number.
    pub trade_no: String,
    /// What became of the order.
    pub trade_status: TradeStatus,
    /// The amount of the order as text, in the pricing currency.
    pub total_fee: Option<String>,
    /// The currency, where it is named.
    pub currency: Option<String>,
    /// Who receives: the PID.
    pub seller_id: Option<String>,
    /// Who pays.
    pub buyer_id: Option<String>,
    /// The number of this notice, the same on every resend.
    pub notify_id: Option<String>,
    /// When this notice was sent.
    pub notify_time: Option<Timestamp>,
    /// When the order was paid.
    pub gmt_payment: Option<Timestamp>,
    /// When the order was closed.
    pub gmt_close: Option<Timestamp>,
    /// The refunded amount as text, in notices about refunds.
    pub refund_fee: Option<String>,
    params: Vec<(String, String)>,
}

impl Notice {
    pub(super) fn read(form: &Form) -> Result<Self, NoticeError> {
        let charset = ["charset", "_input_charset"]
            .iter()
            .find_map(|name| std::str::from_utf8(form.get(name)?).ok()?.parse().ok())
            .unwrap_or(Charset::Utf8);
        let params: Vec<(String, String)> = form
            .params()
            .iter()
            .filter(|(name, value)| name != b"sign" && name != b"sign_type" && !value.is_empty())
            .map(|(name, value)| (charset.decode_or_gbk(name), charset.decode_or_gbk(value)))
            .collect();
        let get = |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let need = |name: &'static str| get(name).ok_or(NoticeError::NotAPayment(name));
        let time = |name: &str| get(name).and_then(|text| beijing::parse(&text));
        Ok(Self {
            out_trade_no: need("out_trade_no")?,
            trade_no: need("trade_no")?,
            trade_status: TradeStatus::read(&need("trade_status")?),
            total_fee: get("total_fee").or_else(|| get("total_amount")),
            currency: get("currency"),
            seller_id: get("seller_id"),
            buyer_id: get("buyer_id"),
            notify_id: get("notify_id"),
            notify_time: time("notify_time"),
            gmt_payment: time("gmt_payment"),
            gmt_close: time("gmt_close"),
            refund_fee: get("refund_fee"),
            params,
        })
    }

    /// Any signed parameter by name, also those that have no field here.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All signed parameters in the order of arrival.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// `total_fee` as an amount of `currency`.
    ///
    /// # Errors
    /// [`AmountError::NotDecimal`] also where there is none.
    pub fn amount(&self, currency: Currency) -> Result<Amount, AmountError> {
        Amount::parse(self.total_fee.as_deref().unwrap_or_default(), currency)
    }
}

/// Leaves out the payer and whatever else the parameters hold, so that a logged notice tells nothing about a person.
impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("out_trade_no", &self.out_trade_no)
            .field("trade_no", &self.trade_no)
            .field("trade_status", &self.trade_status)
            .field("total_fee", &self.total_fee)
            .field("notify_id", &self.notify_id)
            .finish_non_exhaustive()
    }
}
