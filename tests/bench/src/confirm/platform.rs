//! The platform as it is shipped, on the seeded database.

use std::{path::Path, sync::Arc};

use fareway::{app::App, config::Config};
use fareway_shared::time::SystemClock;

/// Serves until it is killed.
pub(super) async fn run(folder: &Path) {
    let config = Config::load(&folder.join("fareway.toml")).unwrap();
    let app = App::build(&config, Arc::new(SystemClock)).await.unwrap();
    let line = serde_json::json!({ "http": app.http, "cars": app.cars });
    let _running = app.start().unwrap();
    println!("{line}");
    std::future::pending::<()>().await;
}
