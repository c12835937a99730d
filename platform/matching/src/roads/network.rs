//! The roads of a city as segments between junctions: what a map file holds and everything else is made from. Made by
//! `compile`, or read by `file`, which lets nothing in that [`Network::check`] refuses.

use super::MapError;

/// The longest that one arc may take, ms: a day. Sums of any two fit in what the searches count with.
pub(super) const ARC_MS_MAX: u32 = 86_400_000;
/// Shares of a segment's time are counted in so many parts.
pub(super) const WHOLE: u32 = 1 << 20;
/// The most junctions, segments and points that one map may have.
pub(super) const COUNT_MAX: usize = 1 << 26;
/// The longest forbidden row of arcs: a turn by way of so many segments less one.
pub(super) const WORD_MAX: usize = 64;

/// A point of a segment's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    /// Latitude and longitude in ten-millionths of a degree.
    pub(super) at: [i32; 2],
    /// Centimetres from the segment's tail.
    pub(super) cm: u32,
    /// Share of the segment's time from its tail, in parts of [`WHOLE`].
    pub(super) share: u32,
}

/// Junctions, the segments between them, and the turns that may not be made.
///
/// Segment `s` has two arcs: `2 * s` drives along its line, `2 * s + 1` against it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Network {
    /// Where the junctions are, in ten-millionths of a degree.
    pub(super) nodes: Vec<[i32; 2]>,
    /// The junctions at the segments' tails and heads.
    pub(super) ends: Vec<[u32; 2]>,
    /// What each arc takes without other knowledge, ms; 0 for one that may not be driven.
    pub(super) ms: Vec<u32>,
    /// Where each segment's points begin; one more at the end.
    pub(super) first_point: Vec<u32>,
    pub(super) points: Vec<Point>,
    /// Where each forbidden row of arcs begins; one more at the end.
    pub(super) first_word: Vec<u32>,
    pub(super) words: Vec<u32>,
}

impl Network {
    /// An empty network, to be added to.
    pub(super) fn new() -> Self {
        Self { first_point: vec![0], first_word: vec![0], ..Self::default() }
    }

    /// The junctions that an arc leaves and reaches.
    pub(super) fn arc_ends(&self, arc: u32) -> Option<[u32; 2]> {
        let [tail, head] = *self.ends.get(place(arc >> 1))?;
        Some(if arc & 1 == 0 { [tail, head] } else { [head, tail] })
    }

    /// Whether an arc may be driven.
    pub(super) fn is_open(&self, arc: u32) -> bool {
        self.ms.get(place(arc)).is_some_and(|ms| *ms > 0)
    }

    /// A segment's line, from its tail to its head.
    pub(super) fn line(&self, segment: u32) -> &[Point] {
        span(&self.first_point, &self.points, place(segment))
    }

    /// The forbidden rows of arcs.
    pub(super) fn forbidden(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.first_word.len().saturating_sub(1)).map(|word| span(&self.first_word, &self.words, word))
    }

    /// Holds to everything that the rest of the module relies on.
    pub(super) fn check(&self) -> Result<(), MapError> {
        let wrong = |what| Err(MapError::NotAMap { what });
        for count in [self.nodes.len(), self.ends.len(), self.points.len(), self.words.len()] {
            if count > COUNT_MAX {
                return Err(MapError::TooLarge { what: "junctions, segments or points", most: COUNT_MAX });
            }
        }
        let on_earth = |at: &[i32; 2]| at[0].unsigned_abs() <= 900_000_000 && at[1].unsigned_abs() <= 1_800_000_000;
        if !self.nodes.iter().all(on_earth) || !self.points.iter().all(|point| on_earth(&point.at)) {
            return wrong("a place lies nowhere on the earth");
        }
        if self.ends.iter().flatten().any(|node| place(*node) >= self.nodes.len()) {
            return wrong("a segment ends at a junction that is not there");
        }
        if self.ms.len() != self.ends.len() * 2 || self.ms.iter().any(|ms| *ms > ARC_MS_MAX) {
            return wrong("its travel times do not fit its segments");
        }
        if !self.ms.iter().any(|ms| *ms > 0) {
            return Err(MapError::NoRoads);
        }
        if !rises(&self.first_point, self.ends.len(), self.points.len()) {
            return wrong("its lines do not fit its segments");
        }
        for segment in 0..self.ends.len() {
            if !runs_from_tail_to_head(span(&self.first_point, &self.points, segment)) {
                return wrong("a segment's line is not one");
            }
        }
        if !rises(&self.first_word, self.first_word.len().saturating_sub(1), self.words.len())
            || !self.forbidden().all(|word| self.is_a_row(word))
        {
            return wrong("a forbidden turn is not one");
        }
        Ok(())
    }

    /// Whether these arcs can be driven one after the other.
    pub(super) fn is_a_row(&self, arcs: &[u32]) -> bool {
        let joined = |pair: &[u32]| match pair {
            [one, next] => match (self.arc_ends(*one), self.arc_ends(*next)) {
                (Some([_, head]), Some([tail, _])) => head == tail,
                _ => false,
            },
            _ => false,
        };
        (2..=WORD_MAX).contains(&arcs.len()) && arcs.iter().all(|arc| self.is_open(*arc)) && arcs.windows(2).all(joined)
    }
}

fn runs_from_tail_to_head(line: &[Point]) -> bool {
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return false };
    let rising = line.is_sorted_by(|one, next| one.cm <= next.cm && one.share <= next.share) && line.len() >= 2;
    rising && first.cm == 0 && first.share == 0 && last.share == WHOLE
}

/// Whether a list of beginnings rises from 0 to `end`, one for each of `count` and one more.
fn rises(first: &[u32], count: usize, end: usize) -> bool {
    first.len() == count + 1
        && first.is_sorted()
        && first.first() == Some(&0)
        && first.last().is_some_and(|last| place(*last) == end)
}

/// What of `all` belongs to `at`.
fn span<'a, T>(first: &[u32], all: &'a [T], at: usize) -> &'a [T] {
    match (first.get(at), first.get(at + 1)) {
        (Some(start), Some(end)) => all.get(place(*start)..place(*end)).unwrap_or(&[]),
        _ => &[],
    }
}

/// A number as a place in a list. Every number that is one is a `u32` here.
pub(super) const fn place(at: u32) -> usize {
    #[expect(
        clippy::as_conversions,
        reason = "a usize has 32 bits or more wherever this runs, and `From` is not const"
    )]
    let at = at as usize;
    at
}
