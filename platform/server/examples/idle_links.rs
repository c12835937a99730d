//! How much user memory an idle car costs the platform, and how long a message takes to one of many idle cars. One
//! program, two processes: without arguments it starts itself as the cars, listens as the platform, and prints lines of
//! JSON in the form of `target/bench/*.json`.
//!
//! `cargo run --release -p fareway --example idle_links [CARS]` (each process needs one file descriptor per car).
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench stops at the first surprise")]

use std::{
    io::{BufRead, BufReader},
    process::{ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use fareway::{
    fleet::ports::{CarDesk, CarIdentity, CarLinks, Greeted},
    push::{hub::Hub, listener::PushListener, settings::PushSettings},
};
use fareway_shared::{
    enrolment::EnrolRequest,
    fix::RawFix,
    handshake::{Hello, SignedHello, Welcome},
    id::{BillId, DeviceId, FleetId, VehicleId},
    meter::MeterState,
    protocol::car::{CarReport, CommandOutcome, FromCar, LinkRefusal, SignedCommand, ToCar},
    signature::{PrivateKey, Signed},
    time::{Clock, SystemClock, Timestamp},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

const CARS: u32 = 5_000;
/// Messages to single cars, one after another, whose way is timed.
const TIMED: u32 = 2_000;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(1);
/// What issue and plan ask for.
const LIMIT_BYTES: f64 = 8.0 * 1024.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["cars", port, count] => runtime.block_on(be_cars(port.parse().unwrap(), count.parse().unwrap())),
        [] => runtime.block_on(be_platform(CARS)),
        [count] => runtime.block_on(be_platform(count.parse().expect("the number of cars"))),
        _ => panic!("usage: idle_links [CARS]"),
    }
}

/// Believes the key that every car of this bench has.
struct Desk;

fn car_key() -> PrivateKey {
    PrivateKey::from_bytes(&[5; 32])
}

#[async_trait]
impl CarDesk for Desk {
    async fn enrol(&self, _: &EnrolRequest, _: &[u8; 32], _: Timestamp) -> Result<Signed, LinkRefusal> {
        Err(LinkRefusal::EnrolmentCode)
    }

    async fn greet(&self, hello: &SignedHello, challenge: &[u8; 32], now: Timestamp) -> Result<Greeted, LinkRefusal> {
        let key = car_key();
        let hello = Hello::open(hello, &key.public(), challenge).map_err(|_| LinkRefusal::Identity)?;
        let car =
            CarIdentity { fleet: FleetId(uuid::Uuid::nil()), vehicle: VehicleId(hello.device.0), device: hello.device };
        let welcome = Welcome { device: hello.device, nonce: hello.nonce, server_time: now, last_command: 0 };
        Ok(Greeted { car, welcome: welcome.seal(&key), last_sequence: 0, left: Vec::new(), resend: Vec::new() })
    }

    async fn command(&self, _: CarIdentity, _: &SignedCommand, _: Timestamp) -> Result<ToCar, LinkRefusal> {
        Err(LinkRefusal::Protocol)
    }

    async fn received(&self, _: CarIdentity, _: u64, _: Timestamp) -> Vec<ToCar> {
        Vec::new()
    }

    async fn ask_bills(&self, _: CarIdentity, _: &[BillId], _: Timestamp) -> Vec<ToCar> {
        Vec::new()
    }

    async fn fixes(&self, _: CarIdentity, _: &[RawFix], _: Timestamp) -> Vec<ToCar> {
        Vec::new()
    }

    async fn report(&self, _: CarIdentity, _: CarReport, _: Timestamp) {}
    async fn link_changed(&self, _: CarIdentity, _: bool, _: Timestamp) {}
    async fn cloned(&self, _: CarIdentity, _: Timestamp) {}
}

/// Listens, lets the cars connect and exchange a message each, and compares the memory before and after.
async fn be_platform(cars: u32) {
    let hub = Arc::new(Hub::new());
    let settings = PushSettings { links_max: cars, ..PushSettings::default() };
    let (desk, links): (Arc<dyn CarDesk>, _) = (Arc::new(Desk), Arc::clone(&hub));
    let listener =
        PushListener::bind(([127, 0, 0, 1], 0).into(), settings, desk, links, Arc::new(SystemClock)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(listener.run(stopped));
    let before = user_bytes();
    let mut crowd = Command::new(std::env::current_exe().unwrap())
        .args(["cars", &port.to_string(), &cars.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(crowd.stdout.take().unwrap());
    let line;
    (line, lines) = said(lines).await;
    assert_eq!((line.as_str(), hub.count()), ("greeted", usize::try_from(cars).unwrap()));
    let envelope = |number: u32| ToCar::Envelope {
        sequence: 1,
        envelope: Signed { body: vec![u8::try_from(number % 251).unwrap(); 300], signature: [7; 64] },
    };
    for number in 0..cars {
        hub.send(VehicleId(uuid::Uuid::from_u128(u128::from(number))), envelope(number));
    }
    let line;
    (line, lines) = said(lines).await;
    assert_eq!(line, "received");
    let per_car = f64::from(u32::try_from(user_bytes().saturating_sub(before)).unwrap()) / f64::from(cars);
    println!(
        r#"{{"name":"idle_link_memory","ours":{per_car:.0},"peer":{LIMIT_BYTES:.0},"ratio":{:.3},"unit":"bytes","note":"growth of the platform's resident user memory per connected car, {cars} cars, each after its greeting, one report and one envelope; peer is the limit"}}"#,
        per_car / LIMIT_BYTES
    );
    for number in 0..TIMED {
        let sent = ToCar::CommandDone { number: micros(), outcome: CommandOutcome::Done };
        hub.send(VehicleId(uuid::Uuid::from_u128(u128::from(number.wrapping_mul(2_654_435_761) % cars))), sent);
        tokio::time::sleep(PAUSE).await;
    }
    let (line, _) = said(lines).await;
    println!("{line}");
    crowd.wait().unwrap();
    stop.send_replace(true);
    running.await.unwrap();
}

/// The next line that the other process writes.
async fn said(mut lines: BufReader<ChildStdout>) -> (String, BufReader<ChildStdout>) {
    let reading = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        (line.trim().to_owned(), lines)
    });
    reading.await.unwrap()
}

/// A clock that both processes read.
fn micros() -> u64 {
    u64::try_from(SystemClock.now().0).unwrap()
}

/// Resident memory that is not a mapped file.
fn user_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Connects the cars, says when all have greeted and when all have read their envelope, then how long messages took.
async fn be_cars(port: u16, count: u32) {
    let mut cars = Vec::new();
    for number in 0..count {
        cars.push(connect(port, number).await);
    }
    println!("greeted");
    for car in &mut cars {
        next(car).await;
    }
    println!("received");
    let (took, mut arrivals) = mpsc::unbounded_channel();
    for mut car in cars {
        let took = took.clone();
        tokio::spawn(async move {
            while let ToCar::CommandDone { number, .. } = next(&mut car).await {
                took.send(micros().saturating_sub(number)).unwrap();
            }
        });
    }
    let mut times = Vec::new();
    for _ in 0..TIMED {
        times.push(arrivals.recv().await.unwrap());
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 1000).unwrap();
    println!(
        r#"{{"name":"push_latency","ours":{},"peer":null,"ratio":null,"unit":"us","note":"p99 from the hub to the car's process, {count} idle cars, {TIMED} messages; p50 {}, p99.9 {}"}}"#,
        at(990),
        at(500),
        at(999)
    );
}

async fn connect(port: u16, number: u32) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut car, _) = client_async(format!("ws://127.0.0.1:{port}/car"), stream).await.unwrap();
    let ToCar::Challenge { nonce } = next(&mut car).await else { panic!("the platform did not speak first") };
    let device = DeviceId(uuid::Uuid::from_u128(u128::from(number)));
    let hello = Hello {
        device,
        challenge: nonce,
        nonce: [1; 32],
        last_sequence: 0,
        last_command: 0,
        platform_key: car_key().public(),
    };
    send(&mut car, &FromCar::Hello(hello.seal(&car_key()))).await;
    assert!(matches!(next(&mut car).await, ToCar::Welcome { .. }));
    let report = CarReport { meter: MeterState::Hired { time_running: true }, stale: false, fare: None, trip: None };
    send(&mut car, &FromCar::Report(report)).await;
    car
}

async fn send(car: &mut WebSocketStream<TcpStream>, message: &FromCar) {
    car.send(Message::text(serde_json::to_string(message).unwrap())).await.unwrap();
}

async fn next(car: &mut WebSocketStream<TcpStream>) -> ToCar {
    loop {
        if let Message::Text(text) = car.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}
