//! Which module of `platform/server/src` may import which. The two tables are the rule; the code below only applies
//! them. Called by [`crate::check`]. Test code may build what it needs and is not held to the arrows.

use crate::{
    Broken,
    rust::{NamedPath, Source},
    tree::File,
};

const ROOT: &str = "platform/server/src/";

/// The business, left to right: a slice knows models to its left, and nothing to its right.
pub const SLICES: &[&str] = &["identity", "tariff", "fleet", "reservation", "matching", "trip", "bill", "payment"];

/// What a module is for, which decides what it may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// Words and errors that every floor may use.
    Ground,
    /// Entities, their errors and pure rules; no async.
    Model,
    /// What a slice needs from outside, as traits.
    Ports,
    /// Use cases.
    Service,
    /// A slice's way in from the network.
    Routes,
    /// A slice's table of contents.
    Contents,
    /// Makes ports true with something outside: a database, Alipay, cars.
    Adapter,
    /// What all routes share.
    Http,
    /// What a desk for people shows and asks for, as traits and words.
    DeskPorts,
    /// A desk for people: the passenger's pages, the dispatcher's console.
    Desk,
    /// How slices cooperate.
    Workflow,
    /// What happens at its time.
    Jobs,
    /// Typed settings.
    Settings,
    /// What wires the house; nobody imports it.
    Roof,
}

/// Where a module stands; `*` is any slice. The longest fitting line counts, and a module that fits none is an error.
pub const PLACES: &[(&str, Floor)] = &[
    ("alarm", Ground),
    ("store_error", Ground),
    ("transition", Ground),
    ("*", Contents),
    ("*::model", Model),
    ("*::error", Model),
    ("*::ports", Ports),
    ("*::service", Service),
    ("*::routes", Routes),
    ("fleet::key_ring", Model),
    ("fleet::position", Model),
    // The matching engine is pure, so what hands it a batch is too.
    ("matching::plan", Model),
    ("identity::password", Service),
    ("identity::signed_in", Routes),
    ("identity::tries", Service),
    ("matching::words", Model),
    ("payment::capture", Service),
    ("payment::ledger", Model),
    ("payment::notice", Service),
    ("store", Adapter),
    ("alipay", Adapter),
    ("push", Adapter),
    ("http", Http),
    ("passenger", Desk),
    ("passenger::ports", DeskPorts),
    ("console", Desk),
    ("console::ports", DeskPorts),
    ("console::ride_ports", DeskPorts),
    ("workflow", Workflow),
    ("jobs", Jobs),
    ("config", Settings),
    ("platform_key", Settings),
    ("app", Roof),
    ("tariff::words", Model),
    ("tariff_command", Roof),
    ("telemetry", Roof),
    ("", Roof),
];

/// What a floor may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// This floor, anywhere.
    Any(Floor),
    /// This floor of the same slice.
    Own(Floor),
    /// Models of slices to the left.
    ModelsToTheLeft,
    /// Everything.
    Everything,
}

use Floor::{
    Adapter, Contents, Desk, DeskPorts, Ground, Http, Jobs, Model, Ports, Roof, Routes, Service, Settings, Workflow,
};
use May::{Any, Everything, ModelsToTheLeft, Own};

/// The arrows. A module may always import from its own part (the same adapter, the same desk).
pub const ARROWS: &[(Floor, &[May])] = &[
    (Ground, &[Any(Ground)]),
    (Model, &[Any(Ground), Own(Model), ModelsToTheLeft]),
    (Ports, &[Any(Ground), Own(Model), ModelsToTheLeft]),
    (Service, &[Any(Ground), Own(Model), Own(Ports), Own(Service), ModelsToTheLeft]),
    (Routes, &[Any(Ground), Own(Model), Own(Ports), Own(Service), Own(Routes), Any(Http), Any(DeskPorts)]),
    (Contents, &[Any(Ground), Own(Model), Own(Ports), Own(Service), Own(Routes)]),
    (Settings, &[Any(Ground), Any(Settings), Any(Model)]),
    (Adapter, &[Any(Ground), Any(Model), Any(Ports), Any(DeskPorts), Any(Settings)]),
    (Http, &[Any(Ground), Any(Model)]),
    (DeskPorts, &[Any(Ground), Any(Model)]),
    // The console mounts the sign-in and asks who is signed in.
    (Desk, &[Any(Ground), Any(Model), Any(Ports), Any(Service), Any(Routes), Any(Http), Any(DeskPorts)]),
    (Workflow, &[Any(Ground), Any(Model), Any(Ports), Any(Service), Any(DeskPorts)]),
    (Jobs, &[Any(Ground), Any(Model), Any(Ports), Any(Service), Any(Workflow)]),
    (Roof, &[Everything]),
];

/// Floors that are told the time and never ask for it.
pub const TIMELESS: &[Floor] = &[Ground, Model, Ports, Service, DeskPorts, Workflow];

/// Where one module stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place<'a> {
    /// The first name: the slice, adapter, desk.
    part: &'a str,
    floor: Floor,
}

/// Holds a file of the platform to the arrows.
pub fn check(file: &File, source: &Source, broken: &mut Vec<Broken>) {
    let Some(module) = module_of(&file.path) else { return };
    let Some(from) = place(&module) else {
        broken.push(file.broken(0, format!("has no place in the house: add `{}` to PLACES", module.join("::"))));
        return;
    };
    if file.is_test() {
        return;
    }
    for path in source.paths.iter().filter(|path| !path.in_test) {
        let Some(target) = absolute(path, &module) else { continue };
        match place(&target) {
            None => broken.push(file.broken(path.line, format!("names `{}`, which has no place", target.join("::")))),
            Some(to) if may(from, to) => {}
            Some(to) => broken.push(file.broken(path.line, wrong(from, to, &path.parts))),
        }
    }
    if from.floor == Model
        && let Some(word) = source.asyncs.iter().find(|word| !word.in_test)
    {
        broken.push(file.broken(word.line, "a model is pure: no async; a service waits"));
    }
    if TIMELESS.contains(&from.floor) {
        for word in source.calls.iter().filter(|word| !word.in_test && word.word == "now") {
            broken.push(file.broken(word.line, "time is a parameter: only an edge asks a clock"));
        }
    }
}

