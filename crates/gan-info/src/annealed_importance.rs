//! Annealed importance sampling of a Boltzmann machine's partition function.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use gan_statistics::{checks, log_mean_exp, sigmoid, softplus};
use rayon::prelude::*;

use crate::boltzmann::{BoltzmannMachine, dot};
use crate::error::{InfoError, Result};

/// Chains that share a matrix product. Fixed, so that no bit depends on the number of threads.
const BLOCK: usize = 16;

/// An estimate of log Z with its spread.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPartition {
    /// log Ẑ, in nats. Ẑ is unbiased, so log Ẑ is on average below log Z.
    pub value: f64,
    /// log(Ẑ − 3σ̂), σ̂ the standard error of Ẑ over the chains; −∞ where that is below zero.
    pub low: f64,
    /// log(Ẑ + 3σ̂).
    pub high: f64,
    /// Each chain's log-weight, whose mean weight times the start's partition function is Ẑ.
    pub log_weights: Vec<f64>,
}

/// `count` inverse temperatures from 0 to 1, spaced as in Salakhutdinov and Murray (ICML 2008,
/// section 4.2): of 14,500 steps 500 lie below 0.5, 4,000 between 0.5 and 0.9, and 10,000 above.
///
/// # Errors
///
/// If `count` is below 2.
pub fn annealing_schedule(count: usize) -> Result<Vec<f64>> {
    if count < 2 {
        let (what, expected) = ("temperatures", "at least 2: the start and the end");
        return Err(InfoError::Parameter { what, expected, found: count as f64 });
    }
    // The schedule as a curve through (share of steps, β), read off at equal shares.
    const KNOTS: [(f64, f64); 4] =
        [(0.0, 0.0), (500.0 / 14_500.0, 0.5), (4_500.0 / 14_500.0, 0.9), (1.0, 1.0)];
    let at = |share: f64| {
        let pair = KNOTS.windows(2).find(|k| share <= k[1].0).unwrap_or(&KNOTS[2..]);
        let ((s0, b0), (s1, b1)) = (pair[0], pair[1]);
        b0 + (b1 - b0) * ((share - s0) / (s1 - s0)).min(1.0)
    };
    Ok((0..count).map(|i| at(i as f64 / (count - 1) as f64)).collect())
}

/// Estimates log Z of a machine by annealed importance sampling: chains run from a machine
/// without weights, whose Z is known, through machines in between.
///
/// p*_β(v) = exp((1 − β) a·v + β b·v) Πⱼ (1 + exp(β (cⱼ + Wⱼ·v))); a chain's weight is the product
/// of p*_{β′}(v)/p*_β(v) over neighboring β, v drawn by Gibbs steps at each. Neal, Statistics and
/// Computing 11 (2001) 125; Salakhutdinov and Murray, ICML 2008, equations 12 to 17.
///
/// `start_bias`: a, one a visible unit; the log-odds of the data's means are a good start.
/// `temperatures`: β rising from 0 to 1, as [`annealing_schedule`] gives them. `chains`: for each
/// chain, where its uniform draws in `[0, 1)` come from. The chains run on all threads; the result
/// depends on the draws alone.
///
/// # Errors
///
/// If the machine is not valid, a length does not fit, the temperatures do not rise from 0 to 1,
/// or there are fewer than two chains.
pub fn anneal_log_partition<U: FnMut() -> f64 + Send>(
    machine: &BoltzmannMachine<'_>,
    start_bias: &[f64],
    temperatures: &[f64],
    chains: &mut [U],
) -> Result<LogPartition> {
    machine.validate()?;
    checks::same_length("start biases", machine.visible_bias.len(), start_bias.len())?;
    checks::finite("start biases", start_bias)?;
    checks::finite("temperatures", temperatures)?;
    let ends = (temperatures.first().copied(), temperatures.last().copied());
    let rising = temperatures.windows(2).all(|pair| pair[0] <= pair[1]);
    if ends != (Some(0.0), Some(1.0)) || !rising {
        let (what, expected) = ("temperatures", "values that rise from 0 to 1");
        return Err(InfoError::Length {
            what,
            expected: expected.into(),
            found: temperatures.len(),
        });
    }
    if chains.len() < 2 {
        let (what, expected) = ("chains", "at least 2: their spread is the error");
        return Err(InfoError::Parameter { what, expected, found: chains.len() as f64 });
    }
    let weights: Vec<Vec<f64>> = chains
        .par_chunks_mut(BLOCK)
        .map(|block| log_weights(machine, start_bias, temperatures, block))
        .collect();
    let log_weights = weights.concat();
    let hidden = machine.hidden_bias.len() as f64;
    let start = start_bias.iter().map(|a| softplus(*a)).sum::<f64>() + hidden * 2f64.ln();
    let mean = log_mean_exp(&log_weights)?;
    // Weights relative to their mean: the error without overflow.
    let n = log_weights.len() as f64;
    let squares: f64 = log_weights.iter().map(|w| ((w - mean).exp() - 1.0).powi(2)).sum();
    let three_errors = 3.0 * (squares / (n - 1.0) / n).sqrt();
    Ok(LogPartition {
        value: start + mean,
        low: start + mean + (1.0 - three_errors).max(0.0).ln(),
        high: start + mean + three_errors.ln_1p(),
        log_weights,
    })
}

