//! Builds, checks and tests the web pages with their own scripts. Called by `cargo xtask web`, `test` and `demo`.

use crate::{
    place::Place,
    step::{Failed, command, show, show_and_read},
    tally::Tally,
};

/// Builds into `platform/web/dist`, which the platform embeds.
pub(crate) fn build(place: &Place) -> Result<(), Failed> {
    show(command(&place.web(), "npm").args(["run", "--silent", "build"]))
}

/// Types.
pub(crate) fn check(place: &Place) -> Result<(), Failed> {
    show(command(&place.web(), "npm").args(["run", "--silent", "check"]))
}

/// Tests.
pub(crate) fn test(place: &Place, tally: &mut Tally) -> Result<(), Failed> {
    show_and_read(command(&place.web(), "npm").args(["run", "--silent", "test"]), |line| tally.read(line))
}

/// Draws every page into `target/pictures/web`.
pub(crate) fn pictures(place: &Place) -> Result<(), Failed> {
    show(command(&place.web(), "npm").args(["run", "--silent", "pictures"]))
}
