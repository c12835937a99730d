//! Judges an answer of the order gateway: verified or not, success, refusal or unknown (alipay.md §2.1, §11–§13).
//!
//! An unsigned refusal (`is_success=F`) is weighed with care. The gateway signs none, so one may be forged by whoever
//! sits between. Only codes that blame our own set-up count as a refusal, marked unsigned: they stop the caller and raise
//! an alarm, but prove nothing about an order. Unsigned words about an order (paid, closed, not found) are not believed.

use super::xml::{self, Document};
use crate::charset::Charset;
use crate::codes::{self, Class};
use crate::http::HttpAnswer;
use crate::outcome::{Outcome, Proof, Refusal, UnknownReason};
use crate::sign::{VerifyingKey, hides_field, presign};

/// The fields that someone acts on; none of them may hide inside another value (see [`hides_field`]).
const ACTED_ON: [&str; 14] = [
    "action",
    "alipay_pay_time",
    "alipay_trans_id",
    "alipay_trans_status",
    "currency",
    "detail_error_code",
    "error",
    "out_trade_no",
    "partner_trans_id",
    "result_code",
    "retry_flag",
    "trade_no",
    "trade_status",
    "trans_amount",
];

/// The verified fields of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A value that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Whether the answer names an order, and whether every name is that of ours.
    fn names(&self, out_trade_no: &str) -> Option<bool> {
        let mut numbers = ["out_trade_no", "partner_trans_id"].iter().filter_map(|name| self.get(name)).peekable();
        numbers.peek()?;
        Some(numbers.all(|number| number == out_trade_no))
    }
}

/// Judges an answer to a request about the order `out_trade_no`.
pub(super) fn judge(
    answer: &HttpAnswer,
    key: &VerifyingKey,
    requested: Charset,
    out_trade_no: &str,
) -> Outcome<Fields> {
    let verified = xml::decode(&answer.body, answer.charset).and_then(|(text, charset)| {
        let document = xml::parse(&text)?;
        match document.is_success.as_deref() {
            Some("T") => verify(document, key, [charset, requested]).map(Ok),
            Some("F") => Ok(Err(refused_by_gateway(document.error))),
            _ => Err(UnknownReason::Malformed("it lacks is_success")),
        }
    });
    match verified {
        Ok(Ok(fields)) => judge_fields(fields, out_trade_no),
        Ok(Err(outcome)) => outcome,
        Err(reason) => Outcome::Unknown(reason),
    }
}

/// Verifies over the fields' bytes in the charset of the answer, else in that of the request: the documents do not say
/// which is signed when the two differ.
fn verify(document: Document, key: &VerifyingKey, charsets: [Charset; 2]) -> Result<Fields, UnknownReason> {
    let sign = document.sign.filter(|sign| !sign.is_empty()).ok_or(UnknownReason::Unsigned)?;
    if document.sign_type.is_some_and(|said| said != key.sign_type().name()) {
        return Err(UnknownReason::BadSignature);
    }
    let verifies = |charset: Charset| {
        let encode = |text: &String| charset.encode(text).ok();
        let params: Option<Vec<(Vec<u8>, Vec<u8>)>> =
            document.fields.iter().map(|(name, value)| encode(name).zip(encode(value))).collect();
        params.is_some_and(|params| key.verify(&presign(&params, &["sign", "sign_type"]), sign.as_bytes()).is_ok())
    };
    let [own, requested] = charsets;
    if !verifies(own) && (own == requested || !verifies(requested)) {
        return Err(UnknownReason::BadSignature);
    }
    if hides_field(&document.fields, &ACTED_ON) {
        return Err(UnknownReason::Malformed("a field holds another field"));
    }
    Ok(Fields(document.fields))
}

fn refused_by_gateway(error: Option<String>) -> Outcome<Fields> {
    let Some(code) = error.filter(|code| !code.is_empty()) else {
        return Outcome::Unknown(UnknownReason::Malformed("it refuses without a code"));
    };
    match codes::class(&code) {
        Some(class @ Class::Ours) => Outcome::Refused(Refusal { code, detail: None, class, proof: Proof::Unsigned }),
        Some(Class::UnknownOutcome | Class::Repeat) => Outcome::Unknown(UnknownReason::SystemError(code)),
        Some(Class::Payer | Class::OrderState) | None => Outcome::Unknown(UnknownReason::UnsignedRefusal(code)),
    }
}

fn judge_fields(fields: Fields, out_trade_no: &str) -> Outcome<Fields> {
    let named = fields.names(out_trade_no);
    if named == Some(false) {
        return Outcome::Unknown(UnknownReason::OtherOrder);
    }
    match fields.get("result_code") {
        // A success that names no order could be a genuine answer about another, sent to us again.
        Some("SUCCESS") if named.is_none() => Outcome::Unknown(UnknownReason::Incomplete("the order number")),
        Some("SUCCESS") => Outcome::Success(fields),
        Some("FAIL" | "FAILED") => refused(&fields),
        Some("UNKNOW" | "UNKNOWN") => Outcome::Unknown(UnknownReason::Undecided),
        _ => Outcome::Unknown(UnknownReason::Malformed("its result_code is none that is known")),
    }
}

