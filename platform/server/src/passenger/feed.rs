//! The page's live events: its state at once and after every change, as server-sent events. Called by the routes. A
//! change is only a hint to look again, so a slow phone misses nothing but steps in between.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes},
};
use futures_util::stream;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{
    api::{Refusal, TokenQuery},
    ports::PageState,
    visit::{PassengerPages, Visit},
};

/// Keeps proxies and wallets from closing a quiet connection, and tells the page that the line is not dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Streams the state until the session ends, and the page then authorises anew; or until the platform stops.
///
/// # Errors
/// A [`Refusal`]; `Unavailable` too when too many pages are live, and then the page asks now and then instead.
pub async fn events(
    request: HttpRequest,
    pages: web::Data<PassengerPages>,
    query: web::Query<TokenQuery>,
) -> Result<HttpResponse, Refusal> {
    let visit = pages.visit(&request, &query.token, pages.now())?;
    let permit = pages.live.clone().try_acquire_owned().map_err(|_| Refusal::Unavailable)?;
    let feed = Feed::new(pages, visit, permit);
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(feed, |mut feed| async {
            feed.next().await.map(|bytes| (Ok::<_, actix_web::Error>(bytes), feed))
        })))
}

struct Feed {
    pages: web::Data<PassengerPages>,
    visit: Visit,
    changes: watch::Receiver<u64>,
    heartbeat: Interval,
    stopping: watch::Receiver<bool>,
    /// The state that the page has is not the latest.
    behind: bool,
    _permit: OwnedSemaphorePermit,
}

impl Feed {
    fn new(pages: web::Data<PassengerPages>, visit: Visit, permit: OwnedSemaphorePermit) -> Self {
        let changes = pages.desk.changes(visit.vehicle());
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stopping = pages.edge.stopping.clone();
        Self { pages, visit, changes, heartbeat, stopping, behind: true, _permit: permit }
    }

    async fn next(&mut self) -> Option<Bytes> {
        let mut ask = self.behind;
        loop {
            if ask {
                // Seen before it is read: a change in between is looked at once more.
                self.changes.borrow_and_update();
                let state = self.pages.state(self.visit.target, &self.visit.payer, self.pages.now()).await;
                self.behind = state.is_err();
                if let Some(event) = state.ok().and_then(|state| event(&state)) {
                    return Some(event);
                }
            }
            tokio::select! {
                changed = self.changes.changed() => {
                    changed.ok()?;
                    ask = true;
                }
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                _ = self.heartbeat.tick() => {
                    if self.pages.now() >= self.visit.until {
                        return None;
                    }
                    return Some(Bytes::from_static(b"event: alive\ndata: {}\n\n"));
                }
            }
        }
    }
}

fn event(state: &PageState) -> Option<Bytes> {
    let json = serde_json::to_string(state).ok()?;
    Some(Bytes::from(format!("event: state\ndata: {json}\n\n")))
}
