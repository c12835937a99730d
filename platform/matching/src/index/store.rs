//! The words that writer and readers share, all atomic: blocks of cars, pages of cells, and the stamps that tell a
//! reader whether what it read had changed meanwhile. Only the writer stores; readers load and check. Nothing here
//! knows where a car is or why a cell was split.
//!
//! A page is 8 × 8 cells of equal size; a cell is a page of the next size down, or (a corner of) a leaf, which covers an
//! aligned rectangle of 2^i × 2^j cells and keeps its cars in one block. Pools grow by segments that never move.

#![expect(clippy::as_conversions, reason = "indices of pools are u32 by construction, and widened to usize")]

use std::array;
use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Cars in a block: as many as four lines of cache hold, two of which are places.
pub(super) const BLOCK: usize = 28;
/// Members of a pool that are made at once.
const SEGMENT: usize = 128;
/// The block that is none.
pub(super) const NO_BLOCK: u32 = 0;
/// The page that everything hangs from.
pub(super) const ROOT: u32 = 0;
/// Cells along a page's side, as a power of two.
pub(super) const SIDE_BITS: u32 = 3;
/// Halvings from a whole page to one cell.
pub(super) const HALVINGS: u32 = 2 * SIDE_BITS;

/// The corner of a block whose cars have different corners; no place has it.
pub(super) const WIDE: u32 = u32::MAX;

/// Up to [`BLOCK`] cars of one leaf. When a leaf that cannot be split holds more, further blocks, all full, hang from its
/// first, the head; the head's stamp speaks for all of them. What every question reads comes first.
#[repr(align(64))]
#[derive(Default)]
pub(super) struct Block {
    /// Odd while the leaf is being changed.
    pub stamp: AtomicU32,
    /// Cars in this block.
    pub len: AtomicU32,
    /// The corner of all its cars' places, or [`WIDE`].
    pub corner: AtomicU32,
    /// The next block of the leaf, or [`NO_BLOCK`].
    pub next: AtomicU32,
    /// What places are beyond their corners, two cars in a word.
    pub rests: [AtomicU64; BLOCK / 2],
    /// Numbers and profiles.
    pub tags: [AtomicU32; BLOCK],
    /// The head, where this is not it; else [`NO_BLOCK`].
    pub head: AtomicU32,
    /// Which corners are its cars', if it is wide; else [`NO_CORNERS`].
    pub corners: AtomicU32,
}

impl Block {
    /// Asks for its lines of cache, without waiting for them, if it is to be read soon.
    #[inline(always)]
    pub(super) fn touch(&self) {
        for word in [&self.len, &self.tags[0], &self.tags[16]] {
            black_box(word.load(Ordering::Relaxed));
        }
        black_box(self.rests[12].load(Ordering::Relaxed));
    }
}

/// The corners that are none.
pub(super) const NO_CORNERS: u32 = 0;

/// The corners of the cars of a wide block.
#[derive(Default)]
pub(super) struct Corners(pub [AtomicU32; BLOCK]);

/// 8 × 8 cells, row by row from the south-west.
#[repr(align(64))]
pub(super) struct Page {
    cells: [AtomicU32; 64],
}

impl Default for Page {
    fn default() -> Self {
        Self { cells: array::from_fn(|_| AtomicU32::new(0)) }
    }
}

impl Page {
    #[inline]
    pub(super) fn cell(&self, row: u32, column: u32) -> Cell {
        self.cells
            .get((row << SIDE_BITS | column) as usize)
            .map_or(Cell::EMPTY, |cell| Cell(cell.load(Ordering::Relaxed)))
    }

    /// Asks for its lines of cache, without waiting for them, if it is to be read soon.
    #[inline(always)]
    pub(super) fn touch(&self) {
        for cell in self.cells.iter().step_by(16) {
            black_box(cell.load(Ordering::Relaxed));
        }
    }

    pub(super) fn set(&self, row: u32, column: u32, cell: Cell) {
        if let Some(word) = self.cells.get((row << SIDE_BITS | column) as usize) {
            word.store(cell.0, Ordering::Relaxed);
        }
    }
}

/// What stands in a cell: a page, or a leaf with its size as halvings of the page and its block, if it has cars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell(u32);

impl Cell {
    const PAGE: u32 = 1 << 31;
    const ID_BITS: u32 = 28;
    const ID_MASK: u32 = (1 << Self::ID_BITS) - 1;

    /// A leaf without cars over a whole page.
    pub(super) const EMPTY: Self = Self(0);

    pub(super) const fn page(id: u32) -> Self {
        Self(Self::PAGE | id)
    }

    pub(super) const fn leaf(block: u32, halvings: u32) -> Self {
        Self(halvings << Self::ID_BITS | block)
    }

    pub(super) const fn is_page(self) -> bool {
        self.0 & Self::PAGE != 0
    }

    /// The page's or the block's number.
    pub(super) const fn id(self) -> u32 {
        self.0 & Self::ID_MASK
    }

    pub(super) const fn halvings(self) -> u32 {
        self.0 >> Self::ID_BITS & 7
    }

    /// The leaf's height and width in cells, as powers of two: the height is halved first.
    #[inline]
    pub(super) const fn size_bits(self) -> (u32, u32) {
        size_bits(self.halvings())
    }
}

/// Height and width in cells, as powers of two, after so many halvings.
#[inline]
pub(super) const fn size_bits(halvings: u32) -> (u32, u32) {
    (SIDE_BITS - halvings.div_ceil(2), SIDE_BITS - halvings / 2)
}

/// Things made a segment at a time, that never move.
pub(super) struct Pool<T> {
    segments: Box<[OnceLock<Box<[T]>>]>,
}

impl<T: Default> Pool<T> {
    /// Room for so many, none of them made yet.
    pub(super) fn for_up_to(count: usize) -> Self {
        Self { segments: (0..count.div_ceil(SEGMENT)).map(|_| OnceLock::new()).collect() }
    }

    #[inline]
    pub(super) fn get(&self, id: u32) -> Option<&T> {
        self.segments.get(id as usize / SEGMENT)?.get()?.get(id as usize % SEGMENT)
    }

    /// The same, making its segment if need be; nothing past the room.
    pub(super) fn make(&self, id: u32) -> Option<&T> {
        let segment = self.segments.get(id as usize / SEGMENT)?;
        segment.get_or_init(|| (0..SEGMENT).map(|_| T::default()).collect()).get(id as usize % SEGMENT)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        let made = self.segments.iter().filter(|segment| segment.get().is_some()).count();
        made * SEGMENT * size_of::<T>() + size_of_val(&*self.segments)
    }
}

/// Everything shared.
pub(super) struct Store {
    pub blocks: Pool<Block>,
    pub pages: Pool<Page>,
    pub corners: Pool<Corners>,
    /// Odd while leaves are split, joined or made.
    pub shape: AtomicU32,
    /// How many readers cannot get through and ask the writer to hold still between two changes.
    pub please: AtomicU32,
}
