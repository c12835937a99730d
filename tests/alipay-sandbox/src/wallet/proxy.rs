//! The in-app browser: every path is fetched from the site that the phone has open, with the app's
//! User-Agent and the phone's cookies; answers are streamed back, pages get the bridge.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::StatusCode,
    web,
};
use futures_util::stream;
use reqwest::{
    Method, Response,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::Deserialize;
use url::Url;

use super::{
    LANG_COOKIE, PHONE_COOKIE, USER_COOKIE,
    address::{allowed, is_own},
    cookie, frame, open_path, page, phone_origin, signed_in_user,
};
use crate::sandbox::{Sandbox, now, random_hex};

/// Largest request of a merchant's page.
const REQUEST_LEN_MAX: usize = 8 * 1024 * 1024;
/// Largest HTML page; everything else is streamed.
const PAGE_LEN_MAX: usize = 8 * 1024 * 1024;
const BRIDGE: &str = include_str!("bridge.js");

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(REQUEST_LEN_MAX))
        .route("/~wallet/open", web::get().to(open))
        .route("/~wallet/bridge.js", web::get().to(bridge))
        .default_service(web::to(forward));
}

#[derive(Debug, Deserialize)]
struct Opening {
    url: String,
}

async fn open(http: HttpRequest, sandbox: web::Data<Sandbox>, opening: web::Query<Opening>) -> HttpResponse {
    let Some(url) = allowed(&opening.url, &sandbox) else {
        return page::notice(403, &opening.url, "手机只能打开本机网页", "This phone opens pages of this machine only");
    };
    let known = cookie(&http, PHONE_COOKIE);
    let phone = known.clone().unwrap_or_else(|| random_hex(16));
    let mut target = url.path().to_owned();
    if let Some(query) = url.query() {
        target.push('?');
        target.push_str(query);
    }
    sandbox.phones.open(&phone, url);
    let mut response = HttpResponse::Found();
    response.insert_header(("location", target)).insert_header(("cache-control", "no-store"));
    if known.is_none() {
        response.cookie(phone_cookie(phone));
    }
    response.finish()
}

/// Names a new phone to the browser, on every port of this host.
pub(super) fn phone_cookie(phone: String) -> Cookie<'static> {
    Cookie::build(PHONE_COOKIE, phone).path("/").http_only(true).same_site(SameSite::Lax).finish()
}

async fn bridge(http: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .body(BRIDGE.replace("{{agent}}", &user_agent(&http)))
}

async fn forward(http: HttpRequest, body: web::Bytes, sandbox: web::Data<Sandbox>) -> HttpResponse {
    let phone = cookie(&http, PHONE_COOKIE).unwrap_or_default();
    let Some(site) = sandbox.phones.site(&phone) else {
        return page::notice(404, "", "请先在钱包中打开链接", "Open a link in the wallet first");
    };
    let path = http.uri().path_and_query().map_or("/", |path| path.as_str());
    let Ok(url) = Url::parse(&format!("{}{path}", site.origin().ascii_serialization())) else {
        return page::notice(400, path, "地址无效", "This address is not valid");
    };
    let Ok(method) = Method::from_bytes(http.method().as_str().as_bytes()) else {
        return page::notice(400, path, "请求无效", "This request is not valid");
    };
    let headers = request_headers(&http, &sandbox, &phone, &url);
    let sent = sandbox.phones.http.request(method, url.clone()).headers(headers).body(body.to_vec()).send().await;
    match sent {
        Ok(response) => pass_back(&http, &sandbox, &phone, &url, response).await,
        Err(error) => {
            tracing::warn!(site = %site, "the phone could not reach {site}: {error}");
            page::notice(
                502,
                site.as_str(),
                "网页打不开，请确认商户服务已启动",
                "The page does not open: is the merchant's server running?",
            )
        }
    }
}

