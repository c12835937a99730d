//! Alipay's notifications come in here: raw bytes to the use case, one of two words back.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use fareway_shared::time::Clock;

use super::{notice::Reply, service::Payments};

/// Largest notice, bytes; Alipay's are about two thousand.
const NOTICE_BYTES_MAX: usize = 64 * 1024;

/// Mounts `POST /alipay/notify`.
pub fn configure(routes: &mut web::ServiceConfig) {
    routes.service(
        web::resource("/alipay/notify")
            .app_data(web::PayloadConfig::new(NOTICE_BYTES_MAX))
            .route(web::post().to(notify)),
    );
}

async fn notify(payments: web::Data<Payments>, clock: web::Data<Arc<dyn Clock>>, body: web::Bytes) -> HttpResponse {
    let word = match payments.notice(&body, clock.now()).await {
        Ok(Reply::Success) => "success",
        Ok(Reply::Fail) => "fail",
        Err(error) => {
            tracing::error!(%error, "a notice could not be recorded; Alipay sends it again");
            "fail"
        }
    };
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(word)
}
