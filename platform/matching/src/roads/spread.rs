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
        let owners = || (0_u32..).zip(0..hierarchy.len());
        for (vertex, at) in owners().take(least.len()).collect::<Vec<_>>().into_iter().rev() {
            let mine = least[at];
            if mine >= FAR_MS {
                continue;
            }
            for connection in hierarchy.ups(vertex) {
                let above = &mut least[place(hierarchy.upper[connection])];
                *above = (mine + climb[connection]).min(*above);
            }
        }
        for (vertex, at) in owners().take(least.len()) {
            let ways = hierarchy.ups(vertex).map(|up| least[place(hierarchy.upper[up])] + descend[up]);
            least[at] = ways.fold(least[at], i32::min);
        }
    }
}
