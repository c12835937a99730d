//! Where the car is, by its own receiver: through gpsd, or from NMEA 0183 on a serial line. Feeds [`Action::Fix`] to the app,
//! at most one a second; what is to be made of it is the state's affair. Started by `main`; reconnects for ever with a
//! bounded delay.

mod gpsd;
mod nmea;
mod serial;

use std::{
    error::Error,
    time::{Duration, Instant},
};

use fareway_shared::{fix::RawFix, time::Timestamp};
use rand::Rng;
use tokio::sync::mpsc;

use crate::{app::Input, state::Action};

const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(30);
/// A connection that held so long starts the delays over.
const GOOD_AFTER: Duration = Duration::from_secs(10);
/// Between two fixes, by the receiver's time.
const PACE: Duration = Duration::from_secs(1);
/// Between two fixes, by ours: whatever times a receiver makes up.
const PACE_AT_LEAST: Duration = Duration::from_millis(500);

/// Where positions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The car has no receiver of its own.
    None,
    /// gpsd's JSON protocol.
    Gpsd {
        /// `host:port`.
        address: String,
    },
    /// NMEA 0183 on a serial line.
    Serial {
        /// The line's device file.
        port: String,
        /// Bits a second.
        baud: u32,
    },
}

/// Runs until the app has stopped; at once where there is no receiver.
pub async fn run(source: Source, inputs: mpsc::Sender<Input>) {
    let mut delay = RETRY_FIRST;
    let mut failed_before = false;
    while !inputs.is_closed() {
        let began = Instant::now();
        let outlet = Outlet { inputs: inputs.clone(), last: None };
        let ended: Result<(), Box<dyn Error + Send + Sync>> = match source.clone() {
            Source::None => return,
            Source::Gpsd { address } => gpsd::follow(&address, outlet).await.map_err(Into::into),
            Source::Serial { port, baud } => {
                match tokio::task::spawn_blocking(move || serial::follow(&port, baud, outlet)).await {
                    Ok(ended) => ended.map_err(Into::into),
                    Err(gone) => Err(gone.into()),
                }
            }
        };
        let Err(error) = ended else { return };
        let held = began.elapsed() >= GOOD_AFTER;
        if held {
            delay = RETRY_FIRST;
        }
        // An unplugged receiver is told once, not every half minute of a shift.
        let why = error.source().map(|why| format!(": {why}")).unwrap_or_default();
        if held || !failed_before {
            tracing::warn!("no positions for now: {error}{why}");
        } else {
            tracing::debug!("still no positions: {error}{why}");
        }
        failed_before = true;
        let wait = delay.mul_f64(rand::thread_rng().gen_range(0.5..1.0));
        delay = delay.saturating_mul(2).min(RETRY_MAX);
        tokio::time::sleep(wait).await;
    }
}

/// Where fixes go, no faster than wanted.
#[derive(Debug)]
struct Outlet {
    inputs: mpsc::Sender<Input>,
    last: Option<(Timestamp, Instant)>,
}

impl Outlet {
    fn is_closed(&self) -> bool {
        self.inputs.is_closed()
    }

    /// Passes a fix on, unless it comes too soon after the last one or the app is busy: the next one says more.
    fn offer(&mut self, fix: RawFix) {
        let too_soon = self.last.is_some_and(|(at, heard)| {
            let apart = fix.at.since(at).max(at.since(fix.at));
            apart < PACE || heard.elapsed() < PACE_AT_LEAST
        });
        if too_soon {
            return;
        }
        self.last = Some((fix.at, Instant::now()));
        if self.inputs.try_send(Input::new(Action::Fix(fix))).is_err() {
            tracing::debug!("the app is busy; a position was dropped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_ten_fixes_a_second_one_is_passed_on() {
        let (inputs, mut heard) = mpsc::channel(64);
        let mut outlet = Outlet { inputs, last: None };
        for tenth in 0..25 {
            let at = Timestamp::from_millis(1_800_000_000_000 + tenth * 100);
            outlet.offer(RawFix {
                lat: Some(31.3),
                lng: Some(120.6),
                at,
                accuracy_m: None,
                speed_mps: None,
                heading_deg: None,
            });
            // As if so much time had passed for us, too.
            if let Some((_, heard)) = &mut outlet.last {
                *heard = heard.checked_sub(Duration::from_millis(100)).unwrap_or(*heard);
            }
        }
        let mut passed = Vec::new();
        while let Ok(Input { action: Action::Fix(fix), .. }) = heard.try_recv() {
            passed.push(fix.at.millis() - 1_800_000_000_000);
        }
        assert_eq!(passed, [0, 1_000, 2_000]);
    }
}
