//! The passenger's way through the pages, with a house that answers what the test has set.

mod calls;
mod desk;
mod shells;
mod way_in;

use std::{sync::Arc, time::Duration};

use actix_web::{
    App,
    body::BoxBody,
    cookie::Cookie,
    dev::ServiceResponse,
    http::{StatusCode, header},
    test::{self, TestRequest},
    web,
};
use fareway_shared::time::{ManualClock, Timestamp};
use serde_json::Value;
use tokio::sync::watch;

use self::desk::FakeDesk;
use super::{routes::configure, token::TokenKey, visit::PassengerPages};
use crate::http::{Edge, headers::FrameAncestors};

const ALIPAY: &str = "Mozilla/5.0 AliApp(AP/10.8.30.6000) AlipayClient/10.8.30.6000 Language/zh-Hans";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1";
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn key() -> TokenKey {
    TokenKey::new([7; 32], Vec::new())
}

/// The pages, the house behind them and the clock.
struct Place {
    desk: Arc<FakeDesk>,
    clock: Arc<ManualClock>,
    pages: web::Data<PassengerPages>,
    stop: watch::Sender<bool>,
}

impl Place {
    fn new() -> Self {
        let (desk, clock) = (Arc::new(FakeDesk::default()), Arc::new(ManualClock::at(NOW)));
        let stop = watch::Sender::new(false);
        let edge = Edge { clock: clock.clone(), secure_cookies: true, behind_proxy: false, stopping: stop.subscribe() };
        let pages = web::Data::new(PassengerPages::new(desk.clone(), key(), edge));
        Self { desk, clock, pages, stop }
    }

    fn later(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }
}

/// One browser: its User-Agent and its cookies.
struct Phone<'a> {
    place: &'a Place,
    agent: &'static str,
    cookies: Vec<Cookie<'static>>,
}

/// What came back.
struct Answer {
    status: StatusCode,
    location: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn after(&self, mark: &str) -> String {
        let (_, rest) = self.location.split_once(mark).unwrap();
        rest.to_owned()
    }
}

impl<'a> Phone<'a> {
    fn new(place: &'a Place, agent: &'static str) -> Self {
        Self { place, agent, cookies: Vec::new() }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path)).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Answer {
        let origin = (header::ORIGIN, "https://taxi.example");
        self.send(TestRequest::post().uri(path).insert_header(origin).set_json(body)).await
    }

    /// Sends a request with this browser's cookies and User-Agent.
    async fn open(&self, mut request: TestRequest) -> ServiceResponse<BoxBody> {
        let pages = self.place.pages.clone();
        let app =
            test::init_service(App::new().configure(|config| configure(config, pages, FrameAncestors::none()))).await;
        request = request.insert_header((header::USER_AGENT, self.agent)).insert_header((header::HOST, "taxi.example"));
        for cookie in &self.cookies {
            request = request.cookie(cookie.clone());
        }
        test::call_service(&app, request.to_request()).await
    }

    async fn send(&mut self, request: TestRequest) -> Answer {
        let response = self.open(request).await;
        for cookie in response.response().cookies() {
            self.cookies.retain(|kept| kept.name() != cookie.name());
            self.cookies.push(cookie.into_owned());
        }
        let location = response.headers().get(header::LOCATION).map(|at| at.to_str().unwrap().to_owned());
        let status = response.status();
        let body = String::from_utf8(test::read_body(response).await.to_vec()).unwrap();
        Answer { status, location: location.unwrap_or_default(), body }
    }

    /// Scans, lets Alipay authorise `payer`, and stands before the page; answers with the page's token.
    async fn walk_in(&mut self, path: &str, payer: &str) -> String {
        let scanned = self.get(path).await;
        assert_eq!(scanned.status, StatusCode::FOUND);
        let back = self.get(&format!("/p/callback?auth_code={payer}&state={}", scanned.after("state="))).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
        back.after("/p/page/")
    }
}
