//! What surrounds every page: status, notes, strips, and which page it is.

use fareway_shared::{protocol::car::LinkRefusal, time::Timestamp};
use slint::ComponentHandle;

use super::{
    Skin, Touches,
    generated::{AppWindow, FrameAdapter, LinkLamp, NoteWord, Situation, StripText},
    label, meter_lamp, model,
};
use crate::{
    app::Screen,
    config::Language,
    state::{Action, LinkView, Note, Page, Purpose, StripView, View},
};

pub(super) fn show(ui: &AppWindow, screen: &Screen, at: Timestamp, skin: &Skin) {
    let view = &screen.view;
    let frame = ui.global::<FrameAdapter>();
    frame.set_situation(situation(&view.page));
    frame.set_plate(view.plate.as_str().into());
    frame.set_link(match view.link {
        LinkView::Down => LinkLamp::Down,
        LinkView::Connecting => LinkLamp::Connecting,
        LinkView::Up => LinkLamp::Up,
        LinkView::Refused(_) => LinkLamp::Refused,
    });
    frame.set_meter(meter_lamp(view.meter));
    frame.set_meter_stale(view.meter_stale);
    frame.set_clock(label::minute(at, &skin.zone).into());
    frame.set_note(if screen.disk_problem.is_some() { NoteWord::Disk } else { note(view) });
    let sentence = view.sentence.as_ref().map(|sentence| match skin.language {
        Language::Zh => sentence.zh.as_str(),
        Language::En => sentence.en.as_str(),
    });
    frame.set_sentence(sentence.unwrap_or_default().into());
    frame.set_strips(model(view.strips.iter().map(|strip| text(strip, skin)).collect()));
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let frame = ui.global::<FrameAdapter>();
    let (window, to) = (ui.as_weak(), touches.clone());
    frame.on_note_touched(move || match window.upgrade().map(|ui| ui.global::<FrameAdapter>().get_note()) {
        Some(NoteWord::Sentence) => to.send(Action::Dismiss),
        Some(NoteWord::FareMissing) => to.send(Action::OpenKeypad(Purpose::Fare)),
        _ => {}
    });
    let to = touches.clone();
    frame.on_strip_dismissed(move |sequence| {
        if let Ok(sequence) = sequence.parse() {
            to.send(Action::DismissStrip(sequence));
        }
    });
}

fn situation(page: &Page) -> Situation {
    match page {
        Page::Damaged(_) => Situation::Damaged,
        Page::Enrol { .. } => Situation::Enrol,
        Page::Vacant(_) => Situation::Vacant,
        Page::Hired(_) => Situation::Hired,
        Page::Offer(_) => Situation::Offer,
        Page::Trip(_) => Situation::Trip,
        Page::Bill(_) | Page::Checking(_) => Situation::Bill,
        Page::Paid(_) => Situation::Paid,
        Page::NotPaid(_) => Situation::NotPaid,
        Page::Keypad(_) => Situation::Keypad,
        Page::Bills(_) => Situation::Bills,
    }
}

/// The one note that matters most.
fn note(view: &View) -> NoteWord {
    let refused = match view.link {
        LinkView::Refused(LinkRefusal::Suspended) => Some(NoteWord::Suspended),
        LinkView::Refused(LinkRefusal::Revoked) => Some(NoteWord::Revoked),
        LinkView::Refused(LinkRefusal::Identity | LinkRefusal::EnrolmentCode) => Some(NoteWord::Identity),
        LinkView::Refused(LinkRefusal::Protocol) => Some(NoteWord::Protocol),
        _ => None,
    };
    let sentence = view.sentence.as_ref().map(|_| NoteWord::Sentence);
    let has = |note: Note, word| view.notes.contains(&note).then_some(word);
    sentence
        .or(refused)
        .or(has(Note::FareMissing, NoteWord::FareMissing))
        .or(has(Note::ClockNotSet, NoteWord::ClockNotSet))
        .or(has(Note::MeterForced, NoteWord::MeterForced))
        .unwrap_or(NoteWord::Nothing)
}

fn text(strip: &StripView, skin: &Skin) -> StripText {
    StripText {
        sequence: strip.sequence.to_string().into(),
        covered: label::amount(strip.covered).into(),
        total: label::amount(strip.total).into(),
        part: strip.covered != strip.total,
        at: label::minute(strip.paid_at, &skin.zone).into(),
    }
}
