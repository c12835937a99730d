//! How long and how far from place to place, by road where there is one, and otherwise by great-circle: every answer says
//! which. Called by whoever has places and wants no reasons for having no answer.

use fareway_shared::place::LatLng;

use super::{Crow, Roads};

/// A place farther from every road than this is not on the map, metres.
const REACH_M: f64 = 1000.0;

/// Which of the two an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The quickest way on the roads of a map.
    Road,
    /// A great circle with a detour: there is no map, or no road near, or no way between the two.
    Crow,
}

/// How long and how far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// Travel time, ms.
    pub ms: u32,
    /// Metres by road: driven, or supposed.
    pub m: f64,
    /// Which of the two it is.
    pub by: By,
}

/// Road times with the great circle to fall back on.
#[derive(Debug, Clone)]
pub struct Eta {
    roads: Option<Roads>,
    crow: Crow,
}

impl Eta {
    /// With a map or without.
    #[must_use]
    pub const fn new(roads: Option<Roads>, crow: Crow) -> Self {
        Self { roads, crow }
    }

    /// The map, if there is one.
    #[must_use]
    pub const fn roads(&self) -> Option<&Roads> {
        self.roads.as_ref()
    }

    /// What stands in for the map.
    #[must_use]
    pub const fn crow(&self) -> Crow {
        self.crow
    }

    /// The quickest way from one place to another. Time: that of [`Roads::snap`] twice and [`Roads::route`].
    #[must_use]
    pub fn between(&self, from: LatLng, to: LatLng) -> Answer {
        self.by_road(from, to).unwrap_or_else(|| {
            let (m, ms) = self.crow.between(from, to);
            Answer { ms, m, by: By::Crow }
        })
    }

    fn by_road(&self, from: LatLng, to: LatLng) -> Option<Answer> {
        let roads = self.roads.as_ref()?;
        let (from, to) = (roads.snap(from, REACH_M)?, roads.snap(to, REACH_M)?);
        let route = roads.route(&from, &to)?;
        Some(Answer { ms: route.ms, m: route.m, by: By::Road })
    }
}
