//! The number of threads changes nothing.

use crate::ring::{End, Setup, bytes, train};
use tempfile::tempdir;

#[test]
fn one_and_three_threads_give_the_same_bytes() {
    // Wide enough that products, activations and updates are cut into pieces.
    let mut setup = Setup { hidden: 20_000, ..Setup::default() };
    setup.train.steps = 4;
    setup.train.ema = 0.9;
    let folder = tempdir().unwrap();
    let dir = |threads: usize| folder.path().join(threads.to_string());
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| train(&dir(threads), &setup, End::Done)).unwrap();
    }
    assert!(bytes(&dir(1), 4) == bytes(&dir(3), 4));
}
