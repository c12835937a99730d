//! Which cars a question is about. Asked by the readers once a car; built by their callers, as often as they like.

use super::profile::{Availability, Profile, Tag, VehicleNo};

/// Hard wishes, all of which a car must meet. Starts as [`Filter::ANY`] and is narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Filter {
    classes: u32,
    seats_min: u32,
    wheelchair: u32,
    availabilities: u32,
}

impl Filter {
    /// Every car.
    pub const ANY: Self = Self { classes: 0xFFFF, seats_min: 0, wheelchair: 0, availabilities: 0xFF };

    /// Every car that is free for a passenger.
    pub const VACANT: Self = Self { availabilities: Availability::Vacant.bit(), ..Self::ANY };

    /// Only these classes of those wanted so far; a class past 15 is no car's.
    #[must_use]
    pub fn in_classes(self, classes: &[u8]) -> Self {
        let set = classes.iter().filter(|&&class| class < 16).fold(0, |set, &class| set | 1 << class);
        Self { classes: self.classes & set, ..self }
    }

    /// Only cars with at least this many seats.
    #[must_use]
    pub fn with_seats(self, seats_min: u8) -> Self {
        Self { seats_min: self.seats_min.max(u32::from(seats_min)), ..self }
    }

    /// Only cars that take a wheelchair.
    #[must_use]
    pub const fn with_wheelchair(self) -> Self {
        Self { wheelchair: 1, ..self }
    }

    /// Only these availabilities, whatever was wanted so far.
    #[must_use]
    pub fn available(self, wanted: &[Availability]) -> Self {
        Self { availabilities: wanted.iter().fold(0, |set, one| set | one.bit()), ..self }
    }

    /// Whether a car of this profile meets it.
    #[must_use]
    pub fn fits(&self, profile: Profile) -> bool {
        self.accepts(Tag::new(VehicleNo(0), profile))
    }

    /// Whether a car meets it, without a branch.
    #[inline]
    pub(super) const fn accepts(&self, tag: Tag) -> bool {
        let class = self.classes >> tag.class() & 1;
        let available = self.availabilities >> tag.availability() & 1;
        class & available == 1 && tag.seats() >= self.seats_min && tag.wheelchair() >= self.wheelchair
    }
}
