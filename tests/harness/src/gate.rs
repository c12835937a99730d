//! A gate on an HTTP connection: it passes bytes on as they are, and its traps catch a request before it is heard, or the
//! answer to it. Stands before the platform (phones, notices) and before Alipay (the platform's own calls).

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};

use crate::trap::{Sprung, Trap, Traps, Way};

/// What is remembered of a request, so that a marker split between two reads is still found.
const REMEMBERED_BYTES_MAX: usize = 64 * 1024;

/// A gate.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Where it listens.
    pub address: SocketAddr,
    traps: Traps,
    watchers: Watchers,
}

/// Who wants to hear the addresses of which requests.
type Watchers = Arc<Mutex<Vec<(&'static str, mpsc::UnboundedSender<String>)>>>;

impl Gate {
    /// Opens a gate to `target`, which need not listen yet.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gate =
            Self { address: listener.local_addr().unwrap(), traps: Traps::default(), watchers: Watchers::default() };
        let served = gate.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(served.clone().pass(client, target));
            }
        });
        gate
    }

    /// Hears the addresses of requests that begin with `beginning`, such as `GET /p/callback`.
    #[must_use]
    pub fn watch(&self, beginning: &'static str) -> mpsc::UnboundedReceiver<String> {
        let (watcher, heard) = mpsc::unbounded_channel();
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).push((beginning, watcher));
        heard
    }

    /// Catches the first request that contains `marker`, or the answer to it.
    #[must_use]
    pub fn trap(&self, marker: &str, way: Way) -> Trap {
        self.traps.arm(marker, way)
    }
}

/// The trap that the next answer runs into.
type Waiting = Arc<Mutex<Option<Sprung>>>;

impl Gate {
    async fn pass(self, client: TcpStream, target: SocketAddr) {
        // Nobody at home: the caller sees its connection close.
        let Ok(server) = TcpStream::connect(target).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let waiting = Waiting::default();
        tokio::select! {
            () = self.requests(from_client, to_server, &waiting) => {}
            () = answers(from_server, to_client, &waiting) => {}
        }
    }

    async fn requests(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, waiting: &Waiting) {
        let (mut chunk, mut seen) = (vec![0; 16 * 1024], Vec::new());
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            let bytes = chunk.get(..count).unwrap_or_default();
            seen.extend_from_slice(bytes);
            self.tell_watchers(bytes);
            if let Some(trap) = self.traps.spring(&seen, Way::There) {
                seen.clear();
                if trap.hold().await.is_err() {
                    return;
                }
            } else if let Some(trap) = self.traps.spring(&seen, Way::Back) {
                seen.clear();
                *waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(trap);
            }
            let excess = seen.len().saturating_sub(REMEMBERED_BYTES_MAX);
            seen.drain(..excess);
            if to.write_all(bytes).await.is_err() {
                return;
            }
        }
    }

    fn tell_watchers(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut words = text.lines().next().unwrap_or_default().split(' ');
        let (method, address) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        for (beginning, watcher) in self.watchers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if format!("{method} {address}").starts_with(beginning) {
                // A watcher that is gone hears nothing.
                let _ = watcher.send(address.to_owned());
            }
        }
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, waiting: &Waiting) {
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let trap = waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(trap) = trap
            && trap.hold().await.is_err()
        {
            return;
        }
        if to.write_all(chunk.get(..count).unwrap_or_default()).await.is_err() {
            return;
        }
    }
}
