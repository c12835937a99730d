//! The quote: every line of what a journey costs, and their sum. A pure function of tariff and journey; what it needed to
//! know of the world it keeps ([`Circumstances`]), so that it can be worked out again to the same cent.

use fareway_shared::{id::TariffId, money::Money};
use serde::{Deserialize, Serialize};

use super::{
    circumstances::Circumstances,
    fare::add_fare,
    journey::Journey,
    tariff::{Counts, Direction, FixedPrice, Size, Tariff},
};
use crate::tariff::error::TariffError;

/// What a journey will cost, or is thought to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// The tariff that it follows.
    pub tariff: TariffId,
    /// The journey that it is for.
    pub journey: Journey,
    /// What clocks and map said to it.
    pub circumstances: Circumstances,
    /// Estimate or promise.
    pub kind: QuoteKind,
    /// What it is made of, in the order of a receipt.
    pub lines: Vec<QuoteLine>,
    /// The sum of the lines; never negative.
    pub total: Money,
}

/// Whether the passenger pays the quote or the meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteKind {
    /// The meter decides; the quote is an estimate.
    Metered,
    /// The quote is the price.
    Fixed,
}

/// One line of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLine {
    /// What for.
    #[serde(flatten)]
    pub kind: LineKind,
    /// How much, in minor units; only rounding can be negative.
    pub amount_minor: i64,
}

/// What a line is for, with what a sentence about it needs. Names are the tariff's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LineKind {
    /// Getting in.
    FlagFall {
        /// The rate in force at the pick-up.
        rate: String,
        /// Metres that it covers.
        covers_m: u32,
        /// Counted seconds that it covers.
        covers_s: u32,
    },
    /// Distance beyond that.
    Distance {
        /// The rate in force.
        rate: String,
        /// From how many metres of the journey on this step counts.
        above_m: u32,
        /// How many units began.
        units: u32,
        /// Metres of a unit.
        unit_m: u32,
        /// For one unit, in minor units.
        each_minor: i64,
    },
    /// Time.
    Time {
        /// The rate in force.
        rate: String,
        /// Which seconds count.
        counts: Counts,
        /// How many units began.
        units: u32,
        /// Seconds of a unit.
        unit_s: u32,
        /// For one unit, in minor units.
        each_minor: i64,
    },
    /// What was missing to the least fare.
    Minimum {
        /// The least fare, in minor units.
        minimum_minor: i64,
    },
    /// A price from zone to zone, instead of all of the above.
    FixedPrice {
        /// The zone of the pick-up.
        pickup_zone: String,
        /// The zone of the drop-off.
        dropoff_zone: String,
    },
    /// Added under a condition.
    Surcharge {
        /// Its name.
        name: String,
        /// Its share of the fare in basis points, unless it is an amount.
        share_bp: Option<u32>,
    },
    /// A toll.
    Toll {
        /// Its name.
        name: String,
        /// How many passages.
        times: u32,
    },
    /// Something besides the ride.
    Extra {
        /// Its name.
        name: String,
        /// How many.
        count: u32,
    },
    /// From the sum to the amount that is asked.
    Rounding {
        /// To multiples of this, in minor units.
        unit_minor: i64,
        /// Which way.
        direction: Direction,
    },
}

/// Lines that are being added up.
#[derive(Default)]
pub(super) struct Lines(Vec<QuoteLine>);

impl Lines {
    pub(super) fn add(&mut self, kind: LineKind, amount_minor: i128) -> Result<(), TariffError> {
        let amount_minor = i64::try_from(amount_minor).map_err(|_| TariffError::Overflow)?;
        self.0.push(QuoteLine { kind, amount_minor });
        Ok(())
    }

    /// Below 2⁶³ for each line, and there are some hundreds at most.
    pub(super) fn sum(&self) -> i128 {
        self.0.iter().map(|line| i128::from(line.amount_minor)).sum()
    }
}

/// What `journey` costs under `tariff`: by the first fixed price that fits, or by the meter's rules.
///
/// Flag fall, minimum, surcharges and fixed prices are those in force at the pick-up; distance and time follow the rates
/// that the journey passes through. Shares are of the fare, which is everything before the surcharges.
///
/// # Errors
/// The journey is out of range or names what the tariff does not have, the tariff is not in force yet at the pick-up, or
/// the sum is too large to be an amount.
pub fn quote(tariff: &Tariff, journey: &Journey) -> Result<Quote, TariffError> {
    if journey.pickup_at < tariff.effective_at {
        return Err(TariffError::NotInForce);
    }
    journey.check()?;
    under(tariff, journey, Circumstances::of(tariff, journey)?)
}

impl Quote {
    /// Whether `tariff` is this quote's own and still makes the same lines and the same total of it.
    #[must_use]
    pub fn replays(&self, tariff: &Tariff) -> bool {
        let again = || under(tariff, &self.journey, self.circumstances.clone());
        self.tariff == tariff.id && again().is_ok_and(|again| again == *self)
    }
}

