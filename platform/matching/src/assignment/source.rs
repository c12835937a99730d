//! What the exact solver must be told about costs, and all it may know of them: a list per row that grows on demand, and a
//! bound on what is not listed. Implemented by [`super::sparse`] and [`super::crow_source`].

use super::lists::Lists;

/// Where candidates come from. A row is what is being matched, a column what it is matched to.
pub(crate) trait Source {
    /// Lists more columns for `row` and raises `lists.bound[row]`: whatever stays unlisted costs, plus its price, at least
    /// the bound, or more than it costs to stay alone. Prices never fall between two calls, but for [`Source::turn`].
    fn grow(&mut self, row: usize, prices: &[i32], lists: &mut Lists);

    /// Lists, for every row, some columns far and near without any promise: so that a rough first answer finds its way.
    fn sample(&mut self, _lists: &mut Lists) {}

    /// Makes rows of the columns and columns of the rows, and lists accordingly. `rows` and `cols` are their prices then.
    fn turn(&mut self, lists: &Lists, rows: &[i32], cols: &[i32]) -> Lists;
}
