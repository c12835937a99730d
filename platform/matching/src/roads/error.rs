//! What can go wrong with a map: where it comes from, where it is kept, and what is asked of it. Returned by everything
//! public in `roads`.

/// Why there is no map, or no answer from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The bytes are not an `.osm.pbf` file, or one that is damaged.
    #[error("this is not a readable .osm.pbf file: {what}")]
    NotOsm {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The bytes are not a map file of ours, or one that is damaged.
    #[error("this is not a readable map file: {what}; build it again with `fareway-match map build`")]
    NotAMap {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A map file of another version.
    #[error("this map file is of version {found}, and version {wanted} is needed; build it again")]
    Version {
        /// The file's.
        found: u32,
        /// Ours.
        wanted: u32,
    },
    /// More of something than is allowed.
    #[error("the map has too many {what}: {most} is the most; cut out a smaller region")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        most: usize,
    },
    /// Not one road that a car may use and come back from.
    #[error("the map has no connected roads for cars; is it an extract of a city?")]
    NoRoads,
    /// A list of travel times of the wrong length.
    #[error("{found} travel times were given for {wanted} arcs; give one for each")]
    WrongCount {
        /// How many were given.
        found: usize,
        /// How many arcs there are.
        wanted: usize,
    },
    /// A travel time that no arc can have.
    #[error("arc {arc} cannot take {ms} ms; a travel time is from 1 to {most} ms")]
    WrongTime {
        /// Which arc.
        arc: usize,
        /// What was given.
        ms: u32,
        /// The longest that is allowed.
        most: u32,
    },
}
