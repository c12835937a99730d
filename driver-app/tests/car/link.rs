//! The real WebSocket against a platform played by the test: greeting, replay of unsent commands, refusal, and a bridge on
//! a real loopback socket. Every wait is for a condition.

use std::{sync::Arc, time::Duration};

use fareway_driver_app::{
    app::{App, Handle, Screen},
    disk::Disk,
    link::LinkSettings,
    state::{Action, LinkView, Page},
};
use fareway_shared::{
    envelope::verdict::{Cover, Finding, Subject, Verdict},
    handshake::{Hello, Welcome},
    meter::MeterState,
    money::Currency,
    protocol::{
        car::{CarCommand, CommandOutcome, FromCar, LinkRefusal, ToCar},
        meter::{MeterNotice, ToBridge},
    },
    statement::BillStatement,
    time::{SystemClock, Timestamp},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

use crate::bench::{Bench, SERVER_TIME, device_key, enrolled_memory, grant, platform};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running car between a listener that plays the platform and one that plays the bridge.
struct House {
    platform: TcpListener,
    bridge: TcpListener,
    handle: Handle,
    _folder: tempfile::TempDir,
}

struct Call(WebSocketStream<TcpStream>);

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::open(folder.path()).expect("the disk opens");
        enrolled_memory(&disk);
        let platform = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let bridge = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let link = LinkSettings {
            url: format!("ws://{}/car", platform.local_addr().expect("bound")).parse().expect("an address"),
            tls: None,
            retry_first: Duration::from_millis(20),
            retry_max: Duration::from_millis(100),
            rest: Duration::from_millis(100),
        };
        let bridge_address = bridge.local_addr().expect("bound").to_string();
        let (app, sockets, handle) = App::build(disk, link, bridge_address, Arc::new(SystemClock)).expect("built");
        sockets.start();
        tokio::spawn(app.run());
        Self { platform, bridge, handle, _folder: folder }
    }

    async fn called(&self) -> Call {
        let (stream, _) = timeout(PATIENCE, self.platform.accept()).await.expect("a call").expect("accepted");
        let mut call = Call(accept_async(stream).await.expect("a WebSocket"));
        call.say(&ToCar::Challenge { nonce: [9; 32] }).await;
        call
    }

    async fn screen(&mut self, fits: impl FnMut(&Arc<Screen>) -> bool) -> Arc<Screen> {
        let wait = self.handle.screens.wait_for(fits);
        timeout(PATIENCE, wait).await.expect("the screen changes in time").expect("the car runs").clone()
    }
}

impl Call {
    async fn say(&mut self, frame: &ToCar) {
        let text = serde_json::to_string(frame).expect("JSON");
        self.0.send(Message::text(text)).await.expect("sent");
    }

    async fn hear(&mut self) -> FromCar {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("in time").expect("open").expect("whole");
            if let Message::Text(text) = message {
                return serde_json::from_str(text.as_str()).expect("a frame of the protocol");
            }
        }
    }

    async fn greet(&mut self, last_command: u64) -> Hello {
        let FromCar::Hello(sealed) = self.hear().await else { panic!("no greeting") };
        let hello = Hello::open(&sealed, &device_key().public(), &[9; 32]).expect("signed");
        let welcome = Welcome { device: hello.device, nonce: hello.nonce, server_time: SERVER_TIME, last_command };
        self.say(&ToCar::Welcome { welcome: welcome.seal(&platform()) }).await;
        hello
    }

    async fn command(&mut self) -> (u64, CarCommand) {
        loop {
            if let FromCar::Command(command) = self.hear().await {
                return command.open(grant().device, &device_key().public()).expect("signed");
            }
        }
    }
}

fn paid(bill: &BillStatement) -> Verdict {
    let subject = Subject {
        fleet: bill.fleet,
        vehicle: bill.vehicle,
        plate: grant().plate,
        trip: bill.trip,
        bill: bill.bill,
        version: bill.version,
        nonce: bill.nonce,
        sequence: 1,
        server_time: SERVER_TIME,
        valid_until: SERVER_TIME.after(Duration::from_secs(60)),
    };
    let finding = Finding::Covered(Cover {
        currency: Currency::CNY,
        by_wallet_minor: bill.total.minor,
        otherwise_minor: 0,
        tip_minor: 0,
        trade_no_tail: "1".into(),
        payer_tail: "2".into(),
        paid_at: SERVER_TIME,
        scene_seed: [3; 16],
    });
    Verdict { subject, finding }
}

