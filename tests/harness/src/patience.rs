//! Waiting for a condition, with a limit and a sentence. Tests never wait for time.

use std::{future::Future, time::Duration};

/// No condition of a test takes longer on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// Waits until `probe` finds something, and hands it out.
///
/// # Panics
/// It found nothing in time; the message says what was awaited.
pub async fn until<T, F>(what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let searched = tokio::time::timeout(LIMIT, async {
        loop {
            ticks.tick().await;
            if let Some(found) = probe().await {
                return found;
            }
        }
    });
    searched.await.unwrap_or_else(|_| panic!("waited {LIMIT:?} in vain until {what}"))
}