fn under(tariff: &Tariff, journey: &Journey, circumstances: Circumstances) -> Result<Quote, TariffError> {
    journey.check()?;
    let segments = circumstances.segments(tariff, journey)?;
    let mut lines = Lines::default();
    let (kind, tolls_included) = match fixed_price(tariff, journey, &circumstances) {
        Some((fixed, pickup_zone, dropoff_zone)) => {
            lines.add(LineKind::FixedPrice { pickup_zone, dropoff_zone }, i128::from(fixed.amount_minor))?;
            (QuoteKind::Fixed, fixed.tolls_included)
        }
        None => {
            add_fare(&mut lines, &segments, journey)?;
            add_surcharges(&mut lines, tariff, journey, &circumstances)?;
            (QuoteKind::Metered, false)
        }
    };
    add_tolls(&mut lines, tariff, journey, tolls_included)?;
    add_extras(&mut lines, tariff, journey)?;
    add_rounding(&mut lines, tariff)?;
    let total = i64::try_from(lines.sum()).map_err(|_| TariffError::Overflow)?;
    Ok(Quote {
        tariff: tariff.id,
        journey: journey.clone(),
        circumstances,
        kind,
        lines: lines.0,
        total: Money::new(total, tariff.currency),
    })
}

/// The first fixed price, in the order of the file, that fits both ends.
fn fixed_price<'a>(
    tariff: &'a Tariff,
    journey: &Journey,
    circumstances: &Circumstances,
) -> Option<(&'a FixedPrice, String, String)> {
    let moment = circumstances.local(tariff, journey.pickup_at);
    let joins = |one: &String, other: &String| {
        circumstances.pickup_zones.contains(one) && circumstances.dropoff_zones.contains(other)
    };
    tariff.fixed.iter().filter(|fixed| fixed.applies.to(&journey.class, moment)).find_map(|fixed| {
        let (pickup, dropoff) = (&fixed.pickup, &fixed.dropoff);
        if joins(pickup, dropoff) {
            Some((fixed, pickup.clone(), dropoff.clone()))
        } else if fixed.both_ways && joins(dropoff, pickup) {
            Some((fixed, dropoff.clone(), pickup.clone()))
        } else {
            None
        }
    })
}

fn add_surcharges(
    lines: &mut Lines,
    tariff: &Tariff,
    journey: &Journey,
    circumstances: &Circumstances,
) -> Result<(), TariffError> {
    let fare = lines.sum();
    let moment = circumstances.local(tariff, journey.pickup_at);
    for surcharge in &tariff.surcharges {
        let here = surcharge.zone.as_ref().is_none_or(|(zone, end)| circumstances.lies_in(zone, *end));
        if !here || !surcharge.applies.to(&journey.class, moment) {
            continue;
        }
        let (share_bp, amount) = match surcharge.size {
            Size::Minor(minor) => (None, i128::from(minor)),
            Size::ShareBp(share) => (Some(share), (fare * i128::from(share) + 5_000).div_euclid(10_000)),
        };
        lines.add(LineKind::Surcharge { name: surcharge.name.clone(), share_bp }, amount)?;
    }
    Ok(())
}

fn add_tolls(lines: &mut Lines, tariff: &Tariff, journey: &Journey, included: bool) -> Result<(), TariffError> {
    if let Some(unknown) = journey.tolls.iter().find(|name| tariff.tolls.iter().all(|toll| toll.name != **name)) {
        return Err(TariffError::UnknownToll(unknown.clone()));
    }
    for toll in tariff.tolls.iter().filter(|_| !included) {
        let times = journey.tolls.iter().filter(|name| **name == toll.name).count();
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        if times > 0 {
            let kind = LineKind::Toll { name: toll.name.clone(), times };
            lines.add(kind, i128::from(times) * i128::from(toll.amount_minor))?;
        }
    }
    Ok(())
}

fn add_extras(lines: &mut Lines, tariff: &Tariff, journey: &Journey) -> Result<(), TariffError> {
    let known = |name: &String| tariff.extras.iter().any(|extra| extra.name == *name);
    if let Some(unknown) = journey.extras.iter().find(|wanted| !known(&wanted.name)) {
        return Err(TariffError::UnknownExtra(unknown.name.clone()));
    }
    for extra in &tariff.extras {
        let booked = journey.extras.iter().filter(|wanted| wanted.name == extra.name);
        let count = booked.map(|wanted| u64::from(wanted.count)).sum::<u64>().max(u64::from(extra.always));
        let too_many = || TariffError::TooManyExtras { name: extra.name.clone(), count, count_max: extra.count_max };
        let count = u32::try_from(count).ok().filter(|count| *count <= extra.count_max).ok_or_else(too_many)?;
        if count > 0 {
            let full = i128::from(count) * i128::from(extra.amount_minor);
            let amount = extra.cap_minor.map_or(full, |cap| full.min(i128::from(cap)));
            lines.add(LineKind::Extra { name: extra.name.clone(), count }, amount)?;
        }
    }
    Ok(())
}

fn add_rounding(lines: &mut Lines, tariff: &Tariff) -> Result<(), TariffError> {
    let (sum, unit) = (lines.sum(), i128::from(tariff.rounding.unit_minor));
    let direction = tariff.rounding.direction;
    let over = sum.rem_euclid(unit);
    let up = match direction {
        Direction::Up => over > 0,
        Direction::Down => false,
        Direction::HalfUp => over * 2 >= unit,
    };
    let difference = if up { unit - over } else { -over };
    if difference != 0 {
        lines.add(LineKind::Rounding { unit_minor: tariff.rounding.unit_minor, direction }, difference)?;
    }
    Ok(())
}
