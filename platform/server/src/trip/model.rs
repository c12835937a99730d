//! The trip and its table. A street hail begins with the passenger on board; a reserved trip with a driver's acceptance.

use fareway_shared::{
    id::{DriverId, FleetId, ReservationId, TripId, VehicleId},
    ride::TripStage,
    time::Timestamp,
};
use subtle::ConstantTimeEq;

use super::error::TripError;
use crate::{
    reservation::model::Ended,
    transition::{Role, Row, Table, listed},
};

/// Where a trip stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TripState {
    /// A driver has it; it is not yet time to leave.
    Assigned,
    /// On the way to the pick-up.
    EnRoute,
    /// At the pick-up.
    Arrived,
    /// The meter is hired.
    OnBoard,
    /// The meter stopped, or the driver ended it.
    Finished,
    /// It ended before it was driven.
    Cancelled,
    /// The passenger did not come.
    NoShow,
}
listed!(TripState {
    Assigned = "assigned",
    EnRoute = "en_route",
    Arrived = "arrived",
    OnBoard = "on_board",
    Finished = "finished",
    Cancelled = "cancelled",
    NoShow = "no_show",
});

/// What happens to a trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TripEvent {
    /// The car leaves for the pick-up.
    Depart,
    /// It is there.
    Arrive,
    /// The passenger is on board.
    Board,
    /// The ride is over.
    Finish,
    /// It is not to be driven, by this car at least.
    Cancel,
    /// Nobody came to the car.
    ReportNoShow,
}
listed!(TripEvent {
    Depart = "depart",
    Arrive = "arrive",
    Board = "board",
    Finish = "finish",
    Cancel = "cancel",
    ReportNoShow = "report_no_show",
});

use Role::{Dispatcher, Driver, Meter, Passenger, Platform};
use TripEvent as Event;
use TripState::{Arrived, Assigned, Cancelled, EnRoute, Finished, NoShow, OnBoard};

/// What may happen to a trip.
pub const TRIP: Table<TripState, TripEvent> = Table(&[
    Row { from: &[Assigned], event: Event::Depart, by: &[Driver, Dispatcher, Platform], to: EnRoute },
    Row { from: &[EnRoute], event: Event::Depart, by: &[Driver], to: EnRoute },
    Row { from: &[Assigned, EnRoute], event: Event::Arrive, by: &[Driver, Dispatcher], to: Arrived },
    Row { from: &[Arrived], event: Event::Arrive, by: &[Driver], to: Arrived },
    // A passenger may get in before the driver says that the car is there.
    Row { from: &[Assigned, EnRoute, Arrived], event: Event::Board, by: &[Driver, Meter], to: OnBoard },
    Row { from: &[OnBoard], event: Event::Board, by: &[Driver, Meter], to: OnBoard },
    // A hired meter is a fact: whoever rides now, it is a ride, though no longer the reserved one.
    Row { from: &[Cancelled, NoShow], event: Event::Board, by: &[Meter], to: OnBoard },
    Row { from: &[OnBoard], event: Event::Finish, by: &[Driver, Meter, Dispatcher], to: Finished },
    Row { from: &[Finished], event: Event::Finish, by: &[Driver, Meter, Dispatcher], to: Finished },
    Row {
        from: &[Assigned, EnRoute, Arrived],
        event: Event::Cancel,
        by: &[Passenger, Driver, Dispatcher, Platform],
        to: Cancelled,
    },
    Row { from: &[Arrived], event: Event::ReportNoShow, by: &[Driver, Dispatcher], to: NoShow },
]);

