//! Sends notices and resends them until the merchant answers `success` (alipay.md §7.2), and keeps
//! the log of what was sent and answered.
//!
//! [`Notifier::announce`] is called after a change of a trade; it returns at once. One task a notice,
//! a bounded number of POSTs at a time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alipay_global::sign::SigningKey;
use jiff::Timestamp;
use reqwest::{Client, Response, redirect::Policy};
use serde::Serialize;
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    task::JoinSet,
    time::{self, Instant},
};

use crate::{
    fault::{FaultKind, Strike},
    notice::Notice,
    settings::Settings,
    trade::TradeStatus,
};

/// POSTs under way at the same time.
const IN_FLIGHT_MAX: usize = 128;
/// Longest answer that is read; `success` has seven letters.
const ANSWER_LEN_MAX: usize = 256;

/// One send and its answer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Send {
    /// When it was sent.
    pub(crate) at: Timestamp,
    /// HTTP status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// The beginning of the answer, or what went wrong.
    pub(crate) answer: String,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Delivery {
    /// More sends may follow.
    Pending,
    /// Answered `success`.
    Accepted,
    /// The schedule is over.
    GivenUp,
    /// A fault: never sent.
    Withheld,
}

/// A notice and all its sends.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    /// `notify_id`.
    pub(crate) notify_id: String,
    /// PID.
    pub(crate) partner: String,
    /// The merchant's number as stated.
    pub(crate) out_trade_no: String,
    /// The state as stated.
    pub(crate) trade_status: TradeStatus,
    /// Where it goes.
    pub(crate) url: String,
    /// The fault that bent it.
    pub(crate) fault: Option<FaultKind>,
    /// Where it stands.
    pub(crate) delivery: Delivery,
    /// Every send so far.
    pub(crate) sends: Vec<Send>,
}

/// Sends and remembers.
#[derive(Debug)]
pub(crate) struct Notifier {
    http: Client,
    runtime: Handle,
    slots: Semaphore,
    tasks: Mutex<JoinSet<()>>,
    log: Mutex<BTreeMap<String, Record>>,
    order: Mutex<Vec<String>>,
}

