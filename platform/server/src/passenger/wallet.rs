//! What the request says about the phone: whether it is Alipay's browser, and which language the passenger reads
//! (alipay.md §4.3). A spoofed User-Agent leads to a failed authorisation and to nothing else.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// As in `<html lang>`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-Hans",
            Self::English => "en",
        }
    }

    /// Whether it is Chinese; the pages speak two languages.
    #[must_use]
    pub fn is_chinese(self) -> bool {
        self == Self::Chinese
    }

    /// The language of a request: the wallet's own, else what the browser accepts, else English.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let agent = text(request, header::USER_AGENT).to_ascii_lowercase();
        if let Some((_, language)) = agent.split_once("language/") {
            return Self::of_tag(language);
        }
        let accepted = text(request, header::ACCEPT_LANGUAGE).to_ascii_lowercase();
        // Browsers list the best first; a weight that says otherwise is not worth a parser.
        accepted
            .split(',')
            .map(str::trim)
            .find(|tag| tag.starts_with("zh") || tag.starts_with("en"))
            .map_or(Self::English, Self::of_tag)
    }

    fn of_tag(tag: &str) -> Self {
        if tag.starts_with("zh") { Self::Chinese } else { Self::English }
    }
}

/// Whether the request comes from Alipay's browser.
#[must_use]
pub fn is_alipay(request: &HttpRequest) -> bool {
    text(request, header::USER_AGENT).to_ascii_lowercase().contains("alipayclient")
}

fn text(request: &HttpRequest, name: HeaderName) -> &str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request(agent: &str, accepts: &str) -> HttpRequest {
        TestRequest::default()
            .insert_header((header::USER_AGENT, agent))
            .insert_header((header::ACCEPT_LANGUAGE, accepts))
            .to_http_request()
    }

    #[test]
    fn the_wallet_is_known_by_its_name_in_any_case() {
        assert!(is_alipay(&request("Mozilla/5.0 AliApp(AP/10.8.30.6000) AlipayClient/10.8.30.6000 Language/en", "")));
        assert!(is_alipay(&request("alipayclient/10", "")));
        assert!(!is_alipay(&request("Mozilla/5.0 MicroMessenger/8.0", "")));
        assert!(!is_alipay(&TestRequest::default().to_http_request()));
    }

    #[test]
    fn the_wallets_language_wins_then_the_browsers() {
        assert_eq!(Language::of(&request("AlipayClient/10 Language/zh-Hans", "en")), Language::Chinese);
        assert_eq!(Language::of(&request("AlipayClient/10 Language/en-US", "zh-CN")), Language::English);
        assert_eq!(Language::of(&request("Mozilla/5.0", "zh-CN,zh;q=0.9,en;q=0.8")), Language::Chinese);
        assert_eq!(Language::of(&request("Mozilla/5.0", "de, en;q=0.5, zh;q=0.2")), Language::English);
        assert_eq!(Language::of(&request("Mozilla/5.0", "")), Language::English);
    }
}
