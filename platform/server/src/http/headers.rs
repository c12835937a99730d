//! Headers that every answer carries: a page may load from itself alone, is framed by nobody (or by one named origin),
//! and is kept in no cache unless its handler says otherwise.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse, Transform},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::{Next, from_fn},
};

/// Who may show a page inside a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameAncestors(HeaderValue);

/// The setting is neither `none`, `self` nor an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not \"none\", \"self\" or an origin such as https://wallet.example")]
pub struct BadAncestor(String);

impl FrameAncestors {
    /// Nobody.
    #[must_use]
    pub fn none() -> Self {
        Self(policy("'none'").unwrap_or_else(|_| HeaderValue::from_static("frame-ancestors 'none'")))
    }

    /// Reads the setting: `none`, `self`, or one origin.
    ///
    /// # Errors
    /// [`BadAncestor`].
    pub fn parse(setting: &str) -> Result<Self, BadAncestor> {
        let bad = || BadAncestor(setting.to_owned());
        let ancestor = match setting {
            "none" => "'none'".to_owned(),
            "self" => "'self'".to_owned(),
            origin => {
                let url = url::Url::parse(origin).map_err(|_| bad())?;
                let is_origin = matches!(url.scheme(), "http" | "https") && url.host().is_some();
                if !is_origin || url.path() != "/" || url.query().is_some() {
                    return Err(bad());
                }
                url.origin().ascii_serialization()
            }
        };
        policy(&ancestor).map(Self).map_err(|_| bad())
    }
}

fn policy(ancestors: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    ))
}

/// The middleware: `scope.wrap(headers::secure(FrameAncestors::none()))`.
pub fn secure<S, B>(
    ancestors: FrameAncestors,
) -> impl Transform<S, ServiceRequest, Response = ServiceResponse<impl MessageBody + use<S, B>>, Error = Error, InitError = ()>
where
    S: actix_web::dev::Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    from_fn(move |request: ServiceRequest, next: Next<B>| {
        let ancestors = ancestors.clone();
        async move {
            let mut response = next.call(request).await?;
            add(response.headers_mut(), &ancestors);
            Ok::<_, Error>(response)
        }
    })
}

fn add(headers: &mut HeaderMap, ancestors: &FrameAncestors) {
    headers.insert(header::CONTENT_SECURITY_POLICY, ancestors.0.clone());
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Our own forms keep their origin, so that a change can be told from one that another site made.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
