//! Envelopes: what is believed, what it does to the screen, and what a wrong one does not.

use fareway_driver_app::state::{Action, Page};
use fareway_shared::{
    envelope::verdict::NotPaid,
    protocol::car::{CarCommand, FromCar, ToCar},
    signature::PrivateKey,
    succession::Succession,
};

use crate::bench::{Bench, SERVER_TIME, grant};

fn received(bench: &Bench) -> usize {
    bench.sent.iter().filter(|frame| matches!(frame, FromCar::Received { .. })).count()
}

#[test]
fn a_genuine_confirmation_of_the_bill_on_the_screen_is_the_paid_face() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let envelope = bench.paid(&bill);
    bench.envelope(envelope);
    let Page::Paid(face) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!((face.bill, face.total.minor, face.redrawn), (bill.bill, 2340, false));
    assert!(matches!(bench.sent.last(), Some(FromCar::Received { sequence: 1 })));
    assert_eq!(bench.view().unreported, [1]);
    bench.act(Action::Shown(1));
    bench.act(Action::Shown(1));
    let shown =
        bench.commands().iter().filter(|(_, command)| matches!(command, CarCommand::VerdictShown { .. })).count();
    assert_eq!(shown, 1, "the verdict was reported as shown more than once");
    bench.act(Action::Dismiss);
    assert_eq!(bench.page_name(), "vacant");
}

#[test]
fn an_exact_repeat_is_acknowledged_silently() {
    let mut bench = Bench::linked();
    let (first, second) = (bench.hire(41, 2340), bench.hire(42, 1500));
    let (one, two) = (bench.paid(&first), bench.paid(&second));
    bench.envelope(one.clone());
    bench.envelope(two.clone());
    let (before, acknowledged, commands) = (bench.view(), received(&bench), bench.commands().len());
    bench.envelope(two);
    bench.envelope(one);
    assert_eq!(bench.view(), before);
    assert_eq!(received(&bench), acknowledged + 2);
    assert_eq!(bench.commands().len(), commands, "a repeat raised an alarm");
}

#[test]
fn a_confirmation_for_another_bill_is_a_strip_and_never_the_paid_face() {
    let mut bench = Bench::linked();
    let (first, second) = (bench.hire(41, 2340), bench.hire(42, 1500));
    let envelope = bench.paid(&first);
    bench.envelope(envelope);
    let view = bench.view();
    assert!(matches!(view.page, Page::Bill(bill) if bill.bill == second.bill));
    assert_eq!((view.strips.len(), view.strips[0].covered.minor), (1, 2340));
    bench.act(Action::DismissStrip(view.strips[0].sequence));
    assert!(bench.view().strips.is_empty());
}

#[test]
fn a_confirmation_that_comes_during_the_next_hire_is_a_strip() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    bench.hired();
    let envelope = bench.paid(&bill);
    bench.envelope(envelope);
    assert_eq!((bench.page_name(), bench.view().strips.len()), ("hired", 1));
}

#[test]
fn a_confirmation_that_comes_while_the_list_covers_the_bill_is_a_strip() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    bench.act(Action::ShowBills);
    let envelope = bench.paid(&bill);
    bench.envelope(envelope);
    assert_eq!((bench.page_name(), bench.view().strips.len()), ("bills", 1));
}

#[test]
fn the_paid_face_of_one_bill_never_stands_over_the_next() {
    let mut bench = Bench::linked();
    let first = bench.hire(41, 2340);
    let envelope = bench.paid(&first);
    bench.envelope(envelope);
    let second = bench.hire(42, 1500);
    let view = bench.view();
    assert!(matches!(view.page, Page::Bill(bill) if bill.bill == second.bill));
    assert_eq!(view.strips.len(), 1, "the first confirmation was lost from the screen");
}

#[test]
fn part_cover_says_what_is_due_and_is_never_paid() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let part = bench.covered(&bill, 1000).seal(&bench.platform);
    bench.envelope(part);
    assert!(matches!(bench.page(), Page::Bill(view) if view.due.minor == 1340 && view.total.minor == 2340));
    let whole = bench.paid(&bill);
    bench.envelope(whole);
    assert_eq!(bench.page_name(), "paid");
}

#[test]
fn not_paid_is_shown_only_from_a_signed_negative_and_the_bill_stays_payable() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let envelope = bench.not_paid(&bill, NotPaid::Cancelled);
    bench.envelope(envelope);
    assert!(matches!(bench.page(), Page::NotPaid(face) if face.reason == NotPaid::Cancelled));
    bench.act(Action::Dismiss);
    assert_eq!(bench.page_name(), "bill");
    let envelope = bench.paid(&bill);
    bench.envelope(envelope);
    assert_eq!(bench.page_name(), "paid");
}

#[test]
fn a_confirmation_signed_again_for_a_paid_bill_is_acknowledged_and_shows_nothing_new() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let envelope = bench.paid(&bill);
    bench.envelope(envelope);
    bench.act(Action::Shown(1));
    bench.act(Action::Dismiss);
    let again = bench.paid(&bill);
    let before = bench.view();
    bench.envelope(again);
    assert_eq!(bench.view(), before);
    assert!(matches!(bench.sent.last(), Some(FromCar::Received { sequence: 2 })));
}

