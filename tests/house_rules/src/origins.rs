//! What must not be written down in any file: where a developer's machine keeps things, and which host a package came
//! from. Called by [`crate::check`].

use crate::{Broken, tree::File};

/// Cut in two, so that this file does not break its own rule.
const MACHINE: &[&str] = &[concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];
const REGISTRIES: &[&str] = &[
    concat!("registry.", "npmjs.org"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("deb.", "debian.org"),
    concat!("pypi", ".org"),
];

/// The one source that Cargo writes itself.
const CARGO_SOURCE: &str = concat!("registry+https://github.com/rust-lang/", "crates.io-index");

/// Holds one file to it.
pub fn check(file: &File, broken: &mut Vec<Broken>) {
    for (line, text) in (1..).zip(file.text.lines()) {
        if let Some(found) = MACHINE.iter().find(|start| text.contains(*start)) {
            broken.push(file.broken(line, format!("`{found}` is a path of somebody's machine")));
        }
        if let Some(found) = REGISTRIES.iter().find(|host| text.contains(*host)) {
            broken.push(file.broken(line, format!("{found} is where one machine fetched a package")));
        }
        let foreign = match file.name() {
            "Cargo.lock" => text.starts_with("source = ") && !text.contains(CARGO_SOURCE),
            "package-lock.json" => text.contains("\"resolved\": \"http"),
            _ => false,
        };
        if foreign {
            broken.push(file.broken(line, "a lock file names versions and sums, no address of a package"));
        }
    }
}
