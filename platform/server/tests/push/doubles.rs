//! Two links on one device key: a copied key, or a car that came back before the platform noticed it had gone.

use std::time::Duration;

use fareway::fleet::ports::CarLinks;
use fareway_shared::protocol::car::{LinkRefusal, ToCar};

use crate::{
    car::Car,
    desk::{Heard, car_of, envelope},
    platform::Platform,
};

#[tokio::test]
async fn two_live_links_on_one_key_suspend_the_device_and_both_go() {
    let platform = Platform::with(|settings| settings.times.probe_within = Duration::from_secs(8)).await;
    let mut first = platform.connected(1, 0).await;
    // A live car keeps reading, and so answers pings.
    let first_hears = tokio::spawn(async move { (first.next().await, first.next().await) });
    let key = platform.enrolled(1);
    let mut second = Car::connect(platform.address).await;
    second.greet(car_of(1).device, &key, 0).await;
    second.is_refused(LinkRefusal::Suspended).await;
    assert_eq!(first_hears.await.unwrap(), (Some(ToCar::Refused { reason: LinkRefusal::Suspended }), None));
    platform.desk.until(|heard| heard.contains(&Heard::Cloned) && heard.contains(&Heard::Down)).await;
    assert_eq!(platform.hub.count(), 0);
}

#[tokio::test]
async fn a_car_back_from_a_tunnel_replaces_its_own_dead_link_and_misses_nothing() {
    let platform = Platform::with(|settings| settings.times.probe_within = Duration::from_millis(100)).await;
    // Nobody reads this end any more, so no ping is answered.
    let _dead = platform.connected(1, 0).await;
    let key = platform.enrolled(1);
    let mut back = Car::connect(platform.address).await;
    back.greet(car_of(1).device, &key, 0).await;
    // Sent into the dead link while the newcomer waits for its place.
    platform.desk.store(1..=1);
    platform.hub.send(car_of(1).vehicle, envelope(1));
    back.welcomed(&platform.desk.key.public()).await;
    assert_eq!(back.next().await, Some(envelope(1)));
    platform.hub.send(car_of(1).vehicle, envelope(2));
    assert_eq!(back.next().await, Some(envelope(2)));
    assert!(!platform.desk.heard().contains(&Heard::Cloned));
    assert!(!platform.desk.heard().contains(&Heard::Down), "the house thought that the car had gone");
}

#[tokio::test]
async fn a_device_revoked_while_it_greets_does_not_slip_in() {
    let platform = Platform::with(|settings| settings.times.probe_within = Duration::from_millis(100)).await;
    let _dead = platform.connected(1, 0).await;
    let key = platform.enrolled(1);
    platform.desk.door.forget_permits(tokio::sync::Semaphore::MAX_PERMITS);
    let mut back = Car::connect(platform.address).await;
    back.greet(car_of(1).device, &key, 0).await;
    // Believed by the desk a moment before the device is revoked.
    platform.desk.until(|heard| heard.iter().filter(|one| **one == Heard::Greeting).count() == 2).await;
    platform.desk.refuse(car_of(1), LinkRefusal::Revoked);
    platform.hub.close(car_of(1).vehicle, LinkRefusal::Revoked);
    platform.desk.door.add_permits(1);
    back.is_refused(LinkRefusal::Busy).await;
}

#[tokio::test]
async fn a_replacement_device_takes_the_place_of_the_old_one() {
    let platform = Platform::start().await;
    let mut old = platform.connected(1, 0).await;
    let mut replacement = car_of(2);
    replacement.vehicle = car_of(1).vehicle;
    let key = fareway_shared::signature::PrivateKey::from_bytes(&[2; 32]);
    platform.desk.know(replacement, &key);
    let mut new = Car::connect(platform.address).await;
    new.greet(replacement.device, &key, 0).await;
    new.welcomed(&platform.desk.key.public()).await;
    old.is_refused(LinkRefusal::Busy).await;
    platform.hub.send(replacement.vehicle, envelope(1));
    assert_eq!(new.next().await, Some(envelope(1)));
}
