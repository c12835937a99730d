//! The one green face, and what moves on it.

use fareway_shared::{money::Money, scene::Motion, time::Timestamp};
use slint::ComponentHandle;

use super::{
    Skin, Touches,
    generated::{AppWindow, PaidAdapter},
    label,
    painter::Painter,
};
use crate::state::{Action, Note, PaidView, View};

pub(super) fn show(ui: &AppWindow, face: &PaidView, view: &View, at: Timestamp, skin: &Skin, painter: &mut Painter) {
    let page = ui.global::<PaidAdapter>();
    let tip = Money::new(face.cover.tip_minor, face.cover.currency);
    page.set_amount(label::amount(face.total).into());
    page.set_tip(if tip.minor > 0 { label::amount(tip).into() } else { Default::default() });
    page.set_plate(view.plate.as_str().into());
    page.set_payer_tail(face.cover.payer_tail.as_str().into());
    page.set_paid_at(label::minute(face.cover.paid_at, &skin.zone).into());
    page.set_redrawn(face.redrawn);
    page.set_clock_not_set(view.notes.contains(&Note::ClockNotSet));
    animate(ui, face, at, skin, painter);
}

/// One frame of the live scene and its clock.
pub(super) fn animate(ui: &AppWindow, face: &PaidView, at: Timestamp, skin: &Skin, painter: &mut Painter) {
    let page = ui.global::<PaidAdapter>();
    page.set_clock(label::second(at, &skin.zone).into());
    page.set_tenth(label::tenth(at).into());
    let at_ms = match skin.motion {
        Motion::Full => at.millis(),
        Motion::Reduced => at.seconds().saturating_mul(1000),
    };
    if let Some(scene) = painter.scene(&face.cover.scene_seed, at_ms, skin.motion) {
        page.set_scene(scene);
    }
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let to = touches.clone();
    ui.global::<PaidAdapter>().on_dismiss(move || to.send(Action::Dismiss));
}
