//! The pages a passenger walks through: the scanned link, Alipay's authorisation and back, the page itself. Mounted by
//! the roof with [`configure`]. Decides who may ask; what is shown the house decides.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use fareway_shared::{id::VehicleId, time::Timestamp};
use serde::Deserialize;

use super::{
    api, feed,
    pages::{self, Next},
    ports::{Exchange, Target},
    sentences::{
        BAD_LINK, CODE_REFUSED, NO_CONSENT, OLD_LINK, OTHER_BROWSER, Sentence, UNKNOWN_CODE, UNKNOWN_PLATE,
        UNKNOWN_VEHICLE, WALLET_SILENT,
    },
    session::{self, STATE_LASTS, Session},
    token::{AuthState, Claim, TokenError},
    visit::{PassengerPages, VisitError},
    wallet::{self, Language},
};
use crate::http::headers::{FrameAncestors, secure};

/// The longest form or JSON body, bytes.
const BODY_MAX: usize = 4096;
/// A bill's code has 31 characters (shared/src/code.rs).
const BILL_CODE_CHARS_MAX: usize = 64;
/// A plate as people type it, characters.
const PLATE_CHARS_MAX: usize = 16;
/// Alipay's samples have 32 characters, its documents allow 40 (alipay.md §4.1); leave some room.
const AUTH_CODE_CHARS_MAX: usize = 64;
/// How often one scan may be authorised: the second time after a refused code, then never again.
const ATTEMPTS_MAX: u8 = 2;

type Pages = web::Data<PassengerPages>;

/// Mounts everything under `/p`.
pub fn configure(config: &mut web::ServiceConfig, pages: Pages, ancestors: FrameAncestors) {
    config.service(
        web::scope("/p")
            .wrap(secure(ancestors))
            .app_data(pages)
            .app_data(web::FormConfig::default().limit(BODY_MAX).error_handler(|_, request| {
                let language = Language::of(request);
                let page = pages::plate(language, StatusCode::BAD_REQUEST, "", Some(UNKNOWN_PLATE));
                actix_web::error::InternalError::from_response("malformed form", page).into()
            }))
            .app_data(web::JsonConfig::default().limit(BODY_MAX).error_handler(|_, _| api::Refusal::Malformed.into()))
            .app_data(web::QueryConfig::default().error_handler(|_, _| api::Refusal::Malformed.into()))
            .service(
                web::scope("/api")
                    .route("/state", web::get().to(api::state))
                    .route("/events", web::get().to(feed::events))
                    .route("/pay", web::post().to(api::pay))
                    .route("/take-over", web::post().to(api::take_over))
                    .route("/result", web::post().to(api::result))
                    .route("/screen-code", web::post().to(api::screen_code))
                    .route("/choose", web::post().to(api::choose)),
            )
            .route("", web::get().to(plate_form))
            .route("/plate", web::get().to(plate_form))
            .route("/plate", web::post().to(typed_plate))
            .route("/b/{code}", web::get().to(scanned_bill))
            .route("/v/{vehicle}", web::get().to(scanned_vehicle))
            .route("/callback", web::get().to(callback))
            .route("/page/{token}", web::get().to(page)),
    );
}

async fn plate_form(request: HttpRequest) -> HttpResponse {
    let language = Language::of(&request);
    if !wallet::is_alipay(&request) {
        return pages::open_in_alipay(language);
    }
    pages::plate(language, StatusCode::OK, "", None)
}

#[derive(Deserialize)]
struct PlateForm {
    plate: String,
}

async fn typed_plate(request: HttpRequest, pages: Pages, form: web::Form<PlateForm>) -> HttpResponse {
    let language = Language::of(&request);
    if !wallet::is_alipay(&request) {
        return pages::open_in_alipay(language);
    }
    let typed: String = form.plate.chars().take(PLATE_CHARS_MAX).collect();
    match pages.desk.find_plate(typed.trim()).await {
        Ok(Some(target)) => begin(&request, &pages, target),
        Ok(None) => pages::plate(language, StatusCode::NOT_FOUND, &typed, Some(UNKNOWN_PLATE)),
        Err(_) => pages::out_of_order(language),
    }
}

async fn scanned_bill(request: HttpRequest, pages: Pages, code: web::Path<String>) -> HttpResponse {
    if !wallet::is_alipay(&request) {
        return pages::open_in_alipay(Language::of(&request));
    }
    let found = match code.len() {
        ..=BILL_CODE_CHARS_MAX => pages.desk.find_bill(&code, pages.now()).await,
        _ => Ok(None),
    };
    arrive(&request, &pages, found, UNKNOWN_CODE)
}

