//! A slow and plain search that knows nothing of vertices for forbidden turns: where it stands is the row of arcs that it
//! drove last, as long as any forbidden row needs, and every step is held against every forbidden row.

use std::{cmp::Reverse, collections::BinaryHeap, collections::HashMap};

use crate::roads::{
    Roads, Snap,
    city::{both_ways, partly},
    network::Network,
};

/// All that can be reached from a place: how long to each row of arcs, all driven.
pub(super) struct Reached<'a> {
    network: &'a Network,
    ms: &'a [u32],
    words: Vec<Vec<u32>>,
    from: Snap,
    after: HashMap<Vec<u32>, u32>,
}

impl<'a> Reached<'a> {
    /// Searches everything from a place. `keeps` says how many arcs of a row matter.
    pub(super) fn new(roads: &'a Roads, from: &Snap, keeps: impl Fn(&[u32]) -> usize) -> Self {
        let network = &roads.layout.network;
        let mut leaving: HashMap<u32, Vec<u32>> = HashMap::new();
        for arc in (0..network.ms.len() as u32).filter(|arc| network.is_open(*arc)) {
            leaving.entry(network.arc_ends(arc).unwrap()[0]).or_default().push(arc);
        }
        let words = network.forbidden().map(<[u32]>::to_vec).collect();
        let mut this = Self { network, ms: roads.arc_ms(), words, from: *from, after: HashMap::new() };
        let mut heap = BinaryHeap::new();
        for (arc, share) in both_ways(from).into_iter().filter(|(arc, _)| network.is_open(*arc)) {
            let ms = this.ms[arc as usize].cast_signed();
            let row = vec![arc];
            heap.push(Reverse(((ms - partly(ms, share)) as u32, row[row.len() - keeps(&row)..].to_vec(), arc)));
        }
        let mut best: HashMap<(Vec<u32>, u32), u32> = HashMap::new();
        while let Some(Reverse((ms, row, last))) = heap.pop() {
            if best.contains_key(&(row.clone(), last)) {
                continue;
            }
            best.insert((row.clone(), last), ms);
            let node = network.arc_ends(last).unwrap()[1];
            for &arc in leaving.get(&node).into_iter().flatten() {
                let next: Vec<u32> = row.iter().copied().chain([arc]).collect();
                if !this.is_forbidden(&next) {
                    let kept = next[next.len() - keeps(&next)..].to_vec();
                    heap.push(Reverse((ms + this.ms[arc as usize], kept, arc)));
                }
            }
            // By the junction, for whoever ends there: the row, and the junction as an arc that is none.
            let mut at = row;
            at.push(u32::MAX - node);
            let known = this.after.entry(at).or_insert(ms);
            *known = ms.min(*known);
        }
        this
    }

    fn is_forbidden(&self, row: &[u32]) -> bool {
        self.words.iter().any(|word| row.ends_with(word))
    }

    /// How long it takes to a place, if one can get there.
    pub(super) fn ms_to(&self, to: &Snap) -> Option<u32> {
        let mut best = None;
        let mut offer = |ms: u32| best = Some(best.map_or(ms, |best: u32| best.min(ms)));
        for ((arc, end), (_, start)) in both_ways(to).into_iter().zip(both_ways(&self.from)) {
            let whole = self.ms[arc as usize].cast_signed();
            if !self.network.is_open(arc) {
                continue;
            }
            if self.from.segment == to.segment && start <= end {
                offer((partly(whole, end) - partly(whole, start)) as u32);
            }
            let tail = u32::MAX - self.network.arc_ends(arc).unwrap()[0];
            for (row, ms) in &self.after {
                let (node, row) = row.split_last().unwrap();
                let driven: Vec<u32> = row.iter().copied().chain([arc]).collect();
                if *node == tail && !self.is_forbidden(&driven) {
                    offer(ms + partly(whole, end) as u32);
                }
            }
        }
        best
    }
}

/// Keeps as many arcs as any forbidden row needs, whatever they are.
pub(super) fn all_that_could_matter(network: &Network) -> impl Fn(&[u32]) -> usize + use<> {
    let longest = network.forbidden().map(<[u32]>::len).max().unwrap_or(1);
    move |row| row.len().min(longest - 1)
}

/// Keeps the longest end of a row that some forbidden row begins with.
pub(super) fn what_matters(network: &Network) -> impl Fn(&[u32]) -> usize + use<> {
    let words: Vec<Vec<u32>> = network.forbidden().map(<[u32]>::to_vec).collect();
    move |row| {
        let begins =
            |length: usize| words.iter().any(|word| word.len() > length && word[..length] == row[row.len() - length..]);
        (1..=row.len()).rev().find(|length| begins(*length)).unwrap_or(0)
    }
}
