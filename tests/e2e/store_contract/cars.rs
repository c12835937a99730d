//! Units, their commands and the outbox towards them.

use std::{sync::Arc, time::Duration};

use fareway::{
    fleet::{
        model::{Device, DeviceState, Vehicle},
        ports::FleetStore,
    },
    payment::ports::{Books, Change, CommandRecord},
    store::Store,
    store_error::StoreError,
};
use fareway_harness::house::fleets;
use fareway_shared::{
    envelope::verdict::{Finding, NotPaid, Subject, Verdict},
    id::{BillId, DeviceId, FleetId, TripId, VehicleId},
    protocol::car::{CommandOutcome, ToCar},
    signature::PrivateKey,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::fixtures::{NOW, Place, a_car, first, in_fleet, put};

fn a_verdict(vehicle: VehicleId) -> Change {
    let subject = Subject {
        fleet: first(),
        vehicle,
        plate: "苏E·X1234".to_owned(),
        trip: TripId(Uuid::now_v7()),
        bill: BillId(Uuid::now_v7()),
        version: 1,
        nonce: [0; 16],
        sequence: 0,
        server_time: NOW,
        valid_until: NOW.after(Duration::from_secs(120)),
    };
    let verdict = Verdict { subject, finding: Finding::NotPaid { reason: NotPaid::Closed } };
    Change { verdict: Some(verdict), ..in_fleet(first()) }
}

fn sequences(messages: &[ToCar]) -> Vec<u64> {
    let sequence = |message: &ToCar| match message {
        ToCar::Envelope { sequence, .. } => *sequence,
        other => panic!("{other:?}"),
    };
    messages.iter().map(sequence).collect()
}

pub(crate) async fn messages_to_a_car_are_numbered_without_a_gap(place: &Place) {
    let (one, vehicle) = place.with_a_car().await;
    let other = place.store().await;
    let mut commits = JoinSet::new();
    for number in 0..32 {
        let store = Arc::clone(if number % 2 == 0 { &one } else { &other });
        commits.spawn(async move {
            // The database may end a race by refusing one side; its change is then tried again as a whole.
            loop {
                match store.commit(a_verdict(vehicle), NOW).await {
                    Err(StoreError::Conflict) => {}
                    done => return done.unwrap(),
                }
            }
        });
    }
    commits.join_all().await;
    let stored = one.messages_after(first(), vehicle, 0, 64).await.unwrap();
    assert_eq!(sequences(&stored), (1..=32).collect::<Vec<_>>());
    let rest = one.messages_after(first(), vehicle, 30, 64).await.unwrap();
    assert_eq!(sequences(&rest), [31, 32]);
}

pub(crate) async fn an_acknowledgement_counts_up_to_what_was_sent_and_never_back(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    for _ in 0..3 {
        put(&store, a_verdict(vehicle)).await;
    }
    let later = NOW.after(Duration::from_secs(1));
    let waiting = async || store.unreceived(later, 64).await.unwrap().len();
    assert_eq!(waiting().await, 3);
    store.received(first(), vehicle, 2).await.unwrap();
    assert_eq!(waiting().await, 1);
    for nonsense in [1, u64::MAX] {
        store.received(first(), vehicle, nonsense).await.unwrap();
        assert_eq!(waiting().await, 1, "after {nonsense}");
    }
}

/// A code in the books, and a unit that uses it.
async fn a_unit(store: &Store, fleet: FleetId, vehicle: VehicleId, secret: &str) -> Device {
    store.put_enrolment(fleet, vehicle, secret, NOW.after(Duration::from_secs(60))).await.unwrap();
    a_device(fleet, vehicle)
}

fn a_device(fleet: FleetId, vehicle: VehicleId) -> Device {
    Device {
        fleet,
        vehicle,
        id: DeviceId(Uuid::now_v7()),
        public_key: PrivateKey::from_bytes(&[1; 32]).public(),
        code_key: [2; 32],
        state: DeviceState::Active,
        last_command: 0,
        enrolled_at: NOW,
    }
}

pub(crate) async fn a_command_is_applied_once_and_in_order(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let device = a_unit(&store, first(), vehicle, "s1").await;
    store.enrol("s1", &device, NOW).await.unwrap().unwrap();
    let command = |number| {
        let record = CommandRecord { device: device.id, number, body_sha256: [6; 32], outcome: CommandOutcome::Done };
        Change { command: Some(record), ..in_fleet(first()) }
    };
    put(&store, command(1)).await;
    for out_of_order in [1, 3, 0] {
        let refused = store.commit(command(out_of_order), NOW).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{out_of_order}: {refused:?}");
    }
    put(&store, command(2)).await;
    let applied = store.applied(first(), device.id, 2).await.unwrap().unwrap();
    assert_eq!((applied.body_sha256, applied.outcome), ([6; 32], CommandOutcome::Done));
    assert_eq!(store.device(device.id).await.unwrap().unwrap().last_command, 2);
    store.set_device_state(first(), device.id, DeviceState::Suspended, "test").await.unwrap();
    let refused = store.commit(command(3), NOW).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "a suspended unit was heard: {refused:?}");
}

pub(crate) async fn a_code_enrols_one_unit_and_the_earlier_one_is_revoked(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let earlier = a_unit(&store, first(), vehicle, "s1").await;
    store.enrol("s1", &earlier, NOW).await.unwrap().unwrap();
    store.put_enrolment(first(), vehicle, "s2", NOW.after(Duration::from_secs(60))).await.unwrap();
    let mut tries = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        tries.spawn(async move { store.enrol("s2", &a_device(first(), vehicle), NOW).await });
    }
    let results = tries.join_all().await;
    let enrolled = results.iter().filter(|result| matches!(result, Ok(Some(_)))).count();
    assert_eq!(enrolled, 1, "{results:?}");
    assert_eq!(store.device(earlier.id).await.unwrap().unwrap().state, DeviceState::Revoked);
    assert_ne!(store.device_of(first(), vehicle).await.unwrap().unwrap().id, earlier.id);
    // Revoked is for ever.
    store.set_device_state(first(), earlier.id, DeviceState::Active, "test").await.unwrap();
    assert_eq!(store.device(earlier.id).await.unwrap().unwrap().state, DeviceState::Revoked);
}

pub(crate) async fn a_code_that_is_late_or_replaced_enrols_nobody(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let device = a_unit(&store, first(), vehicle, "old").await;
    let late = NOW.after(Duration::from_secs(60));
    assert!(store.enrol("old", &device, late).await.unwrap().is_none(), "a code past its time was good");
    store.put_enrolment(first(), vehicle, "new", late).await.unwrap();
    assert!(store.enrol("old", &device, NOW).await.unwrap().is_none(), "a replaced code was good");
    assert!(store.enrol("unknown", &device, NOW).await.unwrap().is_none());
    assert!(store.enrol("new", &device, NOW).await.unwrap().is_some());
}

pub(crate) async fn a_plate_is_one_car_of_its_fleet(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let twin = Vehicle { fleet: first(), id: VehicleId(Uuid::now_v7()), plate: "苏e x1234".to_owned(), driver: None };
    assert!(matches!(store.add_vehicle(&twin).await, Err(StoreError::Conflict)));
    let [_, other] = fleets();
    let elsewhere = a_car(&store, other, "苏E X-1234").await;
    let found = store.vehicles_by_plate("苏EX1234").await.unwrap();
    let mut ids: Vec<_> = found.iter().map(|vehicle| vehicle.id).collect();
    ids.sort_by_key(|id| id.0);
    let mut both = vec![vehicle, elsewhere];
    both.sort_by_key(|id| id.0);
    assert_eq!(ids, both);
}
