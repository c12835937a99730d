//! What the ride itself costs: flag fall, distance, time, and what is missing to the minimum.
//!
//! A unit of metres or seconds is charged in full when it begins, at the rate that is in force at that instant, and the
//! next one begins where it ends, whatever happens to the rate in between: as a taximeter does it. Progress is even:
//! metre `m` of `road_m` is reached after `m / road_m` of the time. A boundary at time `t` of `road_s` therefore lies at
//! metre `road_m × t / road_s`, and the first whole metre that is not before it is that fraction rounded up. Nothing else
//! is rounded.
//!
//! The sums cannot leave an `i128`: an amount is below 2⁶³, and a journey has fewer than 2²³ metres or seconds.

use super::{
    circumstances::Segment,
    journey::Journey,
    quote::{LineKind, Lines},
    tariff::{Counts, Rate, Step},
};
use crate::tariff::error::TariffError;

/// Adds the fare's lines.
pub(super) fn add_fare(lines: &mut Lines, segments: &[Segment<'_>], journey: &Journey) -> Result<(), TariffError> {
    let Some(Segment { rate: first, .. }) = segments.first() else { return Ok(()) };
    let (covers_m, covers_s) = (first.flag_fall_m, first.flag_fall_s);
    let flag_fall = LineKind::FlagFall { rate: first.name.clone(), covers_m, covers_s };
    lines.add(flag_fall, i128::from(first.flag_fall_minor))?;
    let distance = Tape { segments, road_s: journey.road_s, length: journey.road_m, covered: covers_m };
    for units in distance.walk(|rate| &rate.distance) {
        let Step { above, unit, amount_minor } = units.step;
        let kind = LineKind::Distance {
            rate: units.rate.name.clone(),
            above_m: above,
            units: units.count,
            unit_m: unit,
            each_minor: amount_minor,
        };
        lines.add(kind, i128::from(units.count) * i128::from(amount_minor))?;
    }
    for (counts, length) in [(Counts::Waiting, journey.waiting_s), (Counts::Trip, journey.road_s)] {
        let time = Tape { segments, road_s: journey.road_s, length, covered: covers_s };
        for units in time.walk(|rate| steps_of_time(rate, counts)) {
            let Step { unit, amount_minor, .. } = units.step;
            let kind = LineKind::Time {
                rate: units.rate.name.clone(),
                counts,
                units: units.count,
                unit_s: unit,
                each_minor: amount_minor,
            };
            lines.add(kind, i128::from(units.count) * i128::from(amount_minor))?;
        }
    }
    let missing = i128::from(first.minimum_minor) - lines.sum();
    if missing > 0 {
        lines.add(LineKind::Minimum { minimum_minor: first.minimum_minor }, missing)?;
    }
    Ok(())
}

fn steps_of_time(rate: &Rate, counts: Counts) -> &[Step] {
    match &rate.time {
        Some(time) if time.counts == counts => std::slice::from_ref(&time.step),
        _ => &[],
    }
}

/// The journey as a tape of metres or seconds, cut into segments.
struct Tape<'a> {
    segments: &'a [Segment<'a>],
    road_s: u32,
    /// Metres or seconds in all.
    length: u32,
    /// How many of them the flag fall covers.
    covered: u32,
}

/// Units of one step that begin in one segment.
struct Units<'a> {
    rate: &'a Rate,
    step: Step,
    count: u32,
}

impl<'a> Tape<'a> {
    /// Counts the units that begin on the tape, in order.
    fn walk(&self, steps: impl Fn(&'a Rate) -> &'a [Step]) -> Vec<Units<'a>> {
        let mut found = Vec::new();
        let mut at = u64::from(self.covered);
        for segment in self.segments {
            let end = self.end_of(segment);
            let steps = steps(segment.rate);
            for (index, step) in steps.iter().enumerate() {
                let next = steps.get(index.saturating_add(1)).map_or(u64::MAX, |next| u64::from(next.above));
                let until = end.min(next);
                let begun = until.saturating_sub(at).div_ceil(u64::from(step.unit));
                if begun > 0 {
                    let count = u32::try_from(begun).unwrap_or(u32::MAX);
                    found.push(Units { rate: segment.rate, step: *step, count });
                    at = at.saturating_add(begun.saturating_mul(u64::from(step.unit)));
                }
            }
            // What this rate does not count, it counts for nothing.
            at = at.max(end);
        }
        found
    }

    /// The first whole metre or second that is not before the segment's end.
    fn end_of(&self, segment: &Segment<'_>) -> u64 {
        let length = u64::from(self.length);
        let Some(until_us) = segment.until_us else { return length };
        let passed = i128::from(self.length) * i128::from(until_us);
        let whole = (i128::from(self.road_s) * 1_000_000).max(1);
        let end = passed.div_euclid(whole) + i128::from(passed.rem_euclid(whole) > 0);
        u64::try_from(end).map_or(length, |end| end.min(length))
    }
}
