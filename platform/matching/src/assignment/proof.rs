//! The other side's turn, and the proof. A free column that kept a price is brought down by the same searches with the sides
//! and signs turned round; then every pair is held to its prices. Called by [`super::crow`] and [`super::standing`].
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and columns are dense ids checked at the door"
)]

use super::{
    paths::{DEAD, Match, NONE, Paths, differing},
    source::Source,
};

impl<S: Source> Paths<S> {
    /// Brings the price of every free column that has one down to 0, or finds it a partner on the way.
    pub(crate) fn lower(&mut self) {
        let priced = self.free_but_priced();
        if !priced.is_empty() {
            self.bring_down(priced, &[]);
        }
    }

    /// Columns that nobody has, but that have a price.
    pub(crate) fn free_but_priced(&self) -> Vec<u32> {
        let free = (0..).zip(&self.found.col_mate).zip(&self.found.col_price);
        let priced = free.filter(|((_, mate), price)| **mate == NONE && **price > 0 && **price != DEAD);
        priced.map(|((col, _), _)| col).collect()
    }

    /// Brings these free columns' prices down to 0, or finds them partners on the way. Those that are `new` first get a price
    /// at which no row would gain by them. What fell is in `fallen` then.
    pub(crate) fn bring_down(&mut self, mut priced: Vec<u32>, new: &[u32]) {
        let before = self.found.col_price.clone();
        self.turn();
        for col in new {
            self.price(*col as usize);
        }
        priced.extend(new.iter().filter(|col| self.found.row_price[**col as usize] < 0));
        self.place_all(priced);
        if self.patience == 0 {
            return;
        }
        self.turn();
        let fell = (0..).zip(before.iter().zip(&self.found.col_price)).filter(|(_, (before, now))| now < before);
        self.fallen = fell.map(|(col, _)| col).collect();
        self.is_sound &= self.fallen.iter().all(|col| self.col_fits(*col as usize));
    }

    /// Whether nothing is cheaper for a column whose price just fell than what it would pay, seen as a row.
    fn col_fits(&self, col: usize) -> bool {
        let price = -self.found.col_price[col];
        let mut list = self.other_lists.of(col).iter();
        price <= self.other_lists.bound(col)
            && list.all(|entry| price <= entry.cost - self.found.row_price[entry.col as usize])
    }

    /// Whether nothing, listed or not, is cheaper for a row than its price, and its pair costs just that.
    fn row_fits(&self, row: usize) -> bool {
        let found = &self.found;
        let (mate, price) = (found.row_mate[row], found.row_price[row]);
        let (mut least, mut own) = (self.lists.bound(row), None);
        for entry in self.lists.of(row) {
            let value = entry.cost + found.col_price[entry.col as usize];
            least = least.min(value);
            if entry.col == mate {
                own = Some(value);
            }
        }
        let pays = match (mate, own) {
            (NONE, _) => found.alone[row],
            (_, Some(value)) => value,
            (mate, None) => self.source.cost(row, mate as usize) + found.col_price[mate as usize],
        };
        price == pays && price <= least && price <= found.alone[row]
    }

    /// Whether the answer is proved over all pairs, listed or not: nothing is cheaper for any row than its price, made pairs
    /// cost just that, and what is free has no price. Bounds of lists hold for columns whose price never fell since; those
    /// whose price did are proved from their own side.
    pub(crate) fn is_proved(&self) -> bool {
        self.is_sound && (0..self.found.row_mate.len()).all(|row| self.row_fits(row)) && self.found.is_whole()
    }

    /// The same if another answer stands proved, but for `new` rows: a row whose price and pair are as they were can be
    /// undercut only by a column whose price fell since, or that is new, and those are proved from their own side over all
    /// rows.
    pub(crate) fn is_proved_since(&self, proved: &Match, new: &[u32]) -> bool {
        let found = &self.found;
        let mut rows = differing((&proved.row_price, &proved.row_mate), (&found.row_price, &found.row_mate));
        let new = new.iter().all(|row| self.row_fits(*row as usize) && found.row_is_whole(*row as usize));
        self.is_sound && new && rows.all(|row| self.row_fits(row)) && found.is_whole_since(proved)
    }

    /// Makes rows of the columns and columns of the rows. Prices change sign: what a column is worth is then what a row
    /// would rather not pay, so a free column with a price is a row that must be placed, and the same search does it.
    fn turn(&mut self) {
        let found = &mut self.found;
        for price in found.row_price.iter_mut().chain(&mut found.col_price) {
            *price = -*price;
        }
        std::mem::swap(&mut found.row_price, &mut found.col_price);
        std::mem::swap(&mut found.row_mate, &mut found.col_mate);
        std::mem::swap(&mut found.alone, &mut self.other_alone);
        std::mem::swap(&mut self.lists, &mut self.other_lists);
        self.is_turned = !self.is_turned;
        self.source.turn(&found.col_price);
        if self.is_turned {
            self.source.begin(&self.other_lists, &found.row_price, &mut self.lists);
        }
    }
}
