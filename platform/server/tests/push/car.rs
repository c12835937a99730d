//! A car's end of the link, frame by frame.

use std::{net::SocketAddr, time::Duration};

use fareway_shared::{
    handshake::{Hello, Welcome},
    id::{DeviceId, TripId},
    protocol::car::{CarCommand, FromCar, LinkRefusal, SignedCommand, ToCar},
    signature::{PrivateKey, PublicKey},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

const NONCE: [u8; 32] = [42; 32];

pub(crate) struct Car {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) challenge: [u8; 32],
    pub(crate) device: DeviceId,
}

impl Car {
    /// Connects and reads the challenge.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let mut car = Self::unchallenged(address).await;
        let ToCar::Challenge { nonce } = car.next().await.unwrap() else { panic!("the platform did not speak first") };
        car.challenge = nonce;
        car
    }

    pub(crate) async fn unchallenged(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (socket, _) = client_async(format!("ws://{address}/car"), stream).await.unwrap();
        Self { socket, challenge: [0; 32], device: DeviceId(uuid::Uuid::nil()) }
    }

    pub(crate) fn hello(&self, device: DeviceId, key: &PrivateKey, last_sequence: u64) -> FromCar {
        let hello = Hello {
            device,
            challenge: self.challenge,
            nonce: NONCE,
            last_sequence,
            last_command: 0,
            platform_key: PrivateKey::from_bytes(&[99; 32]).public(),
        };
        FromCar::Hello(hello.seal(key))
    }

    pub(crate) async fn greet(&mut self, device: DeviceId, key: &PrivateKey, last_sequence: u64) {
        self.device = device;
        let hello = self.hello(device, key, last_sequence);
        self.send(&hello).await;
    }

    pub(crate) async fn welcomed(&mut self, platform: &PublicKey) {
        let Some(ToCar::Welcome { welcome }) = self.next().await else { panic!("the car was not welcomed") };
        Welcome::open(&welcome, platform, self.device, &NONCE).unwrap();
    }

    pub(crate) async fn send(&mut self, message: &FromCar) {
        self.socket.send(Message::text(serde_json::to_string(message).unwrap())).await.unwrap();
    }

    /// Signs a command with the key and sends it.
    pub(crate) async fn command(&mut self, number: u64, key: &PrivateKey) {
        let command = CarCommand::EndTrip { trip: TripId(uuid::Uuid::nil()) };
        let sealed = SignedCommand::seal(self.device, number, &command, key).unwrap();
        self.send(&FromCar::Command(sealed)).await;
    }

    /// The next message; `None` when the platform has closed the link.
    pub(crate) async fn next(&mut self) -> Option<ToCar> {
        let message = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(other)) => panic!("the platform sent {other:?}"),
                }
            }
        };
        timeout(Duration::from_secs(10), message).await.expect("the platform neither sent nor closed")
    }

    /// The platform refuses with this reason, and closes.
    pub(crate) async fn is_refused(&mut self, reason: LinkRefusal) {
        assert_eq!(self.next().await, Some(ToCar::Refused { reason }));
        assert_eq!(self.next().await, None, "the link stayed open");
    }
}
