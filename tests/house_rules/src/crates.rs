//! Which crate may use which: by manifest, by licence, and by the files that may name a crate at all. Called by
//! [`crate::check`] for every `Cargo.toml` and Rust file.

use toml::{Table, Value};

use crate::{Broken, rust::Source, tree::File};

const PERMISSIVE: &str = "MIT OR Apache-2.0";
/// Slint's licence asks it of a program in a car; whoever links the driver app follows.
const COPYLEFT: &str = "GPL-3.0-only";

/// One crate of the house.
#[derive(Debug)]
pub struct Member {
    /// Its folder.
    pub folder: &'static str,
    /// Crates of the house that it may depend on; `*` is any.
    pub uses: &'static [&'static str],
    /// Crates of the house that its tests may use besides.
    pub tests_use: &'static [&'static str],
    /// Its licence.
    pub licence: &'static str,
}

/// The crates of the house.
pub const MEMBERS: &[Member] = &[
    Member { folder: "shared", uses: &[], tests_use: &[], licence: PERMISSIVE },
    Member { folder: "platform/alipay", uses: &[], tests_use: &[], licence: PERMISSIVE },
    Member { folder: "platform/matching", uses: &["fareway-shared"], tests_use: &[], licence: PERMISSIVE },
    Member {
        folder: "platform/server",
        uses: &["fareway-shared", "fareway-matching", "alipay-global"],
        tests_use: &["alipay-sandbox", "fareway-harness"],
        licence: PERMISSIVE,
    },
    Member { folder: "taximeter-bridge", uses: &["fareway-shared"], tests_use: &[], licence: PERMISSIVE },
    Member { folder: "driver-app", uses: &["fareway-shared"], tests_use: &[], licence: COPYLEFT },
    Member { folder: "tests/alipay-sandbox", uses: &["alipay-global"], tests_use: &[], licence: PERMISSIVE },
    Member { folder: "tests/harness", uses: &["*"], tests_use: &[], licence: COPYLEFT },
    Member { folder: "tests/e2e", uses: &["*"], tests_use: &["*"], licence: COPYLEFT },
    Member {
        folder: "tests/sim",
        uses: &["fareway", "fareway-driver-app", "fareway-shared"],
        tests_use: &[],
        licence: COPYLEFT,
    },
    Member { folder: "tests/house_rules", uses: &[], tests_use: &[], licence: PERMISSIVE },
    Member {
        folder: "tests/bench",
        uses: &["alipay-global", "fareway", "fareway-shared"],
        tests_use: &[],
        licence: PERMISSIVE,
    },
    Member {
        folder: "tests/bench_matching",
        uses: &["fareway-matching", "fareway-shared"],
        tests_use: &[],
        licence: PERMISSIVE,
    },
    Member { folder: "deploy/xtask", uses: &[], tests_use: &[], licence: PERMISSIVE },
];

/// Every crate of the house, by the name others use.
const HOUSE: &[&str] = &[
    "fareway",
    "fareway-shared",
    "fareway-matching",
    "fareway-driver-app",
    "fareway-taximeter-bridge",
    "fareway-harness",
    "fareway-e2e",
    "fareway-bench",
    "fareway-sim",
    "bench-matching",
    "alipay-global",
    "alipay-sandbox",
    "house-rules",
    "xtask",
];

/// A crate from outside: which of ours may depend on it, and which files may name it. Test code may name any of them,
/// an empty list of folders means all files.
#[derive(Debug)]
pub struct Outside {
    /// Its name in manifests.
    pub name: &'static str,
    /// Folders of the crates that may have it among their dependencies.
    pub members: &'static [&'static str],
    /// Beginnings of paths that may name it.
    pub files: &'static [&'static str],
}

