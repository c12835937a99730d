//! The meters' state machines on literal frames and a clock of the test's own: starts, ends, what is missing, what is
//! late, what is doubted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it must be")]

use std::time::Duration;

use fareway_shared::{
    meter::{MeterState, TripRecord},
    protocol::meter::MeterNotice,
    time::Timestamp,
};
use fareway_taximeter_bridge::{
    config::{Config, Mode},
    frame::{gwp5043, jtt905},
    meter::{Meter, Query, Said, gwp5043::Gwp5043Meter, jtt905::Jtt905Meter},
};

const HIRED: MeterState = MeterState::Hired { time_running: true };
const START: &str = "20260314091507";
const TRIP: &str = "455831323334333230353030303034323137000000003131303130353139343931323331303032580026031409150952000186002300003000070005820000050800";

struct Car {
    meter: Box<dyn Meter>,
    now: Timestamp,
}

impl Car {
    fn jtt905(mode: Mode) -> Self {
        let mut config = Config::parse("").unwrap();
        config.line.mode = mode;
        Self { meter: Box::new(Jtt905Meter::new(&config).unwrap()), now: Timestamp::from_seconds(1_773_450_000) }
    }

    fn gwp5043() -> Self {
        let config = Config::parse("[line]\nprotocol = \"gwp5043\"").unwrap();
        Self { meter: Box::new(Gwp5043Meter::new(&config).unwrap()), now: Timestamp::from_seconds(1_773_450_000) }
    }

    fn says(&mut self, command: u16, data: &str) -> Vec<Said> {
        let frame = jtt905::encode(2, 0, command, &hex::decode(data).unwrap());
        self.meter.feed(&frame, self.now)
    }

    fn heartbeat(&mut self, state: u8) -> Vec<Said> {
        self.says(0x00E9, &format!("{state:02x}{}", "00".repeat(35)))
    }

    fn status(&mut self, device_state: u8, total_trips: u32) -> Vec<Said> {
        self.says(0x0000, &format!("0602000123010203{device_state:02x}00{}{total_trips:08x}", "00".repeat(41)))
    }

    fn after(&mut self, seconds: u64) -> Vec<Said> {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.meter.quiet(self.now)
    }

    fn running(&mut self, unix: u32, time_s: u16, distance_m: u32, fare: u16) -> Vec<Said> {
        let data = format!("{unix:08x}3635343332310000002a000000000000{distance_m:08x}{time_s:04x}0000{fare:04x}");
        self.meter.feed(&gwp5043::encode(gwp5043::CURRENT, &hex::decode(data).unwrap()), self.now)
    }

    fn finished(&mut self, unix: u32, exit_unix: u32, receipt: u32, fare: u32) -> Vec<Said> {
        let board = exit_unix - 900;
        let data = format!(
            "{unix:08x}3635343332310000{board:08x}{exit_unix:08x}0000195003840028{:04x}0000{}4445563030303031\
             {receipt:08x}{fare:08x}44525630303030303030303030303432000003e8",
            fare & 0xFFFF,
            "00".repeat(16)
        );
        self.meter.feed(&gwp5043::encode(gwp5043::FINISHED, &hex::decode(data).unwrap()), self.now)
    }
}

fn notices(said: &[Said]) -> Vec<&MeterNotice> {
    said.iter().filter_map(|said| if let Said::Notice(notice) = said { Some(notice) } else { None }).collect()
}

fn state(said: &[Said]) -> Option<(MeterState, bool, bool)> {
    notices(said).into_iter().rev().find_map(|notice| match notice {
        MeterNotice::State { state, stale, forced, .. } => Some((*state, *stale, *forced)),
        _ => None,
    })
}

fn started(said: &[Said]) -> Option<Option<String>> {
    notices(said).into_iter().find_map(|notice| match notice {
        MeterNotice::TripStarted { started, .. } => Some(started.clone()),
        _ => None,
    })
}

fn trip(said: &[Said]) -> Option<&TripRecord> {
    said.iter().find_map(|said| if let Said::Trip { record, .. } = said { Some(&**record) } else { None })
}

