//! The cheapest columns that a search has come across so far, each once. Filled by searches on roads and on the great circle
//! alike, so that both work towards one bound. Kept by [`super::limited_source`].
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "columns are positions in lists made for them, below 2^24"
)]

use super::lists::Entry;

/// So many at most, in order; whatever is not among them costs the bound or more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shortlist {
    wanted: usize,
    bound: i32,
    best: Vec<(i32, Entry)>,
    /// By column, the search that came across it last, and what it cost then.
    seen: Vec<(u32, i32)>,
    search: u32,
}

impl Shortlist {
    /// Nobody yet, of so many columns.
    pub(crate) fn over(cols: usize) -> Self {
        Self { seen: vec![(0, 0); cols], ..Self::default() }
    }

    /// Begins anew: the cheapest `wanted` below a limit that are not on a list already. Returns the bound.
    pub(crate) fn begin(&mut self, listed: &[Entry], wanted: usize, limit: i32) -> i32 {
        (self.wanted, self.bound) = (wanted, limit);
        self.best.clear();
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            self.seen.fill((0, 0));
            self.search = 1;
        }
        for entry in listed {
            self.seen[entry.col as usize] = (self.search, i32::MIN);
        }
        limit
    }

    /// What everything else costs at least.
    pub(crate) const fn bound(&self) -> i32 {
        self.bound
    }

    /// Keeps a column at its value if it is among the cheapest. It may be offered again when it turns out cheaper.
    pub(crate) fn offer(&mut self, value: i32, entry: Entry) {
        let seen = &mut self.seen[entry.col as usize];
        let again = seen.0 == self.search;
        if value >= self.bound || (again && seen.1 <= value) {
            return;
        }
        *seen = (self.search, value);
        if again {
            self.best.retain(|(_, kept)| kept.col != entry.col);
        }
        let at = self.best.iter().rposition(|(kept, _)| *kept <= value).map_or(0, |before| before + 1);
        self.best.insert(at, (value, entry));
        self.best.truncate(self.wanted);
        if self.best.len() == self.wanted {
            self.bound = self.best.last().map_or(self.bound, |(last, _)| *last);
        }
    }

    /// What is on it, the cheapest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.best.iter().map(|(_, entry)| *entry)
    }
}
