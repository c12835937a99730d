//! Takes payments whose timer is due and lets the payment slice do what their state asks for.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use super::{Jobs, next_tick};

/// A claimed payment comes back after this if the program dies with it.
const LEASE: Duration = Duration::from_secs(30);
/// So many are claimed at once, and so many calls to Alipay run at once.
const BATCH: u32 = 64;
const AT_ONCE: usize = 16;

pub(super) async fn run(jobs: Jobs, mut stop: watch::Receiver<bool>) {
    while next_tick(&mut stop).await {
        let due = match jobs.books.due(jobs.clock.now(), LEASE, BATCH).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "due payments could not be read; they are tried again");
                continue;
            }
        };
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, |due| {
                let jobs = jobs.clone();
                async move {
                    if let Err(error) = jobs.house.payments.advance(&due, jobs.clock.now()).await {
                        tracing::warn!(%error, payment.id = %due.payment, "a due payment has to wait for its lease");
                    }
                }
            })
            .await;
    }
}
