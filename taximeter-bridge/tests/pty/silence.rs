//! A meter that falls silent: the amount is blanked, the position marked, and both come back.

use fareway_shared::{meter::MeterState, protocol::meter::MeterNotice};
use fareway_taximeter_bridge::{
    config::{Mode, Protocol},
    simulator::Command,
};

use crate::house::House;

#[test]
fn a_silent_meter_shows_no_amount_and_then_no_link() {
    let mut house = House::open(Protocol::Gwp5043, Mode::Listen, 1, &[]);
    house.app.wait_for_link();
    house.meter.command(Command::Hire);
    house.app.wait_until("a running fare", |heard| {
        heard.notices.iter().any(|notice| matches!(notice, MeterNotice::Fare { fare: Some(_) }))
    });
    house.meter.command(Command::Quit);
    house.app.wait_until("a blanked amount", |heard| {
        heard.stale && heard.notices.iter().any(|notice| matches!(notice, MeterNotice::Fare { fare: None }))
    });
    house.app.wait_for_state(MeterState::NoLink);
    assert!(!house.app.look(|heard| heard.amount_while_stale));
    house.stop_bridge();
}

#[test]
fn the_running_fare_only_ever_shows_what_the_meter_sent() {
    let house = House::open(Protocol::Gwp5043, Mode::Listen, 1, &[]);
    house.app.wait_for_link();
    house.meter.command(Command::Ride { steps: 77, seconds: 20 });
    house.app.wait_until("the trip", |heard| heard.trips().len() == 1);
    let fares: Vec<i64> = house.app.look(|heard| {
        let fare = |notice: &MeterNotice| match notice {
            MeterNotice::Fare { fare: Some(fare) } => Some(fare.amount.minor),
            _ => None,
        };
        heard.notices.iter().filter_map(fare).collect()
    });
    assert!(fares.len() > 3, "{fares:?}");
    assert!(fares.windows(2).all(|pair| pair[0] <= pair[1]), "{fares:?}");
    assert!(fares.iter().all(|fare| (3500..=7700).contains(fare) && fare % 100 == 0), "{fares:?}");
    assert_eq!(house.app.trips()[0].1.amount.minor, 7700);
}
