//! A meter, a bridge and an app, each with its own line, directory and port.

use std::{path::Path, time::Duration};

use fareway_shared::time::Timestamp;
use fareway_taximeter_bridge::{
    bridge::{self, Running},
    config::{Config, Mode, Protocol},
    simulator::{Command, Due, Settings, Simulator, fault::Fault, timing::Timing},
};
use tempfile::TempDir;

use crate::app::App;

pub(crate) struct House {
    pub(crate) meter: Simulator,
    pub(crate) bridge: Option<Running>,
    pub(crate) app: App,
    pub(crate) config: Config,
    _directory: TempDir,
}

/// 2026-03-14 23:58:30 on the meter's local clock, so that a shift crosses midnight.
fn before_midnight(protocol: Protocol) -> Timestamp {
    let offset_h = if protocol == Protocol::Jtt905 { 8 } else { 7 };
    Timestamp::from_seconds(1_773_532_710 - offset_h * 3600)
}

pub(crate) fn config(protocol: Protocol, mode: Mode, directory: &Path) -> Config {
    let mut config = Config::parse(
        "[line]\nframe_gap_ms = 20\nreopen_first_ms = 10\nreopen_last_ms = 40\n[host]\nanswer_wait_ms = 60\n\
         status_every_ms = 2000\n[silence]\nstale_ms = 180\nstale_hired_ms = 100\nlost_ms = 600\ngrace_ms = 50\n\
         [app]\nlisten = \"127.0.0.1:0\"\n",
    )
    .unwrap();
    config.line.protocol = protocol;
    config.line.mode = mode;
    config.line.port = directory.join("meter").to_str().unwrap().to_owned();
    config.spool.directory = directory.join("spool");
    config
}

impl House {
    pub(crate) fn open(protocol: Protocol, mode: Mode, seed: u64, faults: &[Fault]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut settings = Settings::new(protocol, before_midnight(protocol));
        settings.timing = Timing::compressed();
        settings.has_terminal = mode == Mode::Listen && protocol == Protocol::Jtt905;
        settings.seed = seed;
        settings.faults = faults.to_vec();
        settings.fault_percent = if faults.len() > 1 { 7 } else { 20 };
        settings.link = Some(directory.path().join("meter"));
        settings.first_trip_no = 21_929;
        settings.state_file = Some(directory.path().join("meter-memory.json"));
        let config = config(protocol, mode, directory.path());
        let mut house = Self {
            meter: Simulator::start(settings).unwrap(),
            bridge: None,
            app: App::default(),
            config,
            _directory: directory,
        };
        house.start_bridge();
        house
    }

    pub(crate) fn start_bridge(&mut self) {
        let bridge = bridge::start(self.config.clone()).unwrap();
        self.app.connect(bridge.address(), true);
        self.bridge = Some(bridge);
    }

    pub(crate) fn stop_bridge(&mut self) {
        self.bridge = None;
    }

    /// Amounts by trip number as the meter charged them, in minor units.
    pub(crate) fn ledger(&self, protocol: Protocol) -> Vec<(u32, i64)> {
        let unit = if protocol == Protocol::Jtt905 { 10 } else { 100 };
        self.meter.ledger().iter().map(|ride| (ride.trip_no, i64::from(ride.steps) * unit)).collect()
    }

    /// The same as the app was told, each trip once, in the order of their numbers.
    pub(crate) fn told(&self) -> Vec<(u32, i64)> {
        let mut trips = self.app.trips();
        trips.sort_by_key(|(spool, _)| *spool);
        trips.dedup_by_key(|(spool, _)| *spool);
        let mut told: Vec<_> = trips.iter().map(|(_, record)| (record.trip_no, record.amount.minor)).collect();
        told.sort_unstable();
        told
    }

    /// Restarts the bridge whenever the shift asks for it, until the meter owes nothing.
    pub(crate) fn see_the_shift_through(&mut self) {
        loop {
            match self.meter.wait(Duration::from_secs(40)) {
                Some(Due::Nothing) => return,
                Some(Due::HostRestart) => {
                    self.stop_bridge();
                    let before = self.app.look(|heard| heard.notices.len());
                    self.start_bridge();
                    self.app.wait_until("the meter again", |heard| heard.notices.len() > before && !heard.stale);
                    self.meter.command(Command::HostIsBack);
                }
                None => unreachable!("the shift never ended: {:?}", self.meter.fault_counts()),
            }
        }
    }
}
