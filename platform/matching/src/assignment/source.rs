//! What the exact solver must be told about costs, and all it may know of them: a list per row that grows on demand, and a
//! bound on what is not listed. Implemented by [`super::sparse`], [`super::crow`] and [`super::open`].

use super::lists::Lists;

/// Where candidates come from. A row is what is being matched, a column what it is matched to.
pub(crate) trait Source {
    /// Lists more columns for `row` and raises `lists.bound[row]`: whatever stays unlisted costs, plus its price, at least
    /// the bound. The bound must rise, to `i32::MAX` once nothing is left. Prices never fall between two calls.
    fn grow(&mut self, row: usize, prices: &[i32], lists: &mut Lists);
}
