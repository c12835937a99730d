//! Somebody in the middle of the link between a car and the platform: passes frames on, catches one, or puts in frames of
//! their own. The keys are not theirs, so all they can do is delay, drop, repeat and invent.

use std::net::SocketAddr;

use fareway_shared::protocol::car::{FromCar, ToCar};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
};
use tokio_tungstenite::{
    WebSocketStream, accept_async, client_async,
    tungstenite::{Error, Message},
};

use crate::trap::{Trap, Traps, Way};

/// The middle of the link.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Where cars connect instead of the platform's own address.
    pub address: SocketAddr,
    traps: Traps,
    to_car: broadcast::Sender<String>,
    to_platform: broadcast::Sender<String>,
    overheard: broadcast::Sender<Overheard>,
}

/// A frame that came by.
#[derive(Clone, Debug)]
pub enum Overheard {
    /// From a car.
    FromCar(FromCar),
    /// From the platform.
    ToCar(ToCar),
}

impl Wire {
    /// Stands between cars and the platform at `target`, which need not listen yet.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self {
            address: listener.local_addr().unwrap(),
            traps: Traps::default(),
            to_car: broadcast::channel(64).0,
            to_platform: broadcast::channel(64).0,
            overheard: broadcast::channel(1024).0,
        };
        let served = wire.clone();
        tokio::spawn(async move {
            while let Ok((car, _)) = listener.accept().await {
                let wire = served.clone();
                tokio::spawn(async move {
                    // A broken half ends both, as a cut cable does.
                    let _ = wire.pass(car, target).await;
                });
            }
        });
        wire
    }

    /// Catches the first frame that contains `marker`. A car's sealed command is searched by its own words.
    #[must_use]
    pub fn trap(&self, marker: &str, way: Way) -> Trap {
        self.traps.arm(marker, way)
    }

    /// Puts a frame in, towards every car that is connected.
    pub fn inject(&self, frame: &ToCar) {
        self.to_car.send(serde_json::to_string(frame).unwrap()).expect("a car is connected");
    }

    /// Puts a frame in, towards the platform.
    pub fn inject_to_platform(&self, frame: &FromCar) {
        self.to_platform.send(serde_json::to_string(frame).unwrap()).expect("a car is connected");
    }

    /// Hears every frame from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Overheard> {
        self.overheard.subscribe()
    }

    async fn pass(self, car: TcpStream, target: SocketAddr) -> Result<(), Error> {
        let mut car = accept_async(car).await?;
        let stream = TcpStream::connect(target).await?;
        let (mut platform, _) = client_async(format!("ws://{target}/"), stream).await?;
        let (mut to_car, mut to_platform) = (self.to_car.subscribe(), self.to_platform.subscribe());
        loop {
            tokio::select! {
                message = car.next() => self.the_car_says(message, &mut platform).await?,
                message = platform.next() => self.the_platform_says(message, &mut car).await?,
                Ok(text) = to_car.recv() => car.send(Message::text(text)).await?,
                Ok(text) = to_platform.recv() => platform.send(Message::text(text)).await?,
            }
        }
    }

    async fn the_car_says(
        &self,
        message: Option<Result<Message, Error>>,
        platform: &mut WebSocketStream<TcpStream>,
    ) -> Result<(), Error> {
        let message = message.ok_or(Error::ConnectionClosed)??;
        if let Some(frame) = text(&message).and_then(|text| serde_json::from_str::<FromCar>(text).ok()) {
            let _ = self.overheard.send(Overheard::FromCar(frame.clone()));
            let words = match &frame {
                FromCar::Command(command) => command.sealed.body.clone(),
                frame => serde_json::to_vec(frame).unwrap_or_default(),
            };
            if let Some(trap) = self.traps.spring(&words, Way::There) {
                trap.hold().await.map_err(|_| Error::ConnectionClosed)?;
            }
        }
        platform.send(message).await
    }

    async fn the_platform_says(
        &self,
        message: Option<Result<Message, Error>>,
        car: &mut WebSocketStream<TcpStream>,
    ) -> Result<(), Error> {
        let message = message.ok_or(Error::ConnectionClosed)??;
        if let Some(text) = text(&message) {
            if let Ok(frame) = serde_json::from_str::<ToCar>(text) {
                let _ = self.overheard.send(Overheard::ToCar(frame));
            }
            if let Some(trap) = self.traps.spring(text.as_bytes(), Way::Back) {
                trap.hold().await.map_err(|_| Error::ConnectionClosed)?;
            }
        }
        car.send(message).await
    }
}

fn text(message: &Message) -> Option<&str> {
    match message {
        Message::Text(text) => Some(text.as_str()),
        _ => None,
    }
}
