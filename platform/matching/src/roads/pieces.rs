//! Straight pieces of lines in blocks of eight, and which of them a place is nearest to: all eight at a time on vector
//! units, the bits the same on all of them. Filled and asked by [`super::grid`], which says where each block's middle is.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "lanes are places in arrays of their number; there are fewer blocks than points, which fit 32 bits"
)]

use fearless_simd::{Simd, f32x8, prelude::*};

/// Pieces in a block.
pub(super) const LANES: usize = 8;
/// A piece that is not there starts so far away that its square is no number.
const NOWHERE_M: f32 = 2e19;

/// Eight straight pieces of segments' lines, in metres northwards and eastwards from their cell's middle.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Block {
    start: [[f32; LANES]; 2],
    along: [[f32; LANES]; 2],
}

/// What is known of a piece besides where it is. Read only of the nearest.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(16))]
pub(super) struct Piece {
    /// The first of its two points.
    pub(super) point: u32,
    pub(super) segment: u32,
    /// Shares of the segment's time at both points.
    pub(super) share: [u32; 2],
}

/// No pieces.
pub(super) const EMPTY: Block = Block { start: [[NOWHERE_M; LANES]; 2], along: [[0.0; LANES]; 2] };

/// The nearest that was come across.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nearest {
    /// How far it is, metres squared.
    pub(super) squared: f32,
    /// How far along the piece.
    pub(super) part: f32,
    /// Which piece, counting empty lanes.
    pub(super) piece: u32,
}

impl Nearest {
    /// Nothing.
    pub(super) const NONE: Self = Self { squared: f32::MAX, part: 0.0, piece: 0 };

    /// Looks at some blocks from a place in metres from their middle. Of pieces equally far the first one stays.
    #[inline(always)]
    pub(super) fn look<S: Simd>(&mut self, simd: S, from: [f32; 2], blocks: &[Block], first: usize) {
        let from = from.map(|metres| f32x8::splat(simd, metres));
        for (at, block) in blocks.iter().enumerate() {
            let [along_north, along_east] = block.along.map(|along| f32x8::from_slice(simd, &along));
            let to_north = from[0] - f32x8::from_slice(simd, &block.start[0]);
            let to_east = from[1] - f32x8::from_slice(simd, &block.start[1]);
            // A piece without length is all of it at its start.
            let squared = along_north * along_north + along_east * along_east;
            let nothing = f32x8::splat(simd, 0.0);
            let inverse = squared.simd_gt(nothing).select(f32x8::splat(simd, 1.0) / squared, nothing);
            let part = (to_north * along_north + to_east * along_east) * inverse;
            let part = part.max(f32x8::splat(simd, 0.0)).min(f32x8::splat(simd, 1.0));
            let (off_north, off_east) = (to_north - part * along_north, to_east - part * along_east);
            let squared = off_north * off_north + off_east * off_east;
            let least = simd.reduce_min_f32x8(squared);
            if least < self.squared {
                let lane = squared.simd_eq(f32x8::splat(simd, least)).to_bitmask().trailing_zeros() as usize % LANES;
                let part = part.to_array()[lane];
                *self = Self { squared: least, part, piece: ((first + at) * LANES + lane) as u32 };
            }
        }
    }
}

impl Block {
    /// Something of each of its cache lines.
    #[inline(always)]
    pub(super) fn word(&self) -> u32 {
        self.start[0][0].to_bits() ^ self.along[0][0].to_bits()
    }

    /// Puts a piece into a lane: its start and how far it goes, from the cell's middle.
    pub(super) fn set(&mut self, lane: usize, start: [f32; 2], along: [f32; 2]) {
        for axis in 0..2 {
            (self.start[axis][lane], self.along[axis][lane]) = (start[axis], along[axis]);
        }
    }
}