fn is_missing(said: &[Said]) -> bool {
    notices(said).into_iter().any(|notice| matches!(notice, MeterNotice::RecordMissing { .. }))
}

fn fares(said: &[Said]) -> Vec<Option<i64>> {
    let fare = |notice: &&MeterNotice| match notice {
        MeterNotice::Fare { fare } => Some(fare.map(|fare| fare.amount.minor)),
        _ => None,
    };
    notices(said).iter().filter_map(fare).collect()
}

#[test]
fn a_ride_starts_ends_and_is_told_in_whole_fen_with_its_times_in_full() {
    let mut car = Car::jtt905(Mode::Listen);
    assert_eq!(state(&car.heartbeat(0x02)), Some((MeterState::Vacant, false, false)));
    let said = car.says(0x00E7, START);
    assert_eq!(started(&said), Some(Some("2026-03-14 09:15:07".to_owned())));
    assert_eq!(state(&said), Some((HIRED, false, false)));
    assert_eq!(started(&car.says(0x00E7, START)), None, "a repeated start began a second hire");
    let said = car.says(0x00E8, TRIP);
    let record = trip(&said).unwrap();
    assert_eq!((record.trip_no, record.amount.minor, record.amount.currency.code()), (1288, 5820, "CNY"));
    assert_eq!(record.boarded.as_deref(), Some("2026-03-14 09:15"));
    assert_eq!(record.alighted.as_deref(), Some("2026-03-14 09:52"));
    assert_eq!((record.distance_m, record.empty_m, record.waiting_s), (Some(18_600), Some(2_300), Some(420)));
    assert_eq!(record.surcharge.unwrap().minor, 300);
    assert!(!record.late);
    assert_eq!(state(&said), Some((MeterState::Vacant, false, false)));
}

#[test]
fn a_trip_over_midnight_ends_on_the_next_day() {
    let mut car = Car::jtt905(Mode::Listen);
    let said = car.says(0x00E8, &TRIP.replace("26031409150952", "26123123500012"));
    assert_eq!(trip(&said).unwrap().alighted.as_deref(), Some("2027-01-01 00:12"));
}

#[test]
fn a_second_upload_is_late_and_has_the_same_key() {
    let mut car = Car::jtt905(Mode::Listen);
    let first = trip(&car.says(0x00E8, TRIP)).unwrap().clone();
    let late = trip(&car.says(0x00F2, TRIP)).unwrap().clone();
    assert!(late.late && !first.late);
    assert_eq!(late.key(), first.key());
}

#[test]
fn a_start_that_never_came_is_implied_without_a_time() {
    let mut car = Car::jtt905(Mode::Listen);
    car.heartbeat(0x02);
    assert_eq!(state(&car.heartbeat(0x03)), Some((HIRED, false, false)));
    assert_eq!(started(&car.after(2)), None);
    assert_eq!(started(&car.after(2)), Some(None));
    assert_eq!(started(&car.says(0x00E7, START)), None, "the late start began a second hire");
    assert!(trip(&car.says(0x00E8, TRIP)).is_some());
}

#[test]
fn a_record_that_never_came_is_reported_by_a_listener() {
    let mut car = Car::jtt905(Mode::Listen);
    car.says(0x00E7, START);
    car.after(10);
    assert!(!is_missing(&car.heartbeat(0x02)));
    assert!(!is_missing(&car.after(2)));
    assert!(is_missing(&car.after(1)));
    assert!(!is_missing(&car.after(5)));
}

#[test]
fn a_record_that_never_came_is_asked_for_by_a_host() {
    let mut car = Car::jtt905(Mode::Host);
    car.says(0x00E7, START);
    car.after(10);
    car.heartbeat(0x02);
    assert!(car.after(3).contains(&Said::Ask(Query::Status)));
    assert!(car.status(0, 1288).contains(&Said::Ask(Query::History(1288))));
    let said = car.says(0x0006, TRIP);
    assert!(trip(&said).is_some_and(|record| !record.late && record.amount.minor == 5820));
    assert!(said.iter().all(|said| !matches!(said, Said::Trip { answer: Some(_), .. })));
}

