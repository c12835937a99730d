//! The candidate list of every row: columns it may be matched to, with their costs, and a bound below which nothing is
//! missing. Written by sources, read by the path search. Lists only grow.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and spans are made here and stay in range; lengths fit 32 bits"
)]

/// A column a row may be matched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The column.
    pub col: u32,
    /// What the pair costs.
    pub cost: i32,
}

/// Where a row's list lies in the arena.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    len: u32,
    room: u32,
}

/// All lists, in one arena.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    entries: Vec<Entry>,
    spans: Vec<Span>,
    /// Per row: a column that is not on its list costs, with its price, at least this.
    pub bound: Vec<i32>,
}

impl Lists {
    /// Empty lists that know nothing.
    pub(crate) fn new(rows: usize, room: usize) -> Self {
        Self { entries: Vec::with_capacity(rows * room), spans: vec![Span::default(); rows], bound: vec![0; rows] }
    }

    /// The list of a row.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> &[Entry] {
        let span = self.spans[row];
        &self.entries[span.start as usize..(span.start + span.len) as usize]
    }

    /// Empty lists that know what the prices say: nothing is cheaper for a row than its price.
    pub(crate) fn from_prices(prices: &[i32]) -> Self {
        Self { entries: Vec::new(), spans: vec![Span::default(); prices.len()], bound: prices.to_vec() }
    }

    /// One more row, with an empty list that knows nothing.
    pub(crate) fn push(&mut self) {
        self.spans.push(Span::default());
        self.bound.push(i32::MIN);
    }

    /// Forgets what is listed for a row, but keeps its room.
    pub(crate) fn clear(&mut self, row: usize) {
        self.spans[row].len = 0;
        self.bound[row] = i32::MIN;
    }

    /// Adds to the list of a row, moving it to the end of the arena when its room is used up.
    pub(crate) fn append(&mut self, row: usize, more: &[Entry]) {
        let span = self.spans[row];
        let (start, len) = (span.start as usize, span.len as usize);
        if len + more.len() <= span.room as usize {
            self.entries[start + len..start + len + more.len()].copy_from_slice(more);
            self.spans[row].len += more.len() as u32;
            return;
        }
        let moved = self.entries.len();
        self.entries.extend_from_within(start..start + len);
        self.entries.extend_from_slice(more);
        let room = if len == 0 { more.len() } else { (len + more.len()) * 3 / 2 };
        self.entries.resize(moved + room, Entry { col: u32::MAX, cost: 0 });
        self.spans[row] = Span { start: moved as u32, len: (len + more.len()) as u32, room: room as u32 };
    }
}
