//! `cargo xtask demo`: the main job on this machine, with the real programs and a sandbox in Alipay's place.
//!
//! [`settings`] writes what the programs are told, [`part`] keeps one of them, [`house`] starts all and enrols the car.
//! On that stand [`by_hand`], for a person, and [`once`], one ride unattended, whose steps [`timeline`] keeps.

mod by_hand;
mod house;
mod once;
mod part;
mod settings;
mod timeline;

use crate::{
    install,
    place::Place,
    step::{Failed, Steps, cargo, show},
    web,
};

/// Builds what is needed and drives.
pub(crate) fn run(place: &Place, once: bool) -> Result<(), Failed> {
    let mut steps = Steps::default();
    steps.run("packages", || install::packages(place))?;
    steps.run("web packages", || install::web(place))?;
    steps.run("web build", || web::build(place))?;
    steps.run("build", || {
        let mut build = cargo(&place.root);
        // The selection of `cargo xtask test`, so that one build serves both.
        build.args(["build", "--locked", "--workspace", "--bins", "--example", "make_keys"]);
        show(&mut build)
    })?;
    if once { once::run(place) } else { by_hand::run(place) }
}
