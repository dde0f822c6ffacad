//! The verdicts on modes, each with its words, and the bound on chance.

use super::*;

/// Looks every `every` steps that found so many modes in so many samples; class 8 is the rarest.
fn seen(found: &[usize], of: usize, samples: Option<usize>, every: u64) -> Modes {
    let mut log = Log::default();
    for (k, found) in found.iter().enumerate() {
        let step = every * (k as u64 + 1);
        let mut add = |name: &str, value: usize| log.add(step, SAMPLES, name, value as f64);
        add("modes", *found);
        add("modes_of", of);
        samples.into_iter().for_each(|n| add("modes_samples", n));
        if *found < of {
            add("modes_rarest", 8);
        }
    }
    Modes::of(&log, &Facts::default()).unwrap()
}

#[test]
fn each_verdict_has_its_words() {
    let words = |found: &[usize], samples, every| seen(found, 10, samples, every).words();
    assert_eq!(words(&[9, 10], Some(128), 50), "10 of 10 modes in 128 samples");
    assert_eq!(
        words(&[9; 20], Some(64), 50),
        "9 of 10 modes in 64 samples: too few to say which is missing"
    );
    assert_eq!(
        words(&[8; 2], Some(12), 50),
        "8 of 10 modes in 12 samples: too few to say which are missing"
    );
    // A single look, a few, steps that are too few, a number that rises.
    let early = "9 of 10 modes in 128 samples: 1 is missing since step 1000, too early to call \
                 it lost";
    assert_eq!(words(&[[10; 19].as_slice(), &[9]].concat(), Some(128), 50), early);
    let few = words(&[[10; 17].as_slice(), &[9; 3]].concat(), Some(128), 50);
    assert!(few.contains("since step 900, too early"), "{few}");
    assert!(words(&[9; 20], Some(128), 5).contains("since step 5, too early"));
    assert_eq!(
        words(&[4, 4, 4, 6, 6, 6, 7, 8, 9], Some(128), 50),
        "9 of 10 modes in 128 samples: 1 is still missing, fewer than before"
    );
    let many = words(&[[1; 10].as_slice(), &[2; 20]].concat(), Some(128), 50);
    assert!(many.ends_with("8 are still missing, fewer than before"), "{many}");
    // What rose once and rises no more is missing.
    let stays = words(&[[1; 10].as_slice(), &[9; 20]].concat(), Some(128), 50);
    assert!(stays.starts_with("1 of 10 modes is missing: class 8 ("), "{stays}");
    assert_eq!(
        words(&[9; 20], Some(128), 50),
        "1 of 10 modes is missing: class 8 (9 of 10 modes in 128 samples)"
    );
    assert_eq!(
        words(&[5; 20], Some(128), 50),
        "5 of 10 modes are missing (5 of 10 modes in 128 samples)"
    );
    assert_eq!(
        words(&[9; 20], None, 50),
        "9 of 10 modes, in how many samples the log does not say: chance may have left out what \
         is missing"
    );
}

#[test]
fn one_missing_mode_warns_and_many_fail() {
    let verdict = |found, of, samples| seen(&[found; 20], of, Some(samples), 50).verdict;
    assert!(matches!(verdict(9, 10, 128), Verdict::Missing { since: 50, .. }));
    assert!(matches!(verdict(7, 10, 128), Verdict::Lost { since: 50, .. }));
    assert_eq!(verdict(10, 10, 128), Verdict::All);
    // 16 samples leave three of ten out every other time, ten of them never.
    assert_eq!(verdict(7, 10, 16), Verdict::TooFew);
    assert!(matches!(verdict(1, 10, 16), Verdict::Lost { .. }));
    // 256 points say nothing of one of 25 modes, and enough of three.
    assert_eq!(verdict(24, 25, 256), Verdict::TooFew);
    assert!(matches!(verdict(22, 25, 256), Verdict::Missing { .. }));
}

#[test]
fn which_mode_is_missing_is_said_only_where_it_is_always_the_same() {
    let words = |looks: [(f64, f64); 5], points: bool| {
        let mut log = Log::default();
        for (k, (found, rarest)) in looks.into_iter().enumerate() {
            let step = 100 * k as u64;
            log.add(step, SAMPLES, "modes", found);
            log.add(step, SAMPLES, "modes_of", 8.0);
            log.add(step, SAMPLES, "modes_samples", 256.0);
            log.add(step, SAMPLES, "modes_rarest", rarest);
        }
        Modes::of(&log, &Facts { points, ..Facts::default() }).unwrap().words()
    };
    let (one, other, two) = ((7.0, 5.0), (7.0, 3.0), (6.0, 3.0));
    let told = words([one, one, other, one, one], false);
    assert_eq!(told, "1 of 8 modes is missing: not always the same (7 of 8 modes in 256 samples)");
    // Where two are missing, the rarest is one of them by chance.
    let told = words([two, two, one, one, one], false);
    assert!(told.starts_with("1 of 8 modes is missing: class 5 ("), "{told}");
    let told = words([one; 5], true);
    assert!(told.starts_with("1 of 8 modes is missing: mode 5 of 0 to 7 ("), "{told}");
}

#[test]
fn the_bound_on_chance_is_that_of_the_binomial() {
    // (1 + 128/9 + 128·127/(2·81))·0.9^128: fewer than 2.56 of 128 samples in a mode.
    let tail = 0.9_f64.powi(128) * (1.0 + 128.0 / 9.0 + 128.0 * 127.0 / 162.0);
    assert!((chance(1, 10, 128) / (10.0 * tail) - 1.0).abs() < 1e-12);
    assert!((chance(2, 10, 128) / (45.0 * tail * tail) - 1.0).abs() < 1e-12);
    assert_eq!((chance(0, 10, 128), chance(1, 1, 5), chance(3, 10, 4)), (1.0, 0.0, 1.0));
}

#[test]
fn damaged_counts_are_left_out() {
    let mut log = Log::default();
    for (step, found, of) in [(1, 1e300, 10.0), (2, 3.0, -1.0), (3, 30.0, 10.0)] {
        log.add(step, SAMPLES, "modes", found);
        log.add(step, SAMPLES, "modes_of", of);
        log.add(step, SAMPLES, "modes_samples", 1e300);
    }
    let modes = Modes::of(&log, &Facts::default()).unwrap();
    assert_eq!((modes.step, modes.found, modes.of, modes.samples), (3, 10, 10, None));
    assert!(Modes::of(&Log::default(), &Facts::default()).is_none());
}
