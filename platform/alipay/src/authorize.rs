//! The passenger's way into sign-in (alipay.md §4.1, §4.3): the address to redirect to, and whether the browser that asks
//! is Alipay's own. Neither is a proof of anything; the proof is the exchanged code.

use url::Url;

use crate::settings::ProviderSettings;

/// Longest `auth_code` worth sending to Alipay; samples have 32 characters.
pub const AUTH_CODE_LEN_MAX: usize = 40;

/// The authorise page for silent sign-in (`auth_base`: user id only, no consent page).
///
/// `redirect_uri` must match the callback registered for the application. `state` comes back unchanged; it should be
/// unguessable and bound to the browser that was redirected.
pub fn authorize_url(provider: &ProviderSettings, redirect_uri: &Url, state: &str) -> Url {
    let mut url = provider.authorize_url.clone();
    url.query_pairs_mut()
        .append_pair("app_id", &provider.app_id)
        .append_pair("scope", "auth_base")
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("state", state);
    url
}

/// Alipay's in-app browser, as its User-Agent describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    /// The language of the app, such as `zh-Hans`, where it is named.
    pub language: Option<String>,
}

/// Recognises the in-app browser. A forged User-Agent gains nothing but a sign-in that fails.
pub fn wallet(user_agent: &str) -> Option<Wallet> {
    let lower = user_agent.to_ascii_lowercase();
    if !lower.contains("alipayclient") {
        return None;
    }
    let language = user_agent
        .split_ascii_whitespace()
        .filter_map(|word| word.split_once('/'))
        .find(|(name, _)| name.eq_ignore_ascii_case("language"))
        .map(|(_, tag)| tag.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect::<String>())
        .filter(|tag| !tag.is_empty() && tag.len() <= 35);
    Some(Wallet { language })
}

#[cfg(test)]
mod tests {
    use super::{Wallet, wallet};

    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 AliApp(AP/10.8.30.6000) \
                         AlipayDefined(nt:WIFI,ws:390|844|3.0) AlipayClient/10.8.30.6000 Language/zh-Hans Region/CN";

    #[test]
    fn the_wallet_is_recognised_in_any_case_with_its_language() {
        let found = Some(Wallet { language: Some("zh-Hans".into()) });
        assert_eq!(wallet(PHONE), found);
        assert_eq!(wallet(&PHONE.to_ascii_uppercase()), Some(Wallet { language: Some("ZH-HANS".into()) }));
        assert_eq!(wallet("x alipayclient/1"), Some(Wallet { language: None }));
    }

    #[test]
    fn other_browsers_are_not_the_wallet() {
        assert_eq!(wallet(""), None);
        assert_eq!(wallet("Mozilla/5.0 MicroMessenger/8.0 Language/en"), None);
    }

    #[test]
    fn a_language_cannot_carry_markup() {
        assert_eq!(wallet("AlipayClient/1 Language/<b>"), Some(Wallet { language: None }));
        assert_eq!(wallet("AlipayClient/1 Language/en\"x"), Some(Wallet { language: Some("en".into()) }));
    }
}
