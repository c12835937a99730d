//! A taximeter that misbehaves on purpose, at the other end of a pseudo-terminal pair: it drives rides or whole shifts,
//! keeps its own ledger, and injects the faults of taximeter.md §11, seeded and counted. Tests and the demo use it as a
//! library, a person through `taximeter-bridge simulate`. What it proves is the software against the published layout,
//! not against a physical meter.

mod cab;
pub mod control;
mod engine;
pub mod fault;
mod gwp5043;
mod jtt905;
mod script;
mod tariff;
pub mod taxi;
mod terminal;
pub mod timing;
mod trouble;

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use fareway_shared::time::Timestamp;

use self::{engine::Engine, fault::Fault, taxi::Ride, timing::Timing};
use crate::{config::Protocol, device::serial::LineError};

/// Commands that may wait for the meter's thread.
const COMMANDS_MAX: usize = 64;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the meter speaks.
    pub protocol: Protocol,
    /// How fast it lives.
    pub timing: Timing,
    /// A terminal in the car acknowledges the records, as where the bridge only listens.
    pub has_terminal: bool,
    /// The same seed makes the same shift.
    pub seed: u64,
    /// Which faults befall it.
    pub faults: Vec<Fault>,
    /// How often each strikes a frame, percent.
    pub fault_percent: u32,
    /// A path that always leads to the present line, as a device manager's link does.
    pub link: Option<PathBuf>,
    /// Where trip numbers and unsent trips survive a restart.
    pub state_file: Option<PathBuf>,
    /// The number of the first trip of a new meter.
    pub first_trip_no: u32,
    /// What the meter's clock shows at the start.
    pub meter_clock: Timestamp,
    /// How fast it drifts, millionths.
    pub drift_ppm: i64,
}

impl Settings {
    /// A meter of real speed without faults.
    #[must_use]
    pub const fn new(protocol: Protocol, meter_clock: Timestamp) -> Self {
        Self {
            protocol,
            timing: Timing::real(protocol),
            has_terminal: false,
            seed: 1,
            faults: Vec::new(),
            fault_percent: 0,
            link: None,
            state_file: None,
            first_trip_no: 1,
            meter_clock,
            drift_ppm: 50,
        }
    }

    const fn clock_offset_s(&self) -> i32 {
        match self.protocol {
            Protocol::Jtt905 => 8 * 3600,
            Protocol::Gwp5043 => 7 * 3600,
        }
    }

    /// Minor units in one step of this meter's amounts.
    #[must_use]
    pub const fn unit_minor(&self) -> u32 {
        match self.protocol {
            Protocol::Jtt905 => 10,
            Protocol::Gwp5043 => 100,
        }
    }
}

/// What a person, a test or a demo may have the meter do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The driver signs in.
    SignIn,
    /// The driver signs out.
    SignOut,
    /// A passenger boards.
    Hire,
    /// The passenger alights; the amount in the meter's steps, or by the tariff.
    Stop {
        /// 0.1 yuan, or whole baht.
        steps: Option<u32>,
    },
    /// One ride of a given amount and length, which ends by itself.
    Ride {
        /// 0.1 yuan, or whole baht.
        steps: u32,
        /// Seconds of the meter's clock.
        seconds: u64,
    },
    /// A whole shift by the seed.
    Shift {
        /// How many rides.
        rides: u32,
    },
    /// The host has started again, as [`Due::HostRestart`] asked.
    HostIsBack,
    /// The meter is switched off.
    Quit,
}

/// Bytes on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Since the meter was started.
    pub at: Duration,
    /// From the host to the meter; else from the meter.
    pub to_meter: bool,
    /// The bytes.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Shared {
    path: PathBuf,
    ledger: Vec<Ride>,
    recorded: VecDeque<Recorded>,
    fault_counts: BTreeMap<Fault, u32>,
    shift_over: bool,
    settled: bool,
    restart_wanted: bool,
}

impl Shared {
    /// What a shift waits for.
    fn due(&mut self) -> Option<Due> {
        if std::mem::take(&mut self.restart_wanted) {
            Some(Due::HostRestart)
        } else {
            (self.shift_over && self.settled).then_some(Due::Nothing)
        }
    }
}

/// What a shift waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The host is to start again (fault 18); told once. Answer with [`Command::HostIsBack`].
    HostRestart,
    /// The shift is over and every record was acknowledged.
    Nothing,
}

/// What the meter's thread and its owner share, and the sign that it changed.
#[derive(Debug, Default)]
struct Board {
    shared: Mutex<Shared>,
    changed: Condvar,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A meter that runs on a thread of its own; dropped, it is switched off and its line is gone.
#[derive(Debug)]
pub struct Simulator {
    commands: SyncSender<Command>,
    board: Arc<Board>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Makes the line and switches the meter on, vacant and signed out.
    ///
    /// # Errors
    /// No pseudo-terminal or no link can be made.
    pub fn start(settings: Settings) -> Result<Self, LineError> {
        let board = Arc::new(Board::default());
        let engine = Engine::new(settings, Arc::clone(&board))?;
        let (commands, receiver) = sync_channel(COMMANDS_MAX);
        let thread = thread::Builder::new()
            .name("meter".to_owned())
            .spawn(move || engine.run(&receiver))
            .map_err(|error| LineError::Refused { path: PathBuf::from("/dev/ptmx"), source: error.into() })?;
        Ok(Self { commands, board, thread: Some(thread) })
    }

    /// Has the meter do something.
    pub fn command(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::warn!("the simulated meter is switched off");
        }
    }

    /// The line a bridge opens; another one after an adapter was unplugged.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.board.lock().path.clone()
    }

    /// Every ride that ended, as the meter charged it.
    #[must_use]
    pub fn ledger(&self) -> Vec<Ride> {
        self.board.lock().ledger.clone()
    }

    /// Waits until a shift needs something or is over; `None` if neither comes within `patience`.
    #[must_use]
    pub fn wait(&self, patience: Duration) -> Option<Due> {
        let mut due = None;
        let shared = self.board.lock();
        drop(self.board.changed.wait_timeout_while(shared, patience, |shared| {
            due = shared.due();
            due.is_none()
        }));
        due
    }

    /// How often each fault struck.
    #[must_use]
    pub fn fault_counts(&self) -> BTreeMap<Fault, u32> {
        self.board.lock().fault_counts.clone()
    }

    /// Every byte on the line, both ways, in its order.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.board.lock().recorded.iter().cloned().collect()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Quit);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
