//! The loopback door for the in-car app: JSON lines of `fareway_shared::protocol::meter`. A thread accepts, two serve
//! each connection; everything they hear goes into one bounded inbox, and each has a bounded queue of lines to write. A
//! client that reads too slowly is dropped and comes back. It holds no state of the meter: `bridge` does.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use fareway_shared::protocol::meter::{LINE_BYTES_MAX, MeterNotice, ToBridge};

use crate::spool::Spool;

/// Connections at one time; the app needs one.
const CLIENTS_MAX: usize = 8;
/// Lines that may wait to be written to one client.
const LINES_MAX: usize = 256;
/// Trips sent to a client and not yet stored by it.
const IN_FLIGHT_MAX: usize = 64;
/// Longest a client may take to accept a line.
const WRITE_WAIT: Duration = Duration::from_secs(5);
/// What clients say while `bridge` is busy.
const INBOX_MAX: usize = 256;

/// What comes in from the app's side.
#[derive(Debug)]
pub enum Inbound {
    /// A connection was made.
    Joined(Client),
    /// The app said something.
    Heard(ToBridge),
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    lines: SyncSender<String>,
    gone: Arc<AtomicBool>,
    /// The last trip sent to it.
    sent: u64,
}

/// The listening socket; dropped, it stops accepting.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Door {
    /// Binds and begins to accept.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub fn open(listen: SocketAddr) -> std::io::Result<(Self, Receiver<Inbound>)> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let closed = Arc::new(AtomicBool::new(false));
        let (inbox, inbound) = sync_channel(INBOX_MAX);
        let flag = Arc::clone(&closed);
        thread::Builder::new().name("accept".to_owned()).spawn(move || accept(&listener, &flag, &inbox))?;
        Ok((Self { address, closed }, inbound))
    }

    /// Where clients connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // The accepting thread waits in `accept`; a connection of our own wakes it.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn accept(listener: &TcpListener, closed: &AtomicBool, inbox: &SyncSender<Inbound>) {
    let connected = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if closed.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if connected.load(Ordering::SeqCst) >= CLIENTS_MAX {
            tracing::warn!("a connection was refused: {CLIENTS_MAX} are open already");
            continue;
        }
        if let Err(error) = admit(stream, &connected, inbox) {
            tracing::warn!("a connection could not be served: {error}");
        }
    }
}

fn admit(stream: TcpStream, connected: &Arc<AtomicUsize>, inbox: &SyncSender<Inbound>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_WAIT))?;
    let mut output = stream.try_clone()?;
    let (lines, queue) = sync_channel::<String>(LINES_MAX);
    let gone = Arc::new(AtomicBool::new(false));
    let client = Client { lines, gone: Arc::clone(&gone), sent: 0 };
    thread::Builder::new().name("to-app".to_owned()).spawn(move || {
        while let Ok(line) = queue.recv() {
            if output.write_all(line.as_bytes()).is_err() {
                break;
            }
        }
        let _ = output.shutdown(Shutdown::Both);
    })?;
    connected.fetch_add(1, Ordering::SeqCst);
    let (connected, inbox) = (Arc::clone(connected), inbox.clone());
    thread::Builder::new().name("from-app".to_owned()).spawn(move || {
        if inbox.send(Inbound::Joined(client)).is_ok()
            && let Err(error) = hear(&stream, &inbox)
        {
            tracing::warn!("the app's connection ended: {error}");
        }
        gone.store(true, Ordering::SeqCst);
        connected.fetch_sub(1, Ordering::SeqCst);
        let _ = stream.shutdown(Shutdown::Both);
    })?;
    Ok(())
}

fn hear(stream: &TcpStream, inbox: &SyncSender<Inbound>) -> std::io::Result<()> {
    let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut input = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if !line.ends_with(b"\n") {
            return Err(std::io::Error::other("a line is longer than allowed, or was cut"));
        }
        let heard = serde_json::from_slice(&line)?;
        if inbox.send(Inbound::Heard(heard)).is_err() {
            return Ok(());
        }
    }
}

/// The connections as `bridge` sees them.
#[derive(Debug, Default)]
pub struct Clients(Vec<Client>);

impl Clients {
    /// Takes in a connection and tells it where things stand.
    pub fn join(&mut self, client: Client, first: impl IntoIterator<Item = MeterNotice>) {
        for notice in first {
            if !client.tell(&notice) {
                return;
            }
        }
        self.0.push(client);
    }

    /// Tells every connection; one whose queue is full is dropped.
    pub fn tell(&mut self, notice: &MeterNotice) {
        self.0.retain(|client| client.tell(notice));
    }

    /// Sends each connection the trips that it has not been sent, a bounded number at a time.
    pub fn tell_trips(&mut self, spool: &Spool) {
        self.0.retain_mut(|client| {
            while let Some((number, record)) = spool.next_waiting(client.sent)
                && spool.waiting_until(client.sent) < IN_FLIGHT_MAX
            {
                if !client.tell(&MeterNotice::TripEnded { spool: number, record: record.clone() }) {
                    return false;
                }
                client.sent = number;
            }
            !client.gone.load(Ordering::SeqCst)
        });
    }
}

impl Client {
    fn tell(&self, notice: &MeterNotice) -> bool {
        let Ok(mut line) = serde_json::to_string(notice) else { return true };
        line.push('\n');
        match self.lines.try_send(line) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                tracing::warn!(
                    "the app reads too slowly and was disconnected; it is told everything again when it comes back"
                );
                false
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}
