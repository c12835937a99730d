//! The payment notice: Alipay's signed POST that says what became of an order (alipay.md §3.4, §7).
//!
//! Verified first, over the bytes that arrived, then read. The order of use: [`Received::parse`], look up whose key
//! applies by [`Received::unverified_out_trade_no`], [`Received::verify`], [`Notice::check`] against the stored order,
//! and only then act. The reply `success` is the caller's, after recording.

use std::fmt;

use jiff::Timestamp;

use crate::amount::{Amount, AmountError, Currency};
use crate::beijing;
use crate::charset::Charset;
use crate::form::{Form, FormError};
use crate::sign::{SignType, VerifyingKey, hides_field, presign};
use crate::trade::TradeStatus;

/// Longest notice that is looked at, in bytes. Real ones have about two thousand.
pub const BODY_LEN_MAX: usize = 64 * 1024;

/// The reply that ends Alipay's resending: these seven letters, HTTP status 200.
pub const REPLY: &str = "success";

/// The fields that someone acts on; none of them may hide inside another value (see [`hides_field`]).
const ACTED_ON: [&str; 15] = [
    "app_id",
    "buyer_id",
    "charset",
    "currency",
    "gmt_close",
    "gmt_payment",
    "notify_id",
    "out_trade_no",
    "refund_fee",
    "seller_id",
    "sign_type",
    "total_amount",
    "total_fee",
    "trade_no",
    "trade_status",
];

/// Why a notice is not acted upon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Longer than [`BODY_LEN_MAX`].
    #[error("the notice is larger than any notice of Alipay")]
    Oversize,
    /// Not a form.
    #[error("the notice is not a form: {0}")]
    Form(#[from] FormError),
    /// No `sign`.
    #[error("the notice carries no signature")]
    Unsigned,
    /// The message names another algorithm than the settings. It is not tried: a message chooses no check.
    #[error("the notice says it is signed with another algorithm, but {0} is configured")]
    OtherSignType(SignType),
    /// The signature does not verify.
    #[error("the signature of the notice does not verify with the configured key")]
    BadSignature,
    /// A value holds what looks like another field, so that the signature fits two readings.
    #[error("a value of the notice holds another field; it could be read in two ways")]
    Ambiguous,
    /// Genuine, but about something else than an order: a field that every payment notice has is missing.
    #[error("the notice is genuine but is no payment notice: {0} is missing")]
    NotAPayment(&'static str),
}

/// A notice as it arrived. Nothing in it is to be believed yet.
#[derive(Debug, Clone)]
pub struct Received(Form);

impl Received {
    /// Parses the body, keeping its bytes.
    ///
    /// # Errors
    /// [`NoticeError::Oversize`] and [`NoticeError::Form`].
    pub fn parse(raw_body: &[u8]) -> Result<Self, NoticeError> {
        if raw_body.len() > BODY_LEN_MAX {
            return Err(NoticeError::Oversize);
        }
        Ok(Self(Form::parse(raw_body)?))
    }

    /// The order number that the sender claims, **unverified**: good for finding out whose key applies, nothing else.
    pub fn unverified_out_trade_no(&self) -> Option<&str> {
        std::str::from_utf8(self.0.get("out_trade_no")?).ok()
    }

    /// Verifies the signature and reads the notice.
    ///
    /// `sign_type` is left out of the signed string first and included second: Alipay's order notices use the first
    /// rule, its newer messages the second. Both sign everything that is read here, so trying both weakens nothing.
    ///
    /// # Errors
    /// [`NoticeError`] says why it is not to be acted upon.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Notice, NoticeError> {
        self.check_signature(key)?;
        if hides_field(self.0.params(), &ACTED_ON) {
            return Err(NoticeError::Ambiguous);
        }
        Notice::read(&self.0)
    }

    fn check_signature(&self, key: &VerifyingKey) -> Result<(), NoticeError> {
        let sign = self.0.get("sign").filter(|sign| !sign.is_empty()).ok_or(NoticeError::Unsigned)?;
        let said = self.0.get("sign_type").filter(|said| !said.is_empty());
        if said.is_some_and(|said| said != key.sign_type().name().as_bytes()) {
            return Err(NoticeError::OtherSignType(key.sign_type()));
        }
        let verifies = |left_out: &[&str]| key.verify(&presign(self.0.params(), left_out), sign).is_ok();
        if verifies(&["sign", "sign_type"]) || said.is_some() && verifies(&["sign"]) {
            Ok(())
        } else {
            Err(NoticeError::BadSignature)
        }
    }
}

/// [`Received::parse`] and [`Received::verify`] in one, where only one key can apply.
///
/// # Errors
/// [`NoticeError`] says why the notice is not to be acted upon.
pub fn verify(raw_body: &[u8], key: &VerifyingKey) -> Result<Notice, NoticeError> {
    Received::parse(raw_body)?.verify(key)
}

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

/// What the stored order says, for [`Notice::check`].
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The amount that was ordered, in the pricing currency.
    pub amount: Amount,
    /// The settlement currency, which a notice may name instead.
    pub settlement_currency: Currency,
    /// The PID that the order was made with.
    pub partner: &'a str,
    /// The buyer that was given to create.
    pub buyer_id: Option<&'a str>,
}

/// A genuine notice that contradicts the stored order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another amount, or none.
    #[error("the amount of the notice is not that of the order")]
    Amount,
    /// Another currency.
    #[error("the currency of the notice is not that of the order")]
    Currency,
    /// Another receiver, or none.
    #[error("the notice is about money for another seller")]
    Seller,
    /// Another payer.
    #[error("the notice names another buyer than the order")]
    Buyer,
}

