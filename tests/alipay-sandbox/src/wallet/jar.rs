//! The cookies of one phone and account, kept here instead of in the browser, where the merchant's
//! console on the same host would see them too. Time is passed in.

use actix_web::cookie::{Cookie, Expiration};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::beijing;

const COOKIES_MAX: usize = 100;

/// A cookie jar.
#[derive(Debug, Default)]
pub(super) struct Jar(Vec<Stored>);

#[derive(Debug)]
struct Stored {
    origin: String,
    path: String,
    name: String,
    value: String,
    expires_at: Option<Timestamp>,
}

impl Jar {
    /// Takes a `Set-Cookie` that came from `url`; the last one of a name wins, an expired one deletes.
    pub(super) fn store(&mut self, url: &Url, set_cookie: &str, now: Timestamp) {
        let Ok(cookie) = Cookie::parse(set_cookie) else {
            return;
        };
        let origin = url.origin().ascii_serialization();
        let path = cookie.path().filter(|path| path.starts_with('/')).unwrap_or("/").to_owned();
        let expires_at = expiry(&cookie, now);
        self.0.retain(|known| known.origin != origin || known.name != cookie.name() || known.path != path);
        if expires_at.is_some_and(|at| at <= now) {
            return;
        }
        if self.0.len() >= COOKIES_MAX {
            self.0.remove(0);
        }
        let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
        self.0.push(Stored { origin, path, name, value, expires_at });
    }

    /// The `Cookie` header for a request to `url`, if any cookie fits.
    pub(super) fn header(&self, url: &Url, now: Timestamp) -> Option<String> {
        let origin = url.origin().ascii_serialization();
        let pairs: Vec<String> = self
            .0
            .iter()
            .filter(|stored| stored.origin == origin && covers(&stored.path, url.path()))
            .filter(|stored| stored.expires_at.is_none_or(|at| now < at))
            .map(|stored| format!("{}={}", stored.name, stored.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

fn expiry(cookie: &Cookie<'_>, now: Timestamp) -> Option<Timestamp> {
    if let Some(age) = cookie.max_age() {
        return Some(beijing::after(now, SignedDuration::from_secs(age.whole_seconds())));
    }
    match cookie.expires()? {
        Expiration::DateTime(at) => Timestamp::from_second(at.unix_timestamp()).ok(),
        Expiration::Session => None,
    }
}

fn covers(path: &str, requested: &str) -> bool {
    let trimmed = path.trim_end_matches('/');
    requested == path || requested.strip_prefix(trimmed).is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_cookie_returns_to_its_origin_and_path_until_it_expires() {
        let mut jar = Jar::default();
        let shop = url("http://127.0.0.1:8080/p/1");
        jar.store(&shop, "ride=abc; Path=/p; HttpOnly; Secure; Max-Age=60", NOW);
        assert_eq!(jar.header(&shop, NOW).as_deref(), Some("ride=abc"));
        assert_eq!(jar.header(&url("http://127.0.0.1:8080/passenger"), NOW), None);
        assert_eq!(jar.header(&url("http://127.0.0.1:8081/p/1"), NOW), None);
        assert_eq!(jar.header(&shop, NOW + SignedDuration::from_secs(60)), None);
    }

    #[test]
    fn a_cookie_is_replaced_and_deleted() {
        let mut jar = Jar::default();
        let shop = url("http://127.0.0.1:8080/");
        jar.store(&shop, "a=1", NOW);
        jar.store(&shop, "a=2", NOW);
        assert_eq!(jar.header(&shop, NOW).as_deref(), Some("a=2"));
        jar.store(&shop, "a=; Max-Age=0", NOW);
        assert_eq!(jar.header(&shop, NOW), None);
    }
}