#[tokio::test]
async fn a_ride_over_real_sockets_ends_in_the_paid_face_even_when_the_link_breaks_twice() {
    let mut house = House::open().await;
    let mut call = house.called().await;
    assert_eq!(call.greet(0).await.last_command, 0);
    let (stream, _) = timeout(PATIENCE, house.bridge.accept()).await.expect("in time").expect("the bridge's client");
    let (reader, mut bridge) = stream.into_split();
    let at = Timestamp::from_seconds(1);
    let started = MeterNotice::TripStarted { started: Some("2027-01-15 16:00".into()), at };
    let state = MeterState::Hired { time_running: true };
    let ended = MeterNotice::TripEnded { spool: 5, record: Bench::blank().record(41, 2340) };
    for notice in [started, MeterNotice::State { state, stale: false, forced: false, at }] {
        let line = serde_json::to_string(&notice).expect("JSON") + "\n";
        bridge.write_all(line.as_bytes()).await.expect("written");
    }
    assert!(matches!(call.command().await, (1, CarCommand::StartTrip { .. })));
    drop(call);
    house.screen(|screen| screen.view.link == LinkView::Down).await;
    let line = serde_json::to_string(&ended).expect("JSON") + "\n";
    bridge.write_all(line.as_bytes()).await.expect("written");
    let mut stored = String::new();
    timeout(PATIENCE, BufReader::new(reader).read_line(&mut stored)).await.expect("in time").expect("read");
    assert_eq!(serde_json::from_str::<ToBridge>(&stored).expect("JSON"), ToBridge::TripStored { spool: 5 });

    let mut call = house.called().await;
    assert_eq!(call.greet(0).await.last_command, 2, "the number of the unacknowledged command went back");
    assert!(matches!(call.command().await, (1, CarCommand::StartTrip { .. })), "it was not sent again");
    let (2, CarCommand::OpenBill { statement, .. }) = call.command().await else { panic!("the bill was not stated") };
    let bill = BillStatement::open(&statement, &device_key().public()).expect("signed");
    for number in [1, 2] {
        call.say(&ToCar::CommandDone { number, outcome: CommandOutcome::Done }).await;
    }
    call.say(&ToCar::Envelope { sequence: 1, envelope: paid(&bill).seal(&platform()) }).await;
    let shown = house.screen(|screen| matches!(screen.view.page, Page::Paid(_))).await;
    assert!(shown.arrived_at.is_some(), "the arrival of the envelope was not noted");
    house.handle.inputs.send(fareway_driver_app::app::Input::new(Action::Shown(1))).await.expect("the car runs");
    assert!(matches!(call.command().await, (3, CarCommand::VerdictShown { sequence: 1, .. })));
}

#[tokio::test]
async fn a_refused_car_says_so_and_calls_again_later() {
    let mut house = House::open().await;
    let mut call = house.called().await;
    call.hear().await;
    call.say(&ToCar::Refused { reason: LinkRefusal::Revoked }).await;
    house.screen(|screen| screen.view.link == LinkView::Refused(LinkRefusal::Revoked)).await;
    drop(call);
    let mut call = house.called().await;
    call.greet(0).await;
    house.screen(|screen| screen.view.link == LinkView::Up).await;
}

#[tokio::test]
async fn a_frame_that_is_too_long_or_no_frame_drops_the_link_and_nothing_else() {
    let mut house = House::open().await;
    for bad in ["x".repeat(20 * 1024), "{\"type\":\"nonsense\"}".into()] {
        let mut call = house.called().await;
        call.greet(0).await;
        house.screen(|screen| screen.view.link == LinkView::Up).await;
        call.0.send(Message::text(bad)).await.expect("sent");
        house.screen(|screen| screen.view.link == LinkView::Down).await;
    }
    let mut call = house.called().await;
    call.greet(0).await;
    house.screen(|screen| screen.view.link == LinkView::Up).await;
}