fn request_headers(http: &HttpRequest, sandbox: &Sandbox, phone: &str, url: &Url) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in http.headers() {
        let name = name.as_str();
        let is_ours = matches!(
            name,
            "host"
                | "cookie"
                | "user-agent"
                | "origin"
                | "referer"
                | "content-length"
                | "accept-encoding"
                | "if-none-match"
                | "if-modified-since"
        );
        if !is_ours && !is_hop_by_hop(name) && !name.starts_with("sec-") {
            put(&mut headers, name, value.as_bytes());
        }
    }
    let origin = url.origin().ascii_serialization();
    if http.headers().contains_key("origin") {
        put(&mut headers, "origin", origin.as_bytes());
    }
    let referer = http.headers().get("referer").and_then(|value| Url::parse(value.to_str().ok()?).ok());
    if let Some(referer) = referer.filter(|referer| referer.port() == Some(sandbox.wallet_port)) {
        let query = referer.query().map_or_else(String::new, |query| format!("?{query}"));
        put(&mut headers, "referer", format!("{origin}{}{query}", referer.path()).as_bytes());
    }
    put(&mut headers, "user-agent", user_agent(http).as_bytes());
    put(&mut headers, "accept-encoding", b"identity");
    let user = signed_in_user(http, &sandbox.settings);
    let cookies = if is_own(url, sandbox) {
        Some(format!("{USER_COOKIE}={}", user.id))
    } else {
        sandbox.phones.cookies(phone, &user.id, url, now())
    };
    if let Some(cookies) = cookies {
        put(&mut headers, "cookie", cookies.as_bytes());
    }
    headers
}

/// The in-app browser's name for itself (alipay.md §4.3).
fn user_agent(http: &HttpRequest) -> String {
    let language = if cookie(http, LANG_COOKIE).as_deref() == Some("en") { "en" } else { "zh-Hans" };
    format!(
        "Mozilla/5.0 (Linux; U; Android 14; zh-CN) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
         Chrome/120.0.0.0 Mobile Safari/537.36 AliApp(AP/10.8.30.6000) \
         AlipayDefined(nt:WIFI,ws:390|844|3.0) AlipayClient/10.8.30.6000 Language/{language}"
    )
}

async fn pass_back(http: &HttpRequest, sandbox: &Sandbox, phone: &str, url: &Url, response: Response) -> HttpResponse {
    let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut back = HttpResponse::build(status);
    let mut is_html = false;
    let phone_host = phone_origin(http.connection_info().host(), sandbox.wallet_port);
    let user = signed_in_user(http, &sandbox.settings);
    for (name, value) in response.headers() {
        let text = value.to_str().unwrap_or_default();
        match name.as_str() {
            "set-cookie" => sandbox.phones.keep(phone, &user.id, url, text, now()),
            "location" => {
                back.insert_header(("location", redirected(url, text, sandbox)));
            }
            "content-security-policy" => {
                back.insert_header((name.as_str(), frame::relaxed_policy(text, &phone_host)));
            }
            "x-frame-options"
            | "content-length"
            | "cache-control"
            | "etag"
            | "last-modified"
            | "strict-transport-security"
            | "cross-origin-opener-policy"
            | "cross-origin-resource-policy" => {}
            header if is_hop_by_hop(header) => {}
            header => {
                is_html |= header == "content-type" && text.to_ascii_lowercase().starts_with("text/html");
                back.append_header((header, value.as_bytes()));
            }
        }
    }
    back.insert_header(("cache-control", "no-store"));
    if is_html {
        return with_bridge(back, url, response).await;
    }
    let chunks = stream::unfold(response, |mut response| async move {
        response.chunk().await.transpose().map(|chunk| (chunk, response))
    });
    back.streaming(Box::pin(chunks))
}

async fn with_bridge(mut back: actix_web::HttpResponseBuilder, url: &Url, mut response: Response) -> HttpResponse {
    let mut page = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if page.len().saturating_add(chunk.len()) > PAGE_LEN_MAX {
            return page::notice(502, url.as_str(), "网页太大", "The page is too large");
        }
        page.extend_from_slice(&chunk);
    }
    match String::from_utf8(page) {
        Ok(html) if !html.is_empty() => back.body(frame::with_bridge(&html, url)),
        Ok(empty) => back.body(empty),
        Err(other_charset) => back.body(other_charset.into_bytes()),
    }
}

/// Same site: its path. Another site that the phone may open: through the phone. Else as it is.
fn redirected(from: &Url, location: &str, sandbox: &Sandbox) -> String {
    let Ok(target) = from.join(location) else {
        return location.to_owned();
    };
    if target.origin() == from.origin() {
        let tail = target.as_str().strip_prefix(&target.origin().ascii_serialization());
        return tail.unwrap_or(location).to_owned();
    }
    match allowed(target.as_str(), sandbox) {
        Some(target) => open_path(target.as_str()),
        None => target.into(),
    }
}

fn put(headers: &mut HeaderMap, name: &str, value: &[u8]) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
        headers.append(name, value);
    }
}

fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}
