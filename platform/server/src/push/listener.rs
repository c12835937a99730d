//! The TCP listener that cars connect to. Built and run by the composition root, stopped through a watch channel; it
//! serves each connection on a task of its own and bounds how many there are.

use std::{future::Future, io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use fareway_shared::{protocol::car::LinkRefusal, time::Clock};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};

use crate::{
    fleet::ports::CarDesk,
    push::{greeting::greet, hub::Hub, queue::Ending, session::Session, settings::PushSettings, socket::Socket},
};

/// A pause after a failed accept, which as a rule means that the process has no free file descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What every connection needs.
pub(super) struct House {
    pub(super) desk: Arc<dyn CarDesk>,
    pub(super) hub: Arc<Hub>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: PushSettings,
    links: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
}

/// A bound listener, not yet serving.
pub struct PushListener {
    tcp: TcpListener,
    house: Arc<House>,
}

impl std::fmt::Debug for PushListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushListener").field("tcp", &self.tcp).finish_non_exhaustive()
    }
}

impl PushListener {
    /// Binds the address; port 0 lets the system choose.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub async fn bind(
        address: SocketAddr,
        settings: PushSettings,
        desk: Arc<dyn CarDesk>,
        hub: Arc<Hub>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        let links = Arc::new(Semaphore::new(usize::try_from(settings.links_max).unwrap_or(Semaphore::MAX_PERMITS)));
        let handshakes =
            Arc::new(Semaphore::new(usize::try_from(settings.handshakes_max).unwrap_or(Semaphore::MAX_PERMITS)));
        Ok(Self { tcp, house: Arc::new(House { desk, hub, clock, settings, links, handshakes }) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves cars until `stop` turns true or its sender is gone, then tells every car to come back later and waits a
    /// bounded time for the links to close.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let Self { tcp, house } = self;
        let stopping = stop.clone();
        tokio::select! {
            () = accept_all(&tcp, &house, &stopping) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
        drop(tcp);
        house.hub.shut();
        let all_gone = async {
            let _ = house.handshakes.acquire_many(house.settings.handshakes_max).await;
            let _ = house.links.acquire_many(house.settings.links_max).await;
        };
        if timeout(house.settings.times.drain_within, all_gone).await.is_err() {
            tracing::warn!(links = house.hub.count(), "car links did not close in time");
        }
    }
}

async fn accept_all(tcp: &TcpListener, house: &Arc<House>, stop: &watch::Receiver<bool>) {
    // The permit comes first: while too many cars are greeting, the others wait in the kernel's backlog.
    while let Ok(permit) = Arc::clone(&house.handshakes).acquire_owned().await {
        match tcp.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(house), permit, stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a car's connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection, from accept to end.
async fn serve(stream: TcpStream, house: Arc<House>, handshake: OwnedSemaphorePermit, stop: watch::Receiver<bool>) {
    let opened = open(stream, house, stop).await;
    drop(handshake);
    if let Some((session, _place)) = opened {
        session.run().await;
    }
}

type Opened = Option<(Box<Session>, OwnedSemaphorePermit)>;

/// Everything up to the session. Boxed on its own, because the task of an idle link should not carry it.
fn open(
    stream: TcpStream,
    house: Arc<House>,
    mut stop: watch::Receiver<bool>,
) -> Pin<Box<dyn Future<Output = Opened> + Send>> {
    Box::pin(async move {
        // A confirmation is one small frame; it must not wait for a fuller packet.
        stream.set_nodelay(true).ok()?;
        let times = house.settings.times;
        let mut socket = timeout(times.greet_within, Socket::accept(stream)).await.ok()?.ok()?;
        let Ok(place) = Arc::clone(&house.links).try_acquire_owned() else {
            socket.refuse(LinkRefusal::Busy, times.farewell_within).await;
            return None;
        };
        let greeted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Err(Ending::Refused(LinkRefusal::Busy)),
            greeted = greet(&mut socket, &house) => greeted,
        };
        match greeted {
            Ok(newcomer) => Some((Box::new(newcomer.into_session(socket, house)), place)),
            Err(Ending::Refused(reason)) => {
                tracing::info!(?reason, "a car was refused");
                socket.refuse(reason, times.farewell_within).await;
                None
            }
            Err(ending) => {
                tracing::debug!(?ending, "a connection ended before its greeting");
                None
            }
        }
    })
}
