//! The live board: server-sent events to a signed-in browser. `event: board` carries the whole board as JSON, at once
//! and then on every change, but never more often than the gap allows; a comment keeps the line warm. When the session
//! ends the browser is told `event: signed_out` and the stream ends, also when the platform stops.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use futures_util::stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep_until},
};

use crate::{
    console::ports::{Board, ConsoleDesk},
    http::{Edge, error::ApiError},
    identity::{model::Session, service::IdentityService, signed_in::SignedIn},
};

/// Bounds of the feeds of one process.
#[derive(Debug)]
pub struct Feeds {
    gap: Duration,
    heartbeat: Duration,
    open: Arc<Semaphore>,
}

impl Feeds {
    /// At most `open_max` feeds at once, at least `gap` between two boards, and a sign of life every `heartbeat`.
    #[must_use]
    pub fn new(open_max: usize, gap: Duration, heartbeat: Duration) -> Self {
        Self { gap, heartbeat, open: Arc::new(Semaphore::new(open_max)) }
    }
}

impl Default for Feeds {
    fn default() -> Self {
        Self::new(200, Duration::from_millis(250), Duration::from_secs(15))
    }
}

struct Feed {
    desk: web::Data<dyn ConsoleDesk>,
    identity: web::Data<IdentityService>,
    edge: web::Data<Edge>,
    session: Session,
    changes: watch::Receiver<u64>,
    sign_outs: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    shown: Option<Board>,
    due: bool,
    not_before: Instant,
    gap: Duration,
    heartbeat: Duration,
    over: bool,
    _place: OwnedSemaphorePermit,
}

/// `GET api/events`.
///
/// # Errors
/// Signed out, or too many feeds are open.
pub async fn events(
    SignedIn(session): SignedIn,
    desk: web::Data<dyn ConsoleDesk>,
    identity: web::Data<IdentityService>,
    edge: web::Data<Edge>,
    feeds: web::Data<Feeds>,
) -> Result<HttpResponse, ApiError> {
    let place = Arc::clone(&feeds.open).try_acquire_owned().map_err(|_| too_many())?;
    let feed = Feed {
        changes: desk.changes(session.fleet),
        sign_outs: identity.sign_outs(),
        stopping: edge.stopping.clone(),
        desk,
        identity,
        edge,
        session,
        shown: None,
        due: true,
        not_before: Instant::now(),
        gap: feeds.gap,
        heartbeat: feeds.heartbeat,
        over: false,
        _place: place,
    };
    let events = stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok::<_, actix_web::Error>(event), feed))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        // Proxies that buffer would hold the board back.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events))
}

fn too_many() -> ApiError {
    ApiError {
        retry_after_s: Some(30),
        ..ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_feeds",
            "打开的调度页面过多，请关闭一些后重试。",
            "Too many console pages are open. Close some and try again.",
        )
    }
}

enum Woken {
    Changed,
    Due,
    Session,
    Quiet,
    Stopped,
}

impl Feed {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        let quiet_until = Instant::now() + self.heartbeat;
        while !self.over {
            match self.wake(quiet_until).await {
                Woken::Stopped => return None,
                Woken::Changed => self.due = true,
                Woken::Due => {
                    if let Some(event) = self.board().await {
                        return Some(event);
                    }
                }
                Woken::Session => {
                    if !self.still_signed_in().await {
                        return Some(self.signed_out());
                    }
                }
                Woken::Quiet => {
                    if !self.still_signed_in().await {
                        return Some(self.signed_out());
                    }
                    // A board that could not be read, or a change that another node made, is made up for here.
                    self.due = true;
                    return Some(Bytes::from_static(b": \n\n"));
                }
            }
        }
        None
    }

    async fn wake(&mut self, quiet_until: Instant) -> Woken {
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => Woken::Stopped,
            changed = self.sign_outs.changed() => if changed.is_ok() { Woken::Session } else { Woken::Stopped },
            () = sleep_until(self.not_before), if self.due => Woken::Due,
            changed = self.changes.changed(), if !self.due => {
                if changed.is_ok() { Woken::Changed } else { Woken::Stopped }
            }
            () = sleep_until(quiet_until) => Woken::Quiet,
        }
    }

    /// The board as an event, if it can be read and differs from what the browser has.
    async fn board(&mut self) -> Option<Bytes> {
        let now = self.edge.clock.now();
        if !self.session.stands(now) {
            return Some(self.signed_out());
        }
        self.due = false;
        self.not_before = Instant::now() + self.gap;
        self.changes.mark_unchanged();
        let board = match self.desk.board(self.session.fleet, now).await {
            Ok(board) => board,
            Err(error) => {
                tracing::error!(%error, fleet.id = %self.session.fleet, "the console's board could not be read");
                return None;
            }
        };
        let same = self.shown.as_mut().is_some_and(|shown| {
            shown.now = board.now;
            *shown == board
        });
        if same {
            return None;
        }
        let json = serde_json::to_string(&board).ok()?;
        self.shown = Some(board);
        Some(Bytes::from(format!("event: board\ndata: {json}\n\n")))
    }

    async fn still_signed_in(&self) -> bool {
        // While the database does not answer, what was true stays true until the session ends by the clock.
        let now = self.edge.clock.now();
        self.identity.stands(&self.session, now).await.unwrap_or_else(|_| self.session.stands(now))
    }

    fn signed_out(&mut self) -> Bytes {
        self.over = true;
        Bytes::from_static(b"event: signed_out\ndata: {}\n\n")
    }
}
