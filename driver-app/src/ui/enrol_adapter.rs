//! The page of a new unit.

use slint::{ComponentHandle, SharedString};

use super::{
    Touches,
    generated::{AppWindow, EnrolAdapter, EnrolWord},
    model,
};
use crate::state::{Action, Problem};

const GROUPS: usize = 8;
const GROUP_LETTERS: usize = 4;

pub(super) fn show(ui: &AppWindow, typed: &str, under_way: bool, problem: Option<Problem>) {
    let page = ui.global::<EnrolAdapter>();
    let letters: Vec<char> = typed.chars().collect();
    let group = |index: usize| -> SharedString {
        letters.iter().skip(index.saturating_mul(GROUP_LETTERS)).take(GROUP_LETTERS).collect::<String>().into()
    };
    page.set_groups(model((0..GROUPS).map(group).collect()));
    page.set_full(letters.len() == GROUPS * GROUP_LETTERS);
    page.set_word(match problem {
        _ if under_way => EnrolWord::UnderWay,
        None => EnrolWord::Nothing,
        Some(Problem::Incomplete) => EnrolWord::Incomplete,
        Some(Problem::Refused) => EnrolWord::Refused,
        Some(Problem::OtherPlatform) => EnrolWord::OtherPlatform,
    });
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<EnrolAdapter>();
    let to = touches.clone();
    page.on_press(move |key| {
        if let Some(letter) = key.chars().next() {
            to.send(Action::EnrolKey(letter));
        }
    });
    let to = touches.clone();
    page.on_erase(move || to.send(Action::EnrolErase));
    let (window, to) = (ui.as_weak(), touches.clone());
    page.on_submit(move || {
        if let Some(ui) = window.upgrade() {
            use slint::Model;
            let typed: String = ui.global::<EnrolAdapter>().get_groups().iter().map(String::from).collect();
            to.send(Action::Enrol(typed));
        }
    });
}
