//! What all routes share: [`error`] is the one table from errors to answers, [`ride_error`] its part
//! about rides, [`body`] bounds what is read, [`headers`]
//! and [`same_origin`] keep other sites out, [`assets`] serves the built web pages. It calls no service and knows no
//! adapter.

pub mod assets;
pub mod body;
pub mod error;
pub mod headers;
pub mod ride_error;
pub mod same_origin;

/// Where routes ask the time, and whether the outside reaches us through TLS and a proxy.
#[derive(Clone)]
pub struct Edge {
    /// The only clock of the routes.
    pub clock: std::sync::Arc<dyn fareway_shared::time::Clock>,
    /// Cookies are for TLS only. True wherever the public address begins with `https`.
    pub secure_cookies: bool,
    /// A proxy stands in front and appends the caller's address to `X-Forwarded-For`. If false, that header is not
    /// believed.
    pub behind_proxy: bool,
    /// Turns true when the platform is going down, so that open feeds end.
    pub stopping: tokio::sync::watch::Receiver<bool>,
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge")
            .field("secure_cookies", &self.secure_cookies)
            .field("behind_proxy", &self.behind_proxy)
            .finish_non_exhaustive()
    }
}
