//! What the index knows of a car beside its place, packed into one 32-bit tag: its number and what filters ask for.
//! Used by the writer (packs) and the readers (unpack); it must not learn anything that does not fit the tag.

#![expect(clippy::as_conversions, reason = "bit fields are cut to their width before they are narrowed")]

use std::fmt;

/// Bits of a tag that hold the number.
const NUMBER_BITS: u32 = 20;
const CLASS_AT: u32 = NUMBER_BITS;
const SEATS_AT: u32 = CLASS_AT + 4;
const WHEELCHAIR_AT: u32 = SEATS_AT + 4;
const AVAILABILITY_AT: u32 = WHEELCHAIR_AT + 1;
const NUMBER_MASK: u32 = (1 << NUMBER_BITS) - 1;

/// Classes and seats run from 0 to this.
const NIBBLE_MAX: u8 = 15;

/// How many cars a tag can number.
pub(super) const NUMBERS: u32 = 1 << NUMBER_BITS;

/// A car's number within one index, from 0, given by the caller; small numbers keep the index small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VehicleNo(pub u32);

impl fmt::Display for VehicleNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a car is free for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Availability {
    /// Nobody drives it.
    OffShift,
    /// Free for a passenger.
    Vacant,
    /// An offer is out to its driver.
    Offered,
    /// On a trip.
    Engaged,
    /// Its driver rests.
    Paused,
}

impl Availability {
    /// The code in the tag.
    const fn code(self) -> u32 {
        match self {
            Self::OffShift => 0,
            Self::Vacant => 1,
            Self::Offered => 2,
            Self::Engaged => 3,
            Self::Paused => 4,
        }
    }

    /// As a set of one.
    pub(super) const fn bit(self) -> u32 {
        1 << self.code()
    }
}

/// Two numbers that do not describe a car.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("class {class} with {seats} seats cannot be indexed: both run from 0 to 15")]
pub struct NotAProfile {
    class: u8,
    seats: u8,
}

/// What filters ask of a car.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Profile {
    class: u8,
    seats: u8,
    wheelchair: bool,
    availability: Availability,
}

impl Profile {
    /// A car of a class (the fleet's own numbering) with seats for passengers, vacant, without place for a wheelchair.
    ///
    /// # Errors
    /// [`NotAProfile`] when class or seats are past 15.
    pub const fn new(class: u8, seats: u8) -> Result<Self, NotAProfile> {
        if class > NIBBLE_MAX || seats > NIBBLE_MAX {
            return Err(NotAProfile { class, seats });
        }
        Ok(Self { class, seats, wheelchair: false, availability: Availability::Vacant })
    }

    /// The same car, able to take a wheelchair.
    #[must_use]
    pub const fn with_wheelchair(self) -> Self {
        Self { wheelchair: true, ..self }
    }

    /// The same car, otherwise available.
    #[must_use]
    pub const fn with_availability(self, availability: Availability) -> Self {
        Self { availability, ..self }
    }

    /// The fleet's own class number.
    #[must_use]
    pub const fn class(self) -> u8 {
        self.class
    }

    /// Seats for passengers.
    #[must_use]
    pub const fn seats(self) -> u8 {
        self.seats
    }

    /// Whether it takes a wheelchair.
    #[must_use]
    pub const fn takes_wheelchair(self) -> bool {
        self.wheelchair
    }

    /// What it is free for.
    #[must_use]
    pub const fn availability(self) -> Availability {
        self.availability
    }
}

/// Number and profile in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag(pub u32);

impl Tag {
    /// Packs; numbers are below [`NUMBERS`], which the writer has checked.
    pub(super) fn new(no: VehicleNo, profile: Profile) -> Self {
        Self(
            (no.0 & NUMBER_MASK)
                | u32::from(profile.class) << CLASS_AT
                | u32::from(profile.seats) << SEATS_AT
                | u32::from(profile.wheelchair) << WHEELCHAIR_AT
                | profile.availability.code() << AVAILABILITY_AT,
        )
    }

    pub(super) const fn no(self) -> VehicleNo {
        VehicleNo(self.0 & NUMBER_MASK)
    }

    pub(super) const fn class(self) -> u32 {
        self.0 >> CLASS_AT & 15
    }

    pub(super) const fn seats(self) -> u32 {
        self.0 >> SEATS_AT & 15
    }

    pub(super) const fn wheelchair(self) -> u32 {
        self.0 >> WHEELCHAIR_AT & 1
    }

    pub(super) const fn availability(self) -> u32 {
        self.0 >> AVAILABILITY_AT
    }

    pub(super) const fn profile(self) -> Profile {
        Profile {
            class: self.class() as u8,
            seats: self.seats() as u8,
            wheelchair: self.wheelchair() == 1,
            availability: match self.availability() {
                0 => Availability::OffShift,
                1 => Availability::Vacant,
                2 => Availability::Offered,
                3 => Availability::Engaged,
                _ => Availability::Paused,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_and_the_largest_number_come_back_from_the_tag() {
        use Availability::{Engaged, OffShift, Offered, Paused, Vacant};
        for class in 0..=15 {
            for seats in 0..=15 {
                for availability in [OffShift, Vacant, Offered, Engaged, Paused] {
                    let plain = Profile::new(class, seats).unwrap().with_availability(availability);
                    for profile in [plain, plain.with_wheelchair()] {
                        let tag = Tag::new(VehicleNo(NUMBERS - 1), profile);
                        assert_eq!((tag.no(), tag.profile()), (VehicleNo(NUMBERS - 1), profile));
                    }
                }
            }
        }
    }

    #[test]
    fn a_profile_that_does_not_fit_is_refused_in_a_sentence() {
        let sentence = Profile::new(16, 4).unwrap_err().to_string();
        assert_eq!(sentence, "class 16 with 4 seats cannot be indexed: both run from 0 to 15");
        assert!(Profile::new(0, 16).is_err());
    }
}
