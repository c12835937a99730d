//! The keypad for fares, extras and boarding numbers.

use fareway_shared::statement::LineKind;
use slint::ComponentHandle;

use super::{
    Touches,
    generated::{AppWindow, KeypadAdapter, KeypadFor},
};
use crate::state::{Action, KeypadView, Purpose};

pub(super) fn show(ui: &AppWindow, pad: &KeypadView) {
    let page = ui.global::<KeypadAdapter>();
    page.set_purpose(match pad.purpose {
        Purpose::Fare | Purpose::Extra(LineKind::Fare) => KeypadFor::Fare,
        Purpose::BoardingNumber => KeypadFor::Number,
        Purpose::Extra(LineKind::Toll) => KeypadFor::Toll,
        Purpose::Extra(LineKind::Parking) => KeypadFor::Parking,
    });
    page.set_symbol(pad.symbol.into());
    page.set_digits(pad.digits.as_str().into());
    page.set_complete(pad.complete);
    page.set_record_missing(pad.record_missing);
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<KeypadAdapter>();
    let to = touches.clone();
    page.on_press(move |key| {
        if let Some(key) = key.chars().next() {
            to.send(Action::KeyPress(key));
        }
    });
    let to = touches.clone();
    page.on_erase(move || to.send(Action::KeyErase));
    let to = touches.clone();
    page.on_confirm(move || to.send(Action::KeyConfirm));
    let to = touches.clone();
    page.on_discard(move || to.send(Action::DiscardHire));
    let to = touches.clone();
    page.on_back(move || to.send(Action::Back));
}
