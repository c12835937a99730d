//! Timed work, safe to run twice: payments whose timer is due, messages to cars that were not received, and the
//! batches that find cars for passengers.
//!
//! Nothing here remembers anything; what is due stands in rows, so a restart loses no timer.

mod dispatch_tick;
mod outbox_relay;
mod payment_query;

use std::{sync::Arc, time::Duration};

use fareway_shared::time::Clock;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    fleet::ports::{CarLinks, FleetStore},
    matching::ports::OfferStore,
    payment::ports::Books,
    reservation::ports::ReservationStore,
    workflow::House,
};

/// How often rows are looked at.
const TICK: Duration = Duration::from_millis(250);

/// What jobs need.
#[derive(Clone)]
pub struct Jobs {
    /// The use cases.
    pub house: Arc<House>,
    /// Which payments are due.
    pub books: Arc<dyn Books>,
    /// Which messages are not received.
    pub fleet_store: Arc<dyn FleetStore>,
    /// Which offers are due.
    pub offers: Arc<dyn OfferStore>,
    /// Which reservations are due.
    pub reservations: Arc<dyn ReservationStore>,
    /// Time between two batches.
    pub dispatch_tick: Duration,
    /// Live links.
    pub links: Arc<dyn CarLinks>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Starts all jobs; they end when `stop` turns true.
#[must_use]
pub fn start(jobs: Jobs, stop: watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let (queries, relay, tick) = (jobs.clone(), jobs.clone(), jobs.dispatch_tick);
    let (relay_stop, dispatch_stop) = (stop.clone(), stop.clone());
    vec![
        tokio::spawn(async move { dispatch_tick::run(jobs, tick, dispatch_stop).await }),
        tokio::spawn(async move { payment_query::run(queries, stop).await }),
        tokio::spawn(async move { outbox_relay::run(relay, relay_stop).await }),
    ]
}

/// Waits for the next tick; `false` when it is time to stop.
async fn next_tick(stop: &mut watch::Receiver<bool>) -> bool {
    // A closed channel means that the app is gone: stop as well.
    tokio::time::timeout(TICK, stop.wait_for(|stop| *stop)).await.is_err()
}
