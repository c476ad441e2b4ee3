//! Repeatable random numbers: the seed is printed, and `SEED` in the environment sets it.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A stream with a new seed, or that of `SEED`; printed, so that a failure can be repeated.
    ///
    /// # Panics
    ///
    /// When `SEED` isn't a number.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a test's seed is no setting of the service")]
    #[expect(clippy::print_stdout, reason = "shown when the test fails")]
    pub fn seeded(test: &str) -> Self {
        let seed = match std::env::var("SEED") {
            Ok(seed) => seed.parse().expect("SEED must be a number"),
            Err(_) => uuid::Uuid::new_v4().as_u64_pair().0,
        };
        println!("{test}: SEED={seed}");
        Self(seed)
    }

    /// A separate stream for a part of the test.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.number())
    }

    /// The next number (splitmix64).
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end - 1`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
