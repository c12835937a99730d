//! The wallet: a person in an ordinary browser plays the Alipay app.
//!
//! `page` serves the app's own screens, `cashier` pays, `proxy` is the in-app browser: a listener of
//! its own on which every path is the merchant's, fetched as `AlipayClient` and given a bridge. Which
//! account is signed in is a cookie; what a phone has open and its merchant cookies are [`Phones`].

mod address;
mod cashier;
mod frame;
mod jar;
mod page;
mod phone;
mod proxy;

use actix_web::{HttpRequest, web};
use url::Url;

pub(crate) use phone::Phones;

use crate::{
    sandbox::Sandbox,
    settings::{Settings, User, test_users},
};

/// Names the phone that a browser plays.
const PHONE_COOKIE: &str = "wallet_phone";
/// Names the account signed in on it.
const USER_COOKIE: &str = "wallet_user";
/// Names its language, `zh` or `en`.
const LANG_COOKIE: &str = "wallet_lang";
/// Paths of the phone's own, on the listener where all others are the merchant's.
const RESERVED: &str = "/~wallet";

/// Pages and API of the wallet, on the main listener.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    page::routes(config);
    cashier::routes(config);
}

/// Everything on the phone's own listener.
pub(crate) fn phone_routes(config: &mut web::ServiceConfig) {
    proxy::routes(config);
}

/// Whoever the wallet cookie says is signed in, else the first account.
pub(crate) fn signed_in_user(http: &HttpRequest, settings: &Settings) -> User {
    let named = cookie(http, USER_COOKIE).and_then(|id| settings.user(&id).cloned());
    let first = || settings.users.first().cloned().or_else(|| test_users().into_iter().next());
    named.or_else(first).unwrap_or_else(|| User {
        id: String::new(),
        name_zh: String::new(),
        name_en: String::new(),
        login: String::new(),
        pin: String::new(),
    })
}

/// Where to send a browser that is to open `target`: through the phone if it came from the phone's
/// frame, else straight there.
pub(crate) fn stay_in_phone(http: &HttpRequest, sandbox: &Sandbox, target: &str) -> String {
    let header = |name: &str| http.headers().get(name).and_then(|value| value.to_str().ok());
    let from_phone = header("referer")
        .and_then(|referer| Url::parse(referer).ok())
        .is_some_and(|referer| referer.port() == Some(sandbox.wallet_port));
    let in_frame = header("sec-fetch-dest") == Some("iframe");
    if cookie(http, PHONE_COOKIE).is_some() && (from_phone || in_frame) {
        let host = http.connection_info().host().to_owned();
        return format!("{}{}", phone_origin(&host, sandbox.wallet_port), open_path(target));
    }
    target.to_owned()
}

/// The address of the phone's listener under the host name by which the browser knows us.
fn phone_origin(host: &str, wallet_port: u16) -> String {
    let name = Url::parse(&format!("http://{host}")).ok().and_then(|url| url.host_str().map(str::to_owned));
    format!("http://{}:{wallet_port}", name.as_deref().unwrap_or("127.0.0.1"))
}

/// The path by which the phone opens an address.
fn open_path(target: &str) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("url", target).finish();
    format!("{RESERVED}/open?{query}")
}

fn cookie(http: &HttpRequest, name: &str) -> Option<String> {
    http.cookie(name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}
