//! Power cuts, clocks that jump, and recorded traffic played again.

use fareway_driver_app::state::{Action, Note, Page};
use fareway_shared::{
    protocol::car::{CarCommand, CommandOutcome, FromCar, ToCar},
    time::Timestamp,
};

use crate::bench::{Bench, SERVER_TIME};

const YEAR_1970: Timestamp = Timestamp::from_seconds(12);

#[test]
fn a_car_that_rebooted_between_verdict_and_display_shows_it_marked_as_shown_again() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let envelope = bench.paid(&bill);
    bench.envelope(envelope.clone());
    bench.restart(YEAR_1970);
    let Page::Paid(face) = bench.page() else { panic!("{:?}", bench.page()) };
    assert!(face.redrawn, "a verdict from before the start looks fresh");
    assert_eq!(face.cover.paid_at, SERVER_TIME.after(std::time::Duration::from_secs(1)));
    assert!(bench.view().notes.contains(&Note::ClockNotSet));
    bench.link_up(0);
    bench.envelope(envelope);
    assert!(matches!(bench.page(), Page::Paid(face) if face.redrawn), "a repeat made it look fresh");
    bench.act(Action::Shown(1));
    assert!(
        bench.commands().iter().any(|(_, command)| matches!(command, CarCommand::VerdictShown { sequence: 1, .. }))
    );
    bench.act(Action::Dismiss);
    bench.restart(YEAR_1970);
    assert_eq!(bench.page_name(), "vacant", "a dismissed verdict came back");
}

#[test]
fn an_unsettled_bill_survives_the_power_cut_with_its_code() {
    let mut bench = Bench::linked();
    bench.hire(41, 2340);
    let Page::Bill(before) = bench.page() else { panic!("{:?}", bench.page()) };
    bench.restart(YEAR_1970);
    let Page::Bill(after) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!(before.link, after.link);
}

#[test]
fn a_hire_under_way_survives_the_power_cut_and_its_record_is_billed_once() {
    let mut bench = Bench::linked();
    bench.hired();
    bench.restart(YEAR_1970);
    bench.link_up(0);
    let record = bench.record(41, 2340);
    bench.ended(record.clone());
    bench.restart(YEAR_1970);
    bench.link_up(0);
    bench.ended(record);
    assert_eq!(bench.statements().len(), 1);
}

#[test]
fn commands_without_an_answer_are_sent_again_in_order_and_the_number_never_goes_back() {
    let mut bench = Bench::enrolled();
    bench.hired();
    let record = bench.record(41, 2340);
    bench.ended(record);
    bench.restart(YEAR_1970);
    let hello = bench.link_up(1);
    assert_eq!(hello.last_command, 2);
    let numbers: Vec<u64> = bench.commands().iter().map(|(number, _)| *number).collect();
    // The platform has applied the first, but its answer was lost: it is asked for again.
    assert_eq!(numbers, [1, 2]);
    bench.acknowledge_all();
    bench.act(Action::LinkLost);
    bench.sent.clear();
    assert_eq!(bench.link_up(2).last_command, 2);
    assert!(bench.commands().is_empty());
}

#[test]
fn a_long_queue_goes_out_a_window_at_a_time() {
    let mut bench = Bench::enrolled();
    for number in 0..40 {
        bench.hire_offline(number);
    }
    bench.link_up(0);
    assert_eq!(bench.commands().len(), 32);
    bench.hear(ToCar::CommandDone { number: 1, outcome: CommandOutcome::Done });
    assert_eq!(bench.commands().len(), 33);
}

#[test]
fn a_memory_older_than_what_the_platform_has_seen_is_not_used() {
    let mut bench = Bench::linked();
    bench.hire(41, 2340);
    bench.act(Action::LinkLost);
    bench.link_up(99);
    assert_eq!(bench.page_name(), "damaged");
}

#[test]
fn recorded_traffic_is_worth_nothing_after_a_restart_or_a_clock_jump() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    let mut recorded = vec![ToCar::Challenge { nonce: [9; 32] }];
    let envelope = bench.paid(&bill);
    recorded.push(ToCar::Envelope { sequence: 1, envelope: envelope.clone() });
    bench.envelope(envelope);
    bench.act(Action::Shown(1));
    bench.act(Action::Dismiss);
    let second = bench.hire(42, 2340);
    for wall in [YEAR_1970, SERVER_TIME, Timestamp::from_seconds(4_000_000_000)] {
        bench.restart(wall);
        let before = bench.view();
        for frame in &recorded {
            bench.hear(frame.clone());
        }
        bench.act(Action::LinkLost);
        assert_eq!(bench.view().page, before.page, "recorded frames changed the screen");
        bench.link_up(0);
        bench.sent.clear();
        for frame in recorded.iter().skip(1) {
            bench.hear(frame.clone());
        }
        assert!(matches!(bench.page(), Page::Bill(view) if view.bill == second.bill));
        assert!(bench.view().strips.is_empty());
    }
}

#[test]
fn without_trusted_time_nonce_and_sequence_decide_alone() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    bench.restart(YEAR_1970);
    assert!(bench.view().notes.contains(&Note::ClockNotSet));
    bench.link_up_at(0, SERVER_TIME);
    let envelope = bench.paid(&bill);
    bench.now.wall = Timestamp::from_seconds(4_000_000_000);
    bench.envelope(envelope);
    assert_eq!(bench.page_name(), "paid", "the wall clock had a say in expiry");
}

#[test]
fn a_greeting_that_nobody_answers_drops_the_link() {
    let mut bench = Bench::enrolled();
    bench.hear(ToCar::Challenge { nonce: [9; 32] });
    assert!(matches!(bench.sent.last(), Some(FromCar::Hello(_))));
    bench.pass(15);
    bench.orders.clear();
    bench.act(Action::Tick);
    assert!(bench.orders.contains(&fareway_driver_app::state::Order::DropLink));
}

impl Bench {
    fn hire_offline(&mut self, number: u32) {
        self.hired();
        let record = self.record(number, 1000);
        self.ended(record);
        self.vacant();
    }
}
