//! The rules are tested against small houses that break them, one at a time, and against one that keeps them all.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

const CLEAN: &[(&str, &str)] = &[
    ("platform/server/src/lib.rs", "//! Contents.\npub mod bill;\npub mod payment;\n"),
    ("platform/server/src/bill/mod.rs", "//! Bills.\npub mod model;\n"),
    ("platform/server/src/bill/model.rs", "//! A bill.\nuse crate::store_error::StoreError;\npub struct Bill;\n"),
    (
        "platform/server/src/payment/service.rs",
        "//! Paying.\nuse crate::{bill::model::Bill};\nuse super::ports::Books;\n",
    ),
    ("platform/server/src/store/books.rs", "//! Books.\nuse crate::payment::ports::Books;\nuse sqlx::Row;\n"),
    ("platform/server/src/app.rs", "//! Roof.\nuse crate::{store::Store, workflow::House};\n"),
    (
        "shared/Cargo.toml",
        "[package]\nname = \"fareway-shared\"\nlicense.workspace = true\n[dependencies]\nserde = \"1\"\n",
    ),
];

/// Checks the clean house with one more file in it.
fn rules_broken_by(path: &str, text: &str) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in CLEAN.iter().chain(&[(path, text)]) {
        let file = root.path().join(path);
        fs::create_dir_all(file.parent().unwrap_or(Path::new("/"))).unwrap();
        fs::write(file, text).unwrap();
    }
    house_rules::check(root.path()).unwrap().iter().map(ToString::to_string).collect()
}

/// Asserts that the one planted file breaks one rule, and that the report names the file and says `expected`.
#[track_caller]
fn breaks(path: &str, text: &str, expected: &str) {
    let broken = rules_broken_by(path, text);
    assert_eq!(broken.len(), 1, "{broken:#?}");
    let [only] = broken.as_slice() else { return };
    assert!(only.starts_with(path) && only.contains(expected), "{only}");
}

#[test]
fn a_clean_house_breaks_nothing() {
    assert_eq!(rules_broken_by("README.md", "A house."), Vec::<String>::new());
}

#[test]
fn a_model_that_looks_right_is_found() {
    let text = "//! M.\nuse crate::{\n    payment::{\n        model::Payment,\n    },\n};\n";
    breaks("platform/server/src/trip/model.rs", text, "trip (Model) may not import payment (Model)");
}

#[test]
fn a_service_that_names_an_adapter_is_found_even_in_the_middle_of_code() {
    let text = "//! S.\nfn f() { let _ = crate::store::Store::open(); }\n";
    breaks("platform/server/src/bill/service.rs", text, "bill (Service) may not import store (Adapter)");
}

#[test]
fn a_service_that_names_another_slice_s_service_is_found() {
    let text = "//! S.\nuse crate::bill::service::Bills;\n";
    breaks("platform/server/src/payment/notice.rs", text, "may not import bill (Service)");
}

#[test]
fn an_adapter_that_names_another_adapter_is_found_through_super() {
    let text = "//! A.\nuse super::super::push::hub::Hub;\n";
    breaks("platform/server/src/store/rows.rs", text, "store (Adapter) may not import push (Adapter)");
}

#[test]
fn a_workflow_that_names_a_concrete_adapter_is_found() {
    let text = "//! W.\nuse crate::alipay::gateway::AlipayGateway;\n";
    breaks("platform/server/src/workflow/mod.rs", text, "workflow (Workflow) may not import alipay (Adapter)");
}

#[test]
fn a_slice_that_names_the_roof_is_found() {
    breaks("platform/server/src/trip/ports.rs", "//! P.\nuse crate::app::App;\n", "may not import app (Roof)");
}

#[test]
fn a_module_without_a_place_is_found() {
    breaks("platform/server/src/bill/magic.rs", "//! ?\n", "has no place in the house");
}

#[test]
fn a_model_that_waits_or_asks_a_clock_is_found() {
    breaks("platform/server/src/trip/model.rs", "//! M.\nasync fn f() {}\n", "a model is pure");
    let text = "//! S.\nfn f(c: &C) { c.now(); }\n";
    breaks("platform/server/src/trip/service.rs", text, "time is a parameter");
}

#[test]
fn test_code_may_build_what_it_needs() {
    let text = "//! S.\n#[cfg(test)]\nmod tests { use crate::store::Store; fn f() { SystemClock.now(); } }\n";
    assert_eq!(rules_broken_by("platform/server/src/bill/service.rs", text), Vec::<String>::new());
}

