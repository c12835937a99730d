//! The books of payments.

use std::{collections::HashSet, sync::Arc, time::Duration};

use fareway::{
    alarm::{Alarm, AlarmKind},
    bill::model::{Bill, BillState},
    console::ports::ConsoleRead,
    fleet::ports::FleetStore,
    passenger::ports::PassengerStore,
    payment::{
        ledger::{Ledger, Movement, StreetHailLedger},
        model::{Application, PaymentState},
        ports::{Books, Change, NoticeRecord, TimerChange},
    },
    store::Store,
    store_error::StoreError,
};
use fareway_harness::house::fleets;
use fareway_shared::{
    id::{PaymentId, VehicleId},
    money::{Currency, Money},
    time::Timestamp,
};
use tokio::task::JoinSet;

use crate::fixtures::{NOW, Place, a_bill, a_car, an_order, first, in_fleet, put};

fn an_alarm(vehicle: VehicleId) -> Alarm {
    let kind = AlarmKind::LeftUnpaid;
    Alarm { fleet: first(), kind, subject: "s".to_owned(), vehicle: Some(vehicle), detail: String::new() }
}

fn is_conflict<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict))
}

pub(crate) async fn a_row_that_moved_on_refuses_the_whole_change(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let stale = a_bill(&store, first(), vehicle).await;
    let moved = Bill { state: BillState::LeftUnpaid, ..stale.clone() };
    put(&store, Change { bill: Some(moved), ..in_fleet(first()) }).await;
    let late = Change {
        bill: Some(Bill { state: BillState::PaidOtherwise, ..stale.clone() }),
        payment: Some(an_order(&stale)),
        alarms: vec![an_alarm(vehicle)],
        ..in_fleet(first())
    };
    let refused = store.commit(late, NOW).await;
    assert!(is_conflict(&refused), "{refused:?}");
    let board = store.stored_board(first(), NOW).await.unwrap();
    assert!(board.alarms.is_empty(), "half of a refused change was written");
    assert_eq!(store.latest_payment(first(), stale.id).await.unwrap(), None);
    assert_eq!(store.bill(first(), stale.id).await.unwrap().unwrap().state, BillState::LeftUnpaid);
}

pub(crate) async fn of_32_orders_for_one_bill_one_is_opened(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let bill = a_bill(&store, first(), vehicle).await;
    let mut tries = JoinSet::new();
    for _ in 0..32 {
        let (store, order) = (Arc::clone(&store), an_order(&bill));
        tries.spawn(async move { store.commit(Change { payment: Some(order), ..in_fleet(first()) }, NOW).await });
    }
    let results = tries.join_all().await;
    let opened = results.iter().filter(|result| result.is_ok()).count();
    let refused = results.iter().filter(|result| is_conflict(result)).count();
    assert_eq!((opened, refused), (1, 31), "{results:?}");
}

pub(crate) async fn one_payment_covers_a_bill(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let bill = a_bill(&store, first(), vehicle).await;
    let cover = || {
        let mut payment = an_order(&bill);
        (payment.state, payment.application) = (PaymentState::Captured, Application::ToBill);
        Change { payment: Some(payment), ..in_fleet(first()) }
    };
    put(&store, cover()).await;
    let second = store.commit(cover(), NOW).await;
    assert!(is_conflict(&second), "{second:?}");
}

/// Orders with timers, one on each of so many bills.
async fn timers(store: &Store, vehicle: VehicleId, due: impl IntoIterator<Item = Timestamp>) -> Vec<PaymentId> {
    let mut orders = Vec::new();
    for due_at in due {
        let order = an_order(&a_bill(store, first(), vehicle).await);
        let timers = vec![TimerChange::At { payment: order.id, due_at, attempt: 3 }];
        orders.push(order.id);
        put(store, Change { payment: Some(order), timers, ..in_fleet(first()) }).await;
    }
    orders
}

const LEASE: Duration = Duration::from_secs(30);

pub(crate) async fn a_due_timer_is_claimed_by_one_of_two_programs_and_comes_back_after_its_lease(place: &Place) {
    let (one, vehicle) = place.with_a_car().await;
    let other = place.store().await;
    let orders = timers(&one, vehicle, std::iter::repeat_n(NOW, 40)).await;
    let mut tries = JoinSet::new();
    for number in 0..8 {
        let store = Arc::clone(if number % 2 == 0 { &one } else { &other });
        tries.spawn(async move { store.due(NOW, LEASE, 64).await.unwrap() });
    }
    let claimed: Vec<_> = tries.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<_> = claimed.iter().map(|due| due.payment).collect();
    assert_eq!((claimed.len(), distinct.len()), (orders.len(), orders.len()), "claimed twice, or not at all");
    assert!(claimed.iter().all(|due| due.attempt == 3));
    assert!(one.due(NOW, LEASE, 64).await.unwrap().is_empty());
    let back = other.due(NOW.after(LEASE), LEASE, 64).await.unwrap();
    assert_eq!(back.len(), orders.len(), "a program that died with its claims lost them");
}

