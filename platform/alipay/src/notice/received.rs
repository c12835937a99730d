//! A notice as it arrived, and its verification (alipay.md §3.4). Knows nothing of orders.

use super::Notice;
use crate::form::{Form, FormError};
use crate::sign::{SignType, VerifyingKey, hides_field, presign};

/// Longest notice that is looked at, in bytes. Real ones have about two thousand.
pub const BODY_LEN_MAX: usize = 64 * 1024;

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
