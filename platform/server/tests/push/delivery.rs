//! What the platform sends and in which order, and what it does with what a car sends.

use std::time::Duration;

use fareway::fleet::ports::{CarLinks, RESEND_MAX};
use fareway_shared::{
    id::BillId,
    protocol::car::{CommandOutcome, FromCar, LinkRefusal, ToCar},
};

use crate::{
    car::Car,
    desk::{Heard, car_of, envelope},
    platform::Platform,
};

async fn sequences(car: &mut Car, count: usize) -> Vec<u64> {
    let mut sequences = Vec::new();
    while sequences.len() < count {
        match car.next().await {
            Some(ToCar::Envelope { sequence, .. }) => sequences.push(sequence),
            other => panic!("after {sequences:?} came {other:?}"),
        }
    }
    sequences
}

/// Nothing waits to be read: the answer to a question comes next.
async fn nothing_more(car: &mut Car) {
    car.send(&FromCar::AskBills { bills: vec![BillId(uuid::Uuid::nil())] }).await;
    assert!(matches!(car.next().await, Some(ToCar::BillProgress { .. })));
}

#[tokio::test]
async fn a_message_reaches_the_car_it_is_for_and_no_other() {
    let platform = Platform::start().await;
    let (mut one, mut two) = (platform.connected(1, 0).await, platform.connected(2, 0).await);
    platform.hub.send(car_of(1).vehicle, envelope(1));
    platform.hub.send(car_of(3).vehicle, envelope(1));
    assert_eq!(one.next().await, Some(envelope(1)));
    nothing_more(&mut two).await;
}

#[tokio::test]
async fn a_car_that_comes_back_gets_what_it_missed_in_order_and_once() {
    let platform = Platform::start().await;
    platform.desk.store(1..=9);
    let mut car = platform.connected(1, 4).await;
    platform.hub.send(car_of(1).vehicle, envelope(7));
    platform.desk.store(10..=10);
    platform.hub.send(car_of(1).vehicle, envelope(10));
    assert_eq!(sequences(&mut car, 6).await, [5, 6, 7, 8, 9, 10]);
    nothing_more(&mut car).await;
}

#[tokio::test]
async fn a_long_absence_is_made_up_as_the_car_acknowledges() {
    let platform = Platform::start().await;
    let missed = u64::from(RESEND_MAX) * 3 + 5;
    platform.desk.store(1..=missed);
    let mut car = platform.connected(1, 0).await;
    // A newer message must not overtake what is still to come.
    platform.desk.store(missed + 1..=missed + 1);
    platform.hub.send(car_of(1).vehicle, envelope(missed + 1));
    let mut expected = 1;
    while expected <= missed + 1 {
        assert_eq!(car.next().await, Some(envelope(expected)));
        if expected % 32 == 0 {
            car.send(&FromCar::Received { sequence: expected }).await;
        }
        expected += 1;
    }
    nothing_more(&mut car).await;
}

#[tokio::test]
async fn messages_that_overtook_each_other_are_put_right_from_the_store() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    platform.desk.store(1..=3);
    for sequence in [2, 1, 3, 2] {
        platform.hub.send(car_of(1).vehicle, envelope(sequence));
    }
    assert_eq!(sequences(&mut car, 3).await, [1, 2, 3]);
    nothing_more(&mut car).await;
}

#[tokio::test]
async fn a_message_committed_while_the_car_was_greeting_is_not_lost() {
    let platform = Platform::start().await;
    let key = platform.enrolled(1);
    platform.desk.door.forget_permits(tokio::sync::Semaphore::MAX_PERMITS);
    let mut car = Car::connect(platform.address).await;
    car.greet(car_of(1).device, &key, 0).await;
    // The desk has looked into the store and is about to answer; then the message is committed and sent to nobody.
    platform.desk.until(|heard| heard.contains(&Heard::Greeting)).await;
    platform.desk.store(1..=1);
    platform.hub.send(car_of(1).vehicle, envelope(1));
    platform.desk.door.add_permits(1);
    car.welcomed(&platform.desk.key.public()).await;
    assert_eq!(car.next().await, Some(envelope(1)));
}

#[tokio::test]
async fn commands_are_answered_in_the_order_they_came() {
    let platform = Platform::start().await;
    let key = platform.enrolled(1);
    let mut car = platform.connected(1, 0).await;
    for number in 1..=20 {
        car.command(number, &key).await;
    }
    for number in 1..=20 {
        assert_eq!(car.next().await, Some(ToCar::CommandDone { number, outcome: CommandOutcome::Done }));
    }
}

#[tokio::test]
async fn a_slow_desk_neither_delays_a_confirmation_nor_a_revocation() {
    let platform = Platform::start().await;
    let key = platform.enrolled(1);
    let mut car = platform.connected(1, 0).await;
    platform.desk.gate.forget_permits(tokio::sync::Semaphore::MAX_PERMITS);
    for number in 1..=5 {
        car.command(number, &key).await;
    }
    platform.desk.until(|heard| heard.contains(&Heard::Began(1))).await;
    platform.hub.send(car_of(1).vehicle, envelope(1));
    assert_eq!(car.next().await, Some(envelope(1)));
    platform.hub.close(car_of(1).vehicle, LinkRefusal::Revoked);
    car.is_refused(LinkRefusal::Revoked).await;
    // The command that had begun is finished all the same; those behind it never begin.
    platform.desk.gate.add_permits(5);
    platform.desk.until(|heard| heard.contains(&Heard::Down)).await;
    assert_eq!(platform.desk.heard(), [Heard::Greeting, Heard::Up, Heard::Began(1), Heard::Command(1), Heard::Down]);
}

#[tokio::test]
async fn a_command_under_another_key_ends_the_link() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    car.command(1, &fareway_shared::signature::PrivateKey::from_bytes(&[66; 32])).await;
    car.is_refused(LinkRefusal::Identity).await;
}

#[tokio::test]
async fn a_second_greeting_on_a_link_ends_it() {
    let platform = Platform::start().await;
    let key = platform.enrolled(1);
    let mut car = platform.connected(1, 0).await;
    car.greet(car_of(1).device, &key, 0).await;
    car.is_refused(LinkRefusal::Protocol).await;
}

#[tokio::test]
async fn a_car_that_acknowledges_what_it_was_never_sent_is_not_believed() {
    let platform = Platform::start().await;
    platform.desk.store(1..=2);
    let mut car = platform.connected(1, 0).await;
    assert_eq!(sequences(&mut car, 2).await, [1, 2]);
    car.send(&FromCar::Received { sequence: u64::MAX }).await;
    platform.desk.until(|heard| heard.contains(&Heard::Persisted(2))).await;
}

#[tokio::test]
async fn a_revoked_car_is_closed_at_once() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    let asked = std::time::Instant::now();
    platform.hub.close(car_of(1).vehicle, LinkRefusal::Revoked);
    car.is_refused(LinkRefusal::Revoked).await;
    assert!(asked.elapsed() < Duration::from_secs(5));
    platform.desk.until(|heard| heard.contains(&Heard::Down)).await;
    assert!(!platform.hub.is_connected(car_of(1).vehicle));
}
