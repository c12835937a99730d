//! Real roads: from an OpenStreetMap extract to travel times, exact and in well under a microsecond. Called by the
//! assignment (what a pick-up costs), by prediction (road times as a feature) and by `cli`.
//!
//! - `city`: [`Roads`], the front door
//! - `eta`: [`Eta`], roads with the great circle to fall back on; `crow`: the great circle
//! - `many`: many to one, one to many; `route`: the way itself
//! - `nearest`: [`Draw`], cars in the order of their road time
//! - `meeting`: the same for an assignment, time plus a price each; `spread`: bounds for it, for every vertex at once
//! - `graph`: for other searches beside ours
//! - `grid`: the nearest point of a road; `pieces`: the innermost part of it
//! - `times`: travel times put through the hierarchy
//! - `hierarchy`, `order`: what of that needs no travel times
//! - `layout`: all of a city that new travel times do not change
//! - `turns`: forbidden turns as part of the graph
//! - `network`: segments and junctions; `file`: the same as bytes
//! - `compile`, `restrictions`, `osm`: how they are made from a map

mod city;
mod compile;
mod crow;
mod error;
mod eta;
mod file;
mod graph;
mod grid;
mod hierarchy;
mod layout;
mod many;
mod meeting;
mod nearest;
mod network;
mod order;
mod osm;
mod pieces;
mod restrictions;
mod route;
mod spread;
mod steps;
#[cfg(test)]
mod tests;
mod times;
mod turns;

pub use self::{
    city::Roads,
    compile::Summary,
    crow::{Crow, Driven, NothingToFit},
    error::MapError,
    eta::{Answer, By, Eta},
    graph::GraphEdge,
    grid::Snap,
    nearest::{Draw, Drawn, Fleet},
    route::Route,
};
pub(crate) use self::{
    meeting::{Crossing, Ends, Heed, Scout},
    spread::Way,
};

/// To be shown wherever a map made from OpenStreetMap is shown, or something drawn from it.
pub const CREDIT: &str = "(c) OpenStreetMap contributors, ODbL 1.0";
