//! Information theory behind GANs in f64: entropies, divergences, transport, games.
//!
//! Free functions on slices of f64, exact or with a stated accuracy. Logarithms are natural, so
//! information is in nats; 0 log 0 = 0; KL is infinite where q = 0 < p. Bad input is an
//! [`InfoError`] that says what was expected and what was found, never a panic. General statistics
//! (moments, quantiles, neighbors, classifiers) stand below, in `gan-statistics`.
//!
//! | question | file | functions |
//! | --- | --- | --- |
//! | How surprising is an event, a law, a law given another variable? | `entropy` | [`information`], [`joint_information`], [`entropy()`], [`cross_entropy`], [`joint_entropy`], [`conditional_entropy`] |
//! | How far apart are two finite distributions? | `divergence` | [`kl_divergence`], [`js_divergence`], [`weighted_js_divergence`], [`total_variation`] |
//! | … two densities? | `density` | [`kl_of_normals`], [`kl_of_densities`], [`js_of_densities`], [`total_variation_of_densities`] |
//! | … two samples, of labels or of a density? | `histogram`, `neighbor_divergence` | [`histogram()`], [`cell_numbers`], [`neighbor_entropy`], [`neighbor_kl`] |
//! | How much earth must be moved, and how far? | `earth_mover_1d`, `earth_mover_samples`, `transport` (by `transport_simplex`) | [`wasserstein_1d`], [`weighted_wasserstein_1d`], [`wasserstein_of_samples`], [`optimal_transport`] |
//! | Why has only the earth mover a useful gradient? | `parallel_lines` | [`parallel_lines()`] |
//! | What does Y tell about X? | `mutual_information`, `neighbor_information` | [`mutual_information()`] (by three formulas), [`mutual_information_of_pairs`], [`mutual_information_of_samples`] |
//! | Do two samples have one law? | `mmd`, `mmd_kernel` | [`mmd_squared_biased`], [`mmd_squared_unbiased`], [`mmd_squared_linear`], [`median_distance`] |
//! | What is FID a distance of? | `frechet`, `frechet_sources` | [`frechet_distance`], [`frechet_distance_of_samples`], [`frechet_distance_between`], [`frechet_distance_diagonal`] |
//! | Which divergence covers modes, which picks one? | `fits` | [`fit_normal`] |
//! | How likely is a point, under samples of a model or under a Boltzmann machine? | `parzen`, `boltzmann`, `annealed_importance` | [`parzen_log_likelihoods`], [`parzen_bandwidth`], [`BoltzmannMachine`], [`anneal_log_partition`] |
//! | How many modes does a generator reach? | `modes` | [`mode_coverage`] |
//! | Of which waves is a plane made? | `power_spectrum` | [`power_spectrum()`], [`spectral_distance`] |
//! | What is a game worth? | `game_tree`, `noughts_and_crosses`, `matrix_game` | [`minimax`], [`alpha_beta`], [`solve_board`], [`solve_matrix_game`] |
//! | Does a GAN's training arrive? | `dirac_gan` | [`dirac_step`], [`dirac_eigenvalues`], [`dirac_measured`] |
//! | What can the best discriminator reach? | `optimal_discriminator` | [`optimal_discriminator()`], [`discriminator_value`], [`optimal_value`] |

mod annealed_importance;
mod boltzmann;
mod checks;
mod density;
mod dirac_gan;
mod divergence;
mod earth_mover_1d;
mod earth_mover_samples;
mod entropy;
mod error;
mod fits;
mod frechet;
mod frechet_sources;
mod game_tree;
mod histogram;
mod joint_table;
mod matrix_game;
mod mmd;
mod mmd_kernel;
mod modes;
mod mutual_information;
mod neighbor_divergence;
mod neighbor_information;
mod noughts_and_crosses;
mod nuclear_norm;
mod optimal_discriminator;
mod parallel_lines;
mod parzen;
mod power_spectrum;
mod transport;
mod transport_simplex;

pub use annealed_importance::{LogPartition, anneal_log_partition, annealing_schedule};
pub use boltzmann::BoltzmannMachine;
pub use checks::SUM_TOLERANCE;
pub use density::{
    Grid, NormalMixture, js_of_densities, kl_of_densities, kl_of_normals, normal_log_density,
    total_variation_of_densities,
};
pub use dirac_gan::{DiracTraining, Eigenvalue, dirac_eigenvalues, dirac_measured, dirac_step};
pub use divergence::{js_divergence, kl_divergence, total_variation, weighted_js_divergence};
pub use earth_mover_1d::{wasserstein_1d, weighted_wasserstein_1d};
pub use earth_mover_samples::wasserstein_of_samples;
pub use entropy::{
    conditional_entropy, cross_entropy, entropy, information, joint_entropy, joint_information,
    normalized,
};
pub use error::{InfoError, Result};
pub use fits::{FitObjective, NormalFit, fit_normal};
pub use frechet::{
    FrechetDistance, frechet_distance, frechet_distance_diagonal, frechet_distance_of_samples,
};
pub use frechet_sources::{FEW_SAMPLES_ERROR, NormalSource, frechet_distance_between};
pub use game_tree::{GameValue, Turn, alpha_beta, minimax};
pub use histogram::{Cut, Histogram, cell_numbers, histogram, usual_bins};
pub use joint_table::JointTable;
pub use matrix_game::{Equilibrium, expected_payoff, solve_matrix_game};
pub use mmd::{mmd_squared_biased, mmd_squared_linear, mmd_squared_unbiased};
pub use mmd_kernel::{Kernel, median_distance};
pub use modes::{ModeCoverage, mode_coverage};
pub use mutual_information::{
    mutual_information, mutual_information_from_conditional_entropy,
    mutual_information_from_entropies, mutual_information_of_pairs,
};
pub use neighbor_divergence::{neighbor_entropy, neighbor_kl};
pub use neighbor_information::{KsgEstimator, mutual_information_of_samples};
pub use noughts_and_crosses::{Board, BoardSolution, Mark, solve_board};
pub use optimal_discriminator::{
    discriminator_value, discriminator_value_of_densities, optimal_discriminator,
    optimal_discriminator_at, optimal_value, optimal_value_of_densities,
};
pub use parallel_lines::{ParallelLines, ValueAndGradient, parallel_lines};
pub use parzen::{parzen_bandwidth, parzen_log_likelihoods};
pub use power_spectrum::{power_spectrum, spectral_distance};
pub use transport::{Transport, optimal_transport};
