//! `alipay.system.oauth.token`: exchanges the code of a sign-in for the passenger's Alipay user id (alipay.md §4.2).

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use super::OpenApi;
use super::envelope::{Envelope, Signature};
use crate::authorize::AUTH_CODE_LEN_MAX;
use crate::beijing;
use crate::charset::Charset;
use crate::codes::{self, Class};
use crate::form;
use crate::http::HttpAnswer;
use crate::outcome::{Outcome, Proof, Refusal, UnknownReason};
use crate::settings::ProviderSettings;
use crate::sign::{SignError, VerifyingKey, presign};

const METHOD: &str = "alipay.system.oauth.token";
const RESPONSE_KEY: &str = "alipay_system_oauth_token_response";

/// A signed-in passenger.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The Alipay user id: `buyer_id` of an order.
    pub user_id: String,
    /// Not needed for payment; kept out of sight.
    pub access_token: String,
    /// How long the access token lives, in seconds, where it is said.
    pub expires_in_s: Option<u64>,
    /// For another access token.
    pub refresh_token: Option<String>,
    /// How long the refresh token lives, in seconds, where it is said.
    pub re_expires_in_s: Option<u64>,
}

/// Shows neither token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// Why no token was asked for. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRequestError {
    /// A text that cannot be an `auth_code`.
    #[error("the auth_code is not 1 to 40 letters or digits")]
    AuthCode,
    /// The signature could not be made.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl OpenApi {
    /// Exchanges `auth_code`, which works once. A refusal of class [`Class::Payer`] means that the code is used up:
    /// send the passenger through sign-in again, once, and guard against a loop. An unknown outcome may be repeated; if
    /// the first try did arrive, the code is refused then.
    ///
    /// # Errors
    /// [`TokenRequestError`] where nothing could be sent.
    pub async fn exchange_code(&self, auth_code: &str, at: Timestamp) -> Result<Outcome<Token>, TokenRequestError> {
        let plain = auth_code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain || !(1..=AUTH_CODE_LEN_MAX).contains(&auth_code.len()) {
            return Err(TokenRequestError::AuthCode);
        }
        let (query, form) = request(&self.provider, auth_code, at)?;
        let mut url = self.provider.gateway_url.clone();
        url.set_query(Some(&query));
        Ok(match self.http.post(url, self.provider.charset, form).await {
            Ok(answer) => judge(&answer, &self.provider.alipay_key, self.provider.charset),
            Err(reason) => Outcome::Unknown(reason),
        })
    }
}

/// The query with the common parameters and the body with the rest: as Alipay's own clients split them, and so that the
/// code stays out of access logs.
fn request(provider: &ProviderSettings, auth_code: &str, at: Timestamp) -> Result<(String, String), SignError> {
    let common = vec![
        ("app_id", provider.app_id.clone()),
        ("method", METHOD.to_owned()),
        ("format", "JSON".to_owned()),
        ("charset", provider.charset.name().to_ascii_lowercase()),
        ("sign_type", provider.signing_key.sign_type().name().to_owned()),
        ("timestamp", beijing::text(at)),
        ("version", "1.0".to_owned()),
    ];
    let business = [("grant_type", "authorization_code".to_owned()), ("code", auth_code.to_owned())];
    let signed: Vec<_> = common.iter().chain(&business).cloned().collect();
    let sign = provider.signing_key.sign(&presign(&signed, &["sign"]))?;
    let mut query = common;
    query.push(("sign", sign));
    Ok((form::encode(&query), form::encode(&business)))
}

/// The payload of success and failure alike.
#[derive(Deserialize)]
struct Payload {
    code: Option<Figure>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
    msg: Option<String>,
    user_id: Option<String>,
    access_token: Option<String>,
    expires_in: Option<Figure>,
    refresh_token: Option<String>,
    re_expires_in: Option<Figure>,
}

/// A number that arrives as a number or as text (alipay.md §13.9).
#[derive(Deserialize)]
#[serde(untagged)]
enum Figure {
    Number(u64),
    Text(String),
}

