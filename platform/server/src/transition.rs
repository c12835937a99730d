//! How states change: tables of (state, event, who) that are the code, the documentation and the oracle of the tests at
//! once. Reservations, offers and trips each have one.

use std::fmt::Debug;

/// Who makes something happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Whoever rides, or books for somebody who does.
    Passenger,
    /// Whoever drives.
    Driver,
    /// Whoever works at the console.
    Dispatcher,
    /// The taximeter.
    Meter,
    /// The platform itself: a timer that ran out, an offer that was taken.
    Platform,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Passenger, Self::Driver, Self::Dispatcher, Self::Meter, Self::Platform];

    /// The word in the database and in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passenger => "passenger",
            Self::Driver => "driver",
            Self::Dispatcher => "dispatcher",
            Self::Meter => "meter",
            Self::Platform => "platform",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Something with a fixed list of values, each with its word.
pub trait Listed: Copy + Eq + Debug + 'static {
    /// All of them, in the order that people expect.
    const ALL: &'static [Self];

    /// The word in the database and in documents.
    fn word(self) -> &'static str;

    /// Reads the word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

/// In these states, this event by one of these leads to that state.
#[derive(Debug)]
pub struct Row<S: 'static, E> {
    /// From any of these.
    pub from: &'static [S],
    /// When this happens.
    pub event: E,
    /// Made to happen by one of these.
    pub by: &'static [Role],
    /// It stands here then. The state it was in already: nothing changes, and nobody is told again.
    pub to: S,
}

/// Why an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused<S: Debug, E: Debug> {
    /// Not in this state, whoever asks.
    #[error("{event:?} does not fit the state {state:?}")]
    NotNow {
        /// As it stands.
        state: S,
        /// What was asked.
        event: E,
    },
    /// Others may.
    #[error("{by:?} may not {event:?} in the state {state:?}")]
    NotYours {
        /// As it stands.
        state: S,
        /// What was asked.
        event: E,
        /// Who asked.
        by: Role,
    },
}

/// A whole table.
#[derive(Debug)]
pub struct Table<S: 'static, E: 'static>(pub &'static [Row<S, E>]);

impl<S: Listed, E: Listed> Table<S, E> {
    /// Where an event leads.
    ///
    /// # Errors
    /// [`Refused`] for every cell that no row fills.
    pub fn next(&self, state: S, event: E, by: Role) -> Result<S, Refused<S, E>> {
        let mut fits = self.0.iter().filter(|row| row.event == event && row.from.contains(&state)).peekable();
        if fits.peek().is_none() {
            return Err(Refused::NotNow { state, event });
        }
        fits.find(|row| row.by.contains(&by)).map(|row| row.to).ok_or(Refused::NotYours { state, event, by })
    }

    /// The table as a page of the documentation: one line a row.
    #[must_use]
    pub fn page(&self) -> String {
        let words = |states: &[S]| states.iter().map(|state| state.word()).collect::<Vec<_>>().join(", ");
        let roles = |by: &[Role]| by.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ");
        let head = "| in | when | by | then |\n|---|---|---|---|\n".to_owned();
        self.0.iter().fold(head, |page, row| {
            let (from, event, by) = (words(row.from), row.event.word(), roles(row.by));
            page + &format!("| {from} | {event} | {by} | {} |\n", row.to.word())
        })
    }

    /// The first cell that two rows fill, if the table contradicts itself.
    #[must_use]
    pub fn contradiction(&self) -> Option<(S, E, Role)> {
        let cells = S::ALL.iter().flat_map(|state| {
            E::ALL.iter().flat_map(move |event| Role::ALL.into_iter().map(move |by| (*state, *event, by)))
        });
        cells.into_iter().find(|(state, event, by)| {
            let fits = |row: &&Row<S, E>| row.event == *event && row.from.contains(state) && row.by.contains(by);
            self.0.iter().filter(fits).count() > 1
        })
    }
}

/// Implements [`Listed`] for an enum whose values are all listed here with their words.
macro_rules! listed {
    ($name:ident { $($value:ident = $word:literal),+ $(,)? }) => {
        impl $crate::transition::Listed for $name {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }
        }
    };
}
pub(crate) use listed;
