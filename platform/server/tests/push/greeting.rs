//! The first words on a connection.

use std::time::Duration;

use fareway_shared::{
    enrolment::{Enrolled, EnrolmentCode, prove},
    protocol::car::{FromCar, LinkRefusal, ToCar},
    signature::PrivateKey,
};
use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    car::Car,
    desk::{ENROLMENT_SECRET, Heard, car_of},
    platform::Platform,
};

#[tokio::test]
async fn an_enrolled_car_is_welcomed_and_the_house_hears_of_it() {
    let platform = Platform::start().await;
    let car = platform.connected(1, 0).await;
    assert_eq!(platform.hub.count(), 1);
    drop(car);
    platform.desk.until(|heard| heard == [Heard::Greeting, Heard::Up, Heard::Down]).await;
    assert_eq!(platform.hub.count(), 0);
}

#[tokio::test]
async fn a_new_device_enrols_and_greets_on_the_same_connection() {
    let platform = Platform::start().await;
    let key = PrivateKey::from_bytes(&[50; 32]);
    let mut car = Car::connect(platform.address).await;
    let request = prove(&key, &car.challenge, &ENROLMENT_SECRET);
    car.send(&FromCar::Enrol(request)).await;
    let Some(ToCar::Enrolled { grant }) = car.next().await else { panic!("no grant") };
    let code = EnrolmentCode { secret: ENROLMENT_SECRET, fingerprint: platform.desk.key.public().fingerprint() };
    let enrolled = Enrolled::open(&grant, &code, &key.public()).unwrap();
    car.greet(enrolled.device, &key, 0).await;
    car.welcomed(&platform.desk.key.public()).await;
}

#[tokio::test]
async fn a_wrong_enrolment_code_is_refused_and_not_tried_twice_on_one_connection() {
    let platform = Platform::start().await;
    let key = PrivateKey::from_bytes(&[50; 32]);
    let mut car = Car::connect(platform.address).await;
    let request = prove(&key, &car.challenge, &[8; 10]);
    car.send(&FromCar::Enrol(request)).await;
    car.is_refused(LinkRefusal::EnrolmentCode).await;

    let mut car = Car::connect(platform.address).await;
    let request = FromCar::Enrol(prove(&key, &car.challenge, &ENROLMENT_SECRET));
    car.send(&request).await;
    assert!(matches!(car.next().await, Some(ToCar::Enrolled { .. })));
    car.send(&request).await;
    car.is_refused(LinkRefusal::Protocol).await;
}

#[tokio::test]
async fn a_greeting_recorded_on_another_connection_is_refused() {
    let platform = Platform::start().await;
    let key = platform.enrolled(1);
    let recorded = Car::connect(platform.address).await.hello(car_of(1).device, &key, 0);
    let mut thief = Car::connect(platform.address).await;
    thief.send(&recorded).await;
    thief.is_refused(LinkRefusal::Identity).await;
}

#[tokio::test]
async fn a_forged_signature_and_an_unknown_device_are_refused_alike() {
    let platform = Platform::start().await;
    platform.enrolled(1);
    for device in [car_of(1).device, car_of(9).device] {
        let mut thief = Car::connect(platform.address).await;
        thief.greet(device, &PrivateKey::from_bytes(&[77; 32]), 0).await;
        thief.is_refused(LinkRefusal::Identity).await;
    }
    assert_eq!(platform.hub.count(), 0);
}

#[tokio::test]
async fn a_revoked_and_a_suspended_device_are_told_so() {
    let platform = Platform::start().await;
    let key = platform.enrolled(1);
    for reason in [LinkRefusal::Revoked, LinkRefusal::Suspended] {
        platform.desk.refuse(car_of(1), reason);
        let mut car = Car::connect(platform.address).await;
        car.greet(car_of(1).device, &key, 0).await;
        car.is_refused(reason).await;
    }
}

#[tokio::test]
async fn a_connection_that_never_greets_is_closed() {
    let platform = Platform::with(|settings| settings.times.greet_within = Duration::from_millis(50)).await;
    let mut mute = Car::connect(platform.address).await;
    assert_eq!(mute.next().await, None);
}

#[tokio::test]
async fn anything_but_a_greeting_first_is_refused() {
    let platform = Platform::start().await;
    for message in [
        Message::text(r#"{"type":"received","sequence":9}"#),
        Message::text(r#"{"type":"no_such_type"}"#),
        Message::text("not json"),
        Message::binary(vec![1, 2, 3]),
    ] {
        let mut car = Car::connect(platform.address).await;
        car.socket.send(message).await.unwrap();
        car.is_refused(LinkRefusal::Protocol).await;
    }
}
