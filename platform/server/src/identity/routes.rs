//! Signing in and out at the console, and who is signed in. Mounted below `/console/api` by the console's own routes,
//! behind its same-origin check.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST sign-in` | `{name, password}` | [`Me`] and the cookie |
//! | `POST sign-out` | | 204; fine too when nobody is signed in |
//! | `GET me` | | [`Me`] |

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time},
    web,
};
use fareway_shared::{
    id::{DispatcherId, FleetId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    http::{Edge, error::ApiError},
    identity::{
        model::{Password, Session},
        service::IdentityService,
        signed_in::{COOKIE, SignedIn},
    },
};

/// Where the cookie is sent.
const COOKIE_PATH: &str = "/console";

#[derive(Deserialize)]
struct SignIn {
    name: String,
    password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize)]
pub struct Me {
    /// The person.
    pub id: DispatcherId,
    /// The name.
    pub name: String,
    /// The fleet.
    pub fleet: FleetId,
    /// When the session ends by itself, UTC microseconds.
    pub expires_at: Timestamp,
}

impl From<&Session> for Me {
    fn from(session: &Session) -> Self {
        Self {
            id: session.dispatcher,
            name: session.name.as_str().to_owned(),
            fleet: session.fleet,
            expires_at: session.expires_at,
        }
    }
}

/// Mounts the calls. Needs `web::Data<IdentityService>` and `web::Data<Edge>`.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/sign-in", web::post().to(sign_in))
        .route("/sign-out", web::post().to(sign_out))
        .route("/me", web::get().to(me));
}

async fn sign_in(
    request: HttpRequest,
    service: web::Data<IdentityService>,
    edge: web::Data<Edge>,
    body: web::Json<SignIn>,
) -> Result<HttpResponse, ApiError> {
    let SignIn { name, password } = body.into_inner();
    let address = caller(&request, &edge);
    let (token, session) = service.sign_in(&name, Password::typed(password), address, edge.clock.now()).await?;
    let lasts = i64::try_from(service.session_lasts().as_secs()).unwrap_or(i64::MAX);
    let cookie = cookie(token.to_text(), &edge, time::Duration::seconds(lasts));
    Ok(HttpResponse::Ok().cookie(cookie).json(Me::from(&session)))
}

async fn sign_out(
    service: web::Data<IdentityService>,
    edge: web::Data<Edge>,
    signed_in: Result<SignedIn, ApiError>,
) -> Result<HttpResponse, ApiError> {
    if let Ok(SignedIn(session)) = signed_in {
        service.sign_out(&session).await?;
    }
    Ok(HttpResponse::NoContent().cookie(cookie(String::new(), &edge, time::Duration::ZERO)).finish())
}

async fn me(SignedIn(session): SignedIn) -> web::Json<Me> {
    web::Json(Me::from(&session))
}

fn cookie(value: String, edge: &Edge, lasts: time::Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path(COOKIE_PATH)
        .max_age(lasts)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(edge.secure_cookies)
        .finish()
}

/// The caller's address; without one all share a count, which is safe. Of `X-Forwarded-For` the last entry counts: our
/// own proxy wrote it, and everything before it may be invented.
fn caller(request: &HttpRequest, edge: &Edge) -> IpAddr {
    let told =
        || request.headers().get_all("x-forwarded-for").last()?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
    edge.behind_proxy
        .then(told)
        .flatten()
        .or_else(|| request.peer_addr().map(|peer| peer.ip()))
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}
