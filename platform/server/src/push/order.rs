//! Sequences only ever go up on one link. A car persists the highest sequence it saw, so a message that overtakes an
//! earlier one would make the earlier one worthless; a message that leaves a gap is held back and the store is asked.

use fareway_shared::protocol::car::ToCar;

/// Where a message stands against what was already written to this link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Write it.
    Next,
    /// It was written before.
    Repeat,
    /// An earlier one is missing: ask the store for everything that follows.
    Gap,
}

/// What one car has been sent and has persisted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    written: u64,
    persisted: u64,
}

impl Order {
    /// A fresh link of a car that has persisted everything up to `persisted`.
    pub(super) fn after(persisted: u64) -> Self {
        Self { written: persisted, persisted }
    }

    /// Highest sequence that the car says it has persisted.
    pub(super) fn persisted(&self) -> u64 {
        self.persisted
    }

    /// The car has persisted everything up to here; it never goes back, and never past what was written.
    pub(super) fn persist(&mut self, sequence: u64) {
        self.persisted = self.persisted.max(sequence.min(self.written));
    }

    /// Places a message that came by itself, from the hub or as an answer.
    pub(super) fn place(&mut self, message: &ToCar) -> Place {
        match sequence(message) {
            None => Place::Next,
            Some(sequence) if sequence <= self.written => Place::Repeat,
            Some(sequence) if sequence == self.written.saturating_add(1) => {
                self.written = sequence;
                Place::Next
            }
            Some(_) => Place::Gap,
        }
    }

    /// Keeps of the store's own answer what was not written yet. The store knows what follows what, so its gaps are real.
    pub(super) fn follow(&mut self, stored: Vec<ToCar>) -> Vec<ToCar> {
        let mut fresh = stored;
        fresh.retain(|message| match sequence(message) {
            None => true,
            Some(sequence) if sequence <= self.written => false,
            Some(sequence) => {
                self.written = sequence;
                true
            }
        });
        fresh
    }
}

fn sequence(message: &ToCar) -> Option<u64> {
    match message {
        ToCar::Envelope { sequence, .. } | ToCar::NewPlatformKey { sequence, .. } | ToCar::Told { sequence, .. } => {
            Some(*sequence)
        }
        ToCar::Challenge { .. }
        | ToCar::Enrolled { .. }
        | ToCar::Welcome { .. }
        | ToCar::Refused { .. }
        | ToCar::CommandDone { .. }
        | ToCar::InheritBill { .. }
        | ToCar::FixRefused { .. }
        | ToCar::BillProgress { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use fareway_shared::signature::Signed;

    use super::*;

    fn envelope(sequence: u64) -> ToCar {
        ToCar::Envelope { sequence, envelope: Signed { body: Vec::new(), signature: [0; 64] } }
    }

    #[test]
    fn a_message_that_overtakes_is_held_back_and_a_repeat_is_known() {
        let mut order = Order::after(4);
        assert_eq!(order.place(&envelope(5)), Place::Next);
        assert_eq!(order.place(&envelope(7)), Place::Gap);
        assert_eq!(order.place(&envelope(6)), Place::Next);
        assert_eq!(order.place(&envelope(5)), Place::Repeat);
    }

    #[test]
    fn the_store_may_skip_numbers_but_is_never_written_twice() {
        let mut order = Order::after(4);
        let first = order.follow(vec![envelope(5), envelope(8)]);
        assert_eq!(first, vec![envelope(5), envelope(8)]);
        assert_eq!(order.follow(vec![envelope(8), envelope(9)]), vec![envelope(9)]);
        assert_eq!(order.place(&envelope(8)), Place::Repeat);
    }

    #[test]
    fn a_car_cannot_claim_to_have_persisted_what_it_was_never_sent() {
        let mut order = Order::after(4);
        order.persist(u64::MAX);
        assert_eq!(order.persisted(), 4);
    }
}
