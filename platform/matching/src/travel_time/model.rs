//! The model as a value: fitted, asked, updated, stored. The face of [`super`].

use fearless_simd::Level;
use serde::{Deserialize, Serialize};

use super::{
    Drive, FinishedTrip, Growth, TravelTimeError,
    feature::FEATURES,
    forest::{BLOCK, Forest},
    grow::grow,
    recent::Recent,
};

/// Fewer trips than this teach nothing.
const TRIPS_MIN: usize = 100;
/// Of the running error: so many trips are remembered by half.
const ERROR_HALF: f64 = 2_000.0;

/// Expected travel times, learned from finished trips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TravelTimes {
    forest: Forest,
    recent: Recent,
    error: RunningError,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct RunningError {
    sum_s: f64,
    weight: f64,
}

impl TravelTimes {
    /// Fits a model. O(trees × levels × trips); 160,000 trips take some seconds.
    ///
    /// # Errors
    /// [`TravelTimeError::TooFew`], [`TravelTimeError::NotATime`] or [`TravelTimeError::Growth`].
    pub fn fit(trips: &[FinishedTrip], growth: Growth) -> Result<Self, TravelTimeError> {
        if trips.len() < TRIPS_MIN {
            return Err(TravelTimeError::TooFew(trips.len(), TRIPS_MIN));
        }
        let rows: Vec<[f32; FEATURES]> = trips.iter().map(|trip| trip.drive.row()).collect();
        let took_s = trips.iter().map(|trip| checked(trip.took_s)).collect::<Result<Vec<f32>, _>>()?;
        let forest = grow(&rows, &took_s, growth)?;
        let mut model = Self { forest, recent: Recent::default(), error: RunningError::default() };
        model.recall(trips);
        Ok(model)
    }

    /// Tells the means of all trips fitted on, as they ended: what the forest has left of them is mostly between two places.
    fn recall(&mut self, trips: &[FinishedTrip]) {
        let drives: Vec<Drive> = trips.iter().map(|trip| trip.drive).collect();
        let mut expected_s = Vec::with_capacity(trips.len());
        self.predict_into(&drives, &mut expected_s);
        let mut ended: Vec<(f64, &FinishedTrip, f32)> =
            trips.iter().zip(expected_s).map(|(trip, s)| (trip.drive.local_s + trip.took_s, trip, s)).collect();
        ended.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (ended_s, trip, expected_s) in ended {
            self.recent.add(&trip.drive, trip.took_s.ln() - f64::from(expected_s).ln(), ended_s);
        }
    }

    /// Seconds that each drive is expected to take, appended to `out`.
    pub fn predict_into(&self, drives: &[Drive], out: &mut Vec<f32>) {
        let mut rows = [[0.0; FEATURES]; BLOCK];
        let mut sums = [0.0; BLOCK];
        let level = Level::new();
        for block in drives.chunks(BLOCK) {
            for (row, drive) in rows.iter_mut().zip(block) {
                *row = drive.row();
            }
            self.forest.sums(level, rows.get(..block.len()).unwrap_or(&rows), &mut sums);
            out.extend(block.iter().zip(sums).map(|(drive, sum)| (sum + self.shift(drive)).exp()));
        }
    }

    /// Seconds that a drive is expected to take. Many at once are much cheaper a piece: [`Self::predict_into`].
    #[must_use]
    pub fn predict_s(&self, drive: &Drive) -> f32 {
        let mut one = Vec::with_capacity(1);
        self.predict_into(std::slice::from_ref(drive), &mut one);
        one.first().copied().unwrap_or(0.0)
    }

    /// Learns from a trip that has just finished, and adds to the running error what the model had expected of it.
    ///
    /// # Errors
    /// [`TravelTimeError::NotATime`]; the model is then as before.
    pub fn observe(&mut self, trip: &FinishedTrip) -> Result<(), TravelTimeError> {
        let took_s = checked(trip.took_s)?;
        let expected_s = self.predict_s(&trip.drive);
        let keep = (-1.0 / ERROR_HALF).exp2();
        self.error.sum_s = self.error.sum_s.mul_add(keep, f64::from((took_s - expected_s).abs()));
        self.error.weight = self.error.weight.mul_add(keep, 1.0);
        let forest_ln = f64::from(expected_s.ln() - self.shift(&trip.drive));
        let ended_s = trip.drive.local_s + trip.took_s;
        self.recent.add(&trip.drive, f64::from(took_s.ln()) - forest_ln, ended_s);
        Ok(())
    }

    /// The mean absolute error of late, in seconds; `None` before the first trip is observed.
    #[must_use]
    pub fn error_s(&self) -> Option<f64> {
        (self.error.weight > 0.0).then(|| self.error.sum_s / self.error.weight)
    }

    /// How many places, pairs of places and directions have a mean of their own. Bounded.
    #[must_use]
    pub fn means(&self) -> usize {
        self.recent.means()
    }

    /// The model as JSON, to be read by people and by [`Self::from_json`].
    ///
    /// # Errors
    /// [`TravelTimeError::Unreadable`] if a number in it is none, which a fitted model has not.
    pub fn to_json(&self) -> Result<String, TravelTimeError> {
        Ok(serde_json::to_string(self)?)
    }

    /// A model from JSON.
    ///
    /// # Errors
    /// [`TravelTimeError::Unreadable`] or [`TravelTimeError::Torn`].
    pub fn from_json(json: &[u8]) -> Result<Self, TravelTimeError> {
        let model: Self = serde_json::from_slice(json)?;
        model.forest.check()?;
        model.recent.check()?;
        Ok(model)
    }

    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a shift is a small number")]
    fn shift(&self, drive: &Drive) -> f32 {
        self.recent.shift(drive) as f32
    }
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "seconds of a trip need no more than f32")]
fn checked(took_s: f64) -> Result<f32, TravelTimeError> {
    let narrow = took_s as f32;
    if narrow.is_finite() && narrow > 0.0 { Ok(narrow) } else { Err(TravelTimeError::NotATime(took_s)) }
}
