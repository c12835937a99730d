//! The authorise page (alipay.md §4.1): checks app, scope and callback, and sends the signed-in
//! wallet user back with a fresh auth_code. `auth_base` is silent, `auth_user` asks first.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use url::Url;

use crate::{
    fault::{FaultKind, Point},
    sandbox::{Sandbox, now, random_hex},
    settings::App,
    wallet,
};

/// The route of the page.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.route("/oauth2/publicAppAuthorize.htm", web::get().to(authorize));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    app_id: String,
    scope: String,
    redirect_uri: String,
    state: Option<String>,
    agreed: Option<String>,
}

/// A page of the sandbox's own: a refusal to authorise, or the question for consent.
#[derive(Template)]
#[template(path = "authorize.html")]
struct Page<'a> {
    title_zh: &'a str,
    title_en: &'a str,
    detail: &'a str,
    agree: Option<&'a str>,
}

async fn authorize(http: HttpRequest, sandbox: web::Data<Sandbox>, wish: web::Query<Wish>) -> HttpResponse {
    let mut callback = match check(&sandbox, &wish) {
        Ok(callback) => callback,
        Err(why) => return refused(why),
    };
    if wish.scope == "auth_user" && wish.agreed.is_none() {
        let agree = format!("?{}&agreed=1", http.query_string());
        let page = Page {
            title_zh: "是否允许该应用获取你的会员信息？",
            title_en: "Let this app see your profile?",
            detail: &wish.app_id,
            agree: Some(&agree),
        };
        return render(&page, 200);
    }
    let user = wallet::signed_in_user(&http, &sandbox.settings);
    let code = random_hex(16);
    let strike = sandbox.strike(Point::AuthCode, &user.id);
    {
        let mut world = sandbox.world();
        world.auth.grant(code.clone(), &wish.app_id, &user.id, now());
        if strike.is_some_and(|strike| strike.kind == FaultKind::AuthCodeUsed) {
            world.auth.spoil(&code);
        }
    }
    {
        let mut query = callback.query_pairs_mut();
        query.append_pair("app_id", &wish.app_id).append_pair("source", "alipay_wallet");
        query.append_pair("scope", &wish.scope).append_pair("auth_code", &code);
        if let Some(state) = &wish.state {
            query.append_pair("state", state);
        }
    }
    let target = wallet::stay_in_phone(&http, &sandbox, callback.as_str());
    HttpResponse::Found().insert_header(("location", target)).insert_header(("cache-control", "no-store")).finish()
}

fn check(sandbox: &Sandbox, wish: &Wish) -> Result<Url, &'static str> {
    let app = sandbox.settings.app(&wish.app_id).ok_or("app_id: unknown app (isv.invalid-app-id)")?;
    if !matches!(wish.scope.as_str(), "auth_base" | "auth_user") {
        return Err("scope: must be auth_base or auth_user");
    }
    let callback = Url::parse(&wish.redirect_uri).map_err(|_| "redirect_uri: not an absolute address")?;
    if !matches!(callback.scheme(), "http" | "https") || !callback.has_host() {
        return Err("redirect_uri: not an http or https address");
    }
    if !is_registered(app, &callback) {
        return Err("redirect_uri: not the callback registered for this app");
    }
    Ok(callback)
}

/// Same address but for the query; an app without registered callbacks takes any.
fn is_registered(app: &App, callback: &Url) -> bool {
    let bare = |url: &Url| {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    app.callbacks.is_empty()
        || app.callbacks.iter().filter_map(|known| Url::parse(known).ok()).any(|known| bare(&known) == bare(callback))
}

fn refused(why: &str) -> HttpResponse {
    tracing::warn!(why, "authorisation refused: {why}");
    let page = Page {
        title_zh: "抱歉，无法完成授权",
        title_en: "Sorry, this authorisation cannot be completed",
        detail: why,
        agree: None,
    };
    render(&page, 400)
}

fn render(page: &Page<'_>, status: u16) -> HttpResponse {
    let mut response = match status {
        200 => HttpResponse::Ok(),
        _ => HttpResponse::BadRequest(),
    };
    response.content_type("text/html; charset=utf-8").body(page.render().unwrap_or_default())
}
