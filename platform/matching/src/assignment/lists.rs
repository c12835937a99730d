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

/// All lists, in one arena. Rows that are alike share one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    entries: Vec<Entry>,
    /// Which list is each row's.
    list_of: Vec<u32>,
    spans: Vec<Span>,
    bounds: Vec<i32>,
}

impl Lists {
    /// Empty lists that know nothing. `list_of` says which list is each row's, below the number of rows.
    pub(crate) fn new(list_of: Vec<u32>, room: usize) -> Self {
        let rows = list_of.len();
        Self {
            entries: Vec::with_capacity(rows * room),
            list_of,
            spans: vec![Span::default(); rows],
            bounds: vec![0; rows],
        }
    }

    /// The list of a row.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> &[Entry] {
        let span = self.spans[self.list_of[row] as usize];
        &self.entries[span.start as usize..(span.start + span.len) as usize]
    }

    /// Which list is a row's.
    #[inline]
    pub(crate) fn id(&self, row: usize) -> usize {
        self.list_of[row] as usize
    }

    /// How many lists there are.
    pub(crate) fn count(&self) -> usize {
        self.spans.len()
    }

    /// A column that is not on the list of a row costs, with its price, at least this.
    #[inline]
    pub(crate) fn bound(&self, row: usize) -> i32 {
        self.bounds[self.list_of[row] as usize]
    }

    /// Says what a column that is not on the list of a row costs at least.
    pub(crate) fn set_bound(&mut self, row: usize, bound: i32) {
        self.bounds[self.list_of[row] as usize] = bound;
    }

    /// Makes all bounds hold after a fall of all prices by at most so much.
    pub(crate) fn lower(&mut self, by: i32) {
        self.bounds.iter_mut().for_each(|bound| *bound = bound.saturating_sub(by));
    }

    /// Forgets of the list of every row what its price does not say: that nothing is cheaper for it.
    pub(crate) fn believe(&mut self, prices: &[i32]) {
        for (list, price) in self.list_of.iter().zip(prices) {
            let bound = &mut self.bounds[*list as usize];
            *bound = (*bound).min(*price);
        }
    }

    /// Empties all lists, one for each row, which know then what the prices say: nothing is cheaper for a row than its price.
    pub(crate) fn begin(&mut self, prices: &[i32]) {
        self.entries.clear();
        self.list_of.clear();
        self.list_of.extend(0..prices.len() as u32);
        self.spans.clear();
        self.spans.resize(prices.len(), Span::default());
        self.bounds.clear();
        self.bounds.extend_from_slice(prices);
    }

    /// Forgets what is listed for a row, but keeps its room.
    pub(crate) fn clear(&mut self, row: usize) {
        let list = self.list_of[row] as usize;
        self.spans[list].len = 0;
        self.bounds[list] = i32::MIN;
    }

    /// Gives a row an empty list of its own.
    pub(crate) fn renew(&mut self, row: usize, bound: i32) {
        self.list_of[row] = self.spans.len() as u32;
        self.spans.push(Span::default());
        self.bounds.push(bound);
    }

    /// Adds to the list of a row, moving it to the end of the arena when its room is used up.
    pub(crate) fn append(&mut self, row: usize, more: &[Entry]) {
        let list = self.list_of[row] as usize;
        let span = self.spans[list];
        let (start, len) = (span.start as usize, span.len as usize);
        if len + more.len() <= span.room as usize {
            self.entries[start + len..start + len + more.len()].copy_from_slice(more);
            self.spans[list].len += more.len() as u32;
            return;
        }
        let moved = self.entries.len();
        self.entries.extend_from_within(start..start + len);
        self.entries.extend_from_slice(more);
        let room = if len == 0 { more.len() } else { (len + more.len()) * 3 / 2 };
        self.entries.resize(moved + room, Entry { col: u32::MAX, cost: 0 });
        self.spans[list] = Span { start: moved as u32, len: (len + more.len()) as u32, room: room as u32 };
    }
}
