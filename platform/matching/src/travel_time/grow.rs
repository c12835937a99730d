//! Grows a forest for the least absolute error in seconds. The target is the logarithm of the time; a trip weighs as much
//! as it is expected to take so far, which makes a small step of the logarithm a step in seconds. Called by [`super::TravelTimes::fit`].

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "columns, rows, bins and leaves are numbered by their place in arrays made here, leaves at most 2^8"
)]

use serde::{Deserialize, Serialize};

use super::{
    TravelTimeError,
    feature::FEATURES,
    forest::{BLOCK, EDGES_MAX, Forest, LEVELS_MAX, Question, Tree},
};

const TREES_MAX: usize = 2_000;
const BINS: usize = EDGES_MAX + 1;
/// Errors smaller than this share pull in proportion, so that the last trees do not chase signs.
const SMALL: f32 = 0.15;
/// Weight that a leaf is pulled towards no change with, in seconds.
const SHRINK_S: f64 = 5_000.0;

/// How a forest grows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// How many trees, up to 2000.
    pub trees: usize,
    /// Questions in each, up to 8.
    pub levels: usize,
    /// How much of its answer each tree adds, up to 1.
    pub rate: f32,
}

impl Default for Growth {
    fn default() -> Self {
        Self { trees: 400, levels: 6, rate: 0.1 }
    }
}

/// Grows on rows with the seconds that each took. O(trees × levels × rows × columns).
pub(super) fn grow(rows: &[[f32; FEATURES]], took_s: &[f32], growth: Growth) -> Result<Forest, TravelTimeError> {
    let fits = (1..=TREES_MAX).contains(&growth.trees) && (1..=LEVELS_MAX).contains(&growth.levels);
    let learns = growth.rate > 0.0 && growth.rate <= 1.0;
    if !fits || !learns {
        return Err(TravelTimeError::Growth);
    }
    let mut forest = Forest { base: 0.0, edges: edges(rows), trees: Vec::with_capacity(growth.trees) };
    let columns: Vec<Vec<u8>> =
        (0..FEATURES).map(|column| rows.iter().map(|row| forest.bin(column, row[column])).collect()).collect();
    let mut left: Vec<f32> = took_s.iter().map(|s| s.ln()).collect();
    let mut all: Vec<(f32, f32)> = left.iter().map(|left| (*left, 1.0)).collect();
    forest.base = median(&mut all);
    left.iter_mut().for_each(|left| *left -= forest.base);
    let mut draw = 1_u64;
    for _ in 0..growth.trees {
        // Each tree grows on another half of the rows; all rows are told what it learned.
        let seen: Vec<u32> = (0..rows.len() as u32).filter(|_| coin(&mut draw)).collect();
        let expected_s: Vec<f32> = took_s.iter().zip(&left).map(|(took_s, left)| took_s * (-left).exp()).collect();
        let tree = tree(&columns, &left, &expected_s, &seen, growth);
        for (row, left) in left.iter_mut().enumerate() {
            let leaf = tree.questions.iter().fold(0, |leaf, question| {
                (leaf << 1) | usize::from(columns[usize::from(question.column)][row] > question.bin)
            });
            *left -= tree.leaves[leaf];
        }
        forest.trees.push(tree);
    }
    Ok(forest)
}

fn tree(columns: &[Vec<u8>], left: &[f32], expected_s: &[f32], seen: &[u32], growth: Growth) -> Tree {
    let pulls: Vec<(f32, f32)> = seen
        .iter()
        .map(|row| (left[*row as usize], expected_s[*row as usize]))
        .map(|(left, s)| (s * (left / SMALL).clamp(-1.0, 1.0), s))
        .collect();
    let mut leaf = vec![0_u8; seen.len()];
    let mut questions = Vec::with_capacity(growth.levels);
    for level in 0..growth.levels {
        let question = best(columns, seen, &pulls, &leaf, 1 << level);
        let column = &columns[usize::from(question.column)];
        for (leaf, row) in leaf.iter_mut().zip(seen) {
            *leaf = (*leaf << 1) | u8::from(column[*row as usize] > question.bin);
        }
        questions.push(question);
    }
    let mut members: Vec<Vec<(f32, f32)>> = vec![Vec::new(); 1 << growth.levels];
    for (leaf, row) in leaf.iter().zip(seen) {
        members[usize::from(*leaf)].push((left[*row as usize], expected_s[*row as usize]));
    }
    let value = |members: &mut Vec<(f32, f32)>| {
        let weight: f64 = members.iter().map(|member| f64::from(member.1)).sum();
        growth.rate * median(members) * (weight / (weight + SHRINK_S)) as f32
    };
    Tree { questions, leaves: members.iter_mut().map(value).collect() }
}

/// The question that, asked in all leaves at once, parts the pulls best.
fn best(columns: &[Vec<u8>], seen: &[u32], pulls: &[(f32, f32)], leaf: &[u8], leaves: usize) -> Question {
    let mut best = (f64::NEG_INFINITY, Question { column: 0, bin: 0 });
    let mut bins = vec![(0.0_f64, 0.0_f64); leaves * BINS];
    let mut gains = vec![0.0_f64; BINS];
    for (at, column) in columns.iter().enumerate() {
        bins.fill((0.0, 0.0));
        gains.fill(0.0);
        for ((row, pull), leaf) in seen.iter().zip(pulls).zip(leaf) {
            let bin = &mut bins[usize::from(*leaf) * BINS + usize::from(column[*row as usize])];
            bin.0 += f64::from(pull.0);
            bin.1 += f64::from(pull.1);
        }
        for leaf in bins.chunks_exact(BINS) {
            let (pull, weight) = leaf.iter().fold((0.0, 0.0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
            let (mut low_pull, mut low_weight) = (0.0, 0.0);
            for (bin, gain) in leaf.iter().zip(&mut gains) {
                low_pull += bin.0;
                low_weight += bin.1;
                let (high_pull, high_weight) = (pull - low_pull, weight - low_weight);
                *gain +=
                    low_pull * low_pull / (low_weight + SHRINK_S) + high_pull * high_pull / (high_weight + SHRINK_S);
            }
        }
        for (bin, gain) in gains.iter().enumerate().take(EDGES_MAX) {
            if *gain > best.0 {
                best = (*gain, Question { column: at as u8, bin: bin as u8 });
            }
        }
    }
    best.1
}

/// Edges that cut each column into about equally full bins.
fn edges(rows: &[[f32; FEATURES]]) -> Vec<Vec<f32>> {
    let column = |column: usize| {
        let mut values: Vec<f32> = rows.iter().map(|row| row[column]).collect();
        values.sort_by(f32::total_cmp);
        let mut edges: Vec<f32> =
            (1..=EDGES_MAX).filter_map(|at| values.get(at * values.len() / BINS).copied()).collect();
        edges.dedup();
        edges
    };
    (0..FEATURES).map(column).collect()
}

/// The weighted median of values with weights; 0 of none.
fn median(members: &mut [(f32, f32)]) -> f32 {
    members.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let half = members.iter().map(|member| f64::from(member.1)).sum::<f64>() / 2.0;
    let mut weight = 0.0;
    for (value, more) in members.iter() {
        weight += f64::from(*more);
        if weight >= half {
            return *value;
        }
    }
    0.0
}

/// Heads or tails, by a 64-bit congruential sequence (Knuth's constants).
fn coin(draw: &mut u64) -> bool {
    *draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*draw >> 63) == 1
}

const _: () = assert!(BLOCK >= LEVELS_MAX, "a block is wider than a tree is deep");