/// One trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// The fleet.
    pub fleet: FleetId,
    /// The trip; the car made this id for a street hail, the platform for a reserved one.
    pub id: TripId,
    /// The car.
    pub vehicle: VehicleId,
    /// Who drove when it began.
    pub driver: Option<DriverId>,
    /// What it serves; none for a street hail.
    pub reservation: Option<ReservationId>,
    /// Where it stands.
    pub state: TripState,
    /// When it began: boarding for a street hail, by the car's clock if that is plausible, else when the platform heard of
    /// it; acceptance for a reserved trip.
    pub started_at: Timestamp,
    /// When the car was at the pick-up.
    pub arrived_at: Option<Timestamp>,
    /// When the passenger was on board, of a reserved trip.
    pub boarded_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The number that the passenger tells at boarding, where the fleet wants one.
    pub pin: Option<String>,
    /// Who ended it before it was driven, and why.
    pub ended: Option<Ended>,
    /// Optimistic lock: the row's revision as loaded.
    pub revision: i64,
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
        Self {
            fleet,
            id,
            vehicle,
            driver,
            reservation: None,
            state: OnBoard,
            started_at,
            arrived_at: None,
            boarded_at: None,
            ended_at: None,
            pin: None,
            ended: None,
            revision: 0,
        }
    }

    /// A trip that begins with a driver's acceptance; the car leaves at once unless `later`.
    #[must_use]
    pub fn reserved(
        fleet: FleetId,
        id: TripId,
        reservation: ReservationId,
        (vehicle, driver): (VehicleId, Option<DriverId>),
        later: bool,
        pin: Option<String>,
        now: Timestamp,
    ) -> Self {
        let state = if later { Assigned } else { EnRoute };
        let hail = Self::street_hail(fleet, id, vehicle, driver, None, now);
        Self { reservation: Some(reservation), state, pin, ..hail }
    }

    /// One step of the table. Returns whether anything changed.
    ///
    /// # Errors
    /// [`TripError::Refused`] for every cell the table leaves empty.
    pub fn step(&mut self, event: TripEvent, by: Role, now: Timestamp) -> Result<bool, TripError> {
        let next = TRIP.next(self.state, event, by)?;
        if next == self.state {
            return Ok(false);
        }
        self.state = next;
        match next {
            Arrived => self.arrived_at = Some(now),
            OnBoard => self.boarded_at = Some(now),
            Finished | Cancelled | NoShow => self.ended_at = Some(now),
            Assigned | EnRoute => {}
        }
        Ok(true)
    }

    /// The passenger is on board, and has told their number where the fleet wants one. A hired meter is a fact and needs none.
    ///
    /// # Errors
    /// The table refuses, or it is another number.
    pub fn board(&mut self, pin: Option<&str>, by: Role, now: Timestamp) -> Result<bool, TripError> {
        let told = pin.unwrap_or_default().as_bytes();
        let wanted = self.pin.as_deref().filter(|_| self.state != OnBoard && by != Meter);
        if wanted.is_some_and(|wanted| !bool::from(wanted.as_bytes().ct_eq(told))) {
            return Err(TripError::Pin);
        }
        let is_over = matches!(self.state, Cancelled | NoShow);
        let changed = self.step(Event::Board, by, now)?;
        if is_over {
            (self.reservation, self.ended, self.ended_at) = (None, None, None);
        }
        Ok(changed)
    }

    /// Ends it before it was driven. Returns whether anything changed.
    ///
    /// # Errors
    /// The table refuses.
    pub fn end(&mut self, event: TripEvent, by: Role, reason: &str, now: Timestamp) -> Result<bool, TripError> {
        let changed = self.step(event, by, now)?;
        if changed {
            self.ended = Some(Ended { by: by.word().to_owned(), reason: reason.to_owned() });
        }
        Ok(changed)
    }

    /// The meter stopped, or the driver ended it; one whose boarding was never heard of was on board until now. Ending it
    /// again changes nothing. Returns whether it changed.
    pub fn finish(&mut self, at: Timestamp) -> bool {
        if !matches!(self.state, OnBoard | Finished) && self.board(None, Meter, at).is_err() {
            return false;
        }
        self.step(Event::Finish, Meter, at).unwrap_or(false)
    }

    /// Where it stands, for its driver; none once it is over.
    #[must_use]
    pub fn stage(&self) -> Option<TripStage> {
        match self.state {
            Assigned => Some(TripStage::Assigned),
            EnRoute => Some(TripStage::EnRoute),
            Arrived => Some(TripStage::Arrived),
            OnBoard => Some(TripStage::OnBoard),
            Finished | Cancelled | NoShow => None,
        }
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

    fn reserved(pin: Option<&str>) -> Trip {
        let id = uuid::Uuid::nil();
        let car = (VehicleId(id), None);
        Trip::reserved(FleetId(id), TripId(id), ReservationId(id), car, false, pin.map(str::to_owned), Timestamp(0))
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

    #[test]
    fn only_the_passengers_number_boards_where_the_fleet_wants_one() {
        let mut trip = reserved(Some("4711"));
        assert_eq!(trip.board(None, Driver, Timestamp(1)), Err(TripError::Pin));
        assert_eq!(trip.board(Some("4712"), Driver, Timestamp(1)), Err(TripError::Pin));
        assert_eq!(trip.board(Some("4711"), Driver, Timestamp(1)), Ok(true));
        assert_eq!(trip.board(None, Meter, Timestamp(2)), Ok(false), "the meter confirms what the driver said");
        assert_eq!(trip.boarded_at, Some(Timestamp(1)));
    }

    #[test]
    fn a_trip_with_a_passenger_on_board_is_not_cancelled() {
        let mut trip = reserved(None);
        assert_eq!(trip.board(None, Meter, Timestamp(1)), Ok(true));
        for by in Role::ALL {
            assert!(trip.end(TripEvent::Cancel, by, "", Timestamp(2)).is_err());
        }
    }

    #[test]
    fn a_cancelled_trip_whose_meter_is_hired_all_the_same_is_a_street_hail() {
        let mut trip = reserved(Some("4711"));
        assert_eq!(trip.end(TripEvent::Cancel, Passenger, "changed my mind", Timestamp(1)), Ok(true));
        assert!(trip.finish(Timestamp(9)));
        assert_eq!((trip.reservation, trip.ended, trip.ended_at), (None, None, Some(Timestamp(9))));
    }
}
