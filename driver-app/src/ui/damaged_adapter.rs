//! The page of a unit that cannot trust its memory.

use slint::ComponentHandle;

use super::{
    Touches,
    generated::{AppWindow, DamagedAdapter},
};
use crate::state::Action;

pub(super) fn show(ui: &AppWindow, why: &str) {
    ui.global::<DamagedAdapter>().set_why(why.into());
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let to = touches.clone();
    ui.global::<DamagedAdapter>().on_enrol(move || to.send(Action::OpenEnrolment));
}
