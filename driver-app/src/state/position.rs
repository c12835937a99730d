//! Where the car is: what the receiver says, told to the platform a few seconds' worth at a time, so that thousands of cars
//! may do so. Nothing is kept; without a link the latest wait.

use std::{collections::VecDeque, time::Duration};

use fareway_shared::{
    fix::{FIXES_MAX, RawFix},
    protocol::car::FromCar,
};

use super::{Effects, Moment, State};

/// The platform is told so often.
const TOLD_EVERY: Duration = Duration::from_secs(4);

/// Positions that were not told yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Position {
    untold: VecDeque<RawFix>,
    not_before: Duration,
}

impl State {
    pub(super) fn fix(&mut self, fix: RawFix, now: Moment, effects: &mut Effects) {
        self.position.untold.push_back(fix);
        while self.position.untold.len() > FIXES_MAX {
            self.position.untold.pop_front();
        }
        if self.link.is_up() && now.tick >= self.position.not_before {
            self.position.not_before = now.tick.saturating_add(TOLD_EVERY);
            let fixes = std::mem::take(&mut self.position.untold).into();
            effects.send(FromCar::Fixes { fixes });
        }
    }
}
