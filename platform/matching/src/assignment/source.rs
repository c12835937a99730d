//! What the exact solver must be told about costs, and all it may know of them: a list per row that grows on demand, and a
//! bound on what is not listed. Implemented by [`super::sparse`] and [`super::crow_source`].

use super::lists::Lists;

/// What a source is told of the columns when it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    /// Their prices.
    pub prices: &'a [i32],
    /// Their rows, or [`super::paths::NONE`].
    pub mates: &'a [u32],
}

/// Where candidates come from. A row is what is being matched, a column what it is matched to.
pub(crate) trait Source {
    /// Lists more columns for `row` and raises its bound, to `need` if that can be had in one step: whatever stays
    /// unlisted costs, plus its price, at least the bound, or more than it costs to stay alone. Prices never fall between
    /// two calls, but for [`Source::turn`].
    fn grow(&mut self, row: usize, need: i32, cols: &Columns<'_>, lists: &mut Lists);

    /// Lists, for every row, some columns far and near without any promise, where looking again and again would be too dear:
    /// a rough first answer is then found among those. False if there is nothing of the kind.
    fn sample(&mut self, _lists: &mut Lists) -> bool {
        false
    }

    /// Makes rows of the columns and columns of the rows. `cols` are the prices of those that are columns then.
    fn turn(&mut self, cols: &[i32]);

    /// Prices of columns fell; these are all of them now, and those of rows.
    fn fell(&mut self, rows: &[i32], cols: &[i32]) {
        self.turn(rows);
        self.turn(cols);
    }

    /// Begins new lists, for rows with prices that no column contradicts. `_lists` are those of the other side.
    fn begin(&self, _lists: &Lists, prices: &[i32], new: &mut Lists) {
        new.begin(prices);
    }

    /// Lists the cheapest column for a row of which nothing is listed, and few besides. `_prices` are those of the other rows,
    /// true over all columns.
    fn first_look(&mut self, row: usize, _prices: &[i32], cols: &Columns<'_>, lists: &mut Lists) {
        self.grow(row, i32::MIN, cols, lists);
    }

    /// What a pair costs.
    fn cost(&self, row: usize, col: usize) -> i32;
}
