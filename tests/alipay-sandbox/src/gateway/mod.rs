//! `/gateway.do`: both gateways behind one address, told apart as their clients do: `method` is
//! openapi (JSON), everything else mapi (XML). Query and body are merged before anything is read
//! (alipay.md §2.1, §2.2); signatures are checked over the received bytes, then values are decoded.

mod mapi;
mod openapi;
mod params;
mod perform;
mod request;
mod token;
mod xml;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use alipay_global::form::{Form, FormError};

use crate::sandbox::Sandbox;

/// Largest form that is read; the longest official parameter list stays far below.
const BODY_LEN_MAX: usize = 256 * 1024;

/// The route of both gateways.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/gateway.do")
            .app_data(web::PayloadConfig::new(BODY_LEN_MAX))
            .route(web::get().to(gateway))
            .route(web::post().to(gateway)),
    );
}

/// A request as it came in: what the query alone said still matters to mapi.
struct Received {
    query: Form,
    merged: Result<Form, FormError>,
    posted: bool,
}

async fn gateway(http: HttpRequest, body: web::Bytes, sandbox: web::Data<Sandbox>) -> HttpResponse {
    let received = receive(&http, &body);
    let is_openapi = received.merged.as_ref().is_ok_and(|form| form.get("method").is_some())
        || received.query.get("method").is_some();
    if is_openapi { openapi::answer(&sandbox, received).await } else { mapi::answer(&sandbox, received).await }
}

fn receive(http: &HttpRequest, body: &[u8]) -> Received {
    let posted = http.method() == Method::POST;
    let is_form = http
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_none_or(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    let body = if posted && is_form { body } else { b"" };
    let query = Form::parse(http.query_string().as_bytes());
    let merged = query.clone().and_then(|query| query.merge(Form::parse(body)?));
    Received { query: query.unwrap_or_default(), merged, posted }
}
