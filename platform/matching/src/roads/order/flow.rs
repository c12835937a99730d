//! The fewest vertices that separate one end of a part from the other: as many as there are paths between them that
//! share no vertex (Menger), found one path after the other. Called by `order`.

#![expect(clippy::indexing_slicing, reason = "vertices are places in lists that are as long as the graph")]

use super::Neighbours;
use crate::roads::network::place;

/// No vertex.
const NONE: u32 = u32::MAX;
/// The flow of a vertex that begins a path, or ends one.
const OUTSIDE: u32 = u32::MAX - 1;

/// Memory for flows through parts of one graph.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    neighbours: &'a Neighbours,
    /// Where a vertex stands in the part, if it is in it.
    role: Vec<Role>,
    /// The path through each vertex: what comes before and after it.
    before: Vec<u32>,
    after: Vec<u32>,
    /// How the search came to a vertex's entrance and exit, in the round that it last did.
    reached: [Vec<(u32, Half)>; 2],
    round: [Vec<u32>; 2],
    rounds: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Elsewhere,
    Start,
    Middle,
    End,
}

/// A vertex is entered and left, and only one path may do both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Entrance,
    Exit,
}
use Half::{Entrance, Exit};

impl<'a> Flow<'a> {
    /// For parts of a graph.
    pub(super) fn new(neighbours: &'a Neighbours) -> Self {
        let count = neighbours.len();
        let nowhere = || vec![(NONE, Entrance); count];
        Self {
            neighbours,
            role: vec![Role::Elsewhere; count],
            before: vec![NONE; count],
            after: vec![NONE; count],
            reached: [nowhere(), nowhere()],
            round: [vec![0; count], vec![0; count]],
            rounds: 0,
        }
    }

    /// The fewest vertices between the first and the last `side` vertices of `line`, which may be among them, and how
    /// many vertices the smaller side has; `None` if it takes `most` or more, or if nothing is left on one side.
    pub(super) fn fewest_between(&mut self, line: &[u32], side: usize, most: usize) -> Option<(Vec<u32>, usize)> {
        for (at, &vertex) in line.iter().enumerate() {
            let role = match at {
                _ if at < side => Role::Start,
                _ if at + side >= line.len() => Role::End,
                _ => Role::Middle,
            };
            self.role[place(vertex)] = role;
            self.before[place(vertex)] = NONE;
            self.after[place(vertex)] = NONE;
        }
        let mut paths = 0;
        let found = loop {
            match self.one_more(&line[..side]) {
                Some(last) => self.turn_over(last),
                None => break true,
            }
            paths += 1;
            if paths >= most {
                break false;
            }
        };
        let result = found.then(|| self.last_reached(line));
        line.iter().for_each(|vertex| self.role[place(*vertex)] = Role::Elsewhere);
        result.filter(|(_, smaller)| *smaller > 0)
    }

    /// The vertices whose entrance was reached and whose exit was not, and the size of the smaller side.
    fn last_reached(&self, line: &[u32]) -> (Vec<u32>, usize) {
        let is = |vertex: u32, half: Half| self.round[half.index()][place(vertex)] == self.rounds;
        let mut between = Vec::new();
        let mut near = 0;
        for &vertex in line {
            match (is(vertex, Entrance), is(vertex, Exit)) {
                (true, false) => between.push(vertex),
                (_, true) => near += 1,
                _ => {}
            }
        }
        let far = line.len() - near - between.len();
        (between, near.min(far))
    }

    fn enter(&mut self, queue: &mut Vec<(u32, Half)>, to: (u32, Half), from: (u32, Half)) {
        let seen = &mut self.round[to.1.index()][place(to.0)];
        if *seen != self.rounds {
            *seen = self.rounds;
            self.reached[to.1.index()][place(to.0)] = from;
            queue.push(to);
        }
    }

    /// Searches for one more path, which may push others aside; its last vertex.
    fn one_more(&mut self, starts: &[u32]) -> Option<u32> {
        self.rounds += 1;
        let neighbours = self.neighbours;
        let mut queue = Vec::new();
        for &start in starts {
            self.enter(&mut queue, (start, Entrance), (OUTSIDE, Exit));
        }
        let mut at = 0;
        while let Some(&here) = queue.get(at) {
            at += 1;
            let (vertex, half) = here;
            let (before, after) = (self.before[place(vertex)], self.after[place(vertex)]);
            match half {
                Entrance if before == NONE => self.enter(&mut queue, (vertex, Exit), here),
                // The path that holds this vertex is pushed back to where it came from.
                Entrance if before == OUTSIDE => {}
                Entrance => self.enter(&mut queue, (before, Exit), here),
                Exit => {
                    if self.role[place(vertex)] == Role::End && after != OUTSIDE {
                        return Some(vertex);
                    }
                    for &next in neighbours.of(vertex) {
                        if self.role[place(next)] != Role::Elsewhere && next != after {
                            self.enter(&mut queue, (next, Entrance), here);
                        }
                    }
                    if before != NONE {
                        self.enter(&mut queue, (vertex, Entrance), here);
                    }
                }
            }
        }
        None
    }

    /// Makes the path that was found, from its end back.
    fn turn_over(&mut self, last: u32) {
        let mut here = (last, Exit);
        self.after[place(last)] = OUTSIDE;
        loop {
            let (vertex, half) = here;
            let from = self.reached[half.index()][place(vertex)];
            match (half, from) {
                (Entrance, (OUTSIDE, _)) => {
                    self.before[place(vertex)] = OUTSIDE;
                    return;
                }
                // Entered from its own exit: the path through it is gone.
                (Entrance, (other, Exit)) if other == vertex => {
                    self.before[place(vertex)] = NONE;
                    self.after[place(vertex)] = NONE;
                }
                (Entrance, (other, _)) => {
                    self.before[place(vertex)] = other;
                    self.after[place(other)] = vertex;
                }
                (Exit, _) => {}
            }
            here = from;
        }
    }
}

impl Half {
    const fn index(self) -> usize {
        match self {
            Self::Entrance => 0,
            Self::Exit => 1,
        }
    }
}
