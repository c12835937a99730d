//! The shells as they are sent, kept beside this file so that the pictures of the web pages are made from the real
//! ones. After a deliberate change, run with `FAREWAY_WRITE_SHELLS=1` to write them anew.

use std::path::Path;

use actix_web::{HttpResponse, body, http::StatusCode};
use fareway_shared::time::Timestamp;

use super::desk::{FakeDesk, PAYER, bill_target};
use crate::passenger::{
    pages::{self, Next},
    ports::PassengerDesk,
    sentences::{CODE_REFUSED, OLD_LINK, UNKNOWN_CODE, UNKNOWN_PLATE},
    wallet::Language,
};

#[actix_web::test]
async fn the_shells_are_as_they_were_last_looked_at() {
    let state = FakeDesk::default().state(bill_target(1), PAYER, Timestamp::EPOCH).await.unwrap();
    for language in [Language::Chinese, Language::English] {
        keep("page", language, pages::page(language, "TOKEN", &state)).await;
        keep("open_in_alipay", language, pages::open_in_alipay(language)).await;
        keep("plate", language, pages::plate(language, StatusCode::OK, "", None)).await;
        let wrong = pages::plate(language, StatusCode::NOT_FOUND, "沪A·00000", Some(UNKNOWN_PLATE));
        keep("plate_wrong", language, wrong).await;
        let refused = pages::notice(language, StatusCode::OK, CODE_REFUSED, Next::TryAgain("/p/page/TOKEN"));
        keep("notice_again", language, refused).await;
        let unknown = pages::notice(language, StatusCode::NOT_FOUND, UNKNOWN_CODE, Next::TypePlate);
        keep("notice_unknown", language, unknown).await;
        let old = pages::notice(language, StatusCode::GONE, OLD_LINK, Next::Stay);
        keep("notice_stay", language, old).await;
        keep("out_of_order", language, pages::out_of_order(language)).await;
    }
}

async fn keep(name: &str, language: Language, response: HttpResponse) {
    let html = body::to_bytes(response.into_body()).await.unwrap_or_default();
    let html = String::from_utf8(html.to_vec()).unwrap();
    let file = format!("src/passenger/tests/shells/{name}.{}.html", language.tag());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("FAREWAY_WRITE_SHELLS").is_some() {
        std::fs::write(&path, &html).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, html, "{} is no longer what is sent: look at it, then write it anew", path.display());
}
