//! A forest of trees that ask the same question at a whole level, so that sixty-four drives walk one together without a
//! branch. Grown by [`super::grow`], asked by [`super::model`]; it knows numbers, not drives.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a column has at most 255 edges and a checked tree asks only of columns and has a leaf for every answer"
)]

use fearless_simd::{Level, Simd, dispatch};
use serde::{Deserialize, Serialize};

use super::{TravelTimeError, feature::FEATURES};

/// How many rows walk together.
pub(super) const BLOCK: usize = 64;
/// Edges of a column at most: a bin is one byte.
pub(super) const EDGES_MAX: usize = 255;
pub(super) const LEVELS_MAX: usize = 8;

/// One question: is the number of this column above this edge?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) column: u8,
    /// Bins above this one go right.
    pub(super) bin: u8,
}

/// Questions level by level, and a leaf for every row of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) questions: Vec<Question>,
    pub(super) leaves: Vec<f32>,
}

/// The trees, and the edges that cut each column into bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Forest {
    pub(super) base: f32,
    pub(super) edges: Vec<Vec<f32>>,
    pub(super) trees: Vec<Tree>,
}

impl Forest {
    /// That every question can be asked and every answer has a leaf.
    pub(super) fn check(&self) -> Result<(), TravelTimeError> {
        let sorted = |edges: &Vec<f32>| edges.len() <= EDGES_MAX && edges.windows(2).all(|two| two[0] < two[1]);
        if self.edges.len() != FEATURES || !self.edges.iter().all(sorted) {
            return Err(TravelTimeError::Torn("edges"));
        }
        let whole = |tree: &Tree| {
            tree.questions.len() <= LEVELS_MAX
                && tree.leaves.len() == 1 << tree.questions.len()
                && tree.leaves.iter().all(|leaf| leaf.is_finite())
                && tree.questions.iter().all(|question| usize::from(question.column) < FEATURES)
        };
        if self.base.is_finite() && self.trees.iter().all(whole) { Ok(()) } else { Err(TravelTimeError::Torn("trees")) }
    }

    /// The bin of a number: how many edges it is at or above.
    pub(super) fn bin(&self, column: usize, value: f32) -> u8 {
        self.edges[column].partition_point(|edge| *edge <= value) as u8
    }

    /// The sums of up to [`BLOCK`] rows, by whichever vector unit there is; the same bits on all.
    pub(super) fn sums(&self, level: Level, rows: &[[f32; FEATURES]], sums: &mut [f32; BLOCK]) {
        dispatch!(level, simd => simd.vectorize(
            #[inline(always)]
            || self.sums_on(rows, sums)
        ));
    }

    #[inline(always)]
    fn sums_on(&self, rows: &[[f32; FEATURES]], sums: &mut [f32; BLOCK]) {
        let mut bins = [[0_u8; BLOCK]; FEATURES];
        for (at, row) in rows.iter().take(BLOCK).enumerate() {
            for column in 0..FEATURES {
                bins[column][at] = self.bin(column, row[column]);
            }
        }
        *sums = [self.base; BLOCK];
        for tree in &self.trees {
            let mut leaf = [0_u8; BLOCK];
            for question in &tree.questions {
                let column = &bins[usize::from(question.column)];
                for (leaf, bin) in leaf.iter_mut().zip(column) {
                    *leaf = (*leaf << 1) | u8::from(*bin > question.bin);
                }
            }
            for (sum, leaf) in sums.iter_mut().zip(leaf) {
                *sum += tree.leaves[usize::from(leaf)];
            }
        }
    }
}