/// Crates with a world behind them, and where that world begins.
pub const OUTSIDE: &[Outside] = &[
    Outside {
        name: "sqlx",
        members: &["platform/server", "tests/bench"],
        files: &["platform/server/src/store/", "tests/bench/"],
    },
    Outside {
        name: "reqwest",
        members: &["platform/alipay", "platform/server", "tests/alipay-sandbox", "tests/harness", "tests/e2e"],
        files: &["platform/alipay/src/", "platform/server/src/alipay/", "tests/"],
    },
    Outside {
        name: "serialport",
        members: &["taximeter-bridge", "driver-app"],
        files: &["taximeter-bridge/src/device/", "driver-app/src/gnss/serial"],
    },
    Outside {
        name: "tokio-tungstenite",
        members: &["platform/server", "driver-app", "tests/harness", "tests/bench"],
        files: &[
            "platform/server/src/push/",
            "platform/server/examples/",
            "driver-app/src/link",
            "tests/harness/",
            "tests/bench/",
        ],
    },
    Outside { name: "slint", members: &["driver-app"], files: &["driver-app/src/ui/", "driver-app/src/main.rs"] },
    Outside {
        name: "actix-web",
        members: &["platform/server", "platform/alipay", "tests/alipay-sandbox", "tests/harness"],
        files: &[
            "platform/server/src/app.rs",
            "platform/server/src/http/",
            "platform/server/src/passenger/",
            "platform/server/src/console/",
            "platform/server/src/identity/routes",
            "platform/server/src/identity/signed_in",
            "platform/server/src/fleet/routes",
            "platform/server/src/payment/routes",
            "tests/alipay-sandbox/",
            "tests/harness/",
        ],
    },
    // Words that both ends agree on have no wire, disk or clock of their own.
    Outside { name: "tokio", members: NOT_SHARED, files: &[] },
    Outside { name: "hyper", members: NOT_SHARED, files: &[] },
];

const NOT_SHARED: &[&str] = &[
    "platform/alipay",
    "platform/server",
    "taximeter-bridge",
    "driver-app",
    "tests/alipay-sandbox",
    "tests/harness",
    "tests/e2e",
    "tests/sim",
    "tests/bench",
];

/// Holds one manifest to the tables.
pub fn check_manifest(file: &File, broken: &mut Vec<Broken>) {
    let Ok(manifest) = file.text.parse::<Table>() else {
        broken.push(file.broken(0, "is not TOML"));
        return;
    };
    let Some(package) = manifest.get("package") else { return };
    let folder = file.path.trim_end_matches("Cargo.toml").trim_end_matches('/');
    let Some(member) = MEMBERS.iter().find(|member| member.folder == folder) else {
        broken.push(
            file.broken(0, format!("the crate in {folder} is not in MEMBERS of house_rules: say what it may use")),
        );
        return;
    };
    check_licence(file, member, package, broken);
    for (kind, allowed) in dependencies(&manifest, member) {
        for name in kind.keys() {
            let house = HOUSE.contains(&name.as_str());
            if house && !allowed.iter().any(|may| may == name || *may == "*") {
                broken.push(file.broken(0, format!("may not depend on {name}; see MEMBERS in house_rules")));
            }
        }
    }
    for outside in OUTSIDE.iter().filter(|outside| !outside.members.contains(&folder)) {
        if section(&manifest, "dependencies").contains_key(outside.name) {
            broken.push(file.broken(0, format!("may not depend on {}; see OUTSIDE in house_rules", outside.name)));
        }
    }
}

/// Holds one Rust file to the list of files that may name a crate.
pub fn check_source(file: &File, source: &Source, broken: &mut Vec<Broken>) {
    if file.is_test() {
        return;
    }
    for outside in OUTSIDE.iter().filter(|outside| !outside.files.is_empty()) {
        let module = outside.name.replace('-', "_");
        let named = source.paths.iter().find(|path| !path.in_test && path.parts.first() == Some(&module));
        if let Some(path) = named
            && !outside.files.iter().any(|start| file.path.starts_with(start))
        {
            let places = outside.files.join(", ");
            broken.push(file.broken(path.line, format!("{} may be named only in {places}", outside.name)));
        }
    }
}

fn check_licence(file: &File, member: &Member, package: &Value, broken: &mut Vec<Broken>) {
    let licence = match package.get("license") {
        Some(Value::String(own)) => own.as_str(),
        Some(Value::Table(from)) if from.contains_key("workspace") => PERMISSIVE,
        _ => "none",
    };
    if licence != member.licence {
        broken.push(file.broken(0, format!("its licence is {licence}, and should be {}", member.licence)));
    }
}

/// Each list of dependencies with what it may name of the house.
fn dependencies(manifest: &Table, member: &Member) -> [(Table, Vec<&'static str>); 3] {
    let tests: Vec<&str> = member.uses.iter().chain(member.tests_use).copied().collect();
    [
        (section(manifest, "dependencies"), member.uses.to_vec()),
        (section(manifest, "build-dependencies"), member.uses.to_vec()),
        (section(manifest, "dev-dependencies"), tests),
    ]
}

fn section(manifest: &Table, name: &str) -> Table {
    manifest.get(name).and_then(Value::as_table).cloned().unwrap_or_default()
}
