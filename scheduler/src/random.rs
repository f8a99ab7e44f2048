//! Numbers that look random and are the same everywhere: SplitMix64.

/// A stream of numbers that a seed decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0; as even as 64 bits allow.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

/// The seed of run `run` of a series: unrelated for neighbouring seeds and runs.
#[must_use]
pub(crate) fn seed_of_run(seed: u64, run: u64) -> u64 {
    let mut random = Random::new(seed);
    let base = random.next();
    Random::new(base ^ run.wrapping_mul(0xD6E8_FEB8_6659_FD93)).next()
}
