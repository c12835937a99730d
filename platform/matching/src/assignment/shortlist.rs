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
    /// By column, the search that it must not be offered to, being on a list already.
    listed: Vec<u32>,
    search: u32,
}

impl Shortlist {
    /// Nobody yet, of so many columns.
    pub(crate) fn over(cols: usize) -> Self {
        Self { listed: vec![0; cols], ..Self::default() }
    }

    /// Begins anew: the cheapest `wanted` below a limit that are not on a list already. Returns the bound.
    pub(crate) fn begin(&mut self, listed: &[Entry], wanted: usize, limit: i32) -> i32 {
        (self.wanted, self.bound) = (wanted, limit);
        self.best.clear();
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            self.listed.fill(0);
            self.search = 1;
        }
        for entry in listed {
            self.listed[entry.col as usize] = self.search;
        }
        limit
    }

    /// What everything else costs at least.
    pub(crate) const fn bound(&self) -> i32 {
        self.bound
    }

    /// Keeps a column at its value if it is among the cheapest. It may be offered again when it turns out cheaper.
    pub(crate) fn offer(&mut self, value: i32, entry: Entry) {
        if value >= self.bound || self.listed[entry.col as usize] == self.search {
            return;
        }
        let mut at = match self.best.iter().position(|(_, kept)| kept.col == entry.col) {
            Some(kept) if self.best[kept].0 <= value => return,
            Some(kept) => kept,
            None => {
                if self.best.len() < self.wanted {
                    self.best.push((value, entry));
                }
                self.best.len() - 1
            }
        };
        while at > 0 && self.best[at - 1].0 > value {
            self.best[at] = self.best[at - 1];
            at -= 1;
        }
        self.best[at] = (value, entry);
        if self.best.len() == self.wanted {
            self.bound = self.best[self.wanted - 1].0;
        }
    }

    /// What is on it, the cheapest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.best.iter().map(|(_, entry)| *entry)
    }
}
