//! Takes a JSON answer apart without touching the payload: what is signed is the raw text of one object, byte for byte
//! (alipay.md §2.2, §3.1). It is never written out again, wherever `sign` stands and however the text is spaced.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::charset::Charset;
use crate::outcome::UnknownReason;
use crate::sign::VerifyingKey;

/// What failures that concern no method in particular are wrapped in.
const ERROR: &str = "error_response";
/// Most members of the outer object: the payload, `sign`, a certificate number, room for new ones.
const MEMBERS_MAX: usize = 20;

/// An answer as it arrived.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// The raw text of the payload object.
    pub(crate) payload: String,
    /// Whether it stood under `error_response`.
    pub(crate) is_error: bool,
    sign: Option<String>,
    charset: Charset,
}

/// Whether the payload is Alipay's beyond doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    Verified,
    Missing,
    Wrong,
}

impl Envelope {
    /// Finds the payload under `response_key` or `error_response`.
    pub(crate) fn open(body: &[u8], declared: Charset, response_key: &str) -> Result<Self, UnknownReason> {
        let (text, charset) = [declared, Charset::Gbk]
            .into_iter()
            .find_map(|charset| charset.decode(body).map(|text| (text, charset)))
            .ok_or(UnknownReason::Malformed("its bytes are neither of the declared charset nor GBK"))?;
        let members = members(&text).map_err(|_| UnknownReason::Malformed("it is not a JSON object"))?;

        let find = |name: &str| members.iter().find(|(known, _)| known == name).map(|(_, raw)| raw.get());
        let (payload, is_error) = match (find(response_key), find(ERROR)) {
            (Some(payload), None) => (payload, false),
            (None, Some(payload)) => (payload, true),
            _ => return Err(UnknownReason::Malformed("it has no payload, or two")),
        };
        let sign = find("sign")
            .map(serde_json::from_str)
            .transpose()
            .map_err(|_| UnknownReason::Malformed("its sign is no text"))?;
        Ok(Self { payload: payload.to_owned(), is_error, sign, charset })
    }

    /// Verifies the bytes of the payload as they arrived.
    pub(crate) fn verify(&self, key: &VerifyingKey) -> Signature {
        let Some(sign) = self.sign.as_deref().filter(|sign| !sign.is_empty()) else {
            return Signature::Missing;
        };
        match self.charset.encode(&self.payload).map(|bytes| key.verify(&bytes, sign.as_bytes())) {
            Ok(Ok(())) => Signature::Verified,
            Ok(Err(_)) | Err(_) => Signature::Wrong,
        }
    }
}

/// The members of the outer object in order, refusing one that comes twice: which of them was signed could not be told.
fn members(text: &str) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members: Self::Value = Vec::new();
            while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
                if members.len() >= MEMBERS_MAX || members.iter().any(|(known, _)| *known == name) {
                    return Err(A::Error::custom("a member comes twice, or there are too many"));
                }
                members.push((name, raw));
            }
            Ok(members)
        }
    }

    let mut reader = serde_json::Deserializer::from_str(text);
    let members = reader.deserialize_map(Members)?;
    reader.end()?;
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Signature};
    use crate::charset::Charset;
    use crate::sign::{Md5Key, SigningKey, VerifyingKey};

    const KEY: &str = "x_response";

    fn open(body: &str) -> Option<Envelope> {
        Envelope::open(body.as_bytes(), Charset::Utf8, KEY).ok()
    }

    #[test]
    fn the_payload_is_kept_to_the_last_space() {
        for body in [
            r#"{"x_response":{ "a" : "\/\u51fa", "sign":1 },"sign":"s"}"#,
            "\n{ \"sign\" : \"s\" ,\"cert\":\"1\",\n\"x_response\" :  { \"a\" : \"\\/\\u51fa\", \"sign\":1 } }\n",
        ] {
            let envelope = open(body).unwrap();
            assert_eq!(envelope.payload, r#"{ "a" : "\/\u51fa", "sign":1 }"#);
            assert_eq!(envelope.sign.as_deref(), Some("s"));
            assert!(!envelope.is_error);
        }
        assert!(open(r#"{"error_response":{}}"#).unwrap().is_error);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for body in [
            r#"{"x_response":{},"x_response":{},"sign":"s"}"#,
            r#"{"x_response":{},"error_response":{},"sign":"s"}"#,
            r#"{"x_response":{},"sign":"s","sign":"t"}"#,
            r#"{"x_response":{},"sign":"s"} {}"#,
            r#"{"x_response":{},"sign":7}"#,
            r#"{"other_response":{},"sign":"s"}"#,
            "[]",
            "",
            "<html>",
        ] {
            assert!(open(body).is_none(), "{body}");
        }
    }

    #[test]
    fn a_payload_in_gbk_is_verified_over_its_own_bytes() {
        let key = Md5Key::parse("k").unwrap();
        let payload = Charset::Gbk.encode(r#"{"sub_msg":"授权码无效"}"#).unwrap();
        let sign = SigningKey::Md5(key.clone()).sign(&payload).unwrap();
        let body = [b"{\"x_response\":", payload.as_slice(), b",\"sign\":\"", sign.as_bytes(), b"\"}"].concat();
        let envelope = Envelope::open(&body, Charset::Utf8, KEY).unwrap();
        assert_eq!(envelope.verify(&VerifyingKey::Md5(key)), Signature::Verified);
        assert!(envelope.payload.contains("授权码"));
    }

    #[test]
    fn a_missing_and_a_wrong_signature_are_told_apart() {
        let key = VerifyingKey::Md5(Md5Key::parse("k").unwrap());
        assert_eq!(open(r#"{"x_response":{}}"#).unwrap().verify(&key), Signature::Missing);
        assert_eq!(open(r#"{"x_response":{},"sign":""}"#).unwrap().verify(&key), Signature::Missing);
        assert_eq!(open(r#"{"x_response":{},"sign":"00"}"#).unwrap().verify(&key), Signature::Wrong);
    }
}