#[test]
fn a_replaced_versions_confirmation_is_not_believed() {
    let mut bench = Bench::linked();
    let first = bench.hire(41, 2340);
    let envelope = bench.paid(&first);
    bench.act(Action::OpenKeypad(fareway_driver_app::state::Purpose::Extra(
        fareway_shared::statement::LineKind::Parking,
    )));
    bench.act(Action::KeyPress('5'));
    bench.act(Action::KeyConfirm);
    bench.acknowledge_all();
    bench.envelope(envelope);
    assert!(matches!(bench.page(), Page::Bill(view) if view.total.minor == 2840));
}

#[test]
fn rejected_envelopes_are_reported_at_a_bounded_pace() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let forged = bench.covered(&bill, 2340).seal(&PrivateKey::from_bytes(&[77; 32]));
    let before = bench.view();
    for _ in 0..1000 {
        bench.envelope(forged.clone());
    }
    assert_eq!(bench.view(), before);
    bench.pass(10);
    bench.act(Action::Tick);
    let reports: Vec<u32> = bench
        .commands()
        .iter()
        .filter_map(|(_, command)| match command {
            CarCommand::EnvelopesRejected { count, .. } => Some(*count),
            _ => None,
        })
        .collect();
    assert_eq!(reports, [1, 999]);
}

#[test]
fn an_expired_envelope_is_not_believed_and_the_car_asks_again() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let envelope = bench.paid(&bill);
    bench.pass(61);
    bench.envelope(envelope);
    assert_eq!(bench.page_name(), "bill");
    bench.pass(2);
    bench.act(Action::Tick);
    assert!(bench.sent.iter().any(|frame| matches!(frame, FromCar::AskBills { bills } if bills == &[bill.bill])));
}

#[test]
fn a_new_platform_key_counts_only_if_the_pinned_one_signed_it() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let (old, new) = (bench.platform.clone(), PrivateKey::from_bytes(&[5; 32]));
    let thief = PrivateKey::from_bytes(&[6; 32]);
    let succession = |sequence, key: &PrivateKey| Succession { vehicle: grant().vehicle, sequence, key: key.public() };
    bench.hear(ToCar::NewPlatformKey { sequence: 1, announcement: succession(1, &thief).seal(&thief) });
    bench.platform = thief;
    let forged = bench.paid(&bill);
    bench.envelope(forged);
    assert_eq!(bench.page_name(), "bill");
    let announcement = succession(2, &new).seal(&old);
    bench.hear(ToCar::NewPlatformKey { sequence: u64::MAX, announcement: announcement.clone() });
    let refused = received(&bench);
    bench.hear(ToCar::NewPlatformKey { sequence: 2, announcement: announcement.clone() });
    assert_eq!(received(&bench), refused + 1, "the sequence outside was believed instead of the one inside");
    bench.hear(ToCar::NewPlatformKey { sequence: 2, announcement });
    assert_eq!(received(&bench), refused + 2, "a repeated announcement was not acknowledged");
    bench.restart(SERVER_TIME);
    bench.platform = new.clone();
    let hello = bench.link_up(0);
    assert_eq!((hello.last_sequence, hello.platform_key), (2, new.public()));
    bench.platform = old;
    let stale = bench.paid(&bill);
    bench.envelope(stale);
    assert_eq!(bench.page_name(), "bill", "the retired key was still believed");
    bench.platform = new;
    let genuine = bench.paid(&bill);
    bench.envelope(genuine);
    assert_eq!(bench.page_name(), "paid");
}

#[test]
fn a_power_cut_between_the_new_key_and_the_ledger_is_mended_by_the_repeated_announcement() {
    let mut bench = Bench::linked();
    let (old, new) = (bench.platform.clone(), PrivateKey::from_bytes(&[5; 32]));
    let ledger = bench.folder().join("ledger.json");
    let before = std::fs::read(&ledger).expect("read");
    let announcement = Succession { vehicle: grant().vehicle, sequence: 1, key: new.public() }.seal(&old);
    bench.hear(ToCar::NewPlatformKey { sequence: 1, announcement: announcement.clone() });
    std::fs::write(&ledger, before).expect("written");
    bench.restart(SERVER_TIME);
    bench.platform = new.clone();
    let hello = bench.link_up(0);
    assert_eq!((hello.last_sequence, hello.platform_key), (0, new.public()));
    bench.hear(ToCar::NewPlatformKey { sequence: 1, announcement });
    assert_eq!(received(&bench), 1);
}

#[test]
fn an_envelope_before_the_platform_has_proven_itself_is_not_even_judged() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let envelope = bench.paid(&bill);
    bench.act(Action::LinkLost);
    bench.hear(ToCar::Challenge { nonce: [9; 32] });
    bench.envelope(envelope);
    assert_eq!(bench.page_name(), "bill");
}
