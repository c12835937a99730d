//! 100,000 cars and as many askers at recorded places of San Francisco cabs, and moves of some 50 m. All seeded.

use fareway_matching::index::{Profile, VehicleIndex, VehicleNo};
use fareway_shared::place::LatLng;

use crate::{
    draw::Draw,
    recordings::{lines, shared},
    row::Failed,
};

/// As many as the index is promised for.
pub(crate) const CARS: usize = 100_000;
const TRACE: &str = "data/sf-trace-2008-05-21.csv.gz";

/// Where everybody is.
pub(crate) struct City {
    pub cars: Vec<LatLng>,
    pub askers: Vec<LatLng>,
}

/// A car goes elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Move {
    pub no: u32,
    pub from: LatLng,
    pub to: LatLng,
}

impl City {
    /// Reads the recording; nothing, with a sentence, where it is absent.
    pub(crate) fn read() -> Result<Option<Self>, Failed> {
        let Some(path) = shared("index", TRACE) else { return Ok(None) };
        let mut places = Vec::new();
        for line in lines(&path)? {
            let mut fields = line.split(',').skip(2);
            let (Some(lat), Some(lng)) = (fields.next(), fields.next()) else { continue };
            places.push(LatLng::new(lat.parse()?, lng.parse()?)?);
        }
        if places.len() < 2 * CARS {
            return Err(format!("{} holds {} positions, too few for {CARS} cars", path.display(), places.len()).into());
        }
        let mut draw = Draw(1);
        for place in 0..2 * CARS {
            let other = place + draw.below(places.len() - place);
            places.swap(place, other);
        }
        let askers = places[CARS..2 * CARS].to_vec();
        places.truncate(CARS);
        Ok(Some(Self { cars: places, askers }))
    }

    /// An index with every car.
    pub(crate) fn index(&self) -> Result<VehicleIndex, Failed> {
        let mut index = VehicleIndex::new(CARS as u32)?;
        for (no, &at) in (0..).zip(&self.cars) {
            index.insert(VehicleNo(no), at, Profile::new(0, 4)?)?;
        }
        Ok(index)
    }

    /// A place some 50 m from another.
    pub(crate) fn nearby(draw: &mut Draw, place: LatLng) -> Result<LatLng, Failed> {
        let bearing = draw.part() * std::f64::consts::TAU;
        let lat = place.lat() + 50.0 / 111_195.0 * bearing.sin();
        let lng = place.lng() + 50.0 / 111_195.0 / place.lat().to_radians().cos() * bearing.cos();
        Ok(LatLng::new((lat * 1e5).round() / 1e5, (lng * 1e5).round() / 1e5)?)
    }

    /// Moves of cars drawn at random, each on from where the last one left it.
    pub(crate) fn moves(&mut self, draw: &mut Draw, count: usize) -> Result<Vec<Move>, Failed> {
        (0..count)
            .map(|_| {
                let no = draw.below(self.cars.len());
                let from = self.cars[no];
                let to = Self::nearby(draw, from)?;
                self.cars[no] = to;
                Ok(Move { no: no as u32, from, to })
            })
            .collect()
    }
}
