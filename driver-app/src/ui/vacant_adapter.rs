//! The page of a car without a hire.

use fareway_shared::protocol::car::Duty;
use slint::ComponentHandle;

use super::{
    Touches, count,
    generated::{AppWindow, CodeText, DutyWord, VacantAdapter},
    meter_lamp,
    painter::Painter,
};
use crate::state::{Action, Purpose, ScreenCode, View};

pub(super) fn show(ui: &AppWindow, code: &ScreenCode, view: &View, painter: &mut Painter) {
    let page = ui.global::<VacantAdapter>();
    page.set_code(code_text(code));
    page.set_sticker(painter.qr_code(&code.link));
    page.set_meter(meter_lamp(view.meter));
    page.set_meter_stale(view.meter_stale);
    page.set_unsettled(count(view.unsettled));
    page.set_duty(match view.duty {
        Duty::OffShift => DutyWord::Off,
        Duty::OnShift => DutyWord::On,
        Duty::Paused => DutyWord::Paused,
        Duty::LastJob => DutyWord::LastJob,
        Duty::GoHome { .. } => DutyWord::GoHome,
    });
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<VacantAdapter>();
    let duty = |duty: Duty| {
        let to = touches.clone();
        move || to.send(Action::SetDuty(duty))
    };
    page.on_come_on(duty(Duty::OnShift));
    page.on_rest(duty(Duty::Paused));
    page.on_last_job(duty(Duty::LastJob));
    page.on_go_off(duty(Duty::OffShift));
    let to = touches.clone();
    page.on_key_fare(move || to.send(Action::OpenKeypad(Purpose::Fare)));
    let to = touches.clone();
    page.on_show_bills(move || to.send(Action::ShowBills));
}

/// The three digits and how long they stand.
pub(super) fn code_text(code: &ScreenCode) -> CodeText {
    CodeText { digits: code.digits.as_str().into(), seconds_left: i32::try_from(code.seconds_left).unwrap_or(0) }
}
