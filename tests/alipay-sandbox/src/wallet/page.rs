//! The wallet's own screens: one page, its style and script, who is signed in, and short notices for
//! the phone's frame.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::StatusCode,
    web,
};
use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::{PHONE_COOKIE, USER_COOKIE, cookie, proxy::phone_cookie, signed_in_user};
use crate::sandbox::{Sandbox, random_hex};

const PAGE: &str = include_str!("wallet.html");
const STYLE: &str = include_str!("wallet.css");
const SCRIPT: &str = include_str!("wallet.js");

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/wallet", web::get().to(wallet))
        .route("/wallet/wallet.css", web::get().to(style))
        .route("/wallet/wallet.js", web::get().to(script))
        .route("/wallet/api/session", web::get().to(session))
        .route("/wallet/api/account", web::post().to(account));
}

/// A short page in the phone's frame: what happened and what to do.
#[derive(Template)]
#[template(path = "authorize.html")]
struct Notice<'a> {
    title_zh: &'a str,
    title_en: &'a str,
    detail: &'a str,
    agree: Option<&'a str>,
}

/// Says something in place of a merchant's page.
pub(super) fn notice(status: u16, detail: &str, title_zh: &str, title_en: &str) -> HttpResponse {
    let page = Notice { title_zh, title_en, detail, agree: None };
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY))
        .content_type("text/html; charset=utf-8")
        .body(page.render().unwrap_or_default())
}

async fn home() -> HttpResponse {
    HttpResponse::Found().insert_header(("location", "/wallet")).finish()
}

async fn wallet(http: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("text/html; charset=utf-8");
    if cookie(&http, PHONE_COOKIE).is_none() {
        response.cookie(phone_cookie(random_hex(16)));
    }
    response.body(PAGE)
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

async fn script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(SCRIPT)
}

async fn session(http: HttpRequest, sandbox: web::Data<Sandbox>) -> HttpResponse {
    let users: Vec<_> = sandbox
        .settings
        .users
        .iter()
        .map(|user| json!({"id": user.id, "name_zh": user.name_zh, "name_en": user.name_en, "login": user.login}))
        .collect();
    let user = signed_in_user(&http, &sandbox.settings);
    HttpResponse::Ok().json(json!({"users": users, "user_id": user.id, "phone_port": sandbox.wallet_port}))
}

#[derive(Debug, Deserialize)]
struct Choice {
    user_id: String,
}

async fn account(sandbox: web::Data<Sandbox>, choice: web::Json<Choice>) -> HttpResponse {
    if sandbox.settings.user(&choice.user_id).is_none() {
        return HttpResponse::NotFound().json(json!({"error": "no such account in this sandbox"}));
    }
    let cookie =
        Cookie::build(USER_COOKIE, choice.user_id.clone()).path("/").http_only(true).same_site(SameSite::Lax).finish();
    HttpResponse::Ok().cookie(cookie).json(json!({"user_id": choice.user_id}))
}
