//! The listener under test with its desk and hub; stops with the test.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use fareway::push::{hub::Hub, listener::PushListener, settings::PushSettings};
use fareway_shared::{
    signature::PrivateKey,
    time::{ManualClock, Timestamp},
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{car::Car, desk::Desk, desk::car_of};

pub(crate) struct Platform {
    pub(crate) address: SocketAddr,
    pub(crate) desk: Arc<Desk>,
    pub(crate) hub: Arc<Hub>,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other bounds than the usual ones.
    pub(crate) async fn with(change: impl FnOnce(&mut PushSettings)) -> Self {
        let mut settings = PushSettings::default();
        change(&mut settings);
        let (desk, hub) = (Arc::new(Desk::new()), Arc::new(Hub::new()));
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_800_000_000)));
        let (desk_port, hub_port) = (Arc::clone(&desk), Arc::clone(&hub));
        let listener =
            PushListener::bind(([127, 0, 0, 1], 0).into(), settings, desk_port, hub_port, clock).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        Self { address, desk, hub, stop, running: tokio::spawn(listener.run(stopped)) }
    }

    /// A key that the desk knows as car `number`.
    pub(crate) fn enrolled(&self, number: u8) -> PrivateKey {
        let key = PrivateKey::from_bytes(&[number; 32]);
        self.desk.know(car_of(number), &key);
        key
    }

    /// A car that greeted and read its welcome.
    pub(crate) async fn connected(&self, number: u8, last_sequence: u64) -> Car {
        let key = self.enrolled(number);
        let mut car = Car::connect(self.address).await;
        car.greet(car_of(number).device, &key, last_sequence).await;
        car.welcomed(&self.desk.key.public()).await;
        car
    }

    /// Stops the listener and waits until it has stopped.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        timeout(Duration::from_secs(10), self.running).await.unwrap().unwrap();
    }
}
