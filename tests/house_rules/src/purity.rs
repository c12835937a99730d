//! What must have no world of its own: words both ends of a wire agree on, and the matching engine. Files, sockets,
//! clocks and processes are their callers'. Called by [`crate::check`] for every Rust file.

use crate::{Broken, rust::Source, tree::File};

/// Folders without a world, and what stands there that has one: a program's face, and the clock that programs hand down.
const PURE: &[(&str, &[&str])] = &[
    ("shared/src/", &["shared/src/time.rs"]),
    ("platform/matching/src/", &["platform/matching/src/main.rs", "platform/matching/src/cli/"]),
];
/// Where the world begins in the standard library.
const WORLD: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "env"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["Instant", "now"],
    &["SystemTime", "now"],
];

/// Holds one Rust file to it.
pub fn check(file: &File, source: &Source, broken: &mut Vec<Broken>) {
    let pure = PURE
        .iter()
        .any(|(folder, but)| file.path.starts_with(folder) && !but.iter().any(|face| file.path.starts_with(face)));
    if !pure || file.is_test() {
        return;
    }
    for path in source.paths.iter().filter(|path| !path.in_test) {
        if let Some(world) =
            WORLD.iter().find(|world| path.parts.iter().map(String::as_str).take(world.len()).eq(world.iter().copied()))
        {
            let named = world.join("::");
            broken.push(
                file.broken(path.line, format!("is pure and may not name {named}; its caller reads and measures")),
            );
        }
    }
}
