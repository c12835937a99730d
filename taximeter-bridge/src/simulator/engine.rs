//! The simulated meter's thread: it lets the cab speak, lets faults befall what it says, paces the bytes as a line would,
//! and listens to the host. The one place in the simulator where real time passes.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, mpsc::Receiver},
    time::{Duration, Instant},
};

use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};

use super::{
    Board, Command, Recorded, Settings, Shared,
    cab::Cab,
    fault::{Fault, Mischief, Piece},
    gwp5043::Gwp5043Cab,
    jtt905::Jtt905Cab,
    script::{Deed, Script},
    terminal::Terminal,
    trouble,
};
use crate::{
    config::Protocol,
    device::serial::{LineError, PseudoLine},
};

/// Longest the thread waits for the host before it looks at its other work.
const LISTEN_MAX: Duration = Duration::from_millis(5);
/// Pieces and bytes kept in memory at most; a simulator may run for days.
const RECORDED_MAX: usize = 200_000;

/// Something that befell the whole line, and when it is over.
#[derive(Clone, Copy)]
struct Outage {
    fault: Fault,
    until: Duration,
}

pub(super) struct Engine {
    settings: Settings,
    cab: Box<dyn Cab>,
    line: Option<PseudoLine>,
    terminal: Option<Terminal>,
    mischief: Mischief,
    queue: VecDeque<Piece>,
    /// When the line is free for the next piece.
    free_at: Duration,
    held: Vec<Vec<u8>>,
    outage: Option<Outage>,
    script: Option<Script>,
    planned_stop: Option<Duration>,
    /// Frames sent on a whole line since the last ride ended.
    frames_sent: u32,
    board: Arc<Board>,
}

impl Engine {
    pub(super) fn new(settings: Settings, board: Arc<Board>) -> Result<Self, LineError> {
        let line = open(&settings, &board)?;
        let cab: Box<dyn Cab> = match settings.protocol {
            Protocol::Jtt905 => Box::new(Jtt905Cab::new(&settings)),
            Protocol::Gwp5043 => Box::new(Gwp5043Cab::new(&settings)),
        };
        let random = SmallRng::seed_from_u64(settings.seed);
        let mischief = Mischief::new(random, settings.faults.clone(), settings.fault_percent, settings.timing.gap);
        let terminal = settings.has_terminal.then(|| Terminal::new(settings.timing.gap));
        Ok(Self {
            cab,
            line: Some(line),
            terminal,
            mischief,
            queue: VecDeque::new(),
            free_at: Duration::ZERO,
            held: Vec::new(),
            outage: None,
            script: None,
            planned_stop: None,
            frames_sent: 0,
            board,
            settings,
        })
    }