fn wrong(from: Place<'_>, to: Place<'_>, path: &[String]) -> String {
    let (part, floor, other, its) = (from.part, from.floor, to.part, to.floor);
    format!("{part} ({floor:?}) may not import {other} ({its:?}): `{}`; see ARROWS in house_rules", path.join("::"))
}

/// Whether the arrows allow it.
fn may(from: Place<'_>, to: Place<'_>) -> bool {
    let same = from.part == to.part;
    if same && !SLICES.contains(&from.part) {
        return true;
    }
    let rules = ARROWS.iter().find(|(floor, _)| *floor == from.floor).map_or(&[][..], |(_, rules)| rules);
    rules.iter().any(|rule| match *rule {
        Any(floor) => to.floor == floor,
        Own(floor) => same && to.floor == floor,
        ModelsToTheLeft => to.floor == Model && left_of(to.part, from.part),
        Everything => true,
    })
}

fn left_of(one: &str, other: &str) -> bool {
    let place = |part| SLICES.iter().position(|slice| *slice == part);
    matches!((place(one), place(other)), (Some(one), Some(other)) if one < other)
}

/// The module a file holds: `bill/model.rs` is `bill::model`, `bill/mod.rs` is `bill`.
fn module_of(path: &str) -> Option<Vec<String>> {
    let inner = path.strip_prefix(ROOT)?.strip_suffix(".rs")?;
    let inner = match inner {
        "lib" | "main" => "",
        other => other.strip_suffix("/mod").unwrap_or(other),
    };
    Some(inner.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// The path from the crate's root, if it begins with `crate`, `self` or `super`.
fn absolute(path: &NamedPath, module: &[String]) -> Option<Vec<String>> {
    let mut base: Vec<String> = module.iter().chain(&path.inside).cloned().collect();
    let mut parts = path.parts.as_slice();
    match parts.first().map(String::as_str) {
        Some("crate") => {
            base.clear();
            parts = parts.get(1..)?;
        }
        Some("self" | "super") => {
            while let Some((first, rest)) = parts.split_first()
                && (first == "self" || first == "super")
            {
                if first == "super" {
                    base.pop();
                }
                parts = rest;
            }
        }
        _ => return None,
    }
    base.extend(parts.iter().filter(|part| *part != "self" && *part != "*").cloned());
    Some(base)
}

/// The longest line of [`PLACES`] that `path` begins with; what follows is an item.
fn place(path: &[String]) -> Option<Place<'_>> {
    let part = path.first().map_or("", String::as_str);
    let fits = |pattern: &str| {
        pattern.split("::").filter(|name| !name.is_empty()).enumerate().all(|(at, name)| match path.get(at) {
            Some(found) if name == "*" => SLICES.contains(&found.as_str()),
            Some(found) => found == name,
            None => false,
        })
    };
    let depth = |pattern: &str| pattern.split("::").filter(|name| !name.is_empty()).count();
    let (pattern, floor) =
        PLACES.iter().filter(|(pattern, _)| fits(pattern)).max_by_key(|(pattern, _)| depth(pattern))?;
    // The crate's root itself is the roof, a module that only the root's line fits has no place.
    if pattern.is_empty() && !path.is_empty() && part.starts_with(char::is_lowercase) {
        return None;
    }
    // A slice's file that no line names must not hide behind the slice's own line.
    let unnamed = *floor == Contents && path.get(1).is_some_and(|name| name.starts_with(char::is_lowercase));
    (!unnamed).then_some(Place { part, floor: *floor })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(path: &str) -> Option<Floor> {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        place(&path).map(|place| place.floor)
    }

    #[test]
    fn the_longest_line_places_a_module_and_an_item() {
        assert_eq!(stands("bill::model::Bill"), Some(Model));
        assert_eq!(stands("bill"), Some(Contents));
        assert_eq!(stands("passenger::ports::View"), Some(DeskPorts));
        assert_eq!(stands("passenger::pages"), Some(Desk));
        assert_eq!(stands("bill::magic"), None);
        assert_eq!(stands("helpers_of_all"), None);
    }

    #[test]
    fn a_path_is_made_absolute_from_where_it_stands() {
        let text = "use super::model::Bill; mod inner { use super::super::ports::X; use self::y::Z; }";
        let source = crate::rust::read(text).unwrap();
        let module = vec!["bill".to_owned(), "service".to_owned()];
        let found: Vec<String> = source.paths.iter().map(|path| absolute(path, &module).unwrap().join("::")).collect();
        assert_eq!(found, ["bill::model::Bill", "bill::ports::X", "bill::service::inner::y::Z"]);
    }

    #[test]
    fn models_look_left_only() {
        let place = |part, floor| Place { part, floor };
        assert!(may(place("payment", Model), place("bill", Model)));
        assert!(!may(place("bill", Model), place("payment", Model)));
        assert!(!may(place("payment", Service), place("trip", Ports)));
        assert!(!may(place("store", Adapter), place("push", Adapter)));
        assert!(!may(place("workflow", Workflow), place("alipay", Adapter)));
        assert!(may(place("app", Roof), place("store", Adapter)));
        assert!(!may(place("payment", Service), place("app", Roof)));
    }
}
