//! What an operator reads when a tariff or a time is none, and that the commands of the manual do what it says.

use std::path::{Path, PathBuf};

use fareway_harness::{
    house::{House, fleets},
    program::Program,
};
use serde_json::Value;
use tempfile::TempDir;

const EXAMPLE: &str = include_str!("../../../platform/server/config/tariffs/suzhou.toml");

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

async fn tariff(arguments: &[&str]) -> Said {
    let executable = PathBuf::from(env!("CARGO_BIN_EXE_fareway-under-test"));
    let arguments: Vec<&str> = ["tariff"].iter().chain(arguments).copied().collect();
    let output = Program::run(&executable, &arguments).await;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

async fn refuses(arguments: &[&str], words: &[&str]) {
    let said = tariff(arguments).await;
    assert_eq!(said.code, Some(2), "{}", said.err);
    for word in words {
        assert!(said.err.contains(word), "`{word}` is missing: {}", said.err);
    }
}

async fn answers(arguments: &[&str]) -> Value {
    let said = tariff(arguments).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

/// A file with a tariff in a folder of the test's own.
fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("tariff.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_tariff_with_a_gap_in_its_hours_is_refused_with_the_gap() {
    let folder = TempDir::new().unwrap();
    let gap = file(folder.path(), &EXAMPLE.replace("05:00-23:00", "06:00-23:00"));
    refuses(&["check", &gap], &["no rate covers mon 05:00 to 06:00 for class `standard`"]).await;
    let text = EXAMPLE.replace("flag_fall_m = 3000", "flag_fall_m = \"far\"");
    refuses(&["check", &file(folder.path(), &text)], &["rate[0].flag_fall_m"]).await;
    let example = tariff(&["example"]).await;
    assert_eq!(example.out, EXAMPLE);
    refuses(&["check", "/nowhere/tariff.toml"], &["/nowhere/tariff.toml", "cannot be read"]).await;
}

#[tokio::test]
async fn a_time_that_the_clocks_skip_or_repeat_is_a_question_and_no_guess() {
    let folder = TempDir::new().unwrap();
    let berlin = file(folder.path(), &EXAMPLE.replace("Asia/Shanghai", "Europe/Berlin"));
    let at = |time, more: &'static [&'static str]| {
        let first = ["quote", &berlin, "--road-m", "5000", "--road-s", "600", "--pickup", "31.3,120.6", "--at", time];
        first.into_iter().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    refuses(&at("2027-03-28T02:30", &[]), &["2027-03-28T02:30 does not exist", "2027-03-28T03:00"]).await;
    refuses(&at("2027-10-31T02:30", &[]), &["happens twice", "earlier or the later"]).await;
    refuses(&at("tomorrow", &[]), &["`tomorrow` is not a local time"]).await;
    let earlier = answers(&at("2027-10-31T02:30", &["--earlier"])).await;
    let later = answers(&at("2027-10-31T02:30", &["--later"])).await;
    let instant = |quote: &Value| quote["journey"]["pickup_at"].as_i64().unwrap();
    assert_eq!(instant(&later) - instant(&earlier), 3_600_000_000);
}

#[tokio::test]
async fn a_tariff_is_published_beside_a_running_platform_and_never_over_another() {
    let house = House::start().await;
    let folder = TempDir::new().unwrap();
    let settings = house.settings_file();
    let settings = settings.to_str().unwrap();
    let fleet = fleets()[0].to_string();
    // Far enough away not to begin before this machine's clock.
    let begins = |year: u32| EXAMPLE.replace("\nfrom = \"2027-", &format!("\nfrom = \"{year}-"));
    let publish = |path: &str| ["publish", "--config", settings, "--fleet", &fleet, path].map(str::to_owned);
    let path = file(folder.path(), &begins(2200));
    let arguments = publish(&path);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let first = answers(&arguments).await;
    assert_eq!((&first["number"], &first["new"]), (&1.into(), &true.into()));
    let again = answers(&arguments).await;
    assert_eq!((&again["number"], &again["new"], &again["tariff"]), (&1.into(), &false.into(), &first["tariff"]));
    std::fs::write(&path, begins(2199)).unwrap();
    refuses(&arguments, &["number 1", "after 2200-01-01T00:00", "backdated"]).await;
    let stated: Vec<&str> = arguments.iter().copied().chain(["--backdate"]).collect();
    assert_eq!(answers(&stated).await["number"], 2);
    std::fs::write(&path, begins(2201).replace("\"CNY\"", "\"THB\"")).unwrap();
    refuses(&arguments, &["in THB", "in CNY"]).await;
    refuses(
        &["publish", "--config", settings, "--fleet", "0198b2c4-0000-7000-8000-00000000ffff", &path],
        &["there is no fleet"],
    )
    .await;
}
