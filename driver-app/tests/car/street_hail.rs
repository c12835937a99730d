//! From the meter's first word to the bill on the screen, and what the driver can do about it.

use fareway_driver_app::state::{Action, LinkView, Note, Page, Purpose};
use fareway_shared::{
    code::{bill_code, screen_code},
    meter::{MeterState, RunningFare},
    money::{Currency, Money},
    protocol::{
        car::{BillProgress, CarCommand, CommandOutcome, EndedHow, FromCar, ToCar},
        meter::{MeterNotice, ToBridge},
    },
    statement::{FareSource, LineKind},
};

use crate::bench::{Bench, grant};

fn key(bench: &mut Bench, amount: &str) {
    amount.chars().for_each(|digit| bench.act(Action::KeyPress(digit)));
    bench.act(Action::KeyConfirm);
}

#[test]
fn a_hire_ends_in_a_bill_for_exactly_the_meters_amount() {
    let mut bench = Bench::linked();
    bench.vacant();
    assert_eq!(bench.page_name(), "vacant");
    bench.hired();
    assert_eq!(bench.page_name(), "hired");
    let record = bench.record(41, 2340);
    bench.ended(record.clone());
    bench.vacant();
    let bill = bench.last_statement();
    assert_eq!((bill.total, bill.source), (Money::new(2340, Currency::CNY), FareSource::Meter));
    assert_eq!(bill.frames_sha256, record.frames_sha256);
    assert_eq!(bench.to_bridge, [ToBridge::TripStored { spool: 41 }]);
    let Page::Bill(view) = bench.page() else { panic!("{:?}", bench.page()) };
    let code = bill_code(&grant().code_key, bill.bill, bill.version, &bill.nonce);
    assert_eq!(view.link, format!("https://pay.example/p/b/{code}"));
    let names: Vec<_> = bench.commands().iter().map(|(number, command)| (*number, name(command))).collect();
    assert_eq!(names, [(1, "start"), (2, "open")]);
}

fn name(command: &CarCommand) -> &'static str {
    match command {
        CarCommand::StartTrip { .. } => "start",
        CarCommand::EndTrip { .. } => "end trip",
        CarCommand::OpenBill { .. } => "open",
        CarCommand::LateRecord { .. } => "late",
        CarCommand::EndBill { .. } => "end bill",
        CarCommand::VerdictShown { .. } => "shown",
        CarCommand::EnvelopesRejected { .. } => "rejected",
        CarCommand::AcceptOffer { .. } => "accept",
        CarCommand::DeclineOffer { .. } => "decline",
        CarCommand::MoveTrip { .. } => "move",
        CarCommand::SetDuty { .. } => "duty",
    }
}

#[test]
fn the_running_fare_is_shown_only_while_the_meter_is_heard() {
    let mut bench = Bench::linked();
    bench.hired();
    let fare = RunningFare { amount: Money::new(1450, Currency::CNY), distance_m: 3200, heard_at: bench.now.wall };
    bench.meter(MeterNotice::Fare { fare: Some(fare) });
    assert!(matches!(bench.page(), Page::Hired(hire) if hire.fare == Some(fare)));
    bench.act(Action::BridgeLost);
    assert!(matches!(bench.page(), Page::Hired(hire) if hire.fare.is_none()), "a frozen amount stayed on the screen");
    assert!(bench.view().meter_stale);
}

#[test]
fn a_repeated_record_is_acknowledged_and_opens_no_second_bill() {
    let mut bench = Bench::linked();
    bench.hire(41, 2340);
    let record = bench.record(41, 2340);
    bench.ended(record);
    assert_eq!(bench.statements().len(), 1);
    assert_eq!(bench.to_bridge.len(), 2);
}

#[test]
fn a_late_record_never_opens_a_bill() {
    let mut bench = Bench::linked();
    bench.hired();
    let mut record = bench.record(40, 1800);
    record.late = true;
    bench.ended(record);
    assert!(bench.statements().is_empty());
    assert!(matches!(bench.commands().last(), Some((_, CarCommand::LateRecord { .. }))));
    assert_eq!(bench.page_name(), "hired");
}

#[test]
fn a_record_of_an_earlier_hire_is_not_taken_for_this_one() {
    let mut bench = Bench::linked();
    bench.hired();
    let mut record = bench.record(40, 1800);
    record.boarded = Some("2027-01-15 14:10".into());
    bench.ended(record);
    assert!(bench.statements().is_empty(), "another passenger's fare was billed");
    assert_eq!(bench.page_name(), "hired");
}

