//! The built web pages, embedded when the program is compiled (see `build.rs`). The console and the passenger's pages
//! share the table. Files whose name carries their hash may be kept for ever; the others are asked for again each time.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::header::{self, EntityTag, IfNoneMatch},
    web,
};

use crate::http::error::ApiError;

/// One file of `platform/web/dist`.
#[derive(Debug)]
pub struct Asset {
    /// Below the folder, with `/`.
    pub path: &'static str,
    /// As a browser is told.
    pub content_type: &'static str,
    /// A tag of the content.
    pub tag: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file of the table; `None` too if the pages were not built.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// Mounts `GET /assets/…`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/assets/{path:.*}", web::get().to(get));
}

async fn get(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    match find(&format!("assets/{path}")) {
        Some(asset) => respond(&request, asset),
        None => ApiError::not_found().error_response(),
    }
}

/// Answers with a file, or that the browser has it already.
#[must_use]
pub fn respond(request: &HttpRequest, asset: &'static Asset) -> HttpResponse {
    let tag = EntityTag::new_strong(asset.tag.to_owned());
    let keep = if is_hashed(asset.path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = match header::Header::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Ok(IfNoneMatch::Any) | Err(_) => false,
    };
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag.to_string())).insert_header((header::CACHE_CONTROL, keep));
    if known { response.finish() } else { response.content_type(asset.content_type).body(asset.bytes) }
}

/// Whether a name ends as the web build ends hashed ones: `index-B3x_9aQz.js`. In doubt it is not, which costs only a
/// question by the browser.
fn is_hashed(path: &str) -> bool {
    let stem = path.rsplit('/').next().and_then(|name| name.split_once('.')).map_or("", |(stem, _)| stem);
    let Some((_, hash)) = stem.split_at_checked(stem.len().saturating_sub(9)).filter(|(name, _)| !name.is_empty())
    else {
        return false;
    };
    let mut letters = hash.bytes();
    letters.next() == Some(b'-')
        && letters.clone().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_'))
        && letters.any(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use actix_web::{http::StatusCode, test::TestRequest};

    use super::*;

    static HASHED: Asset =
        Asset { path: "assets/index-B3x_9aQz.js", content_type: "text/javascript", tag: "abc", bytes: b"1" };
    static PLAIN: Asset = Asset { path: "assets/passenger.css", content_type: "text/css", tag: "def", bytes: b"2" };

    #[test]
    fn a_hashed_file_is_kept_for_ever_and_another_is_asked_for_again() {
        let kept = |asset| {
            let response = respond(&TestRequest::default().to_http_request(), asset);
            response.headers().get(header::CACHE_CONTROL).unwrap().to_str().unwrap().to_owned()
        };
        assert!(kept(&HASHED).contains("immutable"));
        assert_eq!(kept(&PLAIN), "no-cache");
        assert!(!is_hashed("assets/passenger-homepage.js"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("-B3x_9aQz.js"));
    }

    #[test]
    fn a_browser_that_has_the_file_is_not_sent_it_again() {
        let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, "\"def\"")).to_http_request();
        assert_eq!(respond(&request, &PLAIN).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(respond(&request, &HASHED).status(), StatusCode::OK);
    }
}
