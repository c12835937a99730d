//! What the world said when a quote was made: how the local clocks stood, and which zones the ends of the journey lay in.
//! A quote keeps it, so that neither a country that changes its clocks later nor another processor's arithmetic on degrees
//! can change what the quote comes to.

use fareway_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    journey::Journey,
    tariff::{End, Rate, Tariff},
    week::LocalMoment,
};
use crate::tariff::error::TariffError;

/// What the world said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstances {
    /// How the local clock stands from the pick-up on: one entry, and one more for each change of clocks on the way.
    pub clock: Vec<ClockSpan>,
    /// The zones that the pick-up lies in.
    pub pickup_zones: Vec<String>,
    /// The zones that the drop-off lies in.
    pub dropoff_zones: Vec<String>,
}

/// From an instant on, local time is UTC plus this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSpan {
    /// From when.
    pub from: Timestamp,
    /// Seconds ahead of UTC.
    pub offset_s: i32,
}

/// A part of the journey under one rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) rate: &'a Rate,
    /// How long after the pick-up it ends, in microseconds; the last one has no end.
    pub(super) until_us: Option<i64>,
}

/// The end of the journey, by the time that the road takes.
fn ends_at(journey: &Journey) -> Timestamp {
    journey.pickup_at.after(std::time::Duration::from_secs(u64::from(journey.road_s)))
}

impl Circumstances {
    /// Looks at the zone's clocks and at the map.
    pub(super) fn of(tariff: &Tariff, journey: &Journey) -> Result<Self, TariffError> {
        let instant = |at: Timestamp| {
            jiff::Timestamp::from_microsecond(at.0).map_err(|_| TariffError::Journey {
                field: "pickup_at",
                message: "within the calendar's 9999 years".to_owned(),
            })
        };
        let (from, until) = (instant(journey.pickup_at)?, instant(ends_at(journey))?);
        let zone = &tariff.time_zone;
        let mut clock = vec![ClockSpan { from: journey.pickup_at, offset_s: zone.to_offset(from).seconds() }];
        for change in zone.following(from).take_while(|change| change.timestamp() < until) {
            let from = Timestamp(change.timestamp().as_microsecond());
            clock.push(ClockSpan { from, offset_s: change.offset().seconds() });
        }
        let zones_of = |place| {
            tariff.zones.iter().filter(|zone| zone.contains(place)).map(|zone| zone.name.clone()).collect::<Vec<_>>()
        };
        Ok(Self {
            clock,
            pickup_zones: zones_of(journey.pickup),
            dropoff_zones: journey.dropoff.map(zones_of).unwrap_or_default(),
        })
    }

    /// What the local clock shows.
    pub(super) fn local(&self, tariff: &Tariff, at: Timestamp) -> LocalMoment {
        let span = self.clock.iter().rev().find(|span| span.from <= at).or(self.clock.first());
        let offset_us = span.map_or(0, |span| i64::from(span.offset_s)).saturating_mul(1_000_000);
        LocalMoment::at(at.0.saturating_add(offset_us), &tariff.holidays)
    }

    /// The journey cut where the rate changes, by the clock on the wall: in an hour that the clocks repeat, the rate that
    /// the wall shows counts twice.
    pub(super) fn segments<'a>(&self, tariff: &'a Tariff, journey: &Journey) -> Result<Vec<Segment<'a>>, TariffError> {
        let unknown = || TariffError::UnknownClass { class: journey.class.clone(), known: tariff.classes.join(", ") };
        let week = tariff.weeks.iter().find(|week| week.is_of(&journey.class)).ok_or_else(unknown)?;
        let end = ends_at(journey);
        let mut segments: Vec<(usize, Segment<'a>)> = Vec::new();
        let mut at = journey.pickup_at;
        loop {
            let moment = self.local(tariff, at);
            // A parsed tariff covers every minute; one that does not has no rate, and so no class.
            let run = week.run(moment).ok_or_else(unknown)?;
            let rate = tariff.rates.get(run.rate).ok_or_else(unknown)?;
            let run_ends = Timestamp(at.0.saturating_add(moment.until_us(run.until)));
            let change = self.clock.iter().map(|span| span.from).find(|from| *from > at);
            let next = change.map_or(run_ends, |change| change.min(run_ends));
            let until_us = (next < end).then(|| next.0.saturating_sub(journey.pickup_at.0));
            match segments.last_mut() {
                Some((place, last)) if *place == run.rate => last.until_us = until_us,
                _ => segments.push((run.rate, Segment { rate, until_us })),
            }
            if until_us.is_none() {
                return Ok(segments.into_iter().map(|(_, segment)| segment).collect());
            }
            at = next;
        }
    }

    pub(super) fn lies_in(&self, zone: &str, end: End) -> bool {
        let is = |zones: &[String]| zones.iter().any(|name| name == zone);
        match end {
            End::Pickup => is(&self.pickup_zones),
            End::Dropoff => is(&self.dropoff_zones),
            End::Either => is(&self.pickup_zones) || is(&self.dropoff_zones),
        }
    }
}