pub(crate) async fn timers_are_due_in_order_even_from_before_1970(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let due = [Timestamp(1), Timestamp(-1), NOW, NOW.after(Duration::from_micros(1)), Timestamp(-9_000_000_000)];
    let orders = timers(&store, vehicle, due).await;
    let mut claimed = Vec::new();
    for _ in 0..4 {
        claimed.extend(store.due(NOW, LEASE, 1).await.unwrap().into_iter().map(|due| due.payment));
    }
    assert_eq!(claimed, [orders[4], orders[1], orders[0], orders[2]]);
    assert!(store.due(NOW, LEASE, 64).await.unwrap().is_empty(), "one of the future was due");
}

pub(crate) async fn a_timer_is_brought_forward_and_never_put_off(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let order = timers(&store, vehicle, [NOW.after(LEASE)]).await[0];
    store.hasten(first(), order, NOW.after(LEASE + LEASE)).await.unwrap();
    assert_eq!(store.due(NOW.after(LEASE), Duration::ZERO, 8).await.unwrap().len(), 1, "it was put off");
    store.hasten(first(), order, NOW).await.unwrap();
    assert_eq!(store.due(NOW, LEASE, 8).await.unwrap().len(), 1, "it was not brought forward");
}

pub(crate) async fn a_notice_and_a_posting_count_once(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let money = Money::new(2340, Currency::CNY);
    for _ in 0..3 {
        let notice = NoticeRecord {
            notify_id: "n1".to_owned(),
            out_trade_no: "FW1".to_owned(),
            trade_status: "TRADE_SUCCESS".to_owned(),
            handling: "applied",
            body: vec![0, 159, 146, 150],
        };
        let postings = vec![StreetHailLedger.post(Movement::Capture, "FW1", money)];
        put(&store, Change { notice: Some(notice), postings, ..in_fleet(first()) }).await;
    }
    assert_eq!(store.balance(first(), "fare_income").await.unwrap(), -2340);
    assert_eq!(store.balance(first(), "alipay_receivable").await.unwrap(), 2340);
}

pub(crate) async fn a_fleet_sees_nothing_of_another(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let [_, other] = fleets();
    let bill = a_bill(&store, first(), vehicle).await;
    let order = an_order(&bill);
    let posting = StreetHailLedger.post(Movement::Capture, "FW1", bill.total);
    put(
        &store,
        Change {
            payment: Some(order.clone()),
            postings: vec![posting],
            alarms: vec![an_alarm(vehicle)],
            ..in_fleet(first())
        },
    )
    .await;
    assert_eq!(store.bill(other, bill.id).await.unwrap(), None);
    assert_eq!(store.case_of(other, order.id).await.unwrap(), None);
    assert_eq!(store.latest_payment(other, bill.id).await.unwrap(), None);
    assert!(store.open_bills(other, vehicle).await.unwrap().is_empty());
    assert_eq!(store.device_of(other, vehicle).await.unwrap().map(|device| device.id), None);
    assert!(store.messages_after(other, vehicle, 0, 64).await.unwrap().is_empty());
    assert_eq!(store.balance(other, "fare_income").await.unwrap(), 0);
    let board = store.stored_board(other, NOW).await.unwrap();
    assert!(board.vehicles.is_empty() && board.payments.is_empty() && board.alarms.is_empty(), "{board:?}");
    // The same plate is another car there, and the same row cannot be moved from there.
    a_car(&store, other, "苏E·X1234").await;
    let moved = store.commit(Change { bill: Some(Bill { fleet: other, ..bill }), ..in_fleet(other) }, NOW).await;
    assert!(is_conflict(&moved), "{moved:?}");
}

pub(crate) async fn a_value_that_does_not_read_is_named(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    let bill = a_bill(&store, first(), vehicle).await;
    for (sql, column) in [
        ("UPDATE bill SET currency = 'XXX'", "bill.currency"),
        ("UPDATE bill SET currency = 'CNY', state = 'sold'", "bill.state"),
        ("UPDATE bill SET state = 'issued', lines = '[{]'", "bill.lines"),
        ("UPDATE bill SET version = -1, lines = '[]'", "bill.version"),
    ] {
        place.meddle(sql).await;
        match store.bill(first(), bill.id).await {
            Err(StoreError::Unreadable { what, .. }) => assert_eq!(what, column),
            other => panic!("after {sql}: {other:?}"),
        }
    }
}