#[test]
fn a_hire_whose_start_was_not_heard_is_implied_and_billed() {
    let mut bench = Bench::linked();
    let at = bench.now.wall;
    bench.meter(MeterNotice::State {
        state: MeterState::Hired { time_running: false },
        stale: false,
        forced: false,
        at,
    });
    assert!(matches!(bench.commands()[0].1, CarCommand::StartTrip { started_at: None, .. }));
    bench.meter(MeterNotice::TripStarted { started: Some("2027-01-15 16:00".into()), at });
    assert_eq!(bench.commands().len(), 1, "the start was told twice");
    let record = bench.record(7, 990);
    bench.ended(record);
    assert_eq!(bench.last_statement().total.minor, 990);
}

#[test]
fn a_hire_with_nothing_to_pay_ends_without_a_bill() {
    let mut bench = Bench::linked();
    bench.hired();
    let record = bench.record(8, 0);
    bench.ended(record);
    bench.vacant();
    assert!(bench.statements().is_empty());
    assert!(matches!(bench.commands().last(), Some((_, CarCommand::EndTrip { .. }))));
    assert_eq!(bench.page_name(), "vacant");
}

#[test]
fn a_missing_record_asks_the_driver_for_what_the_meter_shows() {
    let mut bench = Bench::linked();
    bench.hired();
    bench.meter(MeterNotice::RecordMissing { at: bench.now.wall });
    bench.vacant();
    assert!(matches!(bench.page(), Page::Keypad(pad) if pad.record_missing && !pad.complete));
    key(&mut bench, "23.40");
    let bill = bench.last_statement();
    assert_eq!((bill.total.minor, bill.source, bill.frames_sha256), (2340, FareSource::Keyed, [0; 32]));
    let mut record = bench.record(41, 2340);
    record.late = true;
    bench.ended(record);
    assert_eq!(bench.statements().len(), 1, "the late record opened a second bill");
    let (_, last) = bench.commands().pop().expect("a command");
    assert!(matches!(last, CarCommand::LateRecord { trip: Some(trip), .. } if trip == bill.trip));
}

#[test]
fn a_fare_keyed_while_the_meter_is_silent_is_never_billed_again_by_its_record() {
    let mut bench = Bench::linked();
    bench.hired();
    bench.act(Action::BridgeLost);
    bench.act(Action::OpenKeypad(Purpose::Fare));
    key(&mut bench, "23.4");
    let bill = bench.last_statement();
    assert_eq!(bill.source, FareSource::Keyed);
    let at = bench.now.wall;
    let state = MeterState::Hired { time_running: true };
    bench.meter(MeterNotice::State { state, stale: false, forced: false, at });
    let record = bench.record(41, 2360);
    bench.ended(record);
    bench.vacant();
    assert_eq!(bench.statements().len(), 1, "one hire was billed twice");
    assert!(matches!(bench.commands().last(), Some((_, CarCommand::LateRecord { .. }))));
    let next = bench.hire(42, 1500);
    assert_eq!(next.total.minor, 1500, "the next hire was not billed");
}

#[test]
fn a_missing_fare_can_be_discarded() {
    let mut bench = Bench::linked();
    bench.hired();
    bench.meter(MeterNotice::RecordMissing { at: bench.now.wall });
    bench.act(Action::DiscardHire);
    assert!(matches!(bench.commands().last(), Some((_, CarCommand::EndTrip { .. }))));
}

#[test]
fn the_keypad_takes_only_what_is_an_amount() {
    let mut bench = Bench::linked();
    bench.act(Action::OpenKeypad(Purpose::Fare));
    ".0012.3.456x".chars().for_each(|key| bench.act(Action::KeyPress(key)));
    let Page::Keypad(pad) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!((pad.digits.as_str(), pad.complete), ("0.34", true));
    (0..4).for_each(|_| bench.act(Action::KeyErase));
    "12.3.456".chars().for_each(|key| bench.act(Action::KeyPress(key)));
    let Page::Keypad(pad) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!((pad.digits.as_str(), pad.complete), ("12.34", true));
}

