//! The console's page and calls. Each call: who is signed in → one call of the desk → an answer.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET /console` | | the page |
//! | `GET api/board` | | [`Board`] |
//! | `GET api/events` | | the board on every change, see [`crate::console::feed`] |
//! | `POST api/vehicles` | `{plate, driver?}` | 201 `{id}` |
//! | `POST api/vehicles/{id}/enrolment-code` | | `{code}`, shown once |
//! | `POST api/vehicles/{id}/revoke`, `…/reinstate` | | 204 |
//! | `POST api/alarms/{id}/clear` | | 204 |
//! | `…api/reservations…`, `GET api/cars` | | see [`super::reservations`] |
//! | `POST api/sign-in`, `POST api/sign-out`, `GET api/me` | | see [`crate::identity::routes`] |

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
    middleware::from_fn,
    web,
};
use fareway_shared::id::{AlarmId, VehicleId};
use serde::{Deserialize, Serialize};

use crate::{
    console::{
        feed,
        ports::{Board, ConsoleDesk},
        reservations,
    },
    http::{
        Edge, assets, body,
        error::ApiError,
        headers::{FrameAncestors, secure},
        same_origin,
    },
    identity::{routes as sign_in, signed_in::SignedIn},
};

const PLATE_CHARS_MAX: usize = 16;
const DRIVER_CHARS_MAX: usize = 64;

/// Where the web build puts the console's page.
const PAGE: &str = "console/index.html";

/// Mounts everything below `/console`. Needs `web::Data` of `dyn ConsoleDesk`, `IdentityService`, `Edge` and
/// `feed::Feeds`.
pub fn configure(config: &mut web::ServiceConfig) {
    let api = web::scope("/api")
        .configure(sign_in::configure)
        .configure(reservations::configure)
        .route("/board", web::get().to(board))
        .route("/events", web::get().to(feed::events))
        .route("/vehicles", web::post().to(register_vehicle))
        .route("/vehicles/{id}/enrolment-code", web::post().to(enrolment_code))
        .route("/vehicles/{id}/revoke", web::post().to(revoke_device))
        .route("/vehicles/{id}/reinstate", web::post().to(reinstate_device))
        .route("/alarms/{id}/clear", web::post().to(clear_alarm))
        .default_service(web::to(nothing_here));
    config.service(
        web::scope("/console")
            .wrap(from_fn(same_origin::only))
            .wrap(secure(FrameAncestors::none()))
            .app_data(body::json())
            .app_data(body::path())
            .route("", web::get().to(page))
            .route("/", web::get().to(page))
            .service(api)
            .default_service(web::to(nothing_here)),
    );
}

async fn nothing_here() -> HttpResponse {
    ApiError::not_found().error_response()
}

async fn page(request: HttpRequest) -> HttpResponse {
    match assets::find(PAGE) {
        Some(page) => assets::respond(&request, page),
        None => HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(NOT_BUILT),
    }
}

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Fareway</title>\
    <h1>The web pages are not built</h1>\
    <p>网页尚未构建。请运行 <code>cargo xtask web</code>，然后重新构建并启动平台。</p>\
    <p>Run <code>cargo xtask web</code>, then build and start the platform again.</p></html>";

async fn board(
    SignedIn(session): SignedIn,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
) -> Result<web::Json<Board>, ApiError> {
    Ok(web::Json(desk.board(session.fleet, edge.clock.now()).await?))
}

#[derive(Deserialize)]
struct NewVehicle {
    plate: String,
    driver: Option<String>,
}

#[derive(Serialize)]
struct Registered {
    id: VehicleId,
}

/// A typed text without its outer spaces; too long, or with control characters, is an error, nothing is nothing.
fn typed(text: &str, chars_max: usize) -> Result<Option<&str>, ApiError> {
    let text = text.trim();
    if text.chars().count() > chars_max || text.chars().any(char::is_control) {
        return Err(ApiError::malformed());
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

async fn register_vehicle(
    SignedIn(session): SignedIn,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
    body: web::Json<NewVehicle>,
) -> Result<HttpResponse, ApiError> {
    let bad_plate = || {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "bad_plate",
            "请填写车牌（最多 16 个字符）。",
            "Give the plate, at most 16 characters.",
        )
    };
    let plate = typed(&body.plate, PLATE_CHARS_MAX).ok().flatten().ok_or_else(bad_plate)?;
    let driver = typed(body.driver.as_deref().unwrap_or(""), DRIVER_CHARS_MAX)?;
    let id = desk.register_vehicle(session.fleet, plate, driver, edge.clock.now()).await?;
    Ok(HttpResponse::Created().json(Registered { id }))
}

#[derive(Serialize)]
struct Code {
    code: String,
}

async fn enrolment_code(
    SignedIn(session): SignedIn,
    vehicle: web::Path<VehicleId>,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
) -> Result<web::Json<Code>, ApiError> {
    let code = desk.enrolment_code(session.fleet, *vehicle, edge.clock.now()).await?;
    Ok(web::Json(Code { code }))
}

async fn revoke_device(
    SignedIn(session): SignedIn,
    vehicle: web::Path<VehicleId>,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
) -> Result<HttpResponse, ApiError> {
    desk.revoke_device(session.fleet, *vehicle, edge.clock.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn reinstate_device(
    SignedIn(session): SignedIn,
    vehicle: web::Path<VehicleId>,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
) -> Result<HttpResponse, ApiError> {
    desk.reinstate_device(session.fleet, *vehicle, edge.clock.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn clear_alarm(
    SignedIn(session): SignedIn,
    alarm: web::Path<AlarmId>,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
) -> Result<HttpResponse, ApiError> {
    desk.clear_alarm(session.fleet, *alarm, session.name.as_str(), edge.clock.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}
