//! Why Parzen windows and likelihoods mislead: the arguments of arXiv 1511.01844 as experiments.

use std::f64::consts::PI;

use gan_info::*;
use gan_statistics::log_mean_exp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DIM: usize = 30;

/// `count` draws of N(0, I) in [`DIM`] dimensions, by Box and Muller.
fn normal(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || {
        let (u, angle) = (1.0 - rng.random::<f64>(), 2.0 * PI * rng.random::<f64>());
        (-2.0 * u.ln()).sqrt() * angle.cos()
    };
    (0..count * DIM).map(|_| draw()).collect()
}

/// The mean log-likelihood of held-out points, with the bandwidth that suits others best.
fn parzen(samples: &[f64]) -> f64 {
    let bandwidths: Vec<f64> = (1..=30).map(|i| 0.05 * f64::from(i)).collect();
    let (sigma, _) = parzen_bandwidth(samples, &normal(200, 90), DIM, &bandwidths).unwrap();
    let held_out = parzen_log_likelihoods(samples, &normal(500, 91), DIM, sigma).unwrap();
    held_out.iter().sum::<f64>() / held_out.len() as f64
}

/// The centroids of k-means, Lloyd's iterations from the first points.
fn centroids(points: &[f64], k: usize) -> Vec<f64> {
    let mut centroids = points[..k * DIM].to_vec();
    for _ in 0..20 {
        let (mut sums, mut counts) = (vec![0.0; k * DIM], vec![0.0; k]);
        for point in points.chunks_exact(DIM) {
            let distance =
                |c: &[f64]| -> f64 { c.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum() };
            let all = centroids.chunks_exact(DIM).map(distance).enumerate();
            let (nearest, _) = all.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            counts[nearest] += 1.0;
            let sum = &mut sums[nearest * DIM..(nearest + 1) * DIM];
            sum.iter_mut().zip(point).for_each(|(s, p)| *s += p);
        }
        for (i, (centroid, sum)) in centroids.iter_mut().zip(&sums).enumerate() {
            if counts[i / DIM] > 0.0 {
                *centroid = sum / counts[i / DIM];
            }
        }
    }
    centroids
}

/// Figure 3 of the paper: samples of the truth itself do not come near its log-likelihood, and
/// more of them hardly help.
#[test]
fn parzen_windows_are_far_from_the_truth_in_many_dimensions() {
    let truth = -0.5 * DIM as f64 * (2.0 * PI * std::f64::consts::E).ln();
    let gaps: Vec<f64> = [250, 1000, 4000].iter().map(|n| truth - parzen(&normal(*n, 1))).collect();
    assert!(gaps[2] > 3.0, "{gaps:?} nats");
    assert!(gaps.windows(2).all(|g| g[1] < g[0] && g[1] > 0.75 * g[0]), "{gaps:?} nats");
}

/// Table 1 of the paper: by Parzen windows, centroids are better than what they summarize.
#[test]
fn parzen_windows_prefer_centroids_to_the_true_distribution() {
    let points = normal(4000, 1);
    let (truth, summary) = (parzen(&points[..200 * DIM]), parzen(&centroids(&points, 200)));
    assert!(summary > truth + 1.0, "centroids {summary}, the truth {truth} nats");
}

/// Section 3.2 of the paper: a model that is noise 99 times of 100 loses at most log 100 nats, less
/// than what separates models of images.
#[test]
fn a_likelihood_hardly_notices_ninety_nine_per_cent_of_noise() {
    let pixels = 784.0;
    // Per image: KL(N(0, 1) ‖ N(0, 1.2²)) for each pixel, a slight misfit that no eye would see.
    let slight_misfit = pixels * kl_of_normals(0.0, 1.0, 0.0, 1.2).unwrap();
    // log(0.01 p + 0.99 noise) ≥ log p − log 100, whatever the noise.
    let log_p = -500.0;
    let noise = log_p - 200.0;
    let mixed = log_mean_exp(&[log_p + 0.02f64.ln(), noise + 1.98f64.ln()]).unwrap();
    assert!((log_p - mixed - 100f64.ln()).abs() < 1e-12);
    assert!(slight_misfit > 4.0 * 100f64.ln(), "{slight_misfit} nats");
}
