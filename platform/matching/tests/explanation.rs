//! A decision replays from what was stored, and its words say what the prices prove.

#![expect(clippy::panic, clippy::as_conversions, clippy::indexing_slicing, reason = "tests")]

mod town;

use fareway_matching::{
    explanation::{Because, Language, NotExplained, Record, explain},
    policy::{Carried, Limits, Request, Vehicle, VehicleState, decide},
};
use town::Town;

fn record() -> Record {
    let mut snapshot = Town::new(1, 0).snapshot;
    let request = |id, lat| Request { id, lat, lon: -122.43, age_s: 1.0, vehicle: None };
    let vehicle = |id, lat| Vehicle { id, lat, lon: -122.43, state: VehicleState::Idle };
    // Car 7 is nearer to request 3 than car 8, and much nearer to request 12.
    snapshot.requests = vec![request(3, 37.760), request(12, 37.768)];
    snapshot.vehicles = vec![vehicle(7, 37.765), vehicle(8, 37.754)];
    Record { snapshot, limits: Limits::default(), carried: Carried::default() }
}

#[test]
fn the_words_say_whom_the_nearer_car_serves_and_what_that_saves() {
    let record = record();
    let explanation = explain(&record, 3).unwrap();
    let Because::NotNearest { vehicle: 8, nearer, .. } = &explanation.because else { panic!("{explanation:?}") };
    assert_eq!((nearer.vehicle, nearer.serves.unwrap().0), (7, 12));
    assert!(nearer.saves_there_s + 1e-6 >= nearer.saves_here_s, "the prices do not prove it: {nearer:?}");
    let english = explanation.words(Language::En);
    assert!(english.contains("Car 7 is 111 m nearer, but it saves 1223 m more at request 12"), "{english}");
    let chinese = explanation.words(Language::Zh);
    assert!(chinese.contains("7 号车近 111 米，但它去接订单 12 可多省 1223 米"), "{chinese}");
    let nearest = explain(&record, 12).unwrap();
    assert!(matches!(nearest.because, Because::Nearest { vehicle: 7, .. }));
}

#[test]
fn over_a_living_town_every_stored_decision_replays_and_every_nearer_car_saves_as_much_elsewhere() {
    let limits = Limits::default();
    let (mut town, mut carried, mut not_nearest) = (Town::new(5, 25), Carried::default(), 0);
    for _ in 0..150 {
        let decision = decide(&town.snapshot, &limits, &carried).unwrap();
        let record = Record { snapshot: town.snapshot.clone(), limits: limits.clone(), carried };
        let stored = serde_json::to_vec(&record).unwrap();
        let read = Record::from_json(&stored).unwrap();
        assert_eq!(read.replay().unwrap(), decision);
        for request in &read.snapshot.requests {
            let explanation = explain(&read, request.id).unwrap();
            assert!(!explanation.words(Language::Zh).is_empty());
            let held = decision.pairs.iter().find(|pair| pair.request == request.id).map(|pair| pair.vehicle);
            let said = match explanation.because {
                Because::Held { .. } => None,
                Because::Nearest { vehicle, .. } => Some(vehicle),
                Because::NotNearest { vehicle, nearer, .. } => {
                    not_nearest += 1;
                    assert!(nearer.by_m > 0.0);
                    assert!(nearer.saves_here_s <= nearer.saves_there_s + 1e-6, "{nearer:?}");
                    Some(vehicle)
                }
            };
            assert_eq!(said, held);
        }
        carried = decision.carried;
        town.live(&decision.pairs, 2);
    }
    assert!(not_nearest > 20, "only {not_nearest} times was another car nearer");
}

#[test]
fn what_cannot_be_explained_says_why() {
    assert!(matches!(explain(&record(), 99), Err(NotExplained::UnknownRequest(99))));
    assert!(matches!(Record::from_json(b"{\"snapshot\":"), Err(NotExplained::Unreadable(_))));
    let mut twice = record();
    twice.snapshot.requests[1].id = 3;
    assert!(matches!(explain(&twice, 3), Err(NotExplained::Undecided(_))));
}
