//! The estimate and the meter, compared after the ride: how far apart they are, and what of the difference the journey
//! that was really driven explains. Called once the meter has stopped.

use serde::{Deserialize, Serialize};

use super::{
    journey::Journey,
    quote::{Quote, QuoteKind, quote},
    tariff::Tariff,
};

/// What was really driven, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driven {
    /// Metres.
    pub road_m: Option<u32>,
    /// Seconds from boarding to alighting.
    pub road_s: Option<u32>,
    /// Seconds of these in which the car stood or crawled.
    pub waiting_s: Option<u32>,
    /// Tolls passed, as the tariff names them.
    pub tolls: Option<Vec<String>>,
}

/// Why a ride cost another amount than was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Another way was driven.
    Distance,
    /// It took another time, which the tariff counts, or another rate came into force on the way.
    Time,
    /// The car stood or crawled for another time.
    Waiting,
    /// Other tolls were passed.
    Tolls,
    /// Nothing that is known of the journey explains it.
    Unknown,
}

/// What one reason alone would have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The reason.
    pub reason: Reason,
    /// By how much the estimate would have differed, in minor units.
    pub difference_minor: i64,
}

/// A metered amount too far from its estimate to pass without a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Metered less estimated, in minor units.
    pub difference_minor: i64,
    /// The same as a share of the estimate in basis points, without its sign, rounded down; all of it where the estimate
    /// was nothing.
    pub share_bp: u64,
    /// What explains most of it.
    pub reason: Reason,
    /// What each known part of the journey explains in its direction, most first.
    pub shares: Vec<Share>,
}

/// The gap between a quote and what the meter asked, if it is more than the tariff's `gap_share_bp` of the estimate.
/// `metered_minor` is the fare with tolls and extras, as the quote's total is. A fixed price has no gap.
#[must_use]
pub fn gap(quoted: &Quote, tariff: &Tariff, metered_minor: i64, driven: &Driven) -> Option<Gap> {
    if quoted.kind == QuoteKind::Fixed {
        return None;
    }
    let estimate = i128::from(quoted.total.minor);
    let difference = i128::from(metered_minor) - estimate;
    let apart = difference.abs();
    if apart * 10_000 <= estimate * i128::from(tariff.gap_share_bp) {
        return None;
    }
    let share_bp = if estimate > 0 { apart * 10_000 / estimate } else { 10_000 };
    let mut shares: Vec<Share> = one_changed(&quoted.journey, driven)
        .filter_map(|(reason, journey)| {
            let other = quote(tariff, &journey).ok()?;
            let difference_minor = other.total.minor.checked_sub(quoted.total.minor)?;
            (i128::from(difference_minor).signum() == difference.signum()).then_some(Share { reason, difference_minor })
        })
        .collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.difference_minor.unsigned_abs()));
    Some(Gap {
        difference_minor: i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX }),
        share_bp: u64::try_from(share_bp).unwrap_or(u64::MAX),
        reason: shares.first().map_or(Reason::Unknown, |share| share.reason),
        shares,
    })
}

/// The journey as planned with one thing as it was driven, for each thing that is known.
fn one_changed<'a>(planned: &'a Journey, driven: &'a Driven) -> impl Iterator<Item = (Reason, Journey)> + 'a {
    let distance = driven.road_m.map(|road_m| (Reason::Distance, Journey { road_m, ..planned.clone() }));
    let time = driven.road_s.map(|road_s| {
        let waiting_s = planned.waiting_s.min(road_s);
        (Reason::Time, Journey { road_s, waiting_s, ..planned.clone() })
    });
    let waiting = driven.waiting_s.map(|waiting_s| {
        let road_s = planned.road_s.max(waiting_s);
        (Reason::Waiting, Journey { road_s, waiting_s, ..planned.clone() })
    });
    let tolls = driven.tolls.clone().map(|tolls| (Reason::Tolls, Journey { tolls, ..planned.clone() }));
    [distance, time, waiting, tolls].into_iter().flatten()
}
