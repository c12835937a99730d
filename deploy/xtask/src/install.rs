//! Installs what is missing, or says the one command that does: Debian's packages, and the web pages' from the lock file.
//! Never asks a question, so it runs in CI.

use std::fs;

use crate::{
    place::Place,
    step::{Failed, ask, command, failed, say, show},
};

/// Everything that builds and tests need besides Rust and Node.
const PACKAGES: &[&str] = &[
    // A C compiler and what aws-lc-rs builds with.
    "build-essential",
    "cmake",
    // Store tests start a server of their own.
    "postgresql",
    // Pages are drawn and rides paid in a real browser.
    "chromium",
    // The driver's screen: its font, and a display for tests of the window.
    "fonts-noto-cjk",
    "libfontconfig1",
    "libxkbcommon-x11-0",
    "xvfb",
    // Vectors made by somebody else's implementation.
    "openssl",
];

/// The oldest Node that the web build runs on.
const NODE_MIN: (u32, u32) = (20, 19);

/// Debian's packages.
pub(crate) fn packages(place: &Place) -> Result<(), Failed> {
    let missing: Vec<&str> = PACKAGES.iter().copied().filter(|name| !is_installed(place, name)).collect();
    if missing.is_empty() {
        say(&format!("all of these are installed: {}", PACKAGES.join(" ")));
        return Ok(());
    }
    let names = missing.join(" ");
    if ask(command(&place.root, "id").arg("-u")).as_deref() != Some("0") {
        return Err(failed(format!("missing packages; install them with: sudo apt-get install {names}")));
    }
    say(&format!("installing {names}"));
    let apt = |arguments: &[&str]| {
        show(command(&place.root, "apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "--quiet"])?;
    let install = ["install", "--quiet", "--yes", "--no-install-recommends"];
    apt(&[&install[..], &missing].concat())
}

fn is_installed(place: &Place, package: &str) -> bool {
    let state = ask(command(&place.root, "dpkg-query").args(["--show", "--showformat=${Status}", package]));
    state.is_some_and(|state| state.ends_with("ok installed"))
}

/// The web pages' packages, exactly as the lock file has them; again only when it changed.
pub(crate) fn web(place: &Place) -> Result<(), Failed> {
    let node = ask(command(&place.root, "node").arg("--version"));
    let version = node.as_deref().and_then(node_version);
    if version.is_none_or(|version| version < NODE_MIN) {
        let (major, minor) = NODE_MIN;
        let found = node.unwrap_or_else(|| "none".to_owned());
        return Err(failed(format!("the web build needs Node {major}.{minor} or newer, and found {found}")));
    }
    let lock = fs::read(place.web().join("package-lock.json"))
        .map_err(|error| failed(format!("platform/web/package-lock.json cannot be read: {error}")))?;
    let installed = place.web().join("node_modules/.fareway-installed");
    if fs::read(&installed).is_ok_and(|known| known == lock) {
        say("the web packages are installed");
        return Ok(());
    }
    show(command(&place.web(), "npm").args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&installed, lock).map_err(|error| failed(format!("{} cannot be written: {error}", installed.display())))
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_node_is_understood() {
        assert_eq!(node_version("v20.20.2"), Some((20, 20)));
        assert!(node_version("v18.19.0").is_some_and(|old| old < NODE_MIN));
        assert_eq!(node_version("none"), None);
    }
}
