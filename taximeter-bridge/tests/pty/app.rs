//! An in-car app that writes down what the bridge says and acknowledges every trip; it comes back when the bridge does.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use fareway_shared::{
    meter::{MeterState, TripRecord},
    protocol::meter::{MeterNotice, ToBridge},
};

/// Longest a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) notices: Vec<MeterNotice>,
    pub(crate) stale: bool,
    /// An amount was shown while the meter was marked stale.
    pub(crate) amount_while_stale: bool,
}

#[derive(Clone, Default)]
pub(crate) struct App(Arc<(Mutex<Heard>, Condvar)>);

impl App {
    /// Connects and listens on a thread of its own; `acknowledges` is false for an app that stores nothing.
    pub(crate) fn connect(&self, address: SocketAddr, acknowledges: bool) {
        let stream = TcpStream::connect(address).unwrap();
        let app = self.clone();
        thread::spawn(move || app.listen(stream, acknowledges));
    }

    fn listen(&self, mut stream: TcpStream, acknowledges: bool) {
        for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
            let notice: MeterNotice = serde_json::from_str(&line).unwrap();
            if let (MeterNotice::TripEnded { spool, .. }, true) = (&notice, acknowledges) {
                let stored = serde_json::to_string(&ToBridge::TripStored { spool: *spool }).unwrap();
                let _ = stream.write_all(format!("{stored}\n").as_bytes());
            }
            let (heard, changed) = &*self.0;
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            match &notice {
                MeterNotice::State { stale, .. } => heard.stale = *stale,
                MeterNotice::Fare { fare: Some(_) } => heard.amount_while_stale |= heard.stale,
                _ => {}
            }
            heard.notices.push(notice);
            changed.notify_all();
        }
    }

    /// Waits until what was heard satisfies a condition; says what was heard where it never does.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&Heard) -> bool) {
        let (heard, changed) = &*self.0;
        let mut heard = heard.lock().unwrap();
        let end = Instant::now() + PATIENCE;
        while !condition(&heard) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; heard\n{}", tail(&heard.notices));
            heard = changed.wait_timeout(heard, left).unwrap().0;
        }
    }

    pub(crate) fn look<T>(&self, look: impl Fn(&Heard) -> T) -> T {
        look(&self.0.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every trip as it was told, repeats included.
    pub(crate) fn trips(&self) -> Vec<(u64, TripRecord)> {
        self.look(|heard| heard.trips())
    }

    pub(crate) fn wait_for_link(&self) {
        self.wait_until("the meter", |heard| !heard.stale && !matches!(heard.state(), None | Some(MeterState::NoLink)));
    }

    pub(crate) fn wait_for_state(&self, state: MeterState) {
        self.wait_until(&format!("{state:?}"), |heard| heard.state() == Some(state));
    }
}

impl Heard {
    pub(crate) fn trips(&self) -> Vec<(u64, TripRecord)> {
        let trip = |notice: &MeterNotice| match notice {
            MeterNotice::TripEnded { spool, record } => Some((*spool, record.clone())),
            _ => None,
        };
        self.notices.iter().filter_map(trip).collect()
    }

    pub(crate) fn state(&self) -> Option<MeterState> {
        self.notices.iter().rev().find_map(|notice| match notice {
            MeterNotice::State { state, .. } => Some(*state),
            _ => None,
        })
    }
}

fn tail(notices: &[MeterNotice]) -> String {
    let last = notices.iter().skip(notices.len().saturating_sub(30));
    last.map(|notice| serde_json::to_string(notice).unwrap() + "\n").collect()
}