#[test]
fn a_record_that_the_meter_does_not_have_is_reported_missing() {
    for ending in ["absent", "silent", "an older one"] {
        let mut car = Car::jtt905(Mode::Host);
        if ending == "an older one" {
            car.says(0x00E8, TRIP);
        }
        car.says(0x00E7, "20260314101507");
        car.after(10);
        car.heartbeat(0x02);
        car.after(3);
        car.status(0, 1288);
        let now = car.now;
        let said = match ending {
            "absent" => car.says(0x0006, ""),
            "silent" => car.meter.unanswered(Query::History(1288), now),
            _ => car.says(0x0006, TRIP),
        };
        assert!(is_missing(&said) && trip(&said).is_none(), "{ending}");
    }
}

#[test]
fn an_overheard_history_answer_is_no_new_trip() {
    let mut car = Car::jtt905(Mode::Listen);
    car.heartbeat(0x02);
    assert!(trip(&car.says(0x0006, TRIP)).is_none());
}

#[test]
fn an_amount_that_is_no_number_is_refused_and_never_shown() {
    let mut car = Car::jtt905(Mode::Host);
    let said = car.says(0x00E8, &TRIP.replace("00058200000508", "00058c00000508"));
    assert_eq!(trip(&said), None);
    assert!(said.contains(&Said::Refuse { command: 0x00E8 }));
}

#[test]
fn a_boarding_time_that_does_not_exist_is_unknown_and_the_amount_stands() {
    let mut car = Car::jtt905(Mode::Host);
    let said = car.says(0x00E8, &TRIP.replace("2603140915", "2613140915"));
    let record = trip(&said).unwrap();
    assert_eq!((record.boarded.as_deref(), record.alighted.as_deref()), (None, None));
    assert_eq!(record.amount.minor, 5820);
}

#[test]
fn a_heartbeat_overtaken_by_the_start_or_by_the_record_changes_nothing() {
    let mut car = Car::jtt905(Mode::Listen);
    car.says(0x00E7, START);
    car.heartbeat(0x02);
    assert!(!is_missing(&car.after(4)));
    car.heartbeat(0x03);
    car.says(0x00E8, TRIP);
    car.heartbeat(0x03);
    car.after(1);
    let said = car.heartbeat(0x02);
    assert_eq!(started(&said), None);
    assert!(!is_missing(&car.after(5)));
}

#[test]
fn an_older_record_repeated_in_the_next_hire_does_not_end_it() {
    let mut car = Car::jtt905(Mode::Host);
    car.says(0x00E7, START);
    car.says(0x00E8, TRIP);
    car.says(0x00E7, "20260314100000");
    let said = car.says(0x00E8, TRIP);
    assert_eq!(state(&said), None);
    assert!(said.iter().any(|said| matches!(said, Said::Trip { answer: Some(0x00E8), .. })), "it must be acknowledged");
}

#[test]
fn faults_and_forced_operation_are_shown_and_pass() {
    let mut car = Car::jtt905(Mode::Listen);
    car.heartbeat(0x02);
    assert_eq!(state(&car.heartbeat(0x82)), Some((MeterState::Fault, false, false)));
    assert_eq!(state(&car.heartbeat(0x06)), Some((MeterState::Vacant, false, true)));
    assert_eq!(state(&car.heartbeat(0x02)), Some((MeterState::Vacant, false, false)));
    assert_eq!(state(&car.status(4, 1)), Some((MeterState::Fault, false, false)));
    assert_eq!(state(&car.status(0, 1)), Some((MeterState::Vacant, false, false)));
    assert_eq!(state(&car.heartbeat(0x00)), Some((MeterState::SignedOut, false, false)));
}