#[test]
fn an_extra_is_a_line_of_its_own_in_a_new_version_under_a_new_nonce() {
    let mut bench = Bench::linked();
    let first = bench.hire(41, 2340);
    bench.act(Action::OpenKeypad(Purpose::Extra(LineKind::Toll)));
    key(&mut bench, "60");
    assert_eq!(bench.statements().len(), 1, "an extra above the cap was billed");
    bench.act(Action::Back);
    bench.act(Action::OpenKeypad(Purpose::Extra(LineKind::Toll)));
    key(&mut bench, "5");
    let second = bench.last_statement();
    assert_eq!((second.bill, second.version, second.total.minor), (first.bill, 2, 2840));
    assert_ne!(second.nonce, first.nonce);
    assert!(second.counter > first.counter);
}

#[test]
fn a_bill_can_be_ended_without_the_wallet_and_a_refusal_brings_it_back() {
    let mut bench = Bench::linked();
    bench.hire(41, 2340);
    bench.act(Action::EndBill(EndedHow::PaidOtherwise));
    assert_eq!((bench.page_name(), bench.view().unsettled), ("vacant", 0));
    let (number, command) = bench.commands().pop().expect("a command");
    assert!(matches!(command, CarCommand::EndBill { how: EndedHow::PaidOtherwise, version: 1, .. }));
    let outcome =
        CommandOutcome::Refused { code: "paying".into(), zh: "乘客正在付款".into(), en: "Being paid".into() };
    bench.hear(ToCar::CommandDone { number, outcome });
    assert_eq!(bench.view().unsettled, 1);
    assert_eq!(bench.view().sentence.expect("a sentence").en, "Being paid");
    bench.act(Action::Dismiss);
    assert_eq!(bench.view().sentence, None);
}

#[test]
fn the_next_hire_may_begin_while_bills_are_unsettled() {
    let mut bench = Bench::linked();
    let first = bench.hire(41, 2340);
    bench.hired();
    assert_eq!((bench.page_name(), bench.view().unsettled), ("hired", 1));
    let record = bench.record(42, 1500);
    bench.ended(record);
    assert_eq!(bench.view().unsettled, 2);
    bench.act(Action::ShowBills);
    assert!(matches!(bench.page(), Page::Bills(rows) if rows.len() == 2 && rows[1].bill == first.bill));
    bench.act(Action::ShowBill(first.bill));
    assert!(matches!(bench.page(), Page::Bill(view) if view.bill == first.bill));
}

#[test]
fn hints_move_words_and_never_make_a_verdict() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    for (progress, page) in [
        (BillProgress::Paying, "bill"),
        (BillProgress::Checking, "checking"),
        (BillProgress::Paid, "checking"),
        (BillProgress::Ended, "bill"),
        (BillProgress::Open, "bill"),
    ] {
        bench.hear(ToCar::BillProgress { bill: bill.bill, version: 1, progress });
        assert_eq!(bench.page_name(), page, "after the hint {progress:?}");
    }
}

#[test]
fn open_bills_are_asked_for_at_2_4_8_seconds_and_then_every_minute() {
    let mut bench = Bench::linked();
    bench.hire(41, 2340);
    let began = bench.now.tick;
    let mut asked = Vec::new();
    for _ in 0..300 {
        bench.pass(1);
        if bench.state.next_due().is_some_and(|due| due <= bench.now.tick) {
            bench.sent.clear();
            bench.act(Action::Tick);
            if bench.sent.iter().any(|frame| matches!(frame, FromCar::AskBills { .. })) {
                asked.push((bench.now.tick - began).as_secs());
            }
        }
    }
    assert_eq!(asked, [2, 6, 14, 30, 62, 122, 182, 242]);
}

#[test]
fn a_bill_that_the_platform_has_never_heard_of_is_stated_again_once() {
    let mut bench = Bench::linked();
    let bill = bench.hire(41, 2340);
    bench.acknowledge_all();
    for _ in 0..3 {
        let progress = BillProgress::Unknown;
        bench.hear(ToCar::BillProgress { bill: bill.bill, version: 1, progress });
    }
    assert_eq!(bench.statements(), [bill.clone(), bill]);
}

#[test]
fn the_screen_code_runs_on_trusted_time_and_without_one_the_screen_says_so() {
    let mut bench = Bench::enrolled();
    assert!(bench.view().notes.contains(&Note::ClockNotSet));
    assert_eq!(bench.view().link, LinkView::Down);
    bench.link_up(0);
    assert!(!bench.view().notes.contains(&Note::ClockNotSet));
    let trusted = bench.state.display_time(bench.now);
    let Page::Vacant(code) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!(code.digits, screen_code(&grant().code_key, trusted));
    assert_eq!(code.link, format!("https://pay.example/p/v/{}", grant().vehicle));
}
