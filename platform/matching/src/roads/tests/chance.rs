//! Cities made up by chance: streets between near junctions, some one-way, some turns forbidden. The same for a seed.

use crate::roads::{
    Roads, Snap,
    layout::Layout,
    network::{Network, Point, WHOLE},
};

/// SplitMix64.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A network of so many junctions, streets and forbidden rows of arcs, connected or not.
pub(super) fn network(seed: u64, junctions: usize, streets: usize, words: usize) -> Network {
    let mut chance = Chance(seed);
    let mut network = Network::new();
    for _ in 0..junctions {
        let [north, east] = [0, 1].map(|_| chance.below(200_000) as i32);
        network.nodes.push([493_000_000 + north, 86_000_000 + east]);
    }
    for _ in 0..streets {
        let tail = chance.below(junctions);
        // Mostly near; now and then a bridge, and now and then a loop back to where it began.
        let head =
            if chance.one_in(8) { chance.below(junctions) } else { nearest_but(&network, tail, chance.below(4)) };
        let ways = chance.below(4);
        let ms = [1 + chance.below(60_000) as u32, 1 + chance.below(60_000) as u32];
        add(&mut network, tail, head, [ms[0] * u32::from(ways != 0), ms[1] * u32::from(ways != 1)]);
    }
    for _ in 0..words {
        let arc = chance.below(network.ms.len()) as u32;
        let mut row = vec![arc];
        let length = 2 + chance.below(3);
        while row.len() < length {
            let [_, head] = network.arc_ends(*row.last().unwrap()).unwrap();
            let on: Vec<u32> = (0..network.ms.len() as u32)
                .filter(|arc| network.is_open(*arc) && network.arc_ends(*arc).unwrap()[0] == head)
                .collect();
            if on.is_empty() {
                break;
            }
            row.push(on[chance.below(on.len())]);
        }
        if network.is_a_row(&row) {
            network.words.extend(row);
            network.first_word.push(network.words.len() as u32);
        }
    }
    network.check().unwrap();
    network
}

/// Adds a street with a bend in it.
pub(super) fn add(network: &mut Network, tail: usize, head: usize, ms: [u32; 2]) {
    let (start, end) = (network.nodes[tail], network.nodes[head]);
    let bend = [i32::midpoint(start[0], end[0]) + 500, i32::midpoint(start[1], end[1]) - 300];
    network.points.push(Point { at: start, cm: 0, share: 0 });
    network.points.push(Point { at: bend, cm: 5_000, share: WHOLE / 3 });
    network.points.push(Point { at: end, cm: 11_000, share: WHOLE });
    network.first_point.push(network.points.len() as u32);
    network.ends.push([tail as u32, head as u32]);
    network.ms.extend(ms);
}

fn nearest_but(network: &Network, from: usize, skip: usize) -> usize {
    let mut others: Vec<usize> = (0..network.nodes.len()).collect();
    let far = |at: usize| {
        let [north, east] = [0, 1].map(|axis| i64::from(network.nodes[at][axis] - network.nodes[from][axis]));
        north * north + east * east
    };
    others.sort_by_key(|at| far(*at));
    others[(1 + skip).min(others.len() - 1)]
}

/// The city of a network.
pub(super) fn city(network: Network) -> Roads {
    Roads::of(Layout::new(network, None).unwrap()).unwrap()
}

/// A place on a road.
pub(super) fn snap(roads: &Roads, chance: &mut Chance) -> Snap {
    let segment = chance.below(roads.layout.network.ends.len()) as u32;
    let line = roads.layout.network.line(segment);
    let piece = chance.below(line.len() - 1);
    let part = chance.below(5) as f32 / 4.0;
    let share = line[piece].share + (part * (line[piece + 1].share - line[piece].share) as f32) as u32;
    let point = roads.layout.network.first_point[segment as usize] + piece as u32;
    Snap { segment, share, point, part, off_m: 0.0 }
}
