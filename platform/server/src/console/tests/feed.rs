//! The live board.

use std::{future::poll_fn, pin::Pin, time::Duration};

use actix_web::{
    body::{BoxBody, MessageBody},
    cookie::Cookie,
    http::StatusCode,
};
use serde_json::json;
use tokio::time::timeout;

use super::{House, fleet, get, post};

/// A browser's end of the feed.
struct Events(Pin<Box<BoxBody>>);

impl Events {
    async fn open(house: &House, cookie: &Cookie<'static>) -> Self {
        let response = house.answer(get("/events").cookie(cookie.clone())).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream");
        Self(Box::pin(response.into_body()))
    }

    /// The next event that is not a comment; `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            let chunk = poll_fn(|context| self.0.as_mut().poll_next(context));
            let chunk = timeout(Duration::from_secs(10), chunk).await.expect("the feed said nothing at all");
            let text = String::from_utf8(chunk?.unwrap().to_vec()).unwrap();
            if !text.starts_with(':') {
                return Some(text);
            }
        }
    }
}

#[actix_web::test]
async fn the_feed_shows_the_board_at_once_and_again_on_every_change() {
    let house = House::new().await;
    let cookie = house.cookie("one").await;
    let mut events = Events::open(&house, &cookie).await;
    assert!(events.next().await.unwrap().starts_with("event: board\ndata: {"));
    house.desk.add(fleet(2), "others");
    house.desk.add(fleet(1), "苏E·X1234");
    let event = events.next().await.unwrap();
    assert!(event.contains("苏E·X1234") && !event.contains("others"), "{event}");
}

#[actix_web::test]
async fn a_burst_of_changes_becomes_few_boards_and_the_last_one_is_shown() {
    let house = House::new().await;
    let cookie = house.cookie("one").await;
    let mut events = Events::open(&house, &cookie).await;
    events.next().await.unwrap();
    for number in 0..200 {
        house.desk.add(fleet(1), &format!("plate-{number:03}"));
    }
    let mut boards = 1;
    while !events.next().await.unwrap().contains("plate-199") {
        boards += 1;
    }
    assert!(boards <= 5, "{boards} boards for one burst");
}

#[actix_web::test]
async fn the_feed_ends_with_the_session_whether_signed_out_or_run_out() {
    let house = House::new().await;
    for ends_by_clock in [false, true] {
        let cookie = house.cookie("one").await;
        let mut events = Events::open(&house, &cookie).await;
        events.next().await.unwrap();
        if ends_by_clock {
            house.clock.advance(Duration::from_secs(13 * 3600));
        } else {
            house.call(post("/sign-out"), Some(&cookie)).await;
        }
        assert!(events.next().await.unwrap().starts_with("event: signed_out"));
        assert_eq!(events.next().await, None);
    }
}

#[actix_web::test]
async fn feeds_are_bounded_and_end_when_the_platform_stops() {
    let house = House::new().await;
    let cookie = house.cookie("one").await;
    let (mut first, second) = (Events::open(&house, &cookie).await, Events::open(&house, &cookie).await);
    let (status, body) = house.call(get("/events"), Some(&cookie)).await;
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("too_many_feeds")));
    drop(second);
    let _third = Events::open(&house, &cookie).await;
    first.next().await.unwrap();
    house.stop.send_replace(true);
    assert_eq!(first.next().await, None);
}
