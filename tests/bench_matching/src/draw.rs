//! Numbers that look drawn and are the same on every run (SplitMix64). Called by the parts that make up positions.

#![expect(clippy::as_conversions, reason = "53 bits are a float exactly, and fit where they are counted")]

/// A seed, and what was drawn from it so far.
pub(crate) struct Draw(pub u64);

impl Draw {
    fn bits53(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 11
    }

    /// From 0 to below a bound that is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.bits53() as usize % bound
    }

    /// From 0 to below 1.
    pub(crate) fn part(&mut self) -> f64 {
        self.bits53() as f64 / (1_u64 << 53) as f64
    }
}