async fn scanned_vehicle(request: HttpRequest, pages: Pages, vehicle: web::Path<String>) -> HttpResponse {
    if !wallet::is_alipay(&request) {
        return pages::open_in_alipay(Language::of(&request));
    }
    let found = match VehicleId::parse(&vehicle) {
        Ok(vehicle) => pages.desk.find_vehicle(vehicle).await,
        Err(_) => Ok(None),
    };
    arrive(&request, &pages, found, UNKNOWN_VEHICLE)
}

fn arrive<E>(
    request: &HttpRequest,
    pages: &PassengerPages,
    found: Result<Option<Target>, E>,
    unknown: Sentence,
) -> HttpResponse {
    match found {
        Ok(Some(target)) => begin(request, pages, target),
        Ok(None) => pages::notice(Language::of(request), StatusCode::NOT_FOUND, unknown, Next::TypePlate),
        Err(_) => pages::out_of_order(Language::of(request)),
    }
}

/// To the page if the passenger is known, else to Alipay first.
fn begin(request: &HttpRequest, pages: &PassengerPages, target: Target) -> HttpResponse {
    let now = pages.now();
    match Session::of(request, &pages.key, now) {
        // A link proves nothing about a car, whatever an earlier page has proven.
        Some(_) => see_other(&page_link(pages, &Claim::new(target, None), target, now)),
        None => authorise(request, pages, Claim::new(target, None), 0, now),
    }
}

fn authorise(request: &HttpRequest, pages: &PassengerPages, claim: Claim, attempt: u8, now: Timestamp) -> HttpResponse {
    let nonce = rand::random();
    let state = pages.key.seal_state(&AuthState { claim, nonce, attempt }, now.after(STATE_LASTS));
    HttpResponse::Found()
        .insert_header((header::LOCATION, pages.desk.authorise_url(&state)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .cookie(session::bind(request, &nonce, pages.edge.secure_cookies))
        .finish()
}

#[derive(Deserialize)]
struct CallbackQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    auth_code: String,
}

async fn callback(request: HttpRequest, pages: Pages, query: web::Query<CallbackQuery>) -> HttpResponse {
    let (language, now) = (Language::of(&request), pages.now());
    let state = match pages.key.open_state(&query.state, now) {
        Ok(state) => state,
        Err(error) => return refuse_token(language, error),
    };
    if !session::is_bound(&request, &state.nonce) {
        return pages::notice(language, StatusCode::FORBIDDEN, OTHER_BROWSER, Next::Stay);
    }
    // Without a session the page's link leads through Alipay again, with a fresh state.
    let again = page_link(&pages, &state.claim, state.claim.for_payer(""), now);
    if query.auth_code.is_empty() || query.auth_code.len() > AUTH_CODE_CHARS_MAX {
        return pages::notice(language, StatusCode::OK, NO_CONSENT, Next::TryAgain(&again));
    }
    match pages.desk.exchange(&hex::encode(state.nonce), &query.auth_code, now).await {
        Ok(Exchange::User(payer)) => {
            let mut response = see_other(&again);
            match response.add_cookie(&Session::cookie(&payer, &pages.key, pages.edge.secure_cookies, now)) {
                Ok(()) => response,
                Err(_) => pages::out_of_order(language),
            }
        }
        Ok(Exchange::CodeRefused) => match state.attempt.saturating_add(1) {
            attempt if attempt < ATTEMPTS_MAX => authorise(&request, &pages, state.claim, attempt, now),
            _ => pages::notice(language, StatusCode::OK, CODE_REFUSED, Next::TryAgain(&again)),
        },
        Ok(Exchange::Unknown) => pages::notice(language, StatusCode::OK, WALLET_SILENT, Next::TryAgain(&again)),
        Err(_) => pages::out_of_order(language),
    }
}

async fn page(request: HttpRequest, pages: Pages, token: web::Path<String>) -> HttpResponse {
    let (language, now) = (Language::of(&request), pages.now());
    let visit = match pages.visit(&request, &token, now) {
        Ok(visit) => visit,
        Err(VisitError::Token(error)) => return refuse_token(language, error),
        Err(VisitError::NoSession(_)) if !wallet::is_alipay(&request) => return pages::open_in_alipay(language),
        Err(VisitError::NoSession(claim)) => return authorise(&request, &pages, claim, 0, now),
    };
    match pages.state(visit.target, &visit.payer, now).await {
        Ok(state) => pages::page(language, &token, &state),
        Err(_) => pages::out_of_order(language),
    }
}

fn page_link(pages: &PassengerPages, claim: &Claim, target: Target, now: Timestamp) -> String {
    format!("/p/page/{}", pages.page_token(claim, target, now))
}

fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

fn refuse_token(language: Language, error: TokenError) -> HttpResponse {
    match error {
        TokenError::Forged => pages::notice(language, StatusCode::BAD_REQUEST, BAD_LINK, Next::Stay),
        TokenError::Expired => pages::notice(language, StatusCode::GONE, OLD_LINK, Next::Stay),
    }
}
