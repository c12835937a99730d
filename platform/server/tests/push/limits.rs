//! Every bound of the link: frames, queues, silence, numbers of cars, and the end of the listener.

use std::time::Duration;

use fareway::fleet::ports::CarLinks;
use fareway_shared::{
    fix::{FIXES_MAX, RawFix},
    id::BillId,
    protocol::car::{CommandOutcome, FRAME_BYTES_MAX, FromCar, LinkRefusal, ToCar},
    time::Timestamp,
};
use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    car::Car,
    desk::{Desk, FATAL, Heard, car_of, envelope},
    platform::Platform,
};

#[tokio::test]
async fn a_frame_that_is_too_large_is_refused() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    car.socket.send(Message::text("x".repeat(FRAME_BYTES_MAX + 1))).await.unwrap();
    car.is_refused(LinkRefusal::Protocol).await;
}

#[tokio::test]
async fn a_frame_in_too_many_pieces_is_refused() {
    use tokio_tungstenite::tungstenite::protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    };
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    let piece = "x".repeat(FRAME_BYTES_MAX / 2);
    for kind in [Data::Text, Data::Continue, Data::Continue] {
        let frame = Frame::message(piece.clone(), OpCode::Data(kind), false);
        // The platform may refuse before the last piece is written.
        let _ = car.socket.send(Message::Frame(frame)).await;
    }
    car.is_refused(LinkRefusal::Protocol).await;
}

#[tokio::test]
async fn a_binary_frame_is_refused() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    car.socket.send(Message::binary(vec![0; 8])).await.unwrap();
    car.is_refused(LinkRefusal::Protocol).await;
}

#[tokio::test]
async fn a_question_about_too_many_bills_is_refused() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    car.send(&FromCar::AskBills { bills: vec![BillId(uuid::Uuid::nil()); 17] }).await;
    car.is_refused(LinkRefusal::Protocol).await;
}

#[tokio::test]
async fn positions_are_heard_and_too_many_at_once_are_refused() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    let fix =
        RawFix { lat: Some(31.3), lng: None, at: Timestamp(5), accuracy_m: None, speed_mps: None, heading_deg: None };
    car.send(&FromCar::Fixes { fixes: vec![fix; FIXES_MAX] }).await;
    platform.desk.until(|heard| heard.contains(&Heard::Fixes(FIXES_MAX))).await;
    car.send(&FromCar::Fixes { fixes: vec![fix; FIXES_MAX + 1] }).await;
    car.is_refused(LinkRefusal::Protocol).await;
}

#[tokio::test]
async fn a_burst_beyond_the_queue_drops_the_link_and_never_waits() {
    let platform = Platform::with(|settings| settings.queue_max = 8).await;
    let _car = platform.connected(1, 0).await;
    for sequence in 1..=9 {
        platform.hub.send(car_of(1).vehicle, envelope(sequence));
    }
    platform.desk.until(|heard| heard.contains(&Heard::Down)).await;
    assert!(!platform.hub.is_connected(car_of(1).vehicle));
}

#[tokio::test]
async fn a_car_that_does_not_read_is_dropped_and_others_are_not_held_up() {
    let platform = Platform::with(|settings| settings.times.write_within = Duration::from_millis(100)).await;
    let _stuck = platform.connected(1, 0).await;
    let mut reading = platform.connected(2, 0).await;
    let long = ToCar::CommandDone {
        number: 1,
        outcome: CommandOutcome::Refused { code: "x".repeat(14_000), zh: String::new(), en: String::new() },
    };
    let flood = async {
        while platform.hub.is_connected(car_of(1).vehicle) {
            platform.hub.send(car_of(1).vehicle, long.clone());
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), flood).await.expect("a car that never reads stayed connected");
    platform.hub.send(car_of(2).vehicle, envelope(1));
    assert_eq!(reading.next().await, Some(envelope(1)));
}

