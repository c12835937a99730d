//! What waits for one car: its messages, a question whether it lives, and the reason to end its link. Filled by the hub
//! from any thread, emptied by the car's session alone. It never waits for the car, and an idle one holds no buffer.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use fareway_shared::protocol::car::{LinkRefusal, ToCar};
use tokio::sync::{Notify, oneshot};

/// Why a link ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The car is told this and the link closes.
    Refused(LinkRefusal),
    /// The car closed, or its connection broke.
    Left,
    /// The car did not read for too long.
    SlowReader,
    /// The car said nothing for too long.
    Silent,
    /// The same device came back on a new connection while this one was dead.
    Replaced,
}

/// What the session should do next.
#[derive(Debug)]
pub(super) enum Work {
    /// End the link.
    End(Ending),
    /// Ping: somebody asks whether this link lives.
    Probe,
    /// Write these, in this order.
    Messages(VecDeque<ToCar>),
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<ToCar>,
    probes: Vec<oneshot::Sender<()>>,
    probe_unsent: bool,
    ending: Option<Ending>,
}

/// The bounded queue of one link.
#[derive(Debug)]
pub(super) struct LinkQueue {
    waiting: Mutex<Waiting>,
    wake: Notify,
    messages_max: usize,
}

impl LinkQueue {
    pub(super) fn new(messages_max: usize) -> Self {
        Self { waiting: Mutex::default(), wake: Notify::new(), messages_max }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message; a full queue ends the link instead of waiting.
    pub(super) fn push(&self, message: ToCar) {
        let mut waiting = self.waiting();
        if waiting.ending.is_some() {
            return;
        }
        if waiting.messages.len() < self.messages_max {
            waiting.messages.push_back(message);
        } else {
            waiting.messages = VecDeque::new();
            waiting.ending = Some(Ending::SlowReader);
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Ends the link; the first reason stands. What still waits is not sent: it is stored, and sent after a reconnect.
    pub(super) fn end(&self, ending: Ending) {
        let mut waiting = self.waiting();
        waiting.messages = VecDeque::new();
        waiting.ending.get_or_insert(ending);
        drop(waiting);
        self.wake.notify_one();
    }

    /// Asks whether the link lives. The answer is `Ok` when the car answers, and an error when the link goes down.
    pub(super) fn probe(&self) -> oneshot::Receiver<()> {
        let (lives, answer) = oneshot::channel();
        let mut waiting = self.waiting();
        if waiting.ending.is_none() {
            waiting.probes.push(lives);
            waiting.probe_unsent = true;
            drop(waiting);
            self.wake.notify_one();
        }
        answer
    }

    /// The car answered the session's ping.
    pub(super) fn lives(&self) {
        let probes = std::mem::take(&mut self.waiting().probes);
        for probe in probes {
            // Whoever asked may have stopped waiting.
            let _ = probe.send(());
        }
    }

    /// Forgets who asked: the session is over and will not answer.
    pub(super) fn gone(&self) {
        self.end(Ending::Left);
        self.waiting().probes = Vec::new();
    }

    fn take(&self) -> Option<Work> {
        let mut waiting = self.waiting();
        if let Some(ending) = waiting.ending {
            Some(Work::End(ending))
        } else if std::mem::take(&mut waiting.probe_unsent) {
            Some(Work::Probe)
        } else if waiting.messages.is_empty() {
            None
        } else {
            Some(Work::Messages(std::mem::take(&mut waiting.messages)))
        }
    }

    /// The next thing to do; waits until there is one. Nothing is lost if the caller stops waiting.
    pub(super) async fn work(&self) -> Work {
        loop {
            if let Some(work) = self.take() {
                return work;
            }
            self.wake.notified().await;
        }
    }

    /// Waits until the link is to end; leaves messages where they are.
    pub(super) async fn ended(&self) -> Ending {
        loop {
            if let Some(ending) = self.waiting().ending {
                return ending;
            }
            self.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(version: u32) -> ToCar {
        ToCar::BillProgress {
            bill: fareway_shared::id::BillId(uuid::Uuid::nil()),
            version,
            progress: fareway_shared::protocol::car::BillProgress::Open,
        }
    }

    #[tokio::test]
    async fn a_full_queue_ends_the_link_and_holds_nothing() {
        let queue = LinkQueue::new(2);
        queue.push(hint(1));
        queue.push(hint(2));
        queue.push(hint(3));
        queue.push(hint(4));
        assert!(matches!(queue.work().await, Work::End(Ending::SlowReader)));
        assert!(queue.waiting().messages.is_empty());
    }

    #[tokio::test]
    async fn a_reason_to_end_goes_before_messages_and_the_first_reason_stands() {
        let queue = LinkQueue::new(2);
        queue.push(hint(1));
        queue.end(Ending::Refused(LinkRefusal::Revoked));
        queue.end(Ending::Replaced);
        assert!(matches!(queue.work().await, Work::End(Ending::Refused(LinkRefusal::Revoked))));
    }

    #[tokio::test]
    async fn whoever_asks_hears_when_the_link_answers_and_when_it_dies() {
        let queue = LinkQueue::new(2);
        let (first, second) = (queue.probe(), queue.probe());
        assert!(matches!(queue.work().await, Work::Probe));
        queue.lives();
        assert!(first.await.is_ok() && second.await.is_ok());
        let third = queue.probe();
        queue.gone();
        assert!(third.await.is_err());
        assert!(queue.probe().await.is_err(), "a link that ended was asked");
    }
}
