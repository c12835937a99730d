//! A thousand cars in one process: each greets as the in-car app does, verifies every envelope by the same rule, and
//! acknowledges it.

use std::time::Instant;

use fareway_shared::{
    envelope::judge::{Judgement, Knowledge, KnownBill, judge},
    handshake::Hello,
    protocol::car::{FromCar, ToCar},
    signature::{PrivateKey, PublicKey},
    time::{Clock, SystemClock},
};
use futures_util::{SinkExt, StreamExt, stream};
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::seed::{Car, Plan};

/// A payment whose envelope a car has just verified.
pub(super) type Verified = mpsc::UnboundedReceiver<(usize, Instant)>;

/// Connects all cars; from then on every verified envelope is told with its instant.
pub(super) async fn connect_all(address: &str, plan: &Plan) -> Verified {
    let (tell, told) = mpsc::unbounded_channel();
    let (fleet, platform_key) = (plan.fleet, plan.platform.public());
    stream::iter(plan.cars.clone())
        .for_each_concurrent(32, |car| {
            let tell = tell.clone();
            async move {
                let socket = greet(address, &car, platform_key).await;
                tokio::spawn(async move { drive(socket, car, fleet, platform_key, tell).await });
            }
        })
        .await;
    told
}

async fn greet(address: &str, car: &Car, platform_key: PublicKey) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let small = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
    let (mut socket, _) = client_async_with_config("ws://cars/", stream, Some(small)).await.unwrap();
    let ToCar::Challenge { nonce } = next(&mut socket).await.unwrap() else { panic!("no challenge") };
    let hello = Hello {
        device: car.device,
        challenge: nonce,
        nonce: rand::random(),
        last_sequence: 0,
        last_command: 0,
        platform_key,
    };
    send(&mut socket, &FromCar::Hello(hello.seal(&PrivateKey::from_bytes(&car.key)))).await;
    let Some(ToCar::Welcome { .. }) = next(&mut socket).await else { panic!("no welcome") };
    socket
}

async fn drive(
    mut socket: WebSocketStream<TcpStream>,
    car: Car,
    fleet: fareway_shared::id::FleetId,
    platform_key: PublicKey,
    tell: mpsc::UnboundedSender<(usize, Instant)>,
) {
    let bills: Vec<KnownBill> = car.bills.iter().map(|(_, bill)| *bill).collect();
    let mut last_sequence = 0;
    while let Some(message) = next(&mut socket).await {
        let ToCar::Envelope { sequence, envelope } = message else { continue };
        let known = Knowledge {
            platform_key,
            fleet,
            vehicle: car.vehicle,
            plate: &car.plate,
            bills: &bills,
            last_sequence,
            last_accepted: None,
            trusted_now: Some(SystemClock.now()),
            tip_cap_minor: 50_000,
        };
        let Ok(Judgement::Paid { verdict, .. }) = judge(&envelope, &known) else { panic!("an envelope was refused") };
        let verified_at = Instant::now();
        last_sequence = sequence;
        let paid = car.bills.iter().find(|(_, bill)| bill.bill == verdict.subject.bill);
        let _ = tell.send((paid.expect("a known bill").0, verified_at));
        send(&mut socket, &FromCar::Received { sequence }).await;
    }
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Option<ToCar> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => return serde_json::from_str(&text).ok(),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, message: &FromCar) {
    let text = serde_json::to_string(message).unwrap();
    // A closed link shows at the next read.
    let _ = socket.send(Message::text(text)).await;
}
