//! The bridge at work: one thread that reads the line, keeps trips, answers the meter where it is its host, and tells the
//! app. `main` and tests start it. Only here is a clock asked. The line may go and come back for ever; the order is
//! always disk first, then the meter's acknowledgement, then the app.

use std::{
    io::{ErrorKind, Read},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use fareway_shared::{
    meter::MeterState,
    protocol::meter::{MeterNotice, ToBridge},
    time::{Clock, SystemClock, Timestamp},
};

use crate::{
    config::{Config, ConfigError, Mode, Protocol, millis},
    device::serial::{self, LineError, LineReader, LineWriter},
    host::Host,
    meter::{Meter, Said, gwp5043::Gwp5043Meter, jtt905::Jtt905Meter},
    server::{Clients, Door, Inbound},
    spool::{Kept, Spool, SpoolError},
};

/// Longest the thread waits for bytes before it looks at its inbox and its timers.
const READ_WAIT_MAX: Duration = Duration::from_millis(50);

/// Why the bridge could not start. A line that is not there is no reason: it may come.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error("the settings cannot be used")]
    Config(#[from] ConfigError),
    /// Trips could not be kept.
    #[error("trips cannot be kept")]
    Spool(#[from] SpoolError),
    /// The app could not connect.
    #[error("app.listen = \"{listen}\" cannot be used; is another bridge running?")]
    Door {
        /// The setting.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// A bridge that runs; dropped, it stops.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Where the app connects.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the bridge ends, which it does only when it is stopped.
    pub fn wait(mut self) {
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the bridge's thread ended in a panic");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.join();
    }
}

/// Opens spool and door, then reads the line on a thread of its own.
///
/// # Errors
/// Settings, spool or door cannot be used.
pub fn start(config: Config) -> Result<Running, StartError> {
    config.check()?;
    let meter: Box<dyn Meter> = match config.line.protocol {
        Protocol::Jtt905 => Box::new(Jtt905Meter::new(&config)?),
        Protocol::Gwp5043 => Box::new(Gwp5043Meter::new(&config)?),
    };
    let spool = Spool::open(&config.spool.directory)?;
    let listen = config.app.listen;
    let (door, inbox) = Door::open(listen).map_err(|source| StartError::Door { listen, source })?;
    let address = door.address();
    let stop = Arc::new(AtomicBool::new(false));
    let mut bridge = Bridge {
        clock_offset_s: config.profile()?.clock_offset_s,
        config,
        clock: SystemClock,
        meter,
        spool,
        clients: Clients::default(),
        inbox,
        state: MeterNotice::State { state: MeterState::NoLink, stale: true, forced: false, at: SystemClock.now() },
        fare: None,
        stop: Arc::clone(&stop),
        _door: door,
    };
    let thread = thread::Builder::new().name("bridge".to_owned()).spawn(move || bridge.run());
    let thread = thread.map_err(|source| StartError::Door { listen, source })?;
    Ok(Running { address, stop, thread: Some(thread) })
}

/// An open line. Listening holds no writer, so nothing can be sent.
enum Line {
    Listening(LineReader),
    Hosting(LineReader, Box<Host<LineWriter>>),
}

impl Line {
    fn reader(&mut self) -> &mut LineReader {
        match self {
            Self::Listening(reader) | Self::Hosting(reader, _) => reader,
        }
    }

    fn host(&mut self) -> Option<&mut Host<LineWriter>> {
        match self {
            Self::Listening(_) => None,
            Self::Hosting(_, host) => Some(host),
        }
    }
}

struct Bridge {
    config: Config,
    clock_offset_s: i32,
    clock: SystemClock,
    meter: Box<dyn Meter>,
    spool: Spool,
    clients: Clients,
    inbox: Receiver<Inbound>,
    state: MeterNotice,
    fare: Option<MeterNotice>,
    stop: Arc<AtomicBool>,
    _door: Door,
}

impl Bridge {
    fn run(&mut self) {
        let (first, last) = (millis(self.config.line.reopen_first_ms), millis(self.config.line.reopen_last_ms));
        let mut wait = first;
        let mut complaint = String::new();
        while !self.stopped() {
            match self.open() {
                Ok(mut line) => {
                    tracing::info!("the line {} is open", self.config.line.port);
                    (wait, complaint) = (first, String::new());
                    self.attend(&mut line);
                    let now = self.clock.now();
                    let said = self.meter.line_lost(now);
                    self.carry_out(said, None, now);
                    tracing::warn!("the line {} is gone; waiting for it to come back", self.config.line.port);
                }
                Err(error) => {
                    let words = error.to_string();
                    if words != complaint {
                        tracing::warn!("{words}");
                        complaint = words;
                    }
                }
            }
            self.wait(wait);
            wait = wait.saturating_mul(2).min(last);
        }
    }

    fn open(&self) -> Result<Line, LineError> {
        let (port, baud) = (self.config.line.port.as_str(), self.config.baud());
        let read_wait = millis(self.config.line.frame_gap_ms.div_ceil(2)).min(READ_WAIT_MAX);
        match self.config.line.mode {
            Mode::Listen => serial::open_to_listen(port, baud, read_wait).map(Line::Listening),
            Mode::Host => serial::open_to_host(port, baud, read_wait).map(|(reader, writer)| {
                Line::Hosting(reader, Box::new(Host::new(writer, self.config.host.clone(), self.clock_offset_s)))
            }),
        }
    }

    /// Reads until the line is gone.
    fn attend(&mut self, line: &mut Line) {
        let mut buffer = [0_u8; 512];
        while !self.stopped() {
            let read = line.reader().read(&mut buffer);
            let now = self.clock.now();
            let said = match read {
                Ok(0) => return,
                Ok(count) => self.meter.feed(buffer.get(..count).unwrap_or(&[]), now),
                Err(error) if error.kind() == ErrorKind::TimedOut => self.meter.quiet(now),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return tracing::debug!("the line broke: {error}"),
            };
            self.carry_out(said, line.host(), now);
            if let Some(query) = line.host().and_then(|host| host.tick(now)) {
                let said = self.meter.unanswered(query, now);
                self.carry_out(said, line.host(), now);
            }
            while let Ok(inbound) = self.inbox.try_recv() {
                self.take_in(inbound);
            }
            self.clients.tell_trips(&self.spool);
        }
    }

    /// Lets time pass without a line; the app is served meanwhile.
    fn wait(&mut self, span: Duration) {
        let end = self.clock.now().after(span);
        while !self.stopped() {
            let now = self.clock.now();
            let left = end.since(now);
            if left.is_zero() {
                return;
            }
            let said = self.meter.quiet(now);
            self.carry_out(said, None, now);
            match self.inbox.recv_timeout(left.min(READ_WAIT_MAX)) {
                Ok(inbound) => self.take_in(inbound),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(left.min(READ_WAIT_MAX)),
            }
            self.clients.tell_trips(&self.spool);
        }
    }

    fn take_in(&mut self, inbound: Inbound) {
        match inbound {
            Inbound::Joined(client) => {
                let hello = MeterNotice::Hello {
                    protocol: self.config.line.protocol.name().to_owned(),
                    gives_fare: self.meter.gives_fare(),
                };
                self.clients
                    .join(client, [Some(hello), Some(self.state.clone()), self.fare.clone()].into_iter().flatten());
            }
            Inbound::Heard(ToBridge::TripStored { spool }) => {
                if let Err(error) = self.spool.stored(spool) {
                    tracing::error!("trip {spool} stays in the spool: {error}");
                }
            }
        }
    }

    fn carry_out(&mut self, said: Vec<Said>, mut host: Option<&mut Host<LineWriter>>, now: Timestamp) {
        for said in said {
            match (said, host.as_mut()) {
                (Said::Notice(notice), _) => self.tell(notice),
                (Said::Trip { record, answer }, host) => {
                    let kept = self.spool.keep(&record);
                    if let Some((host, command)) = host.zip(answer) {
                        host.acknowledge(command, kept.is_ok());
                    }
                    match kept {
                        Ok(Kept::New(spool)) => {
                            tracing::info!(
                                trip.spool = spool,
                                trip.no = record.trip_no,
                                "trip {} is kept",
                                record.key()
                            );
                            self.clients.tell_trips(&self.spool);
                        }
                        Ok(Kept::Known) => {}
                        Err(error) => tracing::error!("trip {} could not be kept: {error}", record.key()),
                    }
                }
                (Said::Keep { command, frame }, host) => {
                    let kept = self.spool.keep_frame(command, &frame);
                    if let Some(host) = host {
                        host.acknowledge(command, kept.is_ok());
                    }
                    if let Err(error) = kept {
                        tracing::error!("a {command:04X} could not be kept: {error}");
                    }
                }
                (Said::Refuse { command }, Some(host)) => host.acknowledge(command, false),
                (Said::AnswerHeartbeat, Some(host)) => host.answer_heartbeat(),
                (Said::AnswerSign { command }, Some(host)) => host.answer_sign(command, now),
                (Said::Ask(query), Some(host)) => host.ask(query),
                (Said::Answered(command), Some(host)) => host.answered(command),
                (_, None) => {}
            }
        }
    }

    fn tell(&mut self, notice: MeterNotice) {
        self.clients.tell(&notice);
        match &notice {
            MeterNotice::State { .. } => self.state = notice,
            MeterNotice::Fare { fare } => self.fare = fare.is_some().then_some(notice),
            _ => {}
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}
