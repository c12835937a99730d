//! Turn restrictions, which name ways and places, as rows of arcs that no route may contain. Called by `compile`. What
//! is not clear — a way that passes the place on both sides, a way that is not there — is left out and counted.

#![expect(clippy::indexing_slicing, reason = "places in lists come from these lists themselves")]

use std::collections::{BTreeMap, BTreeSet};

use super::{
    compile::Draft,
    network::{Network, WORD_MAX, place},
    osm::{Streets, Turn, Via},
};

/// What is open at each junction.
struct Arcs<'a> {
    network: &'a Network,
    streets: &'a [[u32; 2]],
    /// Open arcs, by the junction that they leave and by the one that they reach.
    leaving: Vec<Vec<u32>>,
    reaching: Vec<Vec<u32>>,
}

/// The forbidden rows of arcs, each once, in order; and how many restrictions are left out.
pub(super) fn words(streets: &Streets, draft: &Draft) -> (BTreeSet<Vec<u32>>, usize) {
    let arcs = Arcs::new(draft);
    let mut by_id: BTreeMap<i64, u32> = BTreeMap::new();
    for (at, street) in (0..).zip(&streets.streets) {
        by_id.insert(street.id, at);
    }
    let (mut words, mut left_out) = (BTreeSet::new(), 0);
    for turn in &streets.turns {
        match forbidden_by(turn, streets, draft, &arcs, &by_id) {
            Some(found) => words.extend(found),
            None => left_out += 1,
        }
    }
    words.retain(|word| draft.network.is_a_row(word));
    (words, left_out)
}

fn forbidden_by(
    turn: &Turn,
    streets: &Streets,
    draft: &Draft,
    arcs: &Arcs<'_>,
    by_id: &BTreeMap<i64, u32>,
) -> Option<Vec<Vec<u32>>> {
    let mut words = Vec::new();
    let streets_of = |ids: &[i64]| -> Option<Vec<u32>> { ids.iter().map(|id| by_id.get(id).copied()).collect() };
    let (froms, tos) = (streets_of(&turn.from)?, streets_of(&turn.to)?);
    for &from in &froms {
        for &to in &tos {
            let row = match &turn.via {
                Via::Place(via) => {
                    let at = draft.junction.get(place(*via)).copied().flatten()?;
                    vec![arcs.entering(at, from)?, arcs.leaving_by(at, to)?]
                }
                Via::Ways(ways) => arcs.by_way_of(from, &streets_of(ways)?, to, streets, draft)?,
            };
            if turn.only {
                arcs.all_but(&row, &mut words);
            } else {
                words.push(row);
            }
        }
    }
    Some(words)
}

impl<'a> Arcs<'a> {
    fn new(draft: &'a Draft) -> Self {
        let (mut leaving, mut reaching) = (vec![Vec::new(); draft.network.nodes.len()], Vec::new());
        reaching.clone_from(&leaving);
        for arc in (0..).take(draft.network.ms.len()).filter(|arc| draft.network.is_open(*arc)) {
            if let Some([tail, head]) = draft.network.arc_ends(arc) {
                leaving[place(tail)].push(arc);
                reaching[place(head)].push(arc);
            }
        }
        Self { network: &draft.network, streets: &draft.streets, leaving, reaching }
    }

    /// The streets that an arc begins and ends with.
    fn streets(&self, arc: u32) -> [u32; 2] {
        let [first, last] = self.streets[place(arc >> 1)];
        if arc & 1 == 0 { [first, last] } else { [last, first] }
    }

    fn head(&self, arc: u32) -> u32 {
        self.network.arc_ends(arc).map_or(u32::MAX, |[_, head]| head)
    }

    /// The one arc that comes to `at` by `street`.
    fn entering(&self, at: u32, street: u32) -> Option<u32> {
        let mut found = self.reaching[place(at)].iter().filter(|arc| self.streets(**arc)[1] == street);
        let arc = found.next()?;
        found.next().is_none().then_some(*arc)
    }

    /// The one arc that leaves `at` by `street`.
    fn leaving_by(&self, at: u32, street: u32) -> Option<u32> {
        let mut found = self.leaving[place(at)].iter().filter(|arc| self.streets(**arc)[0] == street);
        let arc = found.next()?;
        found.next().is_none().then_some(*arc)
    }

    /// From one street by way of others, each driven from end to end, to another.
    fn by_way_of(&self, from: u32, ways: &[u32], to: u32, streets: &Streets, draft: &Draft) -> Option<Vec<u32>> {
        let ends = |street: u32| -> Option<[u32; 2]> {
            let line = &streets.streets[place(street)].line;
            let end = |at: Option<&u32>| at.and_then(|at| draft.junction.get(place(*at)).copied().flatten());
            Some([end(line.first())?, end(line.last())?])
        };
        let (first, behind) = (*ways.first()?, ends(from)?);
        let [one, next] = ends(first)?;
        let mut at = match (behind.contains(&one), behind.contains(&next)) {
            (true, false) => one,
            (false, true) => next,
            _ => return None,
        };
        let mut row = vec![self.entering(at, from)?];
        for &way in ways {
            let [one, next] = ends(way)?;
            let end = if at == one { next } else { one };
            if (at != one && at != next) || one == next {
                return None;
            }
            while at != end {
                let came = row.last().map(|arc| arc ^ 1);
                let mut on = self.leaving[place(at)]
                    .iter()
                    .filter(|arc| self.streets(**arc) == [way, way] && Some(**arc) != came);
                let arc = *on.next()?;
                if on.next().is_some() || row.len() > WORD_MAX {
                    return None;
                }
                row.push(arc);
                at = self.head(arc);
            }
        }
        row.push(self.leaving_by(at, to)?);
        Some(row)
    }

    /// Every row that begins as `row` does and then leaves it.
    fn all_but(&self, row: &[u32], words: &mut Vec<Vec<u32>>) {
        for length in 1..row.len() {
            let (begun, next) = (&row[..length], row[length]);
            let at = self.head(begun[length - 1]);
            for other in self.leaving[place(at)].iter().filter(|arc| **arc != next) {
                words.push(begun.iter().chain([other]).copied().collect());
            }
        }
    }
}
