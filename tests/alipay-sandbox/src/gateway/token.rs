//! `alipay.system.oauth.token` (alipay.md §4.2): an auth_code or a refresh token for the user's id.

use jiff::Timestamp;
use serde::Serialize;

use super::openapi::{Call, Failure, Payload};
use crate::{
    auth::TOKEN_LIFE_S,
    sandbox::{Sandbox, random_hex},
};

/// Used, expired, or another app's.
pub(super) const CODE_INVALID: Failure = Failure::illegal("isv.code-invalid", "授权码code无效");
const REFRESH_INVALID: Failure = Failure::illegal("isv.refresh-token-invalid", "刷新令牌refresh_token无效");
const GRANT_INVALID: Failure = Failure::illegal("isv.invalid-parameter", "授权类型grant_type无效");

/// The payload, members in the documents' order. No `code` member: an access token is success.
#[derive(Serialize)]
struct Token<'a> {
    user_id: &'a str,
    access_token: &'a str,
    expires_in: String,
    refresh_token: &'a str,
    re_expires_in: String,
}

pub(super) fn exchange(sandbox: &Sandbox, call: &Call<'_>, at: Timestamp) -> Payload {
    let (params, app_id) = (&call.params, call.app.app_id.as_str());
    let mut world = sandbox.world();
    let (user_id, failure) = match params.get("grant_type") {
        "authorization_code" => {
            let code = params.needed("code", 40).unwrap_or_default();
            (world.auth.redeem(code, app_id, at), CODE_INVALID)
        }
        "refresh_token" => {
            let token = params.needed("refresh_token", 40).unwrap_or_default();
            (world.auth.refresh(token, app_id, at), REFRESH_INVALID)
        }
        _ => (None, GRANT_INVALID),
    };
    let Some(user_id) = user_id else {
        return Payload::Bad(failure);
    };
    let access_token = format!("authbse{}", random_hex(16));
    let refresh_token = format!("authbse{}", random_hex(16));
    world.auth.remember(refresh_token.clone(), app_id, &user_id, at);
    let token = Token {
        user_id: &user_id,
        access_token: &access_token,
        expires_in: TOKEN_LIFE_S.to_string(),
        refresh_token: &refresh_token,
        re_expires_in: TOKEN_LIFE_S.to_string(),
    };
    serde_json::to_string(&token).map_or(Payload::Bad(GRANT_INVALID), Payload::Good)
}