impl Figure {
    fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

fn judge(answer: &HttpAnswer, key: &VerifyingKey, requested: Charset) -> Outcome<Token> {
    let declared = answer.charset.unwrap_or(requested);
    let envelope = match Envelope::open(&answer.body, declared, RESPONSE_KEY) {
        Ok(envelope) => envelope,
        Err(reason) => return Outcome::Unknown(reason),
    };
    let signature = envelope.verify(key);
    if signature == Signature::Wrong {
        return Outcome::Unknown(UnknownReason::BadSignature);
    }
    let Ok(payload) = serde_json::from_str::<Payload>(&envelope.payload) else {
        return Outcome::Unknown(UnknownReason::Malformed("its payload has fields of another kind"));
    };
    let code = payload.code.as_ref().map(Figure::text);
    match code.filter(|code| code != "10000") {
        Some(code) => refused(code, payload, signature),
        None if envelope.is_error => Outcome::Unknown(UnknownReason::Malformed("it fails without a code")),
        None if signature == Signature::Missing => Outcome::Unknown(UnknownReason::Unsigned),
        None => granted(payload),
    }
}

fn granted(payload: Payload) -> Outcome<Token> {
    let Some(access_token) = payload.access_token.filter(|token| !token.is_empty()) else {
        return Outcome::Unknown(UnknownReason::Incomplete("access_token"));
    };
    // Newer applications may send an open_id instead; an order cannot be placed with it.
    let Some(user_id) = payload.user_id.filter(|id| !id.is_empty()) else {
        return Outcome::Unknown(UnknownReason::Incomplete("user_id"));
    };
    Outcome::Success(Token {
        user_id,
        access_token,
        expires_in_s: payload.expires_in.as_ref().and_then(Figure::number),
        refresh_token: payload.refresh_token,
        re_expires_in_s: payload.re_expires_in.as_ref().and_then(Figure::number),
    })
}

/// A refused sign-in moves no money, so an unsigned refusal (which the gateway sends when it cannot tell whose key to
/// use) is taken at its word: the worst that a forged one does is to make the passenger try again.
fn refused(code: String, payload: Payload, signature: Signature) -> Outcome<Token> {
    let named = payload.sub_code.filter(|sub_code| codes::class(sub_code).is_some()).unwrap_or(code);
    let proof = if signature == Signature::Verified { Proof::Signed } else { Proof::Unsigned };
    match codes::class(&named) {
        Some(Class::UnknownOutcome | Class::Repeat) => Outcome::Unknown(UnknownReason::SystemError(named)),
        Some(class) => Outcome::Refused(Refusal { code: named, detail: payload.sub_msg.or(payload.msg), class, proof }),
        None => Outcome::Unknown(UnknownReason::Unlisted(named)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{PrivateKey, SigningKey};

    #[test]
    fn a_flipped_bit_never_grants_another_user() {
        let private = PrivateKey::generate().unwrap();
        let key = VerifyingKey::Rsa2(private.public_key().unwrap());
        let payload = r#"{"user_id":"2088102150477652","access_token":"t","expires_in":3600}"#;
        let sign = SigningKey::Rsa2(private).sign(payload.as_bytes()).unwrap();
        let honest = format!("{{\"{RESPONSE_KEY}\":{payload},\"sign\":\"{sign}\"}}").into_bytes();
        let judged = |body| judge(&HttpAnswer { charset: None, body }, &key, Charset::Utf8);
        let granted = judged(honest.clone());
        assert!(matches!(granted, Outcome::Success(_)));
        for at in 0..honest.len() * 8 {
            let mut flipped = honest.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            match judged(flipped) {
                Outcome::Success(token) => assert_eq!(Outcome::Success(token), granted, "bit {at}"),
                Outcome::Refused(refusal) => panic!("bit {at}: {refusal:?}"),
                Outcome::Unknown(_) => {}
            }
        }
    }
}
