//! From some vertices to all: the least, over all vertices, of what stands at one and the way from there. Two sweeps over
//! the hierarchy's connections, upwards and down again, which is a tenth of the work of a search. Called by
//! [`super::meeting`], whose searches it tells where to look, and by the proof of an assignment.

#![expect(
    clippy::indexing_slicing,
    reason = "the innermost loops; places come from the layout and the times made for it"
)]

use super::{Roads, network::place, times::FAR_MS};

/// Which way the ways lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From what stands somewhere to every vertex.
    Out,
    /// From every vertex to what stands somewhere.
    In,
}

impl Roads {
    /// Lowers every vertex's number to the least, over all vertices, of the number there and the way, ms. Numbers are at
    /// most [`FAR_MS`] and above its negative. Time: the hierarchy's connections, some 3 ns each.
    pub(crate) fn spread(&self, least: &mut [i32], way: Way) {
        let (hierarchy, times) = (&self.layout.hierarchy, &self.times);
        let (climb, descend) = match way {
            Way::Out => (&times.up, &times.down),
            Way::In => (&times.down, &times.up),
        };
        for at in (0..least.len()).rev() {
            let (above, mine) = least.split_at_mut(at);
            let Some(mine) = mine.first().copied().filter(|mine| *mine < FAR_MS) else { continue };
            let ups = place(hierarchy.first_up[at])..place(hierarchy.first_up[at + 1]);
            for (upper, ms) in hierarchy.upper[ups.clone()].iter().zip(&climb[ups]) {
                let least = &mut above[place(*upper)];
                *least = (mine + ms).min(*least);
            }
        }
        for at in 0..least.len() {
            let (above, mine) = least.split_at_mut(at);
            let ups = place(hierarchy.first_up[at])..place(hierarchy.first_up[at + 1]);
            let ways =
                hierarchy.upper[ups.clone()].iter().zip(&descend[ups]).map(|(upper, ms)| above[place(*upper)] + ms);
            mine[0] = ways.fold(mine[0], i32::min);
        }
    }
}
