//! Numpy's seeded draw without replacement, so that the replica starts its vehicles where `dispatch_sim.py` does. PCG64
//! (O'Neill 2014), seeded by a mixed sequence, and Floyd's or a tail shuffle as `Generator.choice` uses them. Called by
//! [`super::world`]; it is no general random source.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a bit-for-bit replica of 32, 64 and 128 bit arithmetic over arrays whose lengths stand beside each loop"
)]

const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;

/// A PCG64 stream as numpy's `default_rng(seed)` begins it.
pub(crate) struct NumpyDraw {
    state: u128,
    increment: u128,
    spare: Option<u32>,
}

impl NumpyDraw {
    /// The stream of `default_rng(seed)`.
    pub(crate) fn seeded(seed: u32) -> Self {
        let words = seed_words(seed);
        let wide = |high: usize| (u128::from(words[high]) << 64) | u128::from(words[high + 1]);
        let increment = (wide(2) << 1) | 1;
        let state = increment.wrapping_add(wide(0)).wrapping_mul(MULTIPLIER).wrapping_add(increment);
        Self { state, increment, spare: None }
    }

    /// `choice(population, size, replace=False)`: indices into the population.
    pub(crate) fn without_replacement(&mut self, population: usize, size: usize) -> Vec<usize> {
        if population > 10_000 && size > population / 50 {
            let mut all: Vec<usize> = (0..population).collect();
            self.shuffle(&mut all, (population - size).max(1));
            all.split_off(population - size)
        } else {
            let mut taken = std::collections::HashSet::new();
            let mut drawn = Vec::with_capacity(size);
            for last in population - size..population {
                let tried = self.below_or_at(last);
                let got = if taken.insert(tried) { tried } else { last };
                taken.insert(got);
                drawn.push(got);
            }
            self.shuffle(&mut drawn, 1);
            drawn
        }
    }

    fn shuffle(&mut self, values: &mut [usize], first: usize) {
        for at in (first..values.len()).rev() {
            let other = self.below_or_at(at);
            values.swap(at, other);
        }
    }

    /// Uniform in `0..=top` by Lemire's method on 32 bits.
    fn below_or_at(&mut self, top: usize) -> usize {
        if top == 0 {
            return 0;
        }
        let span = top as u32 + 1;
        let mut product = u64::from(self.next_u32()) * u64::from(span);
        let threshold = span.wrapping_neg() % span;
        while (product as u32) < threshold {
            product = u64::from(self.next_u32()) * u64::from(span);
        }
        (product >> 32) as usize
    }

    fn next_u32(&mut self) -> u32 {
        if let Some(high) = self.spare.take() {
            return high;
        }
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        let word = folded.rotate_right((self.state >> 122) as u32);
        self.spare = Some((word >> 32) as u32);
        word as u32
    }
}

/// Four 64-bit words from a 32-bit seed: numpy's `SeedSequence(seed).generate_state(4, uint64)`.
fn seed_words(seed: u32) -> [u64; 4] {
    let mut hash = 0x43b0_d7e5_u32;
    let mut hashed = |value: u32| {
        let value = value ^ hash;
        hash = hash.wrapping_mul(0x931e_8875);
        let value = value.wrapping_mul(hash);
        value ^ (value >> 16)
    };
    let mix = |x: u32, y: u32| {
        let mixed = 0xca01_f9dd_u32.wrapping_mul(x).wrapping_sub(0x4973_f715_u32.wrapping_mul(y));
        mixed ^ (mixed >> 16)
    };
    let mut pool = [hashed(seed), hashed(0), hashed(0), hashed(0)];
    for from in 0..4 {
        for to in (0..4).filter(|to| *to != from) {
            pool[to] = mix(pool[to], hashed(pool[from]));
        }
    }
    let mut hash = 0x8b51_f9dd_u32;
    let mut words = [0_u32; 8];
    for (at, word) in words.iter_mut().enumerate() {
        let value = pool[at % 4] ^ hash;
        hash = hash.wrapping_mul(0x58f3_8ded);
        let value = value.wrapping_mul(hash);
        *word = value ^ (value >> 16);
    }
    std::array::from_fn(|at| u64::from(words[2 * at]) | (u64::from(words[2 * at + 1]) << 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Printed by numpy 2: default_rng(s).choice(n, k, replace=False).
    #[test]
    fn draws_are_numpys() {
        assert_eq!(NumpyDraw::seeded(1).without_replacement(100, 5), NUMPY_SMALL);
        let large = NumpyDraw::seeded(7).without_replacement(20_000, 1_900);
        assert_eq!(large[..5], NUMPY_LARGE);
    }
    const NUMPY_SMALL: [usize; 5] = [49, 3, 74, 94, 45];
    const NUMPY_LARGE: [usize; 5] = [13_210, 17_445, 11_291, 16_164, 15_100];
}
