//! The page of a hire under way.

use fareway_shared::protocol::car::Duty;
use slint::ComponentHandle;

use super::{
    Touches, count,
    generated::{AppWindow, HiredAdapter},
    label,
    painter::Painter,
    vacant_adapter::code_text,
};
use crate::state::{Action, HireView, Purpose, View};

pub(super) fn show(ui: &AppWindow, hire: &HireView, view: &View, painter: &mut Painter) {
    let page = ui.global::<HiredAdapter>();
    page.set_amount(hire.fare.map(|fare| label::amount(fare.amount)).unwrap_or_default().into());
    page.set_distance(hire.fare.map(|fare| label::distance(fare.distance_m)).unwrap_or_default().into());
    page.set_silent(view.meter_stale);
    page.set_code(code_text(&hire.code));
    page.set_sticker(painter.qr_code(&hire.code.link));
    page.set_unsettled(count(view.unsettled));
    let dropoff = hire.ride.as_ref().and_then(|ride| ride.dropoff.as_ref());
    page.set_dropoff(dropoff.map(label::stop).unwrap_or_default().into());
    let fixed = hire.ride.as_ref().and_then(|ride| ride.quoted).filter(|quoted| quoted.fixed);
    page.set_fixed_price(fixed.map(|quoted| label::amount(quoted.total)).unwrap_or_default().into());
    page.set_may_end_shift(matches!(view.duty, Duty::OnShift | Duty::GoHome { .. }));
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<HiredAdapter>();
    let to = touches.clone();
    page.on_last_job(move || to.send(Action::SetDuty(Duty::LastJob)));
    let to = touches.clone();
    page.on_key_fare(move || to.send(Action::OpenKeypad(Purpose::Fare)));
    let to = touches.clone();
    page.on_show_bills(move || to.send(Action::ShowBills));
}
