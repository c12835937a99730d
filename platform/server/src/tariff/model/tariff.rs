//! The tariff: an operator's published rates, checked once when they are read and never changed after. Made only by
//! [`Tariff::parse`]; read by [`super::quote()`].

use std::collections::BTreeSet;

use fareway_shared::{id::TariffId, money::Currency, time::Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{
    week::{LocalMoment, Week, When},
    zone::Zone,
};

/// One version of a fleet's rates. Its id is made of its text, so the same text is the same tariff everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Tariff {
    pub(super) id: TariffId,
    pub(super) name: String,
    pub(super) time_zone: TimeZone,
    pub(super) time_zone_name: String,
    pub(super) currency: Currency,
    pub(super) effective_at: Timestamp,
    pub(super) classes: Vec<String>,
    /// Dates by their number of days since 1970-01-01.
    pub(super) holidays: BTreeSet<i64>,
    pub(super) gap_share_bp: u32,
    pub(super) rounding: Rounding,
    pub(super) rates: Vec<Rate>,
    /// One for each class.
    pub(super) weeks: Vec<Week>,
    pub(super) zones: Vec<Zone>,
    pub(super) fixed: Vec<FixedPrice>,
    pub(super) surcharges: Vec<Surcharge>,
    pub(super) tolls: Vec<Toll>,
    pub(super) extras: Vec<Extra>,
}

impl Tariff {
    /// Made of the tariff's text.
    #[must_use]
    pub fn id(&self) -> TariffId {
        self.id
    }

    /// What the operator calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone that its hours are in.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The IANA name of [`Self::time_zone`].
    #[must_use]
    pub fn time_zone_name(&self) -> &str {
        &self.time_zone_name
    }

    /// What all its amounts are in.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Pick-ups from this instant on may be quoted by it.
    #[must_use]
    pub fn effective_at(&self) -> Timestamp {
        self.effective_at
    }

    /// The vehicle classes that it has rates for, the ordinary one first.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The tolls that a journey may pass.
    #[must_use]
    pub fn tolls(&self) -> &[Toll] {
        &self.tolls
    }

    /// The extras that can be booked, and those that every journey has.
    #[must_use]
    pub fn extras(&self) -> &[Extra] {
        &self.extras
    }

    /// Its zones.
    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }
}

/// How a total is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rounding {
    /// To whole multiples of this, at least 1.
    pub(super) unit_minor: i64,
    /// Which way.
    pub(super) direction: Direction,
}

/// Which way an amount between two is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the higher.
    Up,
    /// To the lower.
    Down,
    /// To the nearer; from the middle to the higher.
    HalfUp,
}

/// What counts in some hours of the week for some classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) name: String,
    pub(super) flag_fall_minor: i64,
    /// The first metres, which the flag fall covers.
    pub(super) flag_fall_m: u32,
    /// The first counted seconds, which the flag fall covers.
    pub(super) flag_fall_s: u32,
    pub(super) minimum_minor: i64,
    /// By distance from the pick-up, ascending; the first begins at 0.
    pub(super) distance: Vec<Step>,
    pub(super) time: Option<TimeRate>,
}

/// An amount for every started unit from a place on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// From how many metres or seconds of the journey on.
    pub(super) above: u32,
    /// Metres or seconds, at least 1.
    pub(super) unit: u32,
    pub(super) amount_minor: i64,
}

/// An amount for time, beside the one for distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeRate {
    pub(super) counts: Counts,
    pub(super) step: Step,
}

/// Which seconds a time rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Those in which the car stands or crawls.
    Waiting,
    /// All of them.
    Trip,
}

/// A price for a journey from one zone to another that stands for flag fall, distance, time, minimum and surcharges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FixedPrice {
    pub(super) pickup: String,
    pub(super) dropoff: String,
    pub(super) both_ways: bool,
    pub(super) amount_minor: i64,
    pub(super) tolls_included: bool,
    pub(super) applies: Applies,
}

/// What is added to the fare under a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Surcharge {
    pub(super) name: String,
    pub(super) size: Size,
    pub(super) zone: Option<(String, End)>,
    pub(super) applies: Applies,
}

/// How much a surcharge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Minor(i64),
    /// Of the fare, in basis points; a half minor unit is rounded up.
    ShareBp(u32),
}

/// Which end of the journey must lie in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Pickup,
    Dropoff,
    /// Either; a journey within the zone pays once.
    Either,
}

/// For whom and when something counts; the moment is the pick-up's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applies {
    pub(super) classes: Vec<String>,
    pub(super) when: When,
}

impl Applies {
    pub(super) fn to(&self, class: &str, moment: LocalMoment) -> bool {
        self.classes.iter().any(|one| one == class) && self.when.holds(moment)
    }
}

/// A toll road or gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toll {
    /// Its name.
    pub name: String,
    /// For one passage, in minor units.
    pub amount_minor: i64,
}

/// Something that a journey has besides the ride.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// Its name.
    pub name: String,
    /// For each, in minor units.
    pub amount_minor: i64,
    /// How many can be booked.
    pub count_max: u32,
    /// Most that is asked for all of them together, in minor units.
    pub cap_minor: Option<i64>,
    /// Whether every journey has one, booked or not.
    pub always: bool,
}
