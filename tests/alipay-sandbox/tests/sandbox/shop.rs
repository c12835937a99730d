//! A merchant's web server: takes notices, shows a page that wants the Alipay app, streams events.

use std::{
    collections::VecDeque,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};
use alipay_global::form::Form;
use futures_util::stream;
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc},
    time::timeout,
};

/// Longer than any wait of a healthy test.
const PATIENCE: Duration = Duration::from_secs(20);

/// A notice as it arrived.
pub(crate) struct Notice {
    pub(crate) form: Form,
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: String,
}

impl Notice {
    pub(crate) fn get(&self, name: &str) -> &str {
        std::str::from_utf8(self.form.get(name).unwrap_or_default()).unwrap()
    }
}

pub(crate) struct Shop {
    pub(crate) addr: SocketAddr,
    arrivals: AsyncMutex<mpsc::UnboundedReceiver<Notice>>,
    answers: Arc<Mutex<VecDeque<String>>>,
    server: ServerHandle,
}

struct Inbox {
    arrivals: mpsc::UnboundedSender<Notice>,
    answers: Arc<Mutex<VecDeque<String>>>,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (sender, receiver) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let inbox = web::Data::new(Inbox { arrivals: sender, answers: Arc::clone(&answers) });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(inbox.clone())
                .route("/notify", web::post().to(notify))
                .route("/p/1", web::get().to(page))
                .route("/login", web::get().to(login))
                .route("/away", web::get().to(away))
                .route("/echo", web::post().to(echo))
                .route("/events", web::get().to(events))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { addr, arrivals: AsyncMutex::new(receiver), answers, server: handle }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// What the next notices are answered with; `success` after that.
    pub(crate) fn will_answer(&self, answers: &[&str]) {
        self.answers.lock().unwrap().extend(answers.iter().map(|answer| (*answer).to_owned()));
    }

    pub(crate) async fn next_notice(&self) -> Notice {
        timeout(PATIENCE, self.arrivals.lock().await.recv()).await.unwrap().unwrap()
    }

    pub(crate) async fn has_unread_notice(&self) -> bool {
        !self.arrivals.lock().await.is_empty()
    }

    pub(crate) async fn close(self) {
        self.server.stop(false).await;
    }
}

async fn notify(http: HttpRequest, body: web::Bytes, inbox: web::Data<Inbox>) -> String {
    let content_type = header(&http, "content-type");
    inbox.arrivals.send(Notice { form: Form::parse(&body).unwrap(), body: body.to_vec(), content_type }).unwrap();
    inbox.answers.lock().unwrap().pop_front().unwrap_or_else(|| "success".into())
}

/// Shows who asks, under a policy that forbids frames.
async fn page(http: HttpRequest) -> HttpResponse {
    let (agent, cookie) = (header(&http, "user-agent"), header(&http, "cookie"));
    HttpResponse::Ok()
        .insert_header(("content-security-policy", "default-src 'self'; frame-ancestors 'none'"))
        .insert_header(("x-frame-options", "DENY"))
        .content_type("text/html; charset=utf-8")
        .body(format!("<!doctype html><html><head><title>t</title></head><p>{agent}</p><i>{cookie}</i>"))
}

async fn login() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("location", "/p/1"))
        .insert_header(("set-cookie", "ride=abc; Path=/; HttpOnly"))
        .finish()
}

/// Sends the phone wherever `to` says.
async fn away(query: web::Query<Vec<(String, String)>>) -> HttpResponse {
    HttpResponse::Found().insert_header(("location", query[0].1.clone())).finish()
}

async fn echo(http: HttpRequest, body: web::Bytes) -> String {
    format!("{} {} {}", header(&http, "origin"), header(&http, "content-type"), String::from_utf8_lossy(&body))
}

/// One event, then silence on an open connection.
async fn events() -> HttpResponse {
    let first = stream::unfold(false, |sent| async move {
        if sent {
            std::future::pending::<()>().await;
        }
        Some((Ok::<_, actix_web::Error>(web::Bytes::from_static(b"data: live\n\n")), true))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(Box::pin(first))
}

fn header(http: &HttpRequest, name: &str) -> String {
    http.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