impl Notice {
    fn read(form: &Form) -> Result<Self, NoticeError> {
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

    /// Compares with the stored order (alipay.md §7.3, points 3 and 4).
    ///
    /// The seller must be named and be ours: Alipay may sign for many merchants with one key, and another merchant can
    /// point the notices of an order of its own, with our number, at our address. Currency and buyer are compared
    /// where they are named.
    ///
    /// # Errors
    /// [`Mismatch`] names the first field that differs.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), Mismatch> {
        if self.seller_id.as_deref() != Some(expected.partner) {
            return Err(Mismatch::Seller);
        }
        if let Some(code) = &self.currency {
            let named: Currency = code.parse().map_err(|_| Mismatch::Currency)?;
            if named != expected.amount.currency() && named != expected.settlement_currency {
                return Err(Mismatch::Currency);
            }
        }
        if self.amount(expected.amount.currency()) != Ok(expected.amount) {
            return Err(Mismatch::Amount);
        }
        match (self.buyer_id.as_deref(), expected.buyer_id) {
            (Some(named), Some(ours)) if named != ours => Err(Mismatch::Buyer),
            _ => Ok(()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::encode;
    use crate::sign::{Md5Key, SigningKey};

    const PAID: [(&str, &str); 8] = [
        ("notify_id", "n1"),
        ("out_trade_no", "TRIP_1"),
        ("trade_no", "2024"),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_fee", "38.5"),
        ("currency", "HKD"),
        ("seller_id", "2088"),
        ("buyer_id", "2088102150477652"),
    ];

    fn keys() -> (SigningKey, VerifyingKey) {
        let key = Md5Key::parse("k").unwrap();
        (SigningKey::Md5(key.clone()), VerifyingKey::Md5(key))
    }

    fn body(params: &[(&str, &str)]) -> Vec<u8> {
        let mut params = params.to_vec();
        let sign = keys().0.sign(&presign(&params, &["sign", "sign_type"])).unwrap();
        params.push(("sign", &sign));
        params.push(("sign_type", "MD5"));
        encode(&params).into_bytes()
    }

    fn with(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
        PAID.into_iter().map(|(known, old)| (known, if known == name { value } else { old })).collect()
    }

    fn expected() -> Expected<'static> {
        let hkd = "HKD".parse().unwrap();
        let amount = Amount::new(3850, hkd).unwrap();
        Expected { amount, settlement_currency: hkd, partner: "2088", buyer_id: Some("2088102150477652") }
    }

    #[test]
    fn a_genuine_notice_is_read_and_fits_its_order() {
        let notice = verify(&body(&PAID), &keys().1).unwrap();
        assert!(notice.trade_status.is_paid());
        assert_eq!(notice.get("total_fee"), Some("38.5"));
        assert_eq!(notice.check(&expected()), Ok(()));
    }

    #[test]
    fn a_notice_that_contradicts_the_order_is_told_by_field() {
        for (name, value, mismatch) in [
            ("total_fee", "38.51", Mismatch::Amount),
            ("total_fee", "", Mismatch::Amount),
            ("currency", "MOP", Mismatch::Currency),
            ("currency", "hkd", Mismatch::Currency),
            ("seller_id", "2089", Mismatch::Seller),
            ("seller_id", "", Mismatch::Seller),
            ("buyer_id", "2088000000000000", Mismatch::Buyer),
        ] {
            let notice = verify(&body(&with(name, value)), &keys().1).unwrap();
            assert_eq!(notice.check(&expected()), Err(mismatch), "{name}={value}");
        }
        let silent = verify(&body(&with("currency", "")), &keys().1).unwrap();
        assert_eq!(silent.check(&expected()), Ok(()));
    }

    #[test]
    fn a_message_cannot_choose_its_check() {
        let honest = String::from_utf8(body(&PAID)).unwrap();
        for label in ["RSA2", "RSA", "md5", "NONE"] {
            let relabelled = honest.replace("sign_type=MD5", &format!("sign_type={label}"));
            let error = verify(relabelled.as_bytes(), &keys().1).unwrap_err();
            assert_eq!(error, NoticeError::OtherSignType(SignType::Md5));
        }
        assert!(verify(honest.replace("&sign_type=MD5", "").as_bytes(), &keys().1).is_ok());
    }

    #[test]
    fn a_signature_that_fits_two_readings_is_refused() {
        let resplit = with("seller_id", "2088&total_fee=0.01");
        assert_eq!(verify(&body(&resplit), &keys().1), Err(NoticeError::Ambiguous));
    }

    #[test]
    fn what_is_unsigned_endless_or_no_payment_is_refused() {
        let key = keys().1;
        assert_eq!(verify(encode(&PAID).as_bytes(), &key), Err(NoticeError::Unsigned));
        assert_eq!(verify(b"a=1&sign=", &key), Err(NoticeError::Unsigned));
        assert_eq!(verify(b"a=1&sign=00", &key), Err(NoticeError::BadSignature));
        assert_eq!(verify(&vec![b'a'; BODY_LEN_MAX + 1], &key), Err(NoticeError::Oversize));
        let other = body(&[("notify_id", "n1"), ("service_code", "1")]);
        assert_eq!(verify(&other, &key), Err(NoticeError::NotAPayment("out_trade_no")));
    }

    #[test]
    fn a_repeated_name_is_refused_before_any_check() {
        let mut twice = body(&PAID);
        twice.extend_from_slice(b"&total_fee=1");
        assert!(matches!(Received::parse(&twice), Err(NoticeError::Form(FormError::Duplicate(_)))));
    }

    #[test]
    fn debug_tells_nothing_about_the_payer() {
        let notice = verify(&body(&PAID), &keys().1).unwrap();
        assert!(!format!("{notice:?}").contains("2088102150477652"));
    }
}
