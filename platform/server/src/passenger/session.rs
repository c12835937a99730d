//! The passenger's two cookies. The session says who pays and nothing else: what is paid travels in the page's token.
//! The binding says that this browser began an authorisation, so that a state forged or begun elsewhere fails. Called
//! by the routes.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fareway_shared::time::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::token::TokenKey;

/// How long an authorisation counts. After that the next request goes through Alipay again, silently.
pub const SESSION_LASTS: Duration = Duration::from_secs(30 * 60);
/// How long an authorisation may take.
pub const STATE_LASTS: Duration = Duration::from_secs(10 * 60);

const SESSION_COOKIE: &str = "fareway_passenger";
const BINDING_COOKIE: &str = "fareway_binding";
/// Scans begun in one browser that can be finished side by side.
const BINDINGS_MAX: usize = 4;

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The passenger's Alipay user id.
    pub payer: String,
    /// When the session ends.
    pub until: Timestamp,
}

impl Session {
    /// The session of a request, if it carries a good one.
    #[must_use]
    pub fn of(request: &HttpRequest, key: &TokenKey, now: Timestamp) -> Option<Self> {
        let cookie = request.cookie(SESSION_COOKIE)?;
        let (payer, until) = key.open_session(cookie.value(), now).ok()?;
        Some(Self { payer, until })
    }

    /// The cookie of a fresh authorisation.
    #[must_use]
    pub fn cookie(payer: &str, key: &TokenKey, secure: bool, now: Timestamp) -> Cookie<'static> {
        cookie(SESSION_COOKIE, key.seal_session(payer, now.after(SESSION_LASTS)), SESSION_LASTS, secure)
    }
}

/// The binding cookie with one more state in it; the oldest makes room.
#[must_use]
pub fn bind(request: &HttpRequest, nonce: &[u8; 16], secure: bool) -> Cookie<'static> {
    let bound = request.cookie(BINDING_COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let mut marks = vec![mark(nonce)];
    marks.extend(
        bound.split('.').filter(|mark| !mark.is_empty()).take(BINDINGS_MAX.saturating_sub(1)).map(String::from),
    );
    cookie(BINDING_COOKIE, marks.join("."), STATE_LASTS, secure)
}

/// Whether this browser began the authorisation with this nonce.
#[must_use]
pub fn is_bound(request: &HttpRequest, nonce: &[u8; 16]) -> bool {
    let Some(cookie) = request.cookie(BINDING_COOKIE) else { return false };
    let wanted = mark(nonce);
    let marks = cookie.value().split('.').take(BINDINGS_MAX);
    marks.fold(false, |bound, mark| bound | bool::from(mark.as_bytes().ct_eq(wanted.as_bytes())))
}

fn mark(nonce: &[u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(b"fareway binding 1").chain_update(nonce).finalize())
}

fn cookie(name: &'static str, value: String, lasts: Duration, secure: bool) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/p")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(time::Duration::try_from(lasts).unwrap_or(time::Duration::ZERO))
        .finish()
}