impl Notifier {
    /// A notifier whose tasks run on the current runtime.
    ///
    /// # Errors
    /// If the HTTP client cannot be set up.
    pub(crate) fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let http = Client::builder().redirect(Policy::none()).timeout(settings.notify_timeout).no_proxy().build()?;
        Ok(Self {
            http,
            runtime: Handle::current(),
            slots: Semaphore::new(IN_FLIGHT_MAX),
            tasks: Mutex::default(),
            log: Mutex::default(),
            order: Mutex::default(),
        })
    }

    /// Takes a notice on: sends it now and again by the schedule, as the fault allows.
    pub(crate) fn announce(
        self: &Arc<Self>,
        settings: &Arc<Settings>,
        notice: Notice,
        key: SigningKey,
        strike: Option<Strike>,
    ) {
        if notice.to.url.is_empty() {
            return;
        }
        self.note(&notice, strike.as_ref());
        if strike.as_ref().is_some_and(|strike| strike.kind == FaultKind::NotifyNever) {
            return;
        }
        let (me, settings) = (Arc::clone(self), Arc::clone(settings));
        let work = async move { me.deliver(&settings, &notice, &key, strike.as_ref()).await };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(work, &self.runtime);
    }

    /// The first send, waited for; the rest by the schedule.
    pub(crate) async fn announce_and_wait(self: &Arc<Self>, settings: &Arc<Settings>, notice: Notice, key: SigningKey) {
        if notice.to.url.is_empty() {
            return;
        }
        self.note(&notice, None);
        if !self.send(&notice, &key).await {
            let (me, settings) = (Arc::clone(self), Arc::clone(settings));
            let work = async move { me.resend(&settings, &notice, &key).await };
            self.tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn_on(work, &self.runtime);
        }
    }

    /// Whether this notice was really sent and is not yet answered (`notify_verify`).
    pub(crate) fn vouches_for(&self, partner: &str, notify_id: &str) -> bool {
        self.log()
            .get(notify_id)
            .is_some_and(|record| record.partner == partner && record.delivery != Delivery::Accepted)
    }

    /// Every notice, oldest first.
    pub(crate) fn records(&self) -> Vec<Record> {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let log = self.log();
        order.iter().filter_map(|id| log.get(id).cloned()).collect()
    }

    /// Drops every send that is under way or waiting.
    pub(crate) fn stop(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    async fn deliver(&self, settings: &Settings, notice: &Notice, key: &SigningKey, strike: Option<&Strike>) {
        let kind = strike.map(|strike| strike.kind);
        if let Some(Strike { kind: FaultKind::NotifyLate, by_s, .. }) = strike {
            pause(settings.scaled(Duration::from_secs(*by_s))).await;
        }
        let mut accepted = self.send(notice, key).await;
        if kind == Some(FaultKind::NotifyTwice) {
            accepted |= self.send(notice, key).await;
        }
        if !accepted {
            self.resend(settings, notice, key).await;
        }
    }

    async fn resend(&self, settings: &Settings, notice: &Notice, key: &SigningKey) {
        for wait in &settings.resend {
            pause(settings.scaled(*wait)).await;
            if self.send(notice, key).await {
                return;
            }
        }
        self.settle(&notice.id, Delivery::GivenUp);
    }

    /// One POST; true if the merchant answered `success`.
    async fn send(&self, notice: &Notice, key: &SigningKey) -> bool {
        let Ok(_slot) = self.slots.acquire().await else {
            return false;
        };
        let at = Timestamp::now();
        let Ok(letter) = notice.letter(key, at) else {
            return false;
        };
        let sent = self
            .http
            .post(&notice.to.url)
            .header("content-type", letter.content_type)
            .header("user-agent", "Mozilla/4.0")
            .body(letter.body)
            .send()
            .await;
        let send = match sent {
            Ok(response) => Send { at, status: Some(response.status().as_u16()), answer: beginning(response).await },
            Err(error) => Send { at, status: None, answer: error.without_url().to_string() },
        };
        let accepted = send.status == Some(200) && matches!(send.answer.as_str(), "success" | "SUCCESS");
        tracing::info!(
            notify.id = notice.id,
            out_trade_no = notice.out_trade_no,
            status = send.status,
            accepted,
            "notice {} of order {} sent",
            notice.id,
            notice.out_trade_no,
        );
        if let Some(record) = self.log().get_mut(&notice.id) {
            record.sends.push(send);
        }
        if accepted {
            self.settle(&notice.id, Delivery::Accepted);
        }
        accepted
    }

    fn note(&self, notice: &Notice, strike: Option<&Strike>) {
        let fault = strike.map(|strike| strike.kind);
        let withheld = fault == Some(FaultKind::NotifyNever);
        let record = Record {
            notify_id: notice.id.clone(),
            partner: notice.partner.clone(),
            out_trade_no: notice.out_trade_no.clone(),
            trade_status: notice.status,
            url: notice.to.url.clone(),
            fault,
            delivery: if withheld { Delivery::Withheld } else { Delivery::Pending },
            sends: Vec::new(),
        };
        self.log().insert(notice.id.clone(), record);
        self.order.lock().unwrap_or_else(PoisonError::into_inner).push(notice.id.clone());
    }

    fn settle(&self, notify_id: &str, delivery: Delivery) {
        if let Some(record) = self.log().get_mut(notify_id) {
            record.delivery = delivery;
        }
    }

    fn log(&self) -> MutexGuard<'_, BTreeMap<String, Record>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a while; for ever if the end of it cannot be expressed.
pub(crate) async fn pause(wait: Duration) {
    match Instant::now().checked_add(wait) {
        Some(due) => time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_LEN_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(ANSWER_LEN_MAX);
    String::from_utf8_lossy(&bytes).into_owned()
}
