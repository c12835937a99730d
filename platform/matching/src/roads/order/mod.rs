//! In which order a city's vertices are taken out of the graph: nested dissection. The fewer vertices it takes to cut the
//! city in two, and each half again, the less there is to do for every question asked later. Called by
//! [`super::build`] once; the order is kept in the map file, any order gives the same answers.
//!
//! - `flow`: the fewest vertices between two sides

#![expect(clippy::indexing_slicing, reason = "vertices are places in lists that are as long as the graph")]

mod flow;

use self::flow::Flow;
use super::{network::place, turns::Turns};

/// Directions in which a part is tried to be cut.
const DIRECTIONS: u32 = 8;
/// Of a part, what surely belongs to one side, in hundredths.
const SIDE_PERCENT: usize = 30;

/// The neighbours of each vertex, whichever way an edge leads.
#[derive(Debug)]
pub(super) struct Neighbours {
    first: Vec<u32>,
    list: Vec<u32>,
}

impl Neighbours {
    /// The neighbours in a graph, each once, in order.
    pub(super) fn new(turns: &Turns) -> Self {
        let mut pairs: Vec<[u32; 2]> = turns
            .edges
            .iter()
            .filter(|edge| edge.tail != edge.head)
            .flat_map(|edge| [[edge.tail, edge.head], [edge.head, edge.tail]])
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut first = vec![0_u32; turns.junction.len() + 1];
        pairs.iter().for_each(|pair| first[place(pair[0]) + 1] += 1);
        (0..turns.junction.len()).for_each(|at| first[at + 1] += first[at]);
        Self { first, list: pairs.into_iter().map(|pair| pair[1]).collect() }
    }

    /// The neighbours of one vertex.
    pub(super) fn of(&self, vertex: u32) -> &[u32] {
        &self.list[place(self.first[place(vertex)])..place(self.first[place(vertex) + 1])]
    }

    /// How many vertices there are.
    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }
}

/// The order of vertices that lie at these places, last one first: what cuts the whole city stands at the front.
pub(super) fn dissect(neighbours: &Neighbours, places: &[[i32; 2]]) -> Vec<u32> {
    let mut cutter =
        Cutter { neighbours, places, flow: Flow::new(neighbours), piece: vec![0; neighbours.len()], pieces: 0 };
    let mut order = Vec::with_capacity(neighbours.len());
    let mut parts = vec![(0..).take(neighbours.len()).collect::<Vec<u32>>()];
    while let Some(part) = parts.pop() {
        if part.len() <= 2 {
            order.extend(part);
            continue;
        }
        let mut connected = cutter.connected(&part);
        if connected.len() > 1 {
            parts.append(&mut connected);
            continue;
        }
        let between = cutter.cut(&part);
        order.extend(&between);
        let rest = part.into_iter().filter(|vertex| !between.contains(vertex)).collect::<Vec<u32>>();
        parts.extend(cutter.connected(&rest));
    }
    order
}

struct Cutter<'a> {
    neighbours: &'a Neighbours,
    places: &'a [[i32; 2]],
    flow: Flow<'a>,
    /// Which piece each vertex was last found in.
    piece: Vec<u32>,
    pieces: u32,
}

impl Cutter<'_> {
    /// The connected pieces of a part, by their first vertices.
    fn connected(&mut self, part: &[u32]) -> Vec<Vec<u32>> {
        self.pieces += 1;
        let open = self.pieces;
        part.iter().for_each(|vertex| self.piece[place(*vertex)] = open);
        let mut found = Vec::new();
        for &start in part {
            if self.piece[place(start)] != open {
                continue;
            }
            self.pieces += 1;
            self.piece[place(start)] = self.pieces;
            let mut piece = vec![start];
            let mut at = 0;
            while let Some(&vertex) = piece.get(at) {
                at += 1;
                for &next in self.neighbours.of(vertex) {
                    if self.piece[place(next)] == open {
                        self.piece[place(next)] = self.pieces;
                        piece.push(next);
                    }
                }
            }
            found.push(piece);
        }
        found
    }

    /// Vertices without which a connected part of three or more falls apart, or that are all of it but one.
    fn cut(&mut self, part: &[u32]) -> Vec<u32> {
        let side = (part.len() * SIDE_PERCENT / 100).max(2).min((part.len() - 1) / 2);
        let middle = self.places[place(part[0])][0];
        let east = (f64::from(middle) / 1e7).to_radians().cos();
        let mut best: Option<(f64, Vec<u32>)> = None;
        for direction in 0..DIRECTIONS {
            let angle = f64::from(direction) * std::f64::consts::PI / f64::from(DIRECTIONS);
            let (sin, cos) = angle.sin_cos();
            let mut along: Vec<(f64, u32)> = part
                .iter()
                .map(|vertex| {
                    let [lat, lng] = self.places[place(*vertex)].map(f64::from);
                    (cos.mul_add(lng * east, sin * lat), *vertex)
                })
                .collect();
            along.sort_unstable_by(|one, next| one.0.total_cmp(&next.0).then(one.1.cmp(&next.1)));
            let line: Vec<u32> = along.into_iter().map(|(_, vertex)| vertex).collect();
            let most = best.as_ref().map_or(usize::MAX, |(_, between)| between.len() * 2);
            if let Some((between, smaller)) = self.flow.fewest_between(&line, side, most) {
                // Few vertices and even halves: both make the rest shallow.
                let cost = measure(between.len()) / (measure(smaller) / measure(part.len())).max(0.01).sqrt();
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, between));
                }
            }
        }
        // Every direction fails only in small parts and in knots; there, the vertex with the most neighbours is taken out.
        best.map_or_else(|| self.busiest(part), |(_, between)| between)
    }

    fn busiest(&self, part: &[u32]) -> Vec<u32> {
        let within = self.piece[place(part[0])];
        let degree = |vertex: &u32| {
            let neighbours = self.neighbours.of(*vertex).iter();
            neighbours.filter(|next| self.piece[place(**next)] == within).count()
        };
        part.iter().copied().max_by_key(|vertex| (degree(vertex), u32::MAX - vertex)).into_iter().collect()
    }
}

fn measure(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
