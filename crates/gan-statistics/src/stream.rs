//! Randomness without state: a ChaCha stream for every purpose, with no generator to save.
//!
//! The rule of the workspace, in both forms that its files and runs depend on. Step 1000's noise is a
//! function of 1000, so a resumed run draws what an uninterrupted one would have drawn, and a new
//! purpose does not disturb the old ones.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The stream of `(seed, purpose, number)`; equal keys give equal streams on every machine.
///
/// The key is SHA-256 of `purpose`, a zero byte, and both numbers as little-endian 64-bit words.
///
/// ```
/// use gan_statistics::stream;
/// use rand::Rng;
/// let draw = |number| stream(7, "order", number).random::<u64>();
/// assert_eq!(draw(3), draw(3));
/// assert_ne!(draw(3), draw(4));
/// ```
pub fn stream(seed: u64, purpose: &str, number: u64) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(seed.to_le_bytes());
    hash.update(number.to_le_bytes());
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// The stream of a purpose within a training step: `turn` is the how-manieth use of that purpose
/// there.
///
/// The key is four little-endian 64-bit words: `seed`, FNV-1a of `purpose`, `step` and `turn`. It is
/// not [`stream`]'s: a step draws many short streams, and every checkpoint that there is was trained
/// with this key. A purpose is chosen by the program and not by its input, so that the short hash only
/// has to tell a few words apart.
pub fn step_stream(seed: u64, purpose: &str, step: u64, turn: u64) -> ChaCha8Rng {
    let hash = purpose
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let mut key = [0; 32];
    for (slot, word) in key.chunks_exact_mut(8).zip([seed, hash, step, turn]) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn the_bytes_are_those_that_runs_and_files_were_made_with() {
        // A dozen lines of Python (hashlib, and RFC 8439's quarter rounds eight times over) give the
        // same: the first 64 bits of each stream. Data, checkpoints and scores depend on them.
        assert_eq!(stream(7, "order", 3).next_u64(), 0x71a0_16e6_eab3_ff2e);
        assert_eq!(step_stream(7, "latent", 1000, 2).next_u64(), 0x3565_a17f_1ad4_d769);
    }

    #[test]
    fn every_part_of_a_key_matters_and_nothing_else() {
        let by_number = |seed, purpose: &str, number| stream(seed, purpose, number).next_u64();
        let base = by_number(1, "order", 2);
        assert_eq!(base, by_number(1, "order", 2));
        let others = [by_number(2, "order", 2), by_number(1, "split", 2), by_number(1, "order", 3)];
        assert!(others.iter().all(|v| *v != base));
        let by_step =
            |seed, purpose: &str, step, turn| step_stream(seed, purpose, step, turn).next_u64();
        let base = by_step(1, "latent", 2, 3);
        assert_eq!(base, by_step(1, "latent", 2, 3));
        let others = [
            by_step(2, "latent", 2, 3),
            by_step(1, "init", 2, 3),
            by_step(1, "latent", 3, 3),
            by_step(1, "latent", 2, 4),
        ];
        assert!(others.iter().all(|v| *v != base));
    }
}
