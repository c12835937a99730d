//! Offers, reserved trips, duty and positions: what the platform tells, what the driver answers, what survives.

use std::time::Duration;

use fareway_driver_app::state::{Action, Page, Purpose};
use fareway_shared::{
    fix::{FIXES_MAX, RawFix},
    id::{OfferId, TripId},
    place::LatLng,
    protocol::car::{CarCommand, CommandOutcome, Duty, FromCar, ToCar, TripStep},
    ride::{DriverNotice, OfferGone, OfferNotice, Ride, Stop, TripGone, TripNotice, TripStage},
    signature::PrivateKey,
};

use crate::bench::{Bench, grant};

const OFFER: OfferId = OfferId(uuid::Uuid::from_u128(70));
const TRIP: TripId = TripId(uuid::Uuid::from_u128(80));

fn ride() -> Ride {
    let stop = |words: &str| Stop { place: LatLng::new(31.33, 120.607).expect("a place"), words: words.into() };
    Ride {
        pickup: stop("苏州站"),
        dropoff: Some(stop("金鸡湖")),
        pickup_at: None,
        passenger: "李女士".into(),
        note: String::new(),
        seats: 1,
        quoted: None,
    }
}

fn tell_under(bench: &mut Bench, notice: &DriverNotice, key: &PrivateKey) {
    let sequence = bench.sequence + 1;
    let notice = notice.seal(grant().vehicle, sequence, key).expect("sealed");
    bench.hear(ToCar::Told { sequence, notice });
}

fn tell(bench: &mut Bench, notice: &DriverNotice) {
    let key = crate::bench::platform();
    tell_under(bench, notice, &key);
    bench.sequence += 1;
}

/// An offer that is open for so long.
fn offered(bench: &Bench, seconds: u64) -> DriverNotice {
    let expires_at = bench.state.display_time(bench.now).after(Duration::from_secs(seconds));
    DriverNotice::Offer(OfferNotice { offer: OFFER, ride: ride(), pickup_m: 1_800, pickup_s: 240, expires_at })
}

fn trip(stage: TripStage, pin_wanted: bool) -> DriverNotice {
    DriverNotice::Trip(TripNotice { trip: TRIP, stage, ride: ride(), pin_wanted })
}

fn last_command(bench: &Bench) -> (u64, CarCommand) {
    bench.commands().pop().expect("a command")
}

fn refuse(bench: &mut Bench, en: &str) {
    let (number, _) = last_command(bench);
    let outcome = CommandOutcome::Refused { code: "x".into(), zh: "不行".into(), en: en.into() };
    bench.hear(ToCar::CommandDone { number, outcome });
}

fn fix(bench: &mut Bench) {
    let at = bench.now.wall;
    let (lat, lng) = (Some(31.33), Some(120.607));
    bench.act(Action::Fix(RawFix { lat, lng, at, accuracy_m: None, speed_mps: None, heading_deg: None }));
}

fn batches(bench: &Bench) -> Vec<Vec<RawFix>> {
    let batches = bench.sent.iter().filter_map(|frame| match frame {
        FromCar::Fixes { fixes } => Some(fixes.clone()),
        _ => None,
    });
    batches.collect()
}

#[test]
fn an_offer_and_its_answer_survive_a_power_cut() {
    let mut bench = Bench::linked();
    let offer = offered(&bench, 20);
    tell(&mut bench, &offer);
    assert!(matches!(bench.sent.last(), Some(FromCar::Received { sequence: 1 })));
    let soon = bench.state.display_time(bench.now).after(Duration::from_secs(2));
    bench.restart(soon);
    assert!(matches!(bench.page(), Page::Offer(offer) if offer.offer == OFFER && !offer.taken));
    bench.act(Action::AcceptOffer);
    bench.act(Action::AcceptOffer);
    bench.restart(soon);
    assert!(matches!(bench.page(), Page::Offer(offer) if offer.taken), "the driver's touch was forgotten");
    bench.link_up_at(0, soon);
    assert_eq!(bench.commands(), [(1, CarCommand::AcceptOffer { offer: OFFER })]);
}

#[test]
fn an_offer_leaves_the_screen_when_its_answer_no_longer_counts() {
    let mut bench = Bench::linked();
    let offer = offered(&bench, 20);
    tell(&mut bench, &offer);
    let due = bench.state.next_due().expect("a tick is due");
    assert_eq!(due, bench.now.tick + Duration::from_secs(20));
    bench.pass(19);
    assert!(matches!(bench.page(), Page::Offer(offer) if offer.seconds_left == 1));
    bench.pass(1);
    bench.act(Action::Tick);
    assert_eq!((bench.page_name(), bench.state.next_due()), ("vacant", None));
    bench.act(Action::AcceptOffer);
    assert_eq!(bench.commands(), [], "an offer that was over was taken");
}

