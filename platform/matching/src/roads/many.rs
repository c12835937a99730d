//! Many cars to one pick-up, one car to many, many to many: what the single end has to say is put into one row first, and
//! each of the others is then two short sums. Called through [`super::Roads`].

use super::{
    Roads, Snap,
    city::{Gates, both_ways, partly},
    network::place,
    times::{FAR_MS, least_sum},
};

/// What one end says: rows of the times between it and all ancestors of a vertex. Nearly always one row is enough.
#[derive(Debug, Default)]
struct Rows(Vec<(u32, Vec<i32>)>);

/// Which end is the single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Single {
    Start,
    End,
}

impl Roads {
    /// How long each of many takes to one place, ms: into `out`, `None` where that is more than `bound_ms` or there is no
    /// way. Exact, as [`Roads::time_ms`]. Time: below a tenth of a microsecond for each.
    pub fn times_to(&self, from: &[Snap], to: &Snap, bound_ms: u32, out: &mut Vec<Option<u32>>) {
        out.clear();
        self.many(to, Single::End, from, bound_ms, out);
    }

    /// How long it takes from one place to each of many, ms; see [`Roads::times_to`].
    pub fn times_from(&self, from: &Snap, to: &[Snap], bound_ms: u32, out: &mut Vec<Option<u32>>) {
        out.clear();
        self.many(from, Single::Start, to, bound_ms, out);
    }

    /// How long it takes from each of many to each of others, ms: a row of `out` for each of `from`.
    pub fn times_between(&self, from: &[Snap], to: &[Snap], bound_ms: u32, out: &mut Vec<Option<u32>>) {
        out.clear();
        for from in from {
            self.many(from, Single::Start, to, bound_ms, out);
        }
    }

    fn many(&self, one: &Snap, single: Single, others: &[Snap], bound_ms: u32, out: &mut Vec<Option<u32>>) {
        let rows = self.rows(one, single);
        let bound = i32::try_from(bound_ms).unwrap_or(FAR_MS).min(FAR_MS - 1);
        out.extend(others.iter().map(|other| {
            let (from, to) = if single == Single::End { (other, one) } else { (one, other) };
            let mut best = self.straight_on(from, to).unwrap_or(FAR_MS);
            for (arc, share) in both_ways(other) {
                let Some(ms) = self.times.arcs.get(place(arc)).filter(|ms| **ms > 0) else { continue };
                let ms = ms.cast_signed();
                match single {
                    Single::End => {
                        let Some(&vertex) = self.layout.entry.get(place(arc)) else { continue };
                        best = best.min(self.through(&rows, vertex, self.times.to(vertex)) + ms - partly(ms, share));
                    }
                    Single::Start => {
                        for &vertex in self.layout.tails(arc) {
                            best = best.min(self.through(&rows, vertex, self.times.from(vertex)) + partly(ms, share));
                        }
                    }
                }
            }
            u32::try_from(best).ok().filter(|_| best <= bound)
        }));
    }

    fn through(&self, rows: &Rows, vertex: u32, mine: &[i32]) -> i32 {
        let sums = rows.0.iter().map(|(end, row)| {
            let common = self.layout.hierarchy.common(*end, vertex);
            match (mine.get(..common), row.get(..common)) {
                (Some(mine), Some(row)) => least_sum(mine, row),
                _ => FAR_MS,
            }
        });
        sums.min().unwrap_or(FAR_MS)
    }

    fn rows(&self, one: &Snap, single: Single) -> Rows {
        let mut gates = Gates::default();
        match single {
            Single::Start => self.gates_from(one, &mut gates),
            Single::End => self.gates_to(one, &mut gates),
        }
        let hierarchy = &self.layout.hierarchy;
        // The deepest first: the others are then its ancestors, unless turn restrictions made more of one junction.
        gates.0.sort_unstable_by_key(|gate| std::cmp::Reverse(gate.vertex));
        let mut rows = Rows::default();
        for gate in &gates.0 {
            let mine = if single == Single::Start { self.times.to(gate.vertex) } else { self.times.from(gate.vertex) };
            let mine = mine.iter().map(|ms| ms + gate.ms);
            let above = |end: u32| hierarchy.common(end, gate.vertex) == mine.len();
            match rows.0.iter_mut().find(|(end, _)| above(*end)) {
                Some((_, row)) => row.iter_mut().zip(mine).for_each(|(ms, mine)| *ms = mine.min(*ms)),
                None => rows.0.push((gate.vertex, mine.collect())),
            }
        }
        rows
    }
}
