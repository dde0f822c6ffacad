//! NumPy's old generator, `RandomState`, as far as the reference programs draw from it.
//!
//! MT19937 (Matsumoto and Nishimura 1998), and NumPy's Fisher–Yates shuffle with masked rejection.
//! NumPy promises that `RandomState` never changes, so a subset drawn here is the one drawn there.

const N: usize = 624;
const M: usize = 397;

/// `numpy.random.RandomState(seed)`.
#[derive(Debug, Clone)]
pub struct RandomState {
    state: [u32; N],
    next: usize,
}

impl RandomState {
    /// The generator of a seed; NumPy takes seeds of 32 bits only.
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for i in 1..N {
            let before = state[i - 1];
            state[i] =
                1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Self { state, next: N }
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// A whole number from 0 to `most`, both included.
    fn interval(&mut self, most: u64) -> u64 {
        if most == 0 {
            return 0;
        }
        let mask = u64::MAX >> most.leading_zeros();
        loop {
            let bits = if most <= u64::from(u32::MAX) {
                u64::from(self.next_u32())
            } else {
                u64::from(self.next_u32()) << 32 | u64::from(self.next_u32())
            };
            if bits & mask <= most {
                return bits & mask;
            }
        }
    }

    /// `permutation(n)`: the numbers below n in random order.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            let j = self.interval(i as u64) as usize;
            order.swap(i, j);
        }
        order
    }

    /// `choice(n, size, replace=False)`: the first `size` of a permutation of n; all n where
    /// `size` is larger.
    pub fn choice(&mut self, n: usize, size: usize) -> Vec<usize> {
        let mut order = self.permutation(n);
        order.truncate(size);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // NumPy 2.4.6: r = numpy.random.RandomState(2020); r.choice(10, 4, replace=False), and so on.
    #[test]
    fn draws_are_numpys() {
        let mut random = RandomState::new(2020);
        assert_eq!(random.choice(10, 4), [2, 4, 9, 1]);
        assert_eq!(random.choice(1000, 5), [358, 763, 430, 530, 677]);
        let mut random = RandomState::new(5489);
        let draws: Vec<u32> = (0..10_000).map(|_| random.next_u32()).collect();
        // The 10,000th output of the reference implementation, as the C++ standard has it.
        assert_eq!(draws[9_999], 4_123_659_995);
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = RandomState::new(0).permutation(5000);
        assert_ne!(order[..3], [0, 1, 2]);
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..5000));
        assert!(RandomState::new(1).permutation(0).is_empty());
        assert_eq!(RandomState::new(1).choice(3, 9).len(), 3);
    }
}
