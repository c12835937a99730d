//! The one HTTP client of both gateways: bounded in time and size, no redirects, no proxy, no retries.
//!
//! It knows nothing of Alipay's answers; every way in which none arrives is an [`UnknownReason`].

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode, redirect, retry};
use url::Url;

use crate::charset::Charset;
use crate::outcome::UnknownReason;
use crate::settings::{SettingsError, Timeouts};

/// Longest answer that is read, in bytes. Real ones have a few thousand.
const ANSWER_LEN_MAX: usize = 1024 * 1024;

/// A connection pool to Alipay. Built once, cloned freely.
#[derive(Debug, Clone)]
pub struct Http(Client);

/// An answer with HTTP status 200.
pub(crate) struct HttpAnswer {
    /// The charset that Content-Type names, where it names one that Alipay uses.
    pub(crate) charset: Option<Charset>,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// Builds the client.
    ///
    /// # Errors
    /// [`SettingsError::HttpClient`] where TLS cannot be set up.
    pub fn new(timeouts: Timeouts) -> Result<Self, SettingsError> {
        Client::builder()
            .user_agent(concat!("alipay-global/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            // The sum bounds an answer that trickles in.
            .timeout(timeouts.connect.saturating_add(timeouts.read))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .build()
            .map(Self)
            .map_err(|_| SettingsError::HttpClient)
    }

    pub(crate) async fn get(&self, url: Url) -> Result<HttpAnswer, UnknownReason> {
        send(self.0.get(url)).await
    }

    pub(crate) async fn post(&self, url: Url, charset: Charset, form: String) -> Result<HttpAnswer, UnknownReason> {
        let content_type = format!("application/x-www-form-urlencoded;charset={charset}");
        send(self.0.post(url).header(CONTENT_TYPE, content_type).body(form)).await
    }
}

async fn send(request: RequestBuilder) -> Result<HttpAnswer, UnknownReason> {
    let mut response = request.send().await.map_err(|error| reason(&error))?;
    if response.status() != StatusCode::OK {
        return Err(UnknownReason::HttpStatus(response.status().as_u16()));
    }
    let charset = declared_charset(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len() + chunk.len() > ANSWER_LEN_MAX {
            return Err(UnknownReason::Oversize);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpAnswer { charset, body })
}

fn reason(error: &reqwest::Error) -> UnknownReason {
    // A connection that times out while being opened carried nothing, so `is_connect` is asked first.
    if error.is_connect() {
        UnknownReason::Unreachable
    } else if error.is_timeout() {
        UnknownReason::Timeout
    } else {
        UnknownReason::Interrupted
    }
}

fn declared_charset(headers: &HeaderMap) -> Option<Charset> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let (_, declared) = content_type.split_once("charset=")?;
    declared.split(';').next()?.trim_matches(['"', ' ']).parse().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

    use super::declared_charset;
    use crate::charset::Charset;

    #[test]
    fn the_charset_of_a_content_type_is_read_leniently() {
        for (value, charset) in [
            ("text/xml;charset=UTF-8", Some(Charset::Utf8)),
            ("text/xml; Charset=\"gbk\"; x=y", Some(Charset::Gbk)),
            ("text/html;charset=GB2312", Some(Charset::Gb2312)),
            ("text/xml", None),
            ("text/xml;charset=latin1", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(declared_charset(&headers), charset, "{value}");
        }
        assert_eq!(declared_charset(&HeaderMap::new()), None);
    }
}
