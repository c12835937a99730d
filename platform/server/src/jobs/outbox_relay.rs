//! Sends stored messages again to cars that are linked but have not acknowledged them. The first send follows the commit
//! directly; this catches what that lost, also when another process made the commit.

use std::time::Duration;

use tokio::sync::watch;

use super::{Jobs, next_tick};

/// A message may take this long to be acknowledged before it is sent again.
const PATIENCE: Duration = Duration::from_secs(3);
/// The relay looks at every so many ticks.
const EVERY: u32 = 8;
const BATCH: u32 = 256;

pub(super) async fn run(jobs: Jobs, mut stop: watch::Receiver<bool>) {
    let mut tick = 0_u32;
    while next_tick(&mut stop).await {
        tick = tick.wrapping_add(1);
        if !tick.is_multiple_of(EVERY) {
            continue;
        }
        match jobs.fleet_store.unreceived(jobs.clock.now().before(PATIENCE), BATCH).await {
            Ok(messages) => {
                for (vehicle, message) in messages {
                    if jobs.links.is_connected(vehicle) {
                        jobs.links.send(vehicle, message);
                    }
                }
            }
            Err(error) => tracing::error!(%error, "unreceived messages could not be read; they are tried again"),
        }
    }
}
