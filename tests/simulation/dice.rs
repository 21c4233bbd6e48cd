//! Chance that can be repeated.

/// `SplitMix64`: each seed is a history of its own.
pub(crate) struct Dice(u64);

impl Dice {
    /// Climates do not share their histories, although they share their seeds.
    pub(crate) fn new(climate: &str, seed: u64) -> Self {
        let salt = climate.bytes().fold(0, |salt: u64, byte| {
            salt.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(byte))
        });
        let mut dice = Self(seed ^ salt);
        dice.0 = dice.number();
        dice
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// One of these, each as often as its weight says.
    pub(crate) fn weigh<T: Copy>(&mut self, from: &[(u64, T)]) -> T {
        let mut left = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in from {
            match left.checked_sub(*weight) {
                Some(less) => left = less,
                None => return *item,
            }
        }
        unreachable!("the weights sum up to more")
    }
}
