//! The hire and its two commands.

use fareway_shared::{
    id::{DriverId, FleetId, TripId, VehicleId},
    time::Timestamp,
};

/// Where a hire stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TripState {
    /// The meter is hired.
    OnBoard,
    /// The meter stopped, or the driver ended it.
    Finished,
}

impl TripState {
    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OnBoard => "on_board",
            Self::Finished => "finished",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::OnBoard, Self::Finished].into_iter().find(|state| state.word() == word)
    }
}

/// One hire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// The fleet.
    pub fleet: FleetId,
    /// The hire; the car made this id.
    pub id: TripId,
    /// The car.
    pub vehicle: VehicleId,
    /// Who drove when it began.
    pub driver: Option<DriverId>,
    /// Where it stands.
    pub state: TripState,
    /// When it began, by the car's clock if that is plausible, else when the platform heard of it.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A car's clock counts only this close to the platform's, microseconds: an hour to either side, since a car may have
/// been in a tunnel but not in 1970.
const CLOCK_TRUST_US: i64 = 3_600_000_000;

impl Trip {
    /// A hire that begins with the passenger on board.
    #[must_use]
    pub fn street_hail(
        fleet: FleetId,
        id: TripId,
        vehicle: VehicleId,
        driver: Option<DriverId>,
        started_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let plausible = started_at.filter(|at| at.0.saturating_sub(now.0).saturating_abs() < CLOCK_TRUST_US);
        let started_at = plausible.unwrap_or(now);
        Self { fleet, id, vehicle, driver, state: TripState::OnBoard, started_at, ended_at: None }
    }

    /// Ends the hire; ending it again changes nothing. Returns whether it changed.
    pub fn finish(&mut self, at: Timestamp) -> bool {
        let runs = self.state == TripState::OnBoard;
        if runs {
            self.state = TripState::Finished;
            self.ended_at = Some(at);
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(started_at: Option<Timestamp>) -> Trip {
        let id = uuid::Uuid::nil();
        let now = Timestamp::from_seconds(1_800_000_000);
        Trip::street_hail(FleetId(id), TripId(id), VehicleId(id), None, started_at, now)
    }

    #[test]
    fn a_car_whose_clock_stands_in_1970_starts_its_hire_when_the_platform_hears_of_it() {
        assert_eq!(trip(Some(Timestamp::EPOCH)).started_at, Timestamp::from_seconds(1_800_000_000));
        let near = Timestamp::from_seconds(1_799_999_000);
        assert_eq!(trip(Some(near)).started_at, near);
    }

    #[test]
    fn a_hire_ends_once() {
        let mut trip = trip(None);
        assert!(trip.finish(Timestamp(5)));
        assert!(!trip.finish(Timestamp(9)));
        assert_eq!(trip.ended_at, Some(Timestamp(5)));
    }
}
