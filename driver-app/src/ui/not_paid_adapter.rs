//! The face of a signed negative verdict.

use fareway_shared::envelope::verdict::NotPaid;
use slint::ComponentHandle;

use super::{
    Skin, Touches,
    generated::{AppWindow, NotPaidAdapter, NotPaidWord},
    label,
};
use crate::state::{Action, NotPaidView};

pub(super) fn show(ui: &AppWindow, face: &NotPaidView, skin: &Skin) {
    let page = ui.global::<NotPaidAdapter>();
    page.set_amount(label::amount(face.total).into());
    page.set_reason(match face.reason {
        NotPaid::Closed => NotPaidWord::Closed,
        NotPaid::Cancelled => NotPaidWord::Cancelled,
        NotPaid::Refused => NotPaidWord::Refused,
    });
    page.set_said_at(label::minute(face.said_at, &skin.zone).into());
    page.set_redrawn(face.redrawn);
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let to = touches.clone();
    ui.global::<NotPaidAdapter>().on_dismiss(move || to.send(Action::Dismiss));
}
