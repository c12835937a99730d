//! The HTML shells, filled and sent. Called by the routes. Everything live is drawn by the page's own script from the
//! state that is embedded as an attribute, so no shell carries a script of its own.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;

use super::{
    ports::PageState,
    sentences::{OUT_OF_ORDER, Sentence},
    wallet::Language,
};

/// Where a notice leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// Nowhere: the sentence says what to do.
    Stay,
    /// To an address where it may work now.
    TryAgain(&'a str),
    /// To the plate form.
    TypePlate,
}

#[derive(Template)]
#[template(path = "passenger/templates/page.html")]
struct PageShell<'a> {
    language: Language,
    token: &'a str,
    state: &'a str,
}

#[derive(Template)]
#[template(path = "passenger/templates/notice.html")]
struct NoticeShell<'a> {
    language: Language,
    sentence: &'static str,
    other: Language,
    other_sentence: &'static str,
    next: Next<'a>,
}

#[derive(Template)]
#[template(path = "passenger/templates/plate.html")]
struct PlateShell<'a> {
    language: Language,
    typed: &'a str,
    wrong: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "passenger/templates/open_in_alipay.html")]
struct OpenInAlipayShell {
    language: Language,
}

/// The page itself, with its first state.
#[must_use]
pub fn page(language: Language, token: &str, state: &PageState) -> HttpResponse {
    match serde_json::to_string(state) {
        Ok(state) => send(StatusCode::OK, &PageShell { language, token, state: &state }),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// One sentence, in the passenger's language and below in the other.
#[must_use]
pub fn notice(language: Language, status: StatusCode, sentence: Sentence, next: Next<'_>) -> HttpResponse {
    let other = match language {
        Language::Chinese => Language::English,
        Language::English => Language::Chinese,
    };
    let (sentence, other_sentence) = (sentence.in_language(language), sentence.in_language(other));
    send(status, &NoticeShell { language, sentence, other, other_sentence, next })
}

/// The house is out of order: calm, and nothing technical.
#[must_use]
pub fn out_of_order(language: Language) -> HttpResponse {
    // An empty address is this page's own: a wallet's browser may have no reload button.
    notice(language, StatusCode::SERVICE_UNAVAILABLE, OUT_OF_ORDER, Next::TryAgain(""))
}

/// The form for a typed plate, with what was wrong with the last one.
#[must_use]
pub fn plate(language: Language, status: StatusCode, typed: &str, wrong: Option<Sentence>) -> HttpResponse {
    send(status, &PlateShell { language, typed, wrong: wrong.map(|sentence| sentence.in_language(language)) })
}

/// How to open the code in Alipay; tells nothing about the car.
#[must_use]
pub fn open_in_alipay(language: Language) -> HttpResponse {
    send(StatusCode::OK, &OpenInAlipayShell { language })
}

fn send(status: StatusCode, shell: &impl Template) -> HttpResponse {
    match shell.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(html),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