fn refused(fields: &Fields) -> Outcome<Fields> {
    let Some(code) = fields.owned("error").or_else(|| fields.owned("detail_error_code")) else {
        return Outcome::Unknown(UnknownReason::Malformed("it refuses without a code"));
    };
    if fields.get("retry_flag") == Some("Y") {
        return Outcome::Unknown(UnknownReason::RepeatAsked(code));
    }
    match codes::class(&code) {
        Some(Class::UnknownOutcome | Class::Repeat) => Outcome::Unknown(UnknownReason::SystemError(code)),
        Some(class) => {
            let detail = fields.owned("detail_error_des");
            Outcome::Refused(Refusal { code, detail, class, proof: Proof::Signed })
        }
        None => Outcome::Unknown(UnknownReason::Unlisted(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{Md5Key, SigningKey};

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn judged(pairs: &[(&str, &str)]) -> Outcome<Fields> {
        judge_fields(fields(pairs), "TRIP_1")
    }

    #[test]
    fn success_must_say_so_and_name_our_order() {
        let good = [("result_code", "SUCCESS"), ("out_trade_no", "TRIP_1")];
        assert_eq!(judged(&good), Outcome::Success(fields(&good)));
        assert_eq!(
            judged(&[("result_code", "SUCCESS")]),
            Outcome::Unknown(UnknownReason::Incomplete("the order number"))
        );
        let other = [("result_code", "SUCCESS"), ("out_trade_no", "TRIP_1"), ("partner_trans_id", "TRIP_2")];
        assert_eq!(judged(&other), Outcome::Unknown(UnknownReason::OtherOrder));
    }

    #[test]
    fn a_listed_code_is_a_refusal_and_any_other_is_unknown() {
        for word in ["FAIL", "FAILED"] {
            for name in ["error", "detail_error_code"] {
                let refused = judged(&[("result_code", word), (name, "BUYER_BALANCE_NOT_ENOUGH")]);
                assert!(matches!(refused, Outcome::Refused(Refusal { class: Class::Payer, proof: Proof::Signed, .. })));
                let unlisted = judged(&[("result_code", word), (name, "NEW_CODE")]);
                assert_eq!(unlisted, Outcome::Unknown(UnknownReason::Unlisted("NEW_CODE".into())));
                let system = judged(&[("result_code", word), (name, "SYSTEM_ERROR")]);
                assert_eq!(system, Outcome::Unknown(UnknownReason::SystemError("SYSTEM_ERROR".into())));
            }
            assert!(matches!(judged(&[("result_code", word)]), Outcome::Unknown(_)));
        }
    }

    #[test]
    fn every_other_result_code_is_unknown() {
        for word in ["UNKNOW", "UNKNOWN"] {
            assert_eq!(judged(&[("result_code", word)]), Outcome::Unknown(UnknownReason::Undecided));
        }
        for word in ["", "success", "FAILE", "ORDER_SUCCESS_PAY_SUCCESS"] {
            assert!(matches!(judged(&[("result_code", word)]), Outcome::Unknown(UnknownReason::Malformed(_))));
        }
    }

    #[test]
    fn an_unsigned_refusal_says_nothing_about_an_order() {
        let of = |code: &str| refused_by_gateway(Some(code.to_owned()));
        assert!(matches!(of("ILLEGAL_SIGN"), Outcome::Refused(refusal) if !refusal.rules_out_payment()));
        assert_eq!(of("SYSTEM_ERROR"), Outcome::Unknown(UnknownReason::SystemError("SYSTEM_ERROR".into())));
        for code in ["TRADE_NOT_EXIST", "TRADE_HAS_CLOSE", "TRADE_HAS_SUCCESS", "PAYMENT_FAIL", "NEW_CODE"] {
            assert_eq!(of(code), Outcome::Unknown(UnknownReason::UnsignedRefusal(code.into())));
        }
        assert!(matches!(refused_by_gateway(None), Outcome::Unknown(_)));
    }

    fn md5_key() -> (SigningKey, VerifyingKey) {
        let key = Md5Key::parse("k").unwrap();
        (SigningKey::Md5(key.clone()), VerifyingKey::Md5(key))
    }

    fn signed(encoding: Charset, signed_in: Charset) -> Vec<u8> {
        let message = "out_trade_no=TRIP_1&result_code=SUCCESS&subject=出租车";
        let sign = md5_key().0.sign(&signed_in.encode(message).unwrap()).unwrap();
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?><alipay><is_success>T</is_success><response><alipay>\
             <result_code>SUCCESS</result_code><out_trade_no>TRIP_1</out_trade_no><subject>出租车</subject>\
             </alipay></response><sign>{sign}</sign><sign_type>MD5</sign_type></alipay>"
        );
        encoding.encode(&text).unwrap()
    }

    fn judged_body(body: Vec<u8>) -> Outcome<Fields> {
        judge(&HttpAnswer { charset: None, body }, &md5_key().1, Charset::Utf8, "TRIP_1")
    }

    #[test]
    fn an_answer_may_be_signed_in_its_own_charset_or_in_that_of_the_request() {
        for (encoding, signed_in) in
            [(Charset::Gbk, Charset::Gbk), (Charset::Gbk, Charset::Utf8), (Charset::Utf8, Charset::Utf8)]
        {
            assert!(matches!(judged_body(signed(encoding, signed_in)), Outcome::Success(_)));
        }
        let neither = judged_body(signed(Charset::Utf8, Charset::Gbk));
        assert_eq!(neither, Outcome::Unknown(UnknownReason::BadSignature));
    }

    #[test]
    fn a_flipped_bit_is_never_a_success_with_other_content() {
        for honest in [signed(Charset::Utf8, Charset::Utf8), signed(Charset::Gbk, Charset::Gbk)] {
            let outcome = judged_body(honest.clone());
            for at in 0..honest.len() * 8 {
                let mut flipped = honest.clone();
                flipped[at / 8] ^= 1 << (at % 8);
                match judged_body(flipped) {
                    Outcome::Unknown(_) => {}
                    changed => assert_eq!(changed, outcome, "bit {at}"),
                }
            }
        }
    }
}
