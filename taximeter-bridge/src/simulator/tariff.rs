//! What the simulated meter charges. Only the simulator computes fares: the bridge never does.

use crate::config::Protocol;

/// A published tariff, in steps of the meter's amount (0.1 yuan, or one baht).
#[derive(Clone, Copy, Debug)]
pub(super) struct Tariff {
    start: u64,
    start_m: u64,
    /// Metres for one more step.
    step_m: u64,
    /// Waiting seconds for one more step.
    step_s: u64,
}

impl Tariff {
    pub(super) const fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Jtt905 => Self { start: 100, start_m: 3_000, step_m: 35, step_s: 12 },
            Protocol::Gwp5043 => Self { start: 35, start_m: 1_000, step_m: 180, step_s: 30 },
        }
    }

    pub(super) const fn start(&self) -> u64 {
        self.start
    }

    /// The amount after so much distance and waiting, in steps.
    pub(super) fn steps(&self, distance_m: u64, wait_s: u64) -> u64 {
        let distance = distance_m.saturating_sub(self.start_m).checked_div(self.step_m).unwrap_or(0);
        let waiting = wait_s.checked_div(self.step_s).unwrap_or(0);
        self.start.saturating_add(distance).saturating_add(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_price_holds_to_its_distance_and_then_rises_by_steps() {
        let tariff = Tariff::of(Protocol::Jtt905);
        assert_eq!([0, 3_000, 3_034, 3_035, 18_600].map(|m| tariff.steps(m, 0)), [100, 100, 100, 101, 545]);
        assert_eq!(tariff.steps(0, 420), 135);
    }
}