#[tokio::test]
async fn a_silent_car_is_pinged_and_stays_if_it_answers() {
    let platform = Platform::with(|settings| {
        settings.times.ping_after = Duration::from_millis(30);
        settings.times.silent_max = Duration::from_secs(30);
    })
    .await;
    let mut car = platform.connected(1, 0).await;
    for _ in 0..3 {
        // The client library answers by itself when it is read again.
        let frame = timeout(Duration::from_secs(10), car.socket.next()).await.unwrap().unwrap().unwrap();
        assert!(matches!(frame, Message::Ping(_)), "{frame:?}");
    }
    assert!(platform.hub.is_connected(car_of(1).vehicle));
}

#[tokio::test]
async fn a_car_that_answers_nothing_is_closed_and_the_house_hears_of_it() {
    let platform = Platform::with(|settings| {
        settings.times.ping_after = Duration::from_millis(40);
        settings.times.silent_max = Duration::from_millis(60);
    })
    .await;
    let _mute = platform.connected(1, 0).await;
    platform.desk.until(|heard| heard == [Heard::Greeting, Heard::Up, Heard::Down]).await;
}

#[tokio::test]
async fn a_cars_own_ping_is_answered() {
    let platform = Platform::start().await;
    let mut car = platform.connected(1, 0).await;
    car.socket.send(Message::Ping("heartbeat".into())).await.unwrap();
    let answer = timeout(Duration::from_secs(10), car.socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(answer, Message::Pong("heartbeat".into()));
}

#[tokio::test]
async fn one_car_too_many_is_told_to_come_back_and_gets_in_when_another_leaves() {
    let platform = Platform::with(|settings| settings.links_max = 1).await;
    let first = platform.connected(1, 0).await;
    Car::unchallenged(platform.address).await.is_refused(LinkRefusal::Busy).await;
    drop(first);
    let room = async {
        loop {
            if let Some(ToCar::Challenge { .. }) = Car::unchallenged(platform.address).await.next().await {
                return;
            }
        }
    };
    timeout(Duration::from_secs(10), room).await.expect("the place never became free");
}

#[tokio::test]
async fn connections_that_have_not_greeted_hold_up_only_each_other() {
    let platform = Platform::with(|settings| {
        settings.handshakes_max = 1;
        settings.times.greet_within = Duration::from_millis(200);
    })
    .await;
    // It says nothing at all, not even the upgrade.
    let _lurker = tokio::net::TcpStream::connect(platform.address).await.unwrap();
    let mut car = platform.connected(1, 0).await;
    platform.hub.send(car_of(1).vehicle, envelope(1));
    assert_eq!(car.next().await, Some(envelope(1)));
}

#[tokio::test]
async fn a_listener_that_stops_tells_greeted_and_ungreeted_cars_alike() {
    let platform = Platform::start().await;
    let mut greeted = platform.connected(1, 0).await;
    let mut greeting = Car::connect(platform.address).await;
    let address = platform.address;
    tokio::join!(platform.stop(), async move { greeted.is_refused(LinkRefusal::Busy).await }, async move {
        greeting.is_refused(LinkRefusal::Busy).await
    },);
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "the port is still open");
}

#[tokio::test]
async fn a_fault_in_the_house_costs_one_link_and_leaves_no_ghost_of_it() {
    let platform = Platform::start().await;
    let key = platform.enrolled(1);
    let mut car = platform.connected(1, 0).await;
    let mut other = platform.connected(2, 0).await;
    car.command(FATAL, &key).await;
    assert_eq!(car.next().await, None);
    assert!(!platform.hub.is_connected(car_of(1).vehicle));
    platform.hub.send(car_of(2).vehicle, envelope(1));
    assert_eq!(other.next().await, Some(envelope(1)));
    platform.connected(1, 0).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_and_not_a_panic() {
    use fareway::push::{hub::Hub, listener::PushListener, settings::PushSettings};
    use std::sync::Arc;
    let platform = Platform::start().await;
    let (desk, clock) = (Arc::new(Desk::new()), Arc::new(fareway_shared::time::SystemClock));
    let again = PushListener::bind(platform.address, PushSettings::default(), desk, Arc::new(Hub::new()), clock).await;
    assert_eq!(again.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}
