//! Kills and restarts: of the bridge in mid-trip, of the app before it stored a trip, of the line under another name.

use fareway_shared::meter::MeterState;
use fareway_taximeter_bridge::{
    config::{Mode, Protocol},
    simulator::{Command, fault::Fault},
};

use crate::{app::App, house::House};

const HIRED: MeterState = MeterState::Hired { time_running: true };

#[test]
fn a_trip_that_began_before_a_restart_ends_once_after_it() {
    for (protocol, mode) in
        [(Protocol::Jtt905, Mode::Host), (Protocol::Jtt905, Mode::Listen), (Protocol::Gwp5043, Mode::Listen)]
    {
        let mut house = House::open(protocol, mode, 1, &[]);
        house.app.wait_for_link();
        house.meter.command(Command::SignIn);
        house.meter.command(Command::Hire);
        house.app.wait_for_state(HIRED);
        house.stop_bridge();
        house.app = App::default();
        house.start_bridge();
        house.app.wait_for_state(HIRED);
        house.meter.command(Command::Stop { steps: Some(582) });
        house.app.wait_until("the trip", |heard| heard.trips().len() == 1);
        house.app.wait_for_state(MeterState::Vacant);
        assert_eq!(house.told(), house.ledger(protocol));
    }
}

#[test]
fn a_trip_waits_on_disk_for_an_app_that_has_not_stored_it() {
    let mut house = House::open(Protocol::Jtt905, Mode::Host, 1, &[]);
    house.app.wait_for_link();
    let forgetful = App::default();
    house.stop_bridge();
    let bridge = fareway_taximeter_bridge::bridge::start(house.config.clone()).unwrap();
    forgetful.connect(bridge.address(), false);
    house.meter.command(Command::Hire);
    forgetful.wait_for_state(HIRED);
    house.meter.command(Command::Stop { steps: Some(582) });
    forgetful.wait_until("the trip", |heard| heard.trips().len() == 1);
    let second = App::default();
    second.connect(bridge.address(), false);
    second.wait_until("the trip again on a new connection", |heard| heard.trips().len() == 1);
    drop(bridge);
    house.start_bridge();
    house.app.wait_until("the trip again after a restart", |heard| heard.trips().len() == 1);
    assert_eq!(house.app.trips()[0].1, forgetful.trips()[0].1);
    assert_eq!(house.app.trips()[0].1.amount.minor, 5820);
}

#[test]
fn a_cable_pulled_and_back_under_another_name_is_found_again() {
    let mut house = House::open(Protocol::Jtt905, Mode::Host, 3, &[Fault::AdapterOut]);
    house.app.wait_for_link();
    let before = house.meter.path();
    house.meter.command(Command::Shift { rides: 1 });
    house.see_the_shift_through();
    assert_eq!(house.meter.fault_counts().get(&Fault::AdapterOut), Some(&1));
    house.app.wait_until("the trip", |heard| heard.trips().len() == 1);
    assert_eq!(house.told(), house.ledger(Protocol::Jtt905));
    // The system may hand out the same number again; what counts is that the line was made anew.
    assert!(house.meter.path().starts_with("/dev/pts") && before.starts_with("/dev/pts"));
}