/// The log-weights of some chains.
fn log_weights<U: FnMut() -> f64>(
    machine: &BoltzmannMachine<'_>,
    start_bias: &[f64],
    temperatures: &[f64],
    chains: &mut [U],
) -> Vec<f64> {
    let (n, visible, hidden) =
        (chains.len(), machine.visible_bias.len(), machine.hidden_bias.len());
    let weights = MatRef::from_row_major_slice(machine.weights, hidden, visible);
    let (mut v, mut h) = (Mat::<f64>::zeros(visible, n), Mat::<f64>::zeros(hidden, n));
    // W v, then Wᵀ h: one column a chain.
    let (mut up, mut down) = (Mat::<f64>::zeros(hidden, n), Mat::<f64>::zeros(visible, n));
    let mut total = vec![0.0; n];
    for (chain, draw) in chains.iter_mut().enumerate() {
        for (v, a) in v.col_as_slice_mut(chain).iter_mut().zip(start_bias) {
            *v = f64::from(u8::from(draw() < sigmoid(*a)));
        }
    }
    for pair in temperatures.windows(2) {
        let (cooler, warmer) = (pair[1], pair[0]);
        matmul(up.as_mut(), Accum::Replace, weights, v.as_ref(), 1.0, Par::Seq);
        for (chain, draw) in chains.iter_mut().enumerate() {
            let state = v.col_as_slice(chain);
            let linear = dot(machine.visible_bias, state) - dot(start_bias, state);
            let mut change = (cooler - warmer) * linear;
            let inputs = up.col_as_slice(chain).iter().zip(machine.hidden_bias);
            for ((w, c), h) in inputs.zip(h.col_as_slice_mut(chain)) {
                let input = w + c;
                change += softplus(cooler * input) - softplus(warmer * input);
                *h = f64::from(u8::from(draw() < sigmoid(cooler * input)));
            }
            total[chain] += change;
        }
        let transposed = weights.transpose();
        matmul(down.as_mut(), Accum::Replace, transposed, h.as_ref(), 1.0, Par::Seq);
        for (chain, draw) in chains.iter_mut().enumerate() {
            let biases = machine.visible_bias.iter().zip(start_bias);
            let inputs = down.col_as_slice(chain).iter().zip(biases);
            for ((w, (b, a)), v) in inputs.zip(v.col_as_slice_mut(chain)) {
                let input = (1.0 - cooler) * a + cooler * (b + w);
                *v = f64::from(u8::from(draw() < sigmoid(input)));
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn chains(count: u64) -> Vec<impl FnMut() -> f64 + Send> {
        let source = |i| {
            let mut rng = ChaCha8Rng::seed_from_u64(100 + i);
            move || rng.random::<f64>()
        };
        (0..count).map(source).collect()
    }

    /// Weights of standard deviation `scale`, biases of standard deviation ½.
    fn machine(visible: usize, hidden: usize, scale: f64) -> [Vec<f64>; 3] {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut normal = |n: usize, std: f64| -> Vec<f64> {
            let twelve = |_| std * ((0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0);
            (0..n).map(twelve).collect()
        };
        [normal(visible * hidden, scale), normal(visible, 0.5), normal(hidden, 0.5)]
    }

    #[test]
    fn annealing_finds_the_partition_function_of_small_machines() {
        for (visible, hidden, scale) in [(20, 10, 0.5), (12, 16, 1.0), (30, 8, 1.5)] {
            let [weights, b, c] = machine(visible, hidden, scale);
            let machine = BoltzmannMachine { weights: &weights, visible_bias: &b, hidden_bias: &c };
            let exact = machine.log_partition().unwrap();
            let betas = annealing_schedule(10_000).unwrap();
            let found =
                anneal_log_partition(&machine, &vec![0.0; visible], &betas, &mut chains(100));
            let found = found.unwrap();
            // Of Z itself, not of its logarithm: within 5 %, and within three standard errors.
            let ratio = (found.value - exact).exp();
            assert!((ratio - 1.0).abs() < 0.05, "{visible}×{hidden}: {ratio} of Z, {exact}");
            assert!(found.low < exact && exact < found.high, "{exact}, {found:?}");
            assert!(found.high - found.low < 0.2, "{visible}×{hidden}: {found:?}");
        }
    }

    #[test]
    fn a_machine_without_weights_is_exact_from_its_own_biases() {
        let (b, c) = ([0.3, -2.0, 1.0], [0.0, 0.0]);
        let machine = BoltzmannMachine { weights: &[0.0; 6], visible_bias: &b, hidden_bias: &c };
        let found = anneal_log_partition(&machine, &b, &[0.0, 0.5, 1.0], &mut chains(3)).unwrap();
        let exact = machine.log_partition().unwrap();
        assert!((found.value - exact).abs() < 1e-14);
        assert!((found.high - found.low).abs() < 1e-14);
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let [weights, b, c] = machine(40, 30, 0.3);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let machine =
                    BoltzmannMachine { weights: &weights, visible_bias: &b, hidden_bias: &c };
                let betas = annealing_schedule(20).unwrap();
                anneal_log_partition(&machine, &b, &betas, &mut chains(37)).unwrap()
            })
        };
        assert!(run(1) == run(3));
    }

    #[test]
    fn the_schedule_is_that_of_the_paper() {
        let betas = annealing_schedule(14_501).unwrap();
        assert_eq!((betas[0], betas[14_500]), (0.0, 1.0));
        let (near, at) = (1e-12, |i: usize| betas[i]);
        assert!((at(500) - 0.5).abs() < near && (at(4_500) - 0.9).abs() < near);
        assert!((at(501) - at(500) - 0.4 / 4_000.0).abs() < near);
        assert!(annealing_schedule(2).unwrap() == [0.0, 1.0]);
    }

    #[test]
    fn bad_input_is_an_error() {
        let machine =
            BoltzmannMachine { weights: &[0.0], visible_bias: &[0.0], hidden_bias: &[0.0] };
        let run = |start: &[f64], betas: &[f64], count| {
            anneal_log_partition(&machine, start, betas, &mut chains(count)).unwrap_err()
        };
        assert!(annealing_schedule(1).is_err());
        run(&[], &[0.0, 1.0], 2);
        run(&[0.0], &[0.0, 0.9], 2);
        run(&[0.0], &[0.0, 0.6, 0.5, 1.0], 2);
        assert!(run(&[0.0], &[0.0, 1.0], 1).to_string().contains("at least 2"));
    }
}
