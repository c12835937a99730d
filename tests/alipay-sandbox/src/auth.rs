//! Auth codes and tokens (alipay.md §4): codes are single use and expire, tokens can be refreshed.
//!
//! Filled by the authorise page, emptied by `alipay.system.oauth.token`. Pure: time and fresh random
//! texts are passed in.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::beijing;

/// How long a code may wait for its exchange: the shortest time that the documents give.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(3);
/// `expires_in` and `re_expires_in`.
pub const TOKEN_LIFE_S: i64 = 3_600;

/// Codes and refresh tokens in circulation.
#[derive(Debug, Default)]
pub struct AuthBook {
    codes: BTreeMap<String, Grant>,
    refresh_tokens: BTreeMap<String, Grant>,
}

#[derive(Clone, Debug)]
struct Grant {
    app_id: String,
    user_id: String,
    expires_at: Timestamp,
    used: bool,
}

impl AuthBook {
    /// Hands out `code` for this app and user.
    pub fn grant(&mut self, code: String, app_id: &str, user_id: &str, now: Timestamp) {
        self.codes.retain(|_, grant| now < grant.expires_at);
        let expires_at = beijing::after(now, CODE_LIFE);
        let grant = Grant { app_id: app_id.into(), user_id: user_id.into(), expires_at, used: false };
        self.codes.insert(code, grant);
    }

    /// A fault: the code counts as used before it was handed out.
    pub fn spoil(&mut self, code: &str) {
        if let Some(grant) = self.codes.get_mut(code) {
            grant.used = true;
        }
    }

    /// Exchanges a code for the user's id, once, for the app that it was made for, in time.
    pub fn redeem(&mut self, code: &str, app_id: &str, now: Timestamp) -> Option<String> {
        let grant = self.codes.get_mut(code)?;
        let good = !grant.used && grant.app_id == app_id && now < grant.expires_at;
        good.then(|| {
            grant.used = true;
            grant.user_id.clone()
        })
    }

    /// Remembers the refresh token given out with an access token.
    pub fn remember(&mut self, refresh_token: String, app_id: &str, user_id: &str, now: Timestamp) {
        self.refresh_tokens.retain(|_, grant| now < grant.expires_at);
        let expires_at = beijing::after(now, SignedDuration::from_secs(TOKEN_LIFE_S));
        let grant = Grant { app_id: app_id.into(), user_id: user_id.into(), expires_at, used: false };
        self.refresh_tokens.insert(refresh_token, grant);
    }

    /// Takes a refresh token back for the user's id; a new one must be remembered after.
    pub fn refresh(&mut self, refresh_token: &str, app_id: &str, now: Timestamp) -> Option<String> {
        let grant = self.refresh_tokens.get(refresh_token)?;
        if grant.app_id != app_id || now >= grant.expires_at {
            return None;
        }
        self.refresh_tokens.remove(refresh_token).map(|grant| grant.user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_code_works_once_for_its_app_and_in_time() {
        let mut book = AuthBook::default();
        book.grant("c1".into(), "app", "2088", NOW);
        assert_eq!(book.redeem("c1", "other", NOW), None);
        assert_eq!(book.redeem("c1", "app", NOW), Some("2088".into()));
        assert_eq!(book.redeem("c1", "app", NOW), None, "used");
        book.grant("c2".into(), "app", "2088", NOW);
        assert_eq!(book.redeem("c2", "app", NOW + CODE_LIFE), None, "expired");
        book.grant("c3".into(), "app", "2088", NOW);
        book.spoil("c3");
        assert_eq!(book.redeem("c3", "app", NOW), None, "spoilt");
    }

    #[test]
    fn a_refresh_token_is_exchanged_for_another() {
        let mut book = AuthBook::default();
        book.remember("r1".into(), "app", "2088", NOW);
        assert_eq!(book.refresh("r1", "other", NOW), None);
        assert_eq!(book.refresh("r1", "app", NOW), Some("2088".into()));
        assert_eq!(book.refresh("r1", "app", NOW), None);
    }
}
