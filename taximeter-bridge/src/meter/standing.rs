//! Where the meter stands and whether it can still be believed: position, faults, forced operation, and silence. Both
//! meters keep one; it says a thing only when it has changed.

use std::time::Duration;

use fareway_shared::{meter::MeterState, protocol::meter::MeterNotice, time::Timestamp};

use crate::config::{Silence, millis};

/// The meter's position with its marks.
#[derive(Debug)]
pub struct Standing {
    stale: Duration,
    stale_hired: Duration,
    lost: Duration,
    position: Option<MeterState>,
    faulty: bool,
    forced: bool,
    line_up: bool,
    heard_at: Timestamp,
    told: Option<(MeterState, bool, bool)>,
}

impl Standing {
    /// Nothing heard yet. `stale_hired` is the bound while hired: shorter for a meter that speaks every second.
    #[must_use]
    pub fn new(silence: &Silence, stale_hired: Duration) -> Self {
        Self {
            stale: millis(silence.stale_ms),
            stale_hired,
            lost: millis(silence.lost_ms),
            position: None,
            faulty: false,
            forced: false,
            line_up: false,
            heard_at: Timestamp::EPOCH,
            told: None,
        }
    }

    /// A good frame of the meter came.
    pub fn heard(&mut self, at: Timestamp) {
        self.line_up = true;
        self.heard_at = at;
    }

    /// The line itself is gone.
    pub fn line_lost(&mut self) {
        self.line_up = false;
    }

    /// The meter's position by its own word.
    pub fn place(&mut self, position: MeterState) {
        self.position = Some(position);
    }

    /// Where it stood when it was last heard.
    #[must_use]
    pub const fn position(&self) -> Option<MeterState> {
        self.position
    }

    /// Whether it reports trouble.
    pub fn set_faulty(&mut self, faulty: bool) {
        self.faulty = faulty;
    }

    /// Whether it is forced on or off.
    pub fn set_forced(&mut self, forced: bool) {
        self.forced = forced;
    }

    /// Silent for too long: no amount may be shown.
    #[must_use]
    pub fn is_stale(&self, at: Timestamp) -> bool {
        let bound = match self.position {
            Some(MeterState::Hired { .. }) => self.stale_hired,
            _ => self.stale,
        };
        !self.line_up || at.since(self.heard_at) > bound
    }

    /// What to tell, if it differs from what was told last.
    pub fn news(&mut self, at: Timestamp) -> Option<MeterNotice> {
        let lost = self.heard_at == Timestamp::EPOCH || at.since(self.heard_at) > self.lost;
        let state = match self.position {
            Some(_) if lost => MeterState::NoLink,
            Some(_) if self.faulty => MeterState::Fault,
            Some(position) => position,
            None => MeterState::NoLink,
        };
        let now = (state, state == MeterState::NoLink || self.is_stale(at), self.forced);
        (self.told.replace(now) != Some(now)).then_some(MeterNotice::State {
            state: now.0,
            stale: now.1,
            forced: now.2,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        let silence = Silence { stale_ms: 15_000, stale_hired_ms: 3_000, lost_ms: 60_000, grace_ms: 3_000 };
        Standing::new(&silence, millis(3_000))
    }

    fn told(notice: Option<MeterNotice>) -> Option<(MeterState, bool)> {
        match notice? {
            MeterNotice::State { state, stale, .. } => Some((state, stale)),
            _ => None,
        }
    }

    #[test]
    fn silence_marks_the_position_and_later_takes_it_away() {
        let at = |seconds: i64| Timestamp::from_seconds(1_000 + seconds);
        let mut standing = standing();
        assert_eq!(told(standing.news(at(0))), Some((MeterState::NoLink, true)));
        standing.heard(at(0));
        standing.place(MeterState::Vacant);
        assert_eq!(told(standing.news(at(0))), Some((MeterState::Vacant, false)));
        assert_eq!(told(standing.news(at(15))), None);
        assert_eq!(told(standing.news(at(16))), Some((MeterState::Vacant, true)));
        assert_eq!(told(standing.news(at(61))), Some((MeterState::NoLink, true)));
        standing.heard(at(62));
        assert_eq!(told(standing.news(at(62))), Some((MeterState::Vacant, false)));
    }

    #[test]
    fn a_pulled_cable_is_stale_at_once() {
        let at = Timestamp::from_seconds(1_000);
        let mut standing = standing();
        standing.heard(at);
        standing.place(MeterState::Hired { time_running: true });
        assert!(!standing.is_stale(at));
        standing.line_lost();
        assert_eq!(told(standing.news(at)), Some((MeterState::Hired { time_running: true }, true)));
    }
}
