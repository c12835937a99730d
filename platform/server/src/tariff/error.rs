//! What a tariff's text, a quote and a publication refuse.

use std::path::PathBuf;

use fareway_shared::{
    id::{FleetId, TariffId},
    money::Currency,
    time::Timestamp,
};

use crate::store_error::StoreError;

/// A minute of a local day, shown as `05:00`; 1,440 is its end, `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinuteOfDay(pub u16);

impl std::fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// What is wrong with a tariff's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is not TOML.
    #[error("the tariff is not valid TOML: {message}")]
    Syntax {
        /// Where and why.
        message: String,
    },
    /// A key is unknown, missing or has a wrong value.
    #[error("tariff key `{key}`: {message}")]
    Key {
        /// Which key, with its section.
        key: String,
        /// Why.
        message: String,
    },
    /// Some minutes of the week have no rate.
    #[error("no rate covers {day} {from} to {until} for class `{class}`; add these hours to one [[rate]]")]
    Gap {
        /// The vehicle class.
        class: String,
        /// The kind of day, as in `days`.
        day: &'static str,
        /// Local time at which the first gap begins.
        from: MinuteOfDay,
        /// Local time at which it ends.
        until: MinuteOfDay,
    },
    /// Some minutes of the week have two rates.
    #[error(
        "the rates `{one}` and `{other}` both cover {day} {from} to {until} for class `{class}`; take these hours out of one"
    )]
    Overlap {
        /// The vehicle class.
        class: String,
        /// The kind of day, as in `days`.
        day: &'static str,
        /// Local time at which the first overlap begins.
        from: MinuteOfDay,
        /// Local time at which it ends.
        until: MinuteOfDay,
        /// The rate that stands first in the file.
        one: String,
        /// The other.
        other: String,
    },
}

impl FileError {
    /// A wrong value, with its reason.
    pub fn key(key: impl Into<String>, message: impl ToString) -> Self {
        Self::Key { key: key.into(), message: message.to_string() }
    }
}

/// What can go wrong in this slice.
#[derive(Debug, thiserror::Error)]
pub enum TariffError {
    /// The file with the tariff's text cannot be read.
    #[error("the tariff file {path} cannot be read")]
    Unread {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The tariff's text.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journey begins before the tariff is in force.
    #[error("this tariff is not in force yet at the time of the pick-up; ask for the one that is")]
    NotInForce,
    /// The tariff has no such vehicle class.
    #[error("this tariff has no vehicle class `{class}`; it has {known}")]
    UnknownClass {
        /// The class asked for.
        class: String,
        /// Those it has.
        known: String,
    },
    /// The tariff has no such toll.
    #[error("this tariff has no toll `{0}`")]
    UnknownToll(String),
    /// The tariff has no such extra.
    #[error("this tariff has no extra `{0}`")]
    UnknownExtra(String),
    /// More of an extra than a car takes.
    #[error("at most {count_max} of the extra `{name}` can be booked, not {count}")]
    TooManyExtras {
        /// The extra.
        name: String,
        /// How many were asked for.
        count: u64,
        /// How many there may be.
        count_max: u32,
    },
    /// A part of the journey is out of range.
    #[error("the journey's {field} is out of range: {message}")]
    Journey {
        /// Which part.
        field: &'static str,
        /// What the range is.
        message: String,
    },
    /// The amount does not fit into any money.
    #[error("the fare is too large to be an amount")]
    Overflow,
    /// The fleet has published no tariff that is in force at the time of the pick-up.
    #[error("the fleet has no tariff in force at the time of the pick-up; publish one: fareway tariff publish")]
    NoneInForce,
    /// A tariff in another currency than the fleet's.
    #[error("the tariff is in {tariff}, and the fleet's meters and prices are in {fleet}")]
    WrongCurrency {
        /// The tariff's.
        tariff: Currency,
        /// The fleet's.
        fleet: Currency,
    },
    /// A tariff whose hours are those of another time zone than the fleet's.
    #[error("the tariff's hours are in {tariff}, and the fleet is in {fleet}")]
    WrongTimeZone {
        /// The tariff's, by its IANA name.
        tariff: String,
        /// The fleet's.
        fleet: String,
    },
    /// The tariff would change what is in force already.
    #[error(
        "the tariff is to be in force from {from}, but number {number} of this fleet is published already; give a later \
         `from` (after {earliest}), or say that it is backdated"
    )]
    Backdated {
        /// The tariff's `from`, local time.
        from: String,
        /// The tariff of the fleet that begins last.
        number: u32,
        /// The local time after which a tariff may begin.
        earliest: String,
    },
    /// A stored quote names a tariff that the fleet never published.
    #[error("fleet {fleet} has no tariff {tariff}")]
    UnknownTariff {
        /// The fleet.
        fleet: FleetId,
        /// The tariff.
        tariff: TariffId,
    },
    /// The stored quote does not come out the same.
    #[error("the quote of {quoted_at:?} does not come out the same under its own tariff {tariff}; it was changed")]
    DoesNotReplay {
        /// The tariff it names.
        tariff: TariffId,
        /// When it was made.
        quoted_at: Timestamp,
    },
    /// The database.
    #[error("tariffs and quotes could not be read or written")]
    Store(#[from] StoreError),
}
