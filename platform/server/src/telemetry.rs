//! Logs. Sentences with fields, to standard error; `RUST_LOG` filters, `FAREWAY_LOG=json` makes them machine-readable.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging. A second call changes nothing, so that tests may call it too.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let json = std::env::var("FAREWAY_LOG").is_ok_and(|form| form == "json");
    let started = if json {
        registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init()
    } else {
        registry.with(fmt::layer().with_writer(std::io::stderr)).try_init()
    };
    drop(started);
}
