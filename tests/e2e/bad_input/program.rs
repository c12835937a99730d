//! What an operator reads when the program cannot start: which key or file, why, and what to do; and exit code 2.

use std::path::{Path, PathBuf};

use fareway_harness::{house::House, program::Program};
use tempfile::TempDir;

fn executable() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_fareway-under-test"))
}

async fn refuses(settings: &Path, words: &[&str]) {
    let output = Program::run(&executable(), &["serve", "--config", settings.to_str().unwrap()]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("fareway: "), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
}

/// The settings of a house with one line changed.
fn changed(house: &House, from: &str, to: &str) -> PathBuf {
    let file = house.settings_file();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    let other = file.with_file_name("changed.toml");
    std::fs::write(&other, text.replacen(from, to, 1)).unwrap();
    other
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_key() {
    let house = House::start().await;
    let taken = house.platform().http.to_string();
    refuses(&house.settings_file(), &["server.http", &taken, "another program may use it"]).await;
}

#[tokio::test]
async fn a_settings_file_that_is_wrong_is_named_with_key_and_reason() {
    let mut house = House::start().await;
    house.stop_platform().await;
    refuses(Path::new("/nowhere/fareway.toml"), &["/nowhere/fareway.toml", "cannot be read"]).await;
    refuses(&changed(&house, "[server]", "[server"), &["changed.toml", "TOML"]).await;
    refuses(&changed(&house, "[server]", "[server]\nhtpp = 1"), &["server", "htpp"]).await;
    refuses(&changed(&house, "read_timeout_s = 2", "read_timeout_s = \"soon\""), &["alipay.read_timeout_s"]).await;
    refuses(&changed(&house, "\"ours.pem\"", "\"lost.pem\""), &["alipay.private_key", "lost.pem"]).await;
    refuses(&changed(&house, "currency = \"CNY\"", "currency = \"KWD\""), &["fleet[0].currency", "KWD"]).await;
}

#[tokio::test]
async fn a_database_that_is_none_or_nowhere_is_named_with_what_to_do() {
    let mut house = House::start().await;
    house.stop_platform().await;
    let folder = TempDir::new().unwrap();
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, [0x42; 8192]).unwrap();
    let at = |path: &str| changed(&house, "sqlite:fareway.db", &format!("sqlite:{path}"));
    refuses(&at(garbage.to_str().unwrap()), &["garbage.db", "because"]).await;
    refuses(&at("/nowhere/fareway.db"), &["/nowhere/fareway.db", "check that the path is writable"]).await;
    refuses(&changed(&house, "sqlite:fareway.db", "mysql://db"), &["database.url", "sqlite:PATH"]).await;
    refuses(&changed(&house, "sqlite:fareway.db", "postgres://me:geheim@127.0.0.1:1/x"), &["…@127.0.0.1:1"]).await;
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_named_as_locked() {
    let mut house = House::start().await;
    house.stop_platform().await;
    let file = house.settings_file().with_file_name("fareway.db");
    let holder = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
    let holder = holder.connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let held = holder.begin_with("BEGIN EXCLUSIVE").await.unwrap();
    refuses(&house.settings_file(), &["fareway.db", "another program", "locked"]).await;
    held.rollback().await.unwrap();
}
