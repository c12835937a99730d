//! The console's calls against a desk in memory: who gets in, what they see, and what stays out.

mod calls;
mod desk;
mod feed;
mod ride_desk;
mod rides;

use std::{sync::Arc, time::Duration};

use actix_web::{
    App,
    body::BoxBody,
    cookie::Cookie,
    dev::ServiceResponse,
    http::StatusCode,
    test::{self, TestRequest},
    web,
};
use desk::Desk;
use fareway_shared::{
    id::FleetId,
    time::{ManualClock, Timestamp},
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    console::{feed::Feeds, ports::ConsoleDesk, routes},
    http::Edge,
    identity::{
        service::{IdentityService, IdentitySettings, tests::MemoryIdentities},
        signed_in::COOKIE,
    },
};

const PASSWORD: &str = "correct horse battery";

struct House {
    desk: Arc<Desk>,
    identity: web::Data<IdentityService>,
    clock: Arc<ManualClock>,
    stop: watch::Sender<bool>,
    feeds: web::Data<Feeds>,
}

fn fleet(number: u128) -> FleetId {
    FleetId(uuid::Uuid::from_u128(number))
}

impl House {
    /// Two fleets with a dispatcher each: `one` and `two`.
    async fn new() -> Self {
        let identity = IdentityService::new(Arc::new(MemoryIdentities::default()), IdentitySettings::default());
        identity.create_dispatcher(fleet(1), "one", PASSWORD.into()).await.unwrap();
        identity.create_dispatcher(fleet(2), "two", PASSWORD.into()).await.unwrap();
        Self {
            desk: Arc::new(Desk::default()),
            identity: web::Data::new(identity),
            clock: Arc::new(ManualClock::at(Timestamp::from_seconds(1_800_000_000))),
            stop: watch::Sender::new(false),
            feeds: web::Data::new(Feeds::new(2, Duration::from_millis(20), Duration::from_millis(100))),
        }
    }

    async fn answer(&self, request: TestRequest) -> ServiceResponse<BoxBody> {
        let desk: Arc<dyn ConsoleDesk> = self.desk.clone();
        let edge = Edge {
            clock: self.clock.clone(),
            secure_cookies: true,
            behind_proxy: false,
            stopping: self.stop.subscribe(),
        };
        let app = App::new()
            .app_data(web::Data::from(desk))
            .app_data(self.identity.clone())
            .app_data(web::Data::new(edge))
            .app_data(self.feeds.clone())
            .configure(routes::configure);
        let app = test::init_service(app).await;
        test::call_service(&app, request.to_request()).await.map_into_boxed_body()
    }

    async fn cookie(&self, name: &str) -> Cookie<'static> {
        let body = json!({"name": name, "password": PASSWORD});
        let response = self.answer(post("/sign-in").set_json(body)).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.response().cookies().find(|cookie| cookie.name() == COOKIE).unwrap().into_owned()
    }

    async fn call(&self, request: TestRequest, cookie: Option<&Cookie<'static>>) -> (StatusCode, Value) {
        let request = match cookie {
            Some(cookie) => request.cookie(cookie.clone()),
            None => request,
        };
        let response = self.answer(request).await;
        let status = response.status();
        let bytes = actix_web::body::to_bytes(response.into_body()).await.ok().unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    fn asked(&self) -> Vec<(FleetId, String)> {
        self.desk.asked.lock().unwrap().clone()
    }
}

fn post(path: &str) -> TestRequest {
    TestRequest::post().uri(&format!("/console/api{path}"))
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(&format!("/console/api{path}"))
}
