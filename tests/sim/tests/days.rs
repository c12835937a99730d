//! Seeded days of a fleet. `FAREWAY_SEED` plays another day than the one that every run plays.

use fareway_sim::{
    car::Habits,
    world::{Plan, play},
};

fn plan(seed: u64) -> Plan {
    Plan {
        seed,
        cars: 50,
        hours: 24,
        bookings_an_hour: 60,
        habits: Habits { declines: 120, silent: 80, gives_up: 30, no_show: 40 },
        link_breaks_s: 1_800,
        power_cuts_s: 14_400,
        dies_s: Some(1_800),
    }
}

#[tokio::test]
async fn a_day_of_fifty_cars_with_every_mishap_forgets_nobody_and_gives_no_ride_to_two() {
    let seed = std::env::var("FAREWAY_SEED").map_or(20_261_121, |seed| seed.parse().unwrap());
    let report = play(plan(seed)).await;
    println!("seed {seed}: {:?}, offers {:?}, {} starts", report.audit.ended, report.audit.offers, report.starts);
    let ended = |state: &str| report.audit.ended.get(state).copied().unwrap_or(0);
    assert!(ended("completed") > 500 && ended("cancelled") > 20 && ended("no_show") > 5, "{:?}", report.audit.ended);
    for state in ["accepted", "declined", "expired", "withdrawn"] {
        assert!(report.audit.offers.get(state).is_some_and(|count| *count > 0), "no offer was {state}");
    }
    assert!(report.starts > 10, "the platform died only {} times", report.starts);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_day() {
    let short = Plan { hours: 1, cars: 12, dies_s: Some(600), ..plan(7) };
    let (one, other) = (play(short.clone()).await, play(short).await);
    assert_eq!(one, other);
    assert!(one.entries > 50, "{one:?}");
}
