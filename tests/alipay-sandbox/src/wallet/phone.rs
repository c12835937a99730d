//! The phones that browsers play: what each has open, and its merchant cookies by account. Choosing
//! another account is taking another phone: it shares no cookie with the first.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use url::Url;

use super::jar::Jar;

/// Most phones at once; the oldest is dropped for a new one.
const PHONES_MAX: usize = 256;

/// All phones.
#[derive(Debug)]
pub(crate) struct Phones {
    /// The phones' network.
    pub(super) http: reqwest::Client,
    drawer: Mutex<Drawer>,
}

#[derive(Debug, Default)]
struct Drawer {
    phones: BTreeMap<String, Phone>,
    order: VecDeque<String>,
}

#[derive(Debug, Default)]
struct Phone {
    site: Option<Url>,
    jars: BTreeMap<String, Jar>,
}

impl Phones {
    /// An empty drawer.
    ///
    /// # Errors
    /// If the HTTP client cannot be set up.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(std::time::Duration::from_secs(5))
            .no_proxy()
            .build()?;
        Ok(Self { http, drawer: Mutex::default() })
    }

    /// The phone has this site open from now on.
    pub(super) fn open(&self, phone: &str, site: Url) {
        self.with(phone, |phone| phone.site = Some(site));
    }

    /// The site that the phone has open.
    pub(super) fn site(&self, phone: &str) -> Option<Url> {
        self.lock().phones.get(phone)?.site.clone()
    }

    /// The cookies that this account on this phone sends to `url`.
    pub(super) fn cookies(&self, phone: &str, user_id: &str, url: &Url, now: Timestamp) -> Option<String> {
        self.lock().phones.get(phone)?.jars.get(user_id)?.header(url, now)
    }

    /// Keeps a `Set-Cookie` from `url`.
    pub(super) fn keep(&self, phone: &str, user_id: &str, url: &Url, set_cookie: &str, now: Timestamp) {
        self.with(phone, |phone| {
            phone.jars.entry(user_id.to_owned()).or_default().store(url, set_cookie, now);
        });
    }

    fn with(&self, id: &str, change: impl FnOnce(&mut Phone)) {
        let mut drawer = self.lock();
        if !drawer.phones.contains_key(id) {
            drawer.order.push_back(id.to_owned());
            if drawer.order.len() > PHONES_MAX
                && let Some(oldest) = drawer.order.pop_front()
            {
                drawer.phones.remove(&oldest);
            }
        }
        change(drawer.phones.entry(id.to_owned()).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, Drawer> {
        self.drawer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