#[test]
fn a_taken_offer_waits_for_the_platform_however_long_and_a_declined_one_is_gone_at_once() {
    let mut bench = Bench::linked();
    let offer = offered(&bench, 20);
    tell(&mut bench, &offer);
    bench.act(Action::AcceptOffer);
    bench.pass(60);
    bench.act(Action::Tick);
    assert_eq!(bench.page_name(), "offer");
    bench.act(Action::DeclineOffer);
    assert_eq!(bench.commands().len(), 1, "a taken offer was declined");
    tell(&mut bench, &DriverNotice::OfferGone { offer: OFFER, why: OfferGone::Taken });
    assert_eq!(bench.page_name(), "vacant");
    assert_eq!(bench.view().sentence.expect("a sentence").en, "Another car took the ride.");
    let offer = offered(&bench, 20);
    tell(&mut bench, &offer);
    bench.act(Action::DeclineOffer);
    assert_eq!((bench.page_name(), last_command(&bench).1), ("vacant", CarCommand::DeclineOffer { offer: OFFER }));
}

#[test]
fn a_refused_acceptance_says_why() {
    let mut bench = Bench::linked();
    let offer = offered(&bench, 20);
    tell(&mut bench, &offer);
    bench.act(Action::AcceptOffer);
    refuse(&mut bench, "The answer came too late.");
    assert_eq!(bench.page_name(), "vacant");
    assert_eq!(bench.view().sentence.expect("a sentence").en, "The answer came too late.");
}

#[test]
fn a_notice_under_another_key_changes_nothing_and_is_reported() {
    let mut bench = Bench::linked();
    let offer = offered(&bench, 20);
    let before = bench.sent.len();
    tell_under(&mut bench, &offer, &PrivateKey::from_bytes(&[66; 32]));
    assert_eq!(bench.page_name(), "vacant");
    assert!(!bench.sent.iter().skip(before).any(|frame| matches!(frame, FromCar::Received { .. })));
    let reported = last_command(&bench).1;
    assert!(matches!(reported, CarCommand::EnvelopesRejected { count: 1, .. }), "{reported:?}");
    tell(&mut bench, &offer);
    assert_eq!(bench.page_name(), "offer", "the forgery used the genuine notice's place up");
}

#[test]
fn a_repeated_notice_is_acknowledged_and_does_not_come_back() {
    let mut bench = Bench::linked();
    let offer = offered(&bench, 20);
    tell(&mut bench, &offer);
    bench.act(Action::DeclineOffer);
    bench.sequence -= 1;
    tell(&mut bench, &offer);
    assert_eq!(bench.page_name(), "vacant");
    assert!(matches!(bench.sent.last(), Some(FromCar::Received { sequence: 1 })));
}

#[test]
fn a_trip_moves_by_the_drivers_touch_and_never_out_of_order() {
    let mut bench = Bench::linked();
    tell(&mut bench, &trip(TripStage::Assigned, false));
    bench.act(Action::MoveTrip(TripStep::NoShow));
    assert_eq!(bench.commands(), []);
    for (step, stage) in [(TripStep::Depart, TripStage::EnRoute), (TripStep::Arrive, TripStage::Arrived)] {
        bench.act(Action::MoveTrip(step.clone()));
        assert_eq!(last_command(&bench).1, CarCommand::MoveTrip { trip: TRIP, step: step.clone() });
        assert!(matches!(bench.page(), Page::Trip(trip) if trip.stage == stage && !trip.waiting));
    }
    bench.act(Action::MoveTrip(TripStep::NoShow));
    bench.act(Action::MoveTrip(TripStep::GiveUp));
    assert_eq!(bench.commands().len(), 3, "a second word was sent before the first was answered");
    assert!(matches!(bench.page(), Page::Trip(trip) if trip.waiting));
    refuse(&mut bench, "Wait five minutes.");
    assert!(matches!(bench.page(), Page::Trip(trip) if !trip.waiting));
    assert_eq!(bench.view().sentence.expect("a sentence").en, "Wait five minutes.");
}

