//! Whole shifts under every fault, alone and mixed: each trip exactly once, amounts equal to the meter's ledger.

use std::{sync::Mutex, thread};

use fareway_taximeter_bridge::{
    config::{Mode, Protocol},
    simulator::{Command, fault::Fault},
};

use crate::house::House;

/// Shifts that run at one time: they mostly wait, but the machine may be small.
const AT_ONCE: usize = 6;

fn drive(protocol: Protocol, mode: Mode, seed: u64, faults: &[Fault], rides: u32) {
    let case = format!("{} {mode:?} seed {seed} {faults:?}", protocol.name());
    let mut house = House::open(protocol, mode, seed, faults);
    house.app.wait_for_link();
    house.meter.command(Command::Shift { rides });
    house.see_the_shift_through();
    let ledger = house.ledger(protocol);
    assert_eq!(ledger.len(), usize::try_from(rides).unwrap(), "{case}");
    house.app.wait_until(&format!("every trip of {ledger:?} in {case}"), |heard| {
        ledger.iter().all(|(trip_no, _)| heard.trips().iter().any(|(_, record)| record.trip_no == *trip_no))
    });
    assert_eq!(house.told(), ledger, "{case}");
    assert!(!house.app.look(|heard| heard.amount_while_stale), "an amount was shown while stale: {case}");
    if mode == Mode::Listen {
        let sent = house.meter.recorded().iter().filter(|recorded| recorded.to_meter).count();
        assert_eq!(sent, 0, "the bridge transmitted while listening: {case}");
    }
    for fault in faults {
        let of_jtt905 =
            matches!(fault, Fault::Markers | Fault::BadValues | Fault::OtherDevices | Fault::LostAcknowledgements);
        if protocol == Protocol::Jtt905 || !of_jtt905 {
            let count = house.meter.fault_counts().get(fault).copied().unwrap_or(0);
            assert!(count > 0 || faults.len() > 1 || rare(*fault), "{fault:?} never struck: {case}");
        }
    }
}

/// Faults that strike only records, so that a short shift with some seeds sees none.
fn rare(fault: Fault) -> bool {
    matches!(fault, Fault::BadValues | Fault::Repeats | Fault::LostAcknowledgements)
}

fn drive_all(cases: Vec<(Protocol, Mode, u64, Vec<Fault>, u32)>) {
    let queue = Mutex::new(cases);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((protocol, mode, seed, faults, rides)) = { queue.lock().unwrap().pop() } {
                    drive(protocol, mode, seed, &faults, rides);
                }
            });
        }
    });
}

fn alone(protocol: Protocol, mode: Mode) {
    let cases = Fault::ALL.iter().zip(1..).map(|(fault, seed)| (protocol, mode, seed, vec![*fault], 3));
    drive_all(cases.chain([(protocol, mode, 99, Vec::new(), 3)]).collect());
}

#[test]
fn every_fault_alone_costs_no_trip_where_the_bridge_is_host() {
    alone(Protocol::Jtt905, Mode::Host);
}

#[test]
fn every_fault_alone_costs_no_trip_where_the_bridge_listens() {
    alone(Protocol::Jtt905, Mode::Listen);
}

#[test]
fn every_fault_alone_costs_no_trip_of_a_meter_with_a_running_fare() {
    alone(Protocol::Gwp5043, Mode::Listen);
}

#[test]
fn all_faults_together_cost_no_trip() {
    let cases = (0..3).flat_map(|seed| {
        [(Protocol::Jtt905, Mode::Host), (Protocol::Jtt905, Mode::Listen), (Protocol::Gwp5043, Mode::Listen)]
            .map(|(protocol, mode)| (protocol, mode, seed, mixed(protocol), 5))
    });
    drive_all(cases.collect());
}

/// A running-fare meter repeats only what it says: with every fault on every frame too little of it would arrive.
fn mixed(protocol: Protocol) -> Vec<Fault> {
    let spared = |fault: &Fault| protocol == Protocol::Jtt905 || !matches!(fault, Fault::Glued | Fault::CutFrames);
    Fault::ALL.into_iter().filter(spared).collect()
}