#[test]
fn frames_of_other_devices_and_of_the_host_prove_no_meter() {
    let mut car = Car::jtt905(Mode::Listen);
    let top_light = hex::decode("55AA000505000010011155AA").unwrap();
    let host = hex::decode("55AA000B02000000201111111111112955AA").unwrap();
    let now = car.now;
    for frame in [top_light, host] {
        assert!(!state(&car.meter.feed(&frame, now)).is_some_and(|(state, ..)| state != MeterState::NoLink));
    }
}

#[test]
fn a_running_fare_is_shown_once_a_second_frame_follows_from_it() {
    let mut car = Car::gwp5043();
    assert!(fares(&car.running(1_773_450_907, 10, 0, 35)).is_empty());
    let said = car.running(1_773_450_908, 11, 12, 35);
    assert_eq!((fares(&said), started(&said)), (vec![Some(3500)], Some(Some("2026-03-14 08:14:57".to_owned()))));
    assert!(fares(&car.running(1_773_450_909, 12, 24, 5000)).is_empty(), "a fare that jumps was shown at once");
    assert_eq!(fares(&car.running(1_773_450_910, 13, 36, 36)), [Some(3600)]);
    assert!(fares(&car.running(1_773_450_911, 14, 48, 30)).is_empty(), "a fare that falls was shown");
}

#[test]
fn the_amount_is_blanked_when_the_meter_falls_silent_in_a_hire() {
    let mut car = Car::gwp5043();
    car.running(1_773_450_907, 10, 0, 35);
    car.running(1_773_450_908, 11, 12, 35);
    assert!(fares(&car.after(3)).is_empty());
    let said = car.after(1);
    assert_eq!((fares(&said), state(&said)), (vec![None], Some((HIRED, true, false))));
    assert_eq!(state(&car.after(60)), Some((MeterState::NoLink, true, false)));
}

#[test]
fn a_trip_is_told_once_when_it_is_repeated_and_a_flipped_copy_never() {
    let mut car = Car::gwp5043();
    assert!(trip(&car.finished(1_773_451_807, 1_773_451_807, 4711, 77)).is_none());
    assert!(trip(&car.finished(1_773_451_808, 1_773_451_807, 4711, 77 | 1 << 12)).is_none());
    assert!(trip(&car.finished(1_773_451_809, 1_773_451_807, 4711, 77)).is_none());
    let said = car.finished(1_773_451_810, 1_773_451_807, 4711, 77);
    let record = trip(&said).unwrap();
    assert_eq!((record.amount.minor, record.amount.currency.code()), (7700, "THB"));
    assert_eq!((record.meter_id.as_str(), record.trip_no, record.late), ("654321", 4711, false));
    assert_eq!(record.boarded.as_deref(), Some("2026-03-14 08:15:07"));
    for unix in 1_773_451_811..1_773_451_830 {
        assert!(trip(&car.finished(unix, 1_773_451_807, 4711, 77)).is_none());
    }
}

#[test]
fn a_trip_that_ended_long_before_we_listened_is_late() {
    let mut car = Car::gwp5043();
    car.finished(1_773_455_000, 1_773_451_807, 4711, 77);
    let said = car.finished(1_773_455_001, 1_773_451_807, 4711, 77);
    assert!(trip(&said).is_some_and(|record| record.late));
}

#[test]
fn a_fare_beyond_sixteen_bits_is_told_whole() {
    let mut car = Car::gwp5043();
    car.finished(1_773_451_808, 1_773_451_807, 4711, 70_000);
    let said = car.finished(1_773_451_809, 1_773_451_807, 4711, 70_000);
    assert_eq!(trip(&said).map(|record| record.amount.minor), Some(7_000_000));
}

#[test]
fn a_trip_that_began_while_the_last_was_never_told_reports_a_missing_record() {
    let mut car = Car::gwp5043();
    car.running(1_773_450_907, 100, 500, 45);
    car.running(1_773_450_908, 101, 512, 45);
    car.running(1_773_451_907, 5, 0, 35);
    let said = car.running(1_773_451_908, 6, 12, 35);
    assert!(is_missing(&said) && started(&said).is_some());
    let Some(state) = state(&car.running(1_773_451_909, 7, 24, 35)) else { return };
    panic!("still hired, but {state:?} was told");
}