#[test]
fn a_boarding_number_has_four_digits_and_is_the_platforms_to_judge() {
    let mut bench = Bench::linked();
    tell(&mut bench, &trip(TripStage::EnRoute, true));
    bench.act(Action::OpenKeypad(Purpose::BoardingNumber));
    assert_eq!(bench.page_name(), "trip", "nobody is at the pick-up yet");
    bench.act(Action::MoveTrip(TripStep::Arrive));
    bench.act(Action::OpenKeypad(Purpose::BoardingNumber));
    "0.71".chars().for_each(|key| bench.act(Action::KeyPress(key)));
    bench.act(Action::KeyConfirm);
    assert!(matches!(bench.page(), Page::Keypad(pad) if pad.digits == "071" && !pad.complete));
    "99".chars().for_each(|key| bench.act(Action::KeyPress(key)));
    bench.act(Action::KeyConfirm);
    let step = TripStep::Board { pin: Some("0719".into()) };
    assert_eq!(last_command(&bench).1, CarCommand::MoveTrip { trip: TRIP, step });
    assert!(matches!(bench.page(), Page::Trip(trip) if trip.waiting && trip.stage == TripStage::Arrived));
    refuse(&mut bench, "That is not the passenger's number.");
    bench.act(Action::OpenKeypad(Purpose::BoardingNumber));
    tell(&mut bench, &DriverNotice::TripGone { trip: TRIP, why: TripGone::ByPassenger });
    assert_eq!(bench.page_name(), "vacant", "the keypad outlived its trip");
}

#[test]
fn a_hired_meter_boards_the_reserved_trip_before_and_after_its_number() {
    for stage in [TripStage::EnRoute, TripStage::Arrived, TripStage::OnBoard] {
        let mut bench = Bench::linked();
        tell(&mut bench, &trip(stage, true));
        bench.hired();
        assert!(matches!(last_command(&bench).1, CarCommand::StartTrip { trip: TRIP, .. }), "{stage:?}");
        assert!(matches!(bench.page(), Page::Hired(hire) if hire.ride == Some(ride())), "{stage:?}");
        let record = bench.record(41, 2340);
        bench.ended(record);
        assert_eq!(bench.last_statement().trip, TRIP, "{stage:?}");
    }
}

#[test]
fn what_is_told_of_a_trip_that_was_driven_without_a_link_comes_too_late() {
    let mut bench = Bench::linked();
    tell(&mut bench, &trip(TripStage::Arrived, false));
    bench.act(Action::LinkLost);
    bench.hired();
    let record = bench.record(41, 2340);
    bench.ended(record);
    bench.vacant();
    bench.act(Action::Back);
    bench.link_up(0);
    tell(&mut bench, &trip(TripStage::Arrived, false));
    assert_eq!(bench.page_name(), "vacant");
}

#[test]
fn with_a_silent_meter_the_keyed_fare_is_the_reserved_trips() {
    let mut bench = Bench::linked();
    tell(&mut bench, &trip(TripStage::OnBoard, false));
    bench.act(Action::OpenKeypad(Purpose::Fare));
    "23.4".chars().for_each(|key| bench.act(Action::KeyPress(key)));
    bench.act(Action::KeyConfirm);
    assert_eq!(bench.last_statement().trip, TRIP);
    bench.act(Action::Back);
    assert_eq!(bench.page_name(), "vacant");
}

#[test]
fn a_last_job_ends_the_shift_with_its_trip() {
    let mut bench = Bench::linked();
    bench.act(Action::SetDuty(Duty::OnShift));
    bench.act(Action::SetDuty(Duty::OnShift));
    assert_eq!(bench.commands(), [(1, CarCommand::SetDuty { duty: Duty::OnShift })]);
    tell(&mut bench, &trip(TripStage::Arrived, false));
    bench.act(Action::SetDuty(Duty::LastJob));
    bench.hired();
    assert_eq!(bench.view().duty, Duty::LastJob);
    let record = bench.record(41, 2340);
    bench.ended(record);
    assert_eq!(bench.view().duty, Duty::OffShift);
}

#[test]
fn a_duty_that_the_platform_refuses_is_off_shift_with_its_reason() {
    let mut bench = Bench::linked();
    bench.act(Action::SetDuty(Duty::OnShift));
    refuse(&mut bench, "You are on duty in another car.");
    assert_eq!(bench.view().duty, Duty::OffShift);
    assert_eq!(bench.view().sentence.expect("a sentence").en, "You are on duty in another car.");
}

#[test]
fn positions_are_told_every_four_seconds_and_wait_within_bounds_without_a_link() {
    let mut bench = Bench::linked();
    for _ in 0..13 {
        fix(&mut bench);
        bench.pass(1);
    }
    let sizes: Vec<usize> = batches(&bench).iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 4, 4, 4]);
    bench.act(Action::LinkLost);
    for _ in 0..100 {
        fix(&mut bench);
        bench.pass(1);
    }
    assert_eq!(batches(&bench).len(), 4, "positions were told to nobody");
    bench.link_up(0);
    fix(&mut bench);
    let last = batches(&bench).pop().expect("a batch");
    assert_eq!(last.len(), FIXES_MAX);
    assert_eq!(last.last().map(|fix| fix.at), Some(bench.now.wall), "the oldest were kept instead of the newest");
    assert!(last.windows(2).all(|pair| pair[0].at <= pair[1].at));
}
