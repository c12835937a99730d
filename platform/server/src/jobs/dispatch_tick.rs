//! The batch, once a tick for every fleet that has somebody waiting; and the timers of offers and reservations.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use super::Jobs;

/// Timers taken at once.
const TIMERS: u32 = 256;
const AT_ONCE: usize = 8;

pub(super) async fn run(jobs: Jobs, tick: Duration, mut stop: watch::Receiver<bool>) {
    while tokio::time::timeout(tick, stop.wait_for(|stop| *stop)).await.is_err() {
        timers(&jobs).await;
        let fleets = match jobs.house.fleets_waiting().await {
            Ok(fleets) => fleets,
            Err(error) => {
                tracing::error!(%error, "the fleets that wait could not be read; the next batch tries again");
                continue;
            }
        };
        for fleet in fleets {
            match jobs.house.dispatch(fleet, jobs.clock.now()).await {
                Ok(0) => {}
                Ok(offers) => tracing::debug!(%fleet, offers, "a batch was offered"),
                Err(error) => tracing::error!(%error, %fleet, "a batch came to nothing; the next one tries again"),
            }
        }
    }
}

/// Whatever is due goes on. A timer that another process handled first is no longer due there.
async fn timers(jobs: &Jobs) {
    let now = jobs.clock.now();
    match jobs.offers.due_offers(now, TIMERS).await {
        Ok(due) => {
            let each = |(fleet, offer)| async move {
                if let Err(error) = jobs.house.offer_due(fleet, offer, now).await {
                    tracing::debug!(%error, offer.id = %offer, "an offer's timer is looked at again");
                }
            };
            stream::iter(due).for_each_concurrent(AT_ONCE, each).await;
        }
        Err(error) => tracing::error!(%error, "due offers could not be read; they are tried again"),
    }
    match jobs.reservations.due_reservations(now, TIMERS).await {
        Ok(due) => {
            let each = |(fleet, reservation)| async move {
                if let Err(error) = jobs.house.reservation_due(fleet, reservation, now).await {
                    tracing::debug!(%error, reservation.id = %reservation, "a reservation's timer is looked at again");
                }
            };
            stream::iter(due).for_each_concurrent(AT_ONCE, each).await;
        }
        Err(error) => tracing::error!(%error, "due reservations could not be read; they are tried again"),
    }
}
