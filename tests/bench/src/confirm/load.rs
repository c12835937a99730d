//! Sends notices at a steady rate, whatever became of the ones before, and measures each from its last byte.

use std::time::{Duration, Instant};

use fareway_bench::Spans;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::MissedTickBehavior,
};

use super::{RATE, cars::Verified};

/// Connections to the platform, as many as Alipay's notifier might keep.
const CONNECTIONS: usize = 8;
/// Longer than any confirmation takes; what is missing then is lost.
const PATIENCE: Duration = Duration::from_secs(10);

fn ticks() -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    ticks
}

/// The platform: HTTP in, envelopes at the cars.
pub(super) async fn measure_platform(http: &str, mut verified: Verified, bodies: &[Vec<u8>]) -> Spans {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(http).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (reader, writer) = stream.into_split();
        // Answers are read away; what they say is checked by tests.
        tokio::spawn(async move {
            let mut reader = BufReader::new(reader);
            let mut sink = [0; 4096];
            while reader.read(&mut sink).await.is_ok_and(|count| count > 0) {}
        });
        connections.push(writer);
    }
    let mut sent_at = Vec::with_capacity(bodies.len());
    let mut ticks = ticks();
    for (number, body) in bodies.iter().enumerate() {
        ticks.tick().await;
        let request = request(http, body);
        let writer = connections.get_mut(number % CONNECTIONS).unwrap();
        writer.write_all(&request).await.unwrap();
        sent_at.push(Instant::now());
    }
    let mut spans = Spans::default();
    while spans.count() < bodies.len() {
        let Ok(Some((number, at))) = tokio::time::timeout(PATIENCE, verified.recv()).await else { break };
        spans.add(at.saturating_duration_since(*sent_at.get(number).unwrap()));
    }
    spans
}

fn request(host: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /alipay/notify HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The floor: a frame in on one socket, a word out on the other.
pub(super) async fn measure_floor(inward: &str, outward: &str, bodies: &[Vec<u8>]) -> Spans {
    let mut input = TcpStream::connect(inward).await.unwrap();
    let mut output = TcpStream::connect(outward).await.unwrap();
    input.set_nodelay(true).unwrap();
    let receiver = tokio::spawn(async move {
        let mut at = Vec::new();
        while output.read_u32().await.is_ok() {
            at.push(Instant::now());
        }
        at
    });
    let mut sent_at = Vec::with_capacity(bodies.len());
    let mut ticks = ticks();
    for body in bodies {
        ticks.tick().await;
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        input.write_all(&[&length, body.as_slice()].concat()).await.unwrap();
        sent_at.push(Instant::now());
    }
    drop(input);
    let answered_at = receiver.await.unwrap();
    let mut spans = Spans::default();
    for (sent, answered) in sent_at.iter().zip(answered_at) {
        spans.add(answered.saturating_duration_since(*sent));
    }
    spans
}
