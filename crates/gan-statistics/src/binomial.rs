//! Exact intervals of a share that was counted.

/// The Clopper–Pearson interval (Biometrika 26, 1934) of a probability after `right` of `trials`:
/// the p for which as many or more, or as few or fewer, have a probability of at least
/// `(1 − confidence)/2`. It holds the true p with at least `confidence`. `[0, 1]` without trials.
pub fn clopper_pearson(right: u64, trials: u64, confidence: f64) -> [f64; 2] {
    let right = right.min(trials);
    let tail = (1.0 - confidence.clamp(0.0, 1.0)) / 2.0;
    let low = match right {
        0 => 0.0,
        // P(X ≥ right) grows with p.
        _ => root(|p| at_least(right, trials, p) - tail),
    };
    let high = match right == trials {
        true => 1.0,
        // P(X ≤ right) = 1 − P(X ≥ right + 1) falls with p.
        false => root(|p| at_least(right + 1, trials, p) - (1.0 - tail)),
    };
    [low, high]
}

/// P(X ≥ k) of a binomial with n trials of probability p.
fn at_least(k: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p >= 1.0 || k == 0 { 1.0 } else { 0.0 };
    }
    // ln C(n, i) by one term after the other; sums of logarithms do not overflow.
    let mut choose = 0.0;
    let mut sum = 0.0;
    for i in 0..=n {
        if i > 0 {
            choose += ((n - i + 1) as f64).ln() - (i as f64).ln();
        }
        if i >= k {
            sum += (choose + i as f64 * p.ln() + (n - i) as f64 * (-p).ln_1p()).exp();
        }
    }
    sum
}

/// Where an increasing function crosses 0 between 0 and 1.
fn root(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_scipy() {
        // scipy.stats.beta.ppf([0.025, 0.975], [k, k + 1], [n - k + 1, n - k]), scipy 1.17, to 12 digits.
        for ([k, n], expected) in [
            ([7, 20], [0.153909204785, 0.592188534533]),
            ([0, 10], [0.000000000000, 0.308497107819]),
            ([10, 10], [0.691502892181, 1.000000000000]),
            ([251, 500], [0.457274029444, 0.546702193081]),
            ([1, 3], [0.008403758660, 0.905700675950]),
        ] {
            let found = clopper_pearson(k, n, 0.95);
            for (f, e) in found.iter().zip(expected) {
                assert!((f - e).abs() < 1e-11, "{k} of {n}: {found:?}");
            }
        }
        assert_eq!(clopper_pearson(0, 0, 0.95), [0.0, 1.0]);
    }
}
