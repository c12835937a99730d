//! What a call to Alipay came to: success, refusal or unknown, and nothing between (alipay.md §11, §12, §13.2).
//!
//! Only explicit, verified success is success. Only an explicit refusal with a code that we know is refusal. All else,
//! a time-out, a broken or unverifiable answer, `SYSTEM_ERROR`, `UNKNOW`, an unlisted code, is unknown: the caller asks
//! again or cancels, and never assumes that no money moved.

use crate::codes::{Advice, Class};

/// The three-way result of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome<T> {
    /// Alipay said so, and its signature over it verified.
    Success(T),
    /// Alipay refused with a code that we know. Read [`Refusal::rules_out_payment`] before giving up an order.
    Refused(Refusal),
    /// What happened is not known.
    Unknown(UnknownReason),
}

impl<T> Outcome<T> {
    /// Continues with the value of a success.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Outcome<U>) -> Outcome<U> {
        match self {
            Self::Success(value) => next(value),
            Self::Refused(refusal) => Outcome::Refused(refusal),
            Self::Unknown(reason) => Outcome::Unknown(reason),
        }
    }
}

/// Whether a refusal is Alipay's beyond doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The refusal is part of a signed answer that verified.
    Signed,
    /// The gateway refused before the business was reached; it signs no such answer, so anyone between could have
    /// written it.
    Unsigned,
}

/// A refusal with a code that is listed in [`codes`](crate::codes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Alipay's code, for logs and, in brackets behind a text, for support.
    pub code: String,
    /// Alipay's own words about it, where it sent any. For logs; people are shown [`codes::explain`](crate::codes::explain).
    pub detail: Option<String>,
    /// What to do about it.
    pub class: Class,
    /// Whether it is signed.
    pub proof: Proof,
}

impl Refusal {
    /// Whether this refusal of the *first* request with an order number shows that no order of that number can be paid.
    ///
    /// False for an unsigned refusal: forged by someone between us and Alipay, it could hide that the order was made. It
    /// is enough to stop, to raise an alarm and to tell people that Alipay cannot be used now; it is never enough to
    /// close an order, which takes a signed query or cancel. False also for codes that speak of an order that already
    /// exists under the number. After an earlier unknown outcome with the same number it shows nothing either.
    pub fn rules_out_payment(&self) -> bool {
        self.proof == Proof::Signed && !crate::codes::implies_order(&self.code)
    }
}

/// Why an outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownReason {
    /// No connection was made. This request did nothing; an earlier one of the same number may have.
    #[error("Alipay could not be reached")]
    Unreachable,
    /// No whole answer within the configured time.
    #[error("Alipay did not answer in time")]
    Timeout,
    /// The connection broke after the request may have been sent.
    #[error("the connection to Alipay broke before the answer was complete")]
    Interrupted,
    /// Not 200; redirects count here too, they are not followed.
    #[error("Alipay's gateway answered with HTTP status {0}")]
    HttpStatus(u16),
    /// An answer beyond the size bound.
    #[error("Alipay's answer is larger than any answer should be")]
    Oversize,
    /// An answer that cannot be read; the text says where.
    #[error("Alipay's answer cannot be read: {0}")]
    Malformed(&'static str),
    /// An answer that should be signed and is not.
    #[error("Alipay's answer carries no signature")]
    Unsigned,
    /// A signature that does not verify with the configured key.
    #[error("the signature of Alipay's answer does not verify with the configured key")]
    BadSignature,
    /// A verified answer about another order than the one asked about.
    #[error("Alipay's answer is about another order")]
    OtherOrder,
    /// A verified success without a field that success must have.
    #[error("Alipay's answer says success but lacks {0}")]
    Incomplete(&'static str),
    /// `SYSTEM_ERROR` and its relatives.
    #[error("Alipay reports an internal error ({0})")]
    SystemError(String),
    /// `UNKNOW` or `UNKNOWN`: the payer is still to act, or Alipay itself does not know.
    #[error("Alipay does not know the result yet")]
    Undecided,
    /// A cancel that Alipay asks us to repeat with the same parameters (`retry_flag` Y).
    #[error("Alipay asks to repeat the cancel ({0})")]
    RepeatAsked(String),
    /// A refusal by the gateway, unsigned, with a code that would say something about the order.
    #[error("the gateway refused without signature ({0})")]
    UnsignedRefusal(String),
    /// A code that we do not know.
    #[error("Alipay refused with a code that is not known here ({0})")]
    Unlisted(String),
}

impl UnknownReason {
    /// What people should be told meanwhile: never to pay again.
    pub const fn advice(&self) -> Advice {
        match self {
            Self::Undecided => Advice::WaitingForPassword,
            _ => Advice::Checking,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Proof, Refusal, UnknownReason};
    use crate::codes::{Advice, Class};

    fn refusal(code: &str, proof: Proof) -> Refusal {
        Refusal { code: code.into(), detail: None, class: Class::Ours, proof }
    }

    #[test]
    fn only_a_signed_refusal_can_rule_out_payment() {
        assert!(refusal("EXIST_FORBIDDEN_WORD", Proof::Signed).rules_out_payment());
        assert!(!refusal("ILLEGAL_SIGN", Proof::Unsigned).rules_out_payment());
    }

    #[test]
    fn a_refusal_that_speaks_of_an_existing_order_rules_out_nothing() {
        for code in ["TRADE_HAS_SUCCESS", "CONTEXT_INCONSISTENT", "TRADE_BUYER_NOT_MATCH", "REASON_ILLEGAL_STATUS"] {
            assert!(!refusal(code, Proof::Signed).rules_out_payment(), "{code}");
        }
    }

    #[test]
    fn whatever_is_unknown_people_wait() {
        assert_eq!(UnknownReason::Undecided.advice(), Advice::WaitingForPassword);
        assert_eq!(UnknownReason::Timeout.advice(), Advice::Checking);
    }
}