#[test]
fn a_crate_named_outside_of_its_place_is_found() {
    let sql = "//! P.\nuse sqlx::SqlitePool;\n";
    breaks("platform/server/src/passenger/pages.rs", sql, "sqlx may be named only in");
    let http = "//! S.\nfn f() { reqwest::get(1); }\n";
    breaks("platform/server/src/jobs/mod.rs", http, "reqwest may be named only in");
    breaks("taximeter-bridge/src/meter/mod.rs", "//! M.\nuse serialport::SerialPort;\n", "serialport may be named");
    breaks("driver-app/src/state/mod.rs", "//! S.\nuse slint::Color;\n", "slint may be named only in");
    breaks(
        "driver-app/src/app.rs",
        "//! S.\nuse tokio_tungstenite::connect_async;\n",
        "tokio-tungstenite may be named",
    );
}

#[test]
fn a_manifest_that_reaches_too_far_is_found() {
    let head = "[package]\nlicense.workspace = true\n[dependencies]\n";
    let shared = format!("{head}tokio.workspace = true\n");
    breaks("shared/Cargo.toml", &shared, "may not depend on tokio");
    let bridge = format!("{head}fareway.workspace = true\n");
    breaks("taximeter-bridge/Cargo.toml", &bridge, "may not depend on fareway;");
    let alipay = format!("{head}fareway-shared.workspace = true\n");
    breaks("platform/alipay/Cargo.toml", &alipay, "may not depend on fareway-shared");
    breaks("somewhere/Cargo.toml", head, "is not in MEMBERS");
}

#[test]
fn a_wrong_licence_is_found() {
    breaks("driver-app/Cargo.toml", "[package]\nlicense.workspace = true\n", "should be GPL-3.0-only");
    breaks("shared/Cargo.toml", "[package]\nlicense = \"GPL-3.0-only\"\n", "should be MIT OR Apache-2.0");
}

#[test]
fn a_file_that_is_too_long_or_says_nothing_by_its_name_is_found() {
    breaks("shared/src/long.rs", &format!("//! L.\n{}", "\n".repeat(600)), "has 601 lines");
    breaks("shared/src/utils.rs", "//! U.\n", "`utils` says nothing");
    breaks("platform/web/src/helpers/index.ts", "", "`helpers` says nothing");
    breaks("shared/src/quiet.rs", "struct S;\n", "open with //!");
}

// Cut in two, so that a plain search for such words finds none in this repository.
#[test]
fn what_no_file_may_say_is_found() {
    breaks("shared/src/a.rs", concat!("//! A.\nfn f() { to", "do!() }\n"), "unfinished work");
    breaks("shared/src/a.rs", concat!("//! A.\n#[al", "low(dead_code)]\nfn f() {}\n"), "silence a lint with #[expect");
    breaks("shared/src/a.rs", "//! A.\npub use crate::id::*;\n", "publish names, not stars");
    breaks("shared/src/a.rs", concat!("//! A.\n#[test]\n#[ig", "nore]\nfn f() {}\n"), "an ignored test is no test");
    breaks("shared/tests/a.rs", concat!("//! A.\nfn f() { std::thread::sl", "eep(d); }\n"), "never sleeps");
    breaks("tests/e2e/ride/a.rs", concat!("//! A.\nasync fn f() { sl", "eep(d).await; }\n"), "never sleeps");
}

#[test]
fn origins_are_found() {
    breaks("docs/a.md", concat!("see /ro", "ot/notes"), "is a path of somebody's machine");
    breaks("platform/web/.npmrc", concat!("registry=https://registry.", "npmjs.org/"), "where one machine fetched");
    breaks("Cargo.lock", "source = \"git+https://example.org/x\"\n", "a lock file names versions");
    breaks(
        "platform/web/package-lock.json",
        "\"resolved\": \"https://example.org/x.tgz\"",
        "a lock file names versions",
    );
}

#[test]
fn a_matching_engine_that_reads_a_clock_or_a_file_is_found() {
    let text = "//! M.\nuse std::time::Instant;\n";
    breaks("platform/matching/src/policy/tick.rs", text, "is pure and may not name std::time::Instant");
    let text = "//! M.\nfn f() { let _ = std::fs::read(\"map\"); }\n";
    breaks("platform/matching/src/roads/map.rs", text, "is pure and may not name std::fs");
    assert_eq!(rules_broken_by("platform/matching/src/cli/map.rs", text), Vec::<String>::new());
}