    /// Runs until it is told to quit.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        let start = Instant::now();
        loop {
            let now = start.elapsed();
            for command in commands.try_iter() {
                if !self.obey(command, now) {
                    return;
                }
            }
            let wait = self.queue.front().map_or(LISTEN_MAX, |piece| self.due(piece).saturating_sub(now));
            let heard = match &mut self.line {
                Some(line) => line.receive(wait.min(LISTEN_MAX)),
                None => {
                    std::thread::sleep(LISTEN_MAX);
                    Vec::new()
                }
            };
            // What the host has said counts before any wait for it is given up.
            self.hear(&heard, start.elapsed());
            self.live(start.elapsed());
            self.deliver(start.elapsed());
        }
    }

    fn obey(&mut self, command: Command, now: Duration) -> bool {
        match command {
            Command::SignIn => self.cab.sign_in(now),
            Command::SignOut => self.cab.sign_out(now),
            Command::Hire => self.cab.hire(now, None),
            Command::Stop { steps } => self.stop(now, steps),
            Command::Ride { steps, seconds } => {
                self.cab.hire(now, Some((steps, seconds)));
                let length = u32::try_from(seconds).unwrap_or(u32::MAX);
                self.planned_stop = Some(now.saturating_add(self.settings.timing.second.saturating_mul(length)));
            }
            Command::Shift { rides } => {
                let faults = &self.settings.faults;
                self.script = Some(Script::new(self.settings.seed, &self.settings.timing, rides, faults, now));
            }
            Command::HostIsBack => self.outage = None,
            Command::Quit => return false,
        }
        true
    }

    /// Everything that happens by itself.
    fn live(&mut self, now: Duration) {
        self.end_outage(now);
        if self.planned_stop.take_if(|at| now >= *at).is_some() {
            self.stop(now, None);
        }
        let (free, frames_sent) = (self.outage.is_none() && self.queue.is_empty(), self.frames_sent);
        match self.script.as_mut().and_then(|script| script.next(now, free, frames_sent)) {
            Some(Deed::SignIn) => self.cab.sign_in(now),
            Some(Deed::Hire) => self.cab.hire(now, None),
            Some(Deed::Event(fault)) => self.begin_outage(fault, now),
            // A record that ends while the host is away is for the host to ask for; only then is its restart over.
            Some(Deed::Stop) => self.stop(now, None),
            Some(Deed::Done) => {
                self.script = None;
                self.mischief.set_active(false);
                self.with_shared(|shared| shared.shift_over = true);
            }
            None => {}
        }
        for frame in self.cab.frames(now) {
            self.frames_sent = self.frames_sent.saturating_add(u32::from(self.outage.is_none()));
            self.on_the_way(&frame, now);
        }
        let (settled, counts) = (self.cab.is_settled() && self.queue.is_empty(), self.mischief.counts());
        self.with_shared(|shared| {
            shared.settled = settled;
            shared.fault_counts = counts;
        });
        self.board.changed.notify_all();
    }

    fn stop(&mut self, now: Duration, steps: Option<u32>) {
        self.planned_stop = None;
        self.frames_sent = 0;
        if let Some(ride) = self.cab.stop(now, steps) {
            self.with_shared(|shared| shared.ledger.push(ride));
        }
    }

    fn on_the_way(&mut self, frame: &[u8], now: Duration) {
        let jtt905 = self.settings.protocol == Protocol::Jtt905;
        let mut frames = vec![frame.to_vec()];
        if jtt905
            && self.mischief.has(Fault::BadValues)
            && let Some(bad) = trouble::with_bad_value(frame, &mut self.mischief.random)
            && self.mischief.strikes(Fault::BadValues)
        {
            frames = vec![bad];
        }
        if jtt905 && self.mischief.has(Fault::Markers) && trouble::is_of_a_trip(frame) {
            self.mischief.count(Fault::Markers);
        }
        let at_stake = trouble::is_of_a_trip(frame) || !jtt905;
        if at_stake && self.mischief.strikes(Fault::Repeats) {
            match [0, 1, 2].choose(&mut self.mischief.random) {
                Some(0) => frames.push(frame.to_vec()),
                Some(1) => self.held.append(&mut frames),
                _ => frames.clear(),
            }
        } else {
            frames.append(&mut self.held);
        }
        if jtt905 && self.mischief.strikes(Fault::OtherDevices) {
            frames.insert(0, trouble::of_another_device(&mut self.mischief.random));
        }
        let filler = self.cab.filler(now);
        for frame in frames {
            self.queue.extend(self.mischief.befall(&frame, &filler));
        }
    }

    /// When the last byte of a piece has come over the line.
    fn due(&self, piece: &Piece) -> Duration {
        let bytes = u32::try_from(piece.bytes.len()).unwrap_or(u32::MAX);
        self.free_at.saturating_add(piece.pause).saturating_add(self.settings.timing.byte.saturating_mul(bytes))
    }

    fn deliver(&mut self, now: Duration) {
        if self.queue.is_empty() {
            self.free_at = now;
        }
        while let Some(piece) = self.queue.pop_front() {
            let due = self.due(&piece);
            if now < due {
                self.queue.push_front(piece);
                return;
            }
            self.free_at = due;
            self.send(piece.bytes, now);
        }
    }

    fn send(&mut self, mut bytes: Vec<u8>, now: Duration) {
        match self.outage.map(|outage| outage.fault) {
            Some(Fault::CableOut | Fault::MeterReboot) => return,
            Some(Fault::WrongBaud) => self.mischief.garble(&mut bytes),
            _ => {}
        }
        let Some(line) = &mut self.line else { return };
        line.send(&bytes);
        self.record(false, &bytes, now);
        let certain = self.outage.is_none();
        if let Some(terminal) = &mut self.terminal {
            for (command, done) in terminal.hear(&bytes, now) {
                if certain && !self.mischief.strikes(Fault::LostAcknowledgements) {
                    self.cab.acknowledged(command, done);
                }
            }
        }
    }

    fn hear(&mut self, bytes: &[u8], now: Duration) {
        if !bytes.is_empty() {
            self.record(true, bytes, now);
        }
        let deaf = matches!(
            self.outage.map(|outage| outage.fault),
            Some(Fault::CableOut | Fault::MeterReboot | Fault::WrongBaud)
        );
        let Self { cab, mischief, .. } = self;
        let bytes = if deaf { &[] } else { bytes };
        cab.hear(bytes, now, &mut || mischief.strikes(Fault::LostAcknowledgements));
    }

    fn begin_outage(&mut self, fault: Fault, now: Duration) {
        let mut until = now.saturating_add(self.settings.timing.outage);
        self.mischief.count(fault);
        match fault {
            Fault::AdapterOut => {
                self.line = None;
                self.queue.clear();
                self.unlink();
            }
            Fault::MeterReboot => {
                self.queue.clear();
                self.cab.reboot(now, until);
            }
            Fault::HostRestart => {
                until = Duration::MAX;
                self.with_shared(|shared| shared.restart_wanted = true);
            }
            _ => {}
        }
        self.outage = Some(Outage { fault, until });
    }

    /// An adapter is back at half time, so that the bridge has found it when the outage counts as over.
    fn end_outage(&mut self, now: Duration) {
        let Some(Outage { fault, until }) = self.outage else { return };
        let half = self.settings.timing.outage.checked_div(2).unwrap_or_default();
        if fault == Fault::AdapterOut && self.line.is_none() && now.saturating_add(half) >= until {
            match open(&self.settings, &self.board) {
                Ok(line) => self.line = Some(line),
                Err(error) => tracing::warn!("the adapter could not be plugged in again: {error}"),
            }
        }
        if now >= until {
            self.outage = None;
            if let Some(terminal) = &mut self.terminal {
                terminal.forget();
            }
        }
    }

    fn unlink(&self) {
        if let Some(link) = &self.settings.link {
            let _ = std::fs::remove_file(link);
        }
    }

    fn record(&self, to_meter: bool, bytes: &[u8], now: Duration) {
        let recorded = Recorded { at: now, to_meter, bytes: bytes.to_vec() };
        self.with_shared(|shared| {
            if shared.recorded.len() >= RECORDED_MAX {
                shared.recorded.pop_front();
            }
            shared.recorded.push_back(recorded);
        });
    }

    fn with_shared(&self, change: impl FnOnce(&mut Shared)) {
        change(&mut self.board.lock());
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.unlink();
    }
}

/// Makes a line and points the link to it, in one step, as a device manager does.
fn open(settings: &Settings, board: &Board) -> Result<PseudoLine, LineError> {
    let line = PseudoLine::open()?;
    let path = line.path();
    if let Some(link) = &settings.link {
        point(link, &path).map_err(|error| LineError::Refused { path: link.clone(), source: error.into() })?;
    }
    board.lock().path = path;
    Ok(line)
}

fn point(link: &Path, target: &Path) -> std::io::Result<()> {
    let fresh = link.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    std::os::unix::fs::symlink(target, &fresh)?;
    std::fs::rename(&fresh, link)
}
