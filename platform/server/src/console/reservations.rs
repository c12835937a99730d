//! The console's calls about reservations and the map. Each call: who is signed in → one call of the desk → an answer.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET api/reservations` | | [`ReservationRow`]s, also part of the live board |
//! | `POST api/reservations` | [`NewReservation`] | 201 `{id}` |
//! | `GET api/reservations/{id}` | | [`ReservationDetail`] |
//! | `POST api/reservations/{id}/cancel` | `{reason}` | 204 |
//! | `POST api/reservations/{id}/assign` | `{vehicle}` | `{undo_until}` |
//! | `POST api/reservations/{id}/unassign` | | 204 |
//! | `POST api/quotes` | [`NewQuote`] | [`QuoteRow`] |
//! | `GET api/cars` | | [`CarRow`]s |

use actix_web::{HttpResponse, http::StatusCode, web};
use fareway_shared::{
    id::{QuoteId, ReservationId, VehicleId},
    place::LatLng,
    ride::Stop,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    console::{
        ports::ConsoleDesk,
        ride_ports::{CarRow, NoQuote, PhoneBooking, PhoneQuote, QuoteRow, ReservationDetail, ReservationRow},
    },
    http::{Edge, error::ApiError, ride_error::no_place},
    identity::signed_in::SignedIn,
    reservation::error::BookingError,
};

const KEY_CHARS_MAX: usize = 64;
const REASON_CHARS_MAX: usize = 200;

/// Mounts the calls below `api`.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/reservations", web::get().to(list))
        .route("/reservations", web::post().to(book))
        .route("/reservations/{id}", web::get().to(one))
        .route("/reservations/{id}/cancel", web::post().to(cancel))
        .route("/reservations/{id}/assign", web::post().to(assign))
        .route("/reservations/{id}/unassign", web::post().to(unassign))
        .route("/quotes", web::post().to(quote))
        .route("/cars", web::get().to(cars));
}

async fn list(
    SignedIn(session): SignedIn,
    desk: web::Data<dyn ConsoleDesk>,
) -> Result<web::Json<Vec<ReservationRow>>, ApiError> {
    Ok(web::Json(desk.reservations(session.fleet).await?))
}

async fn one(
    SignedIn(session): SignedIn,
    reservation: web::Path<ReservationId>,
    desk: web::Data<dyn ConsoleDesk>,
) -> Result<web::Json<ReservationDetail>, ApiError> {
    Ok(web::Json(desk.explained(session.fleet, *reservation).await?))
}

async fn cars(
    SignedIn(session): SignedIn,
    desk: web::Data<dyn ConsoleDesk>,
) -> Result<web::Json<Vec<CarRow>>, ApiError> {
    Ok(web::Json(desk.cars(session.fleet).await?))
}

/// Two numbers that claim to be a place, with its words.
#[derive(Deserialize)]
struct ToldStop {
    lat: f64,
    lng: f64,
    #[serde(default)]
    words: String,
}

impl ToldStop {
    fn read(self) -> Result<Stop, ApiError> {
        let place = LatLng::new(self.lat, self.lng).map_err(no_place)?;
        Ok(Stop { place, words: self.words.trim().to_owned() })
    }
}

/// A booking as the dispatcher typed it.
#[derive(Deserialize)]
struct NewReservation {
    key: String,
    pickup: ToldStop,
    dropoff: Option<ToldStop>,
    pickup_local: Option<String>,
    #[serde(default)]
    passenger: String,
    phone: String,
    #[serde(default)]
    note: String,
    seats: u8,
    class: Option<u8>,
    #[serde(default)]
    wheelchair: bool,
    quote: Option<QuoteId>,
}

#[derive(Serialize)]
struct Booked {
    id: ReservationId,
}

async fn book(
    SignedIn(session): SignedIn,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
    body: web::Json<NewReservation>,
) -> Result<HttpResponse, ApiError> {
    let told = body.into_inner();
    if told.key.is_empty() || told.key.chars().count() > KEY_CHARS_MAX || told.key.chars().any(char::is_control) {
        return Err(ApiError::malformed());
    }
    let booking = PhoneBooking {
        pickup: told.pickup.read()?,
        dropoff: told.dropoff.map(ToldStop::read).transpose()?,
        pickup_local: told.pickup_local.filter(|text| !text.is_empty()),
        passenger: told.passenger.trim().to_owned(),
        phone: told.phone,
        note: told.note.trim().to_owned(),
        seats: told.seats,
        class: told.class,
        wheelchair: told.wheelchair,
        quote: told.quote,
    };
    let id = desk.book_by_phone(session.fleet, booking, &told.key, edge.clock.now()).await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(Booked { id }))
}

/// What a caller asks the price of, as the dispatcher typed it.
#[derive(Deserialize)]
struct NewQuote {
    pickup: ToldStop,
    dropoff: ToldStop,
    pickup_local: Option<String>,
    class: Option<u8>,
}

async fn quote(
    SignedIn(session): SignedIn,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
    body: web::Json<NewQuote>,
) -> Result<web::Json<QuoteRow>, ApiError> {
    let told = body.into_inner();
    let asked = PhoneQuote {
        pickup: told.pickup.read()?.place,
        dropoff: told.dropoff.read()?.place,
        pickup_local: told.pickup_local.filter(|text| !text.is_empty()),
        class: told.class,
    };
    let quoted = desk.quote_by_phone(session.fleet, asked, edge.clock.now()).await;
    Ok(web::Json(quoted.map_err(|error| match error {
        NoQuote::LocalTime(error) => BookingError::from(error).into(),
        NoQuote::Tariff(error) => ApiError::from(error),
        NoQuote::Store(error) => error.into(),
    })?))
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn cancel(
    SignedIn(session): SignedIn,
    reservation: web::Path<ReservationId>,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
    body: web::Json<Why>,
) -> Result<HttpResponse, ApiError> {
    let reason = body.reason.trim();
    if reason.chars().count() > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
        return Err(ApiError::malformed());
    }
    desk.cancel_by_hand(session.fleet, *reservation, reason, edge.clock.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
struct ToCar {
    vehicle: VehicleId,
}

#[derive(Serialize)]
struct Assigned {
    undo_until: Timestamp,
}

async fn assign(
    SignedIn(session): SignedIn,
    reservation: web::Path<ReservationId>,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
    body: web::Json<ToCar>,
) -> Result<web::Json<Assigned>, ApiError> {
    let now = edge.clock.now();
    let undo_until = desk.assign_by_hand(session.fleet, *reservation, body.vehicle, now).await?;
    Ok(web::Json(Assigned { undo_until }))
}

async fn unassign(
    SignedIn(session): SignedIn,
    reservation: web::Path<ReservationId>,
    desk: web::Data<dyn ConsoleDesk>,
    edge: web::Data<Edge>,
) -> Result<HttpResponse, ApiError> {
    desk.unassign(session.fleet, *reservation, edge.clock.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}
