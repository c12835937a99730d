//! Refuses changes that another site's page asks for. Beside `SameSite=Strict` cookies this is the second wall: browsers
//! tell where a request comes from, and what is not from our own origin changes nothing.

use actix_web::{
    Error, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName},
    },
    middleware::Next,
};

use crate::http::error::ApiError;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The middleware: `scope.wrap(from_fn(same_origin::only))`. A change that a page of another origin asks for is answered
/// with 403, and as an answer, not an error, so that the middleware around this one adds its headers.
///
/// # Errors
/// Only those of the wrapped service.
pub async fn only(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_ours(request.headers()) {
        Ok(next.call(request).await?.map_into_left_body())
    } else {
        Ok(request.into_response(ApiError::foreign().error_response()).map_into_right_body())
    }
}

/// Whether our own page asks, or no browser: a program without a person's cookies has nothing to be tricked into.
#[must_use]
pub fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if let Some(site) = text(&SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    match (text(&header::ORIGIN), text(&header::HOST)) {
        (None, _) => true,
        // The scheme is left out: a proxy in front may have taken TLS off.
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host)),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_ours(&headers)
    }

    #[test]
    fn only_our_own_page_may_change_anything() {
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(!ours(&[("sec-fetch-site", "cross-site"), ("origin", "https://a.example"), ("host", "a.example")]));
        assert!(!ours(&[("sec-fetch-site", "same-site")]));
        assert!(ours(&[("origin", "https://a.example:8443"), ("host", "A.example:8443")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "a.example")]));
        assert!(!ours(&[("origin", "null"), ("host", "a.example")]));
        assert!(ours(&[("host", "a.example")]));
    }
}
