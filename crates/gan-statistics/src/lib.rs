//! General statistics in f64, and the random streams that everything in the workspace draws from.
//!
//! Free functions on slices, with a stated accuracy; the numbers do not depend on how many threads
//! there are. Bad input is a [`StatisticsError`] that says what was expected and what was found, never
//! a panic. The crate is a ground: it knows no other crate of the workspace and no tensors.
//!
//! | question | file | functions |
//! | --- | --- | --- |
//! | Which random numbers? | `stream` | [`stream()`], [`step_stream`] |
//! | Where do values lie, how far do they spread? | `spread`, `quantile`, `moments` | [`mean_and_standard_error`], [`mean_and_deviation`], [`quantile()`], [`sample_moments`] |
//! | How much of a normal law lies to the left? | `normal` | [`normal_cdf`], [`normal_quantile`] |
//! | How sure is a share that was counted? | `binomial` | [`clopper_pearson`] |
//! | Do two sequences rise together? Do groups agree with classes? | `rank_correlation`, `purity` | [`rank_correlation()`], [`purity()`] |
//! | Along which axes do samples vary? | `principal_components` | [`principal_components()`] |
//! | Which rows are nearest, and how far is the k-th? | `neighbors`, `neighbor_distance` | [`nearest`], [`kth_distances`], [`kth_distances_within`] |
//! | How well does a linear classifier tell classes apart? | `logistic_regression` | [`LogisticRegression`] |
//! | Where is a function least? | `nelder_mead`, `lbfgs` | [`nelder_mead()`], [`lbfgs()`] |
//! | How are logarithms added? | `log_sum`, `digamma` | [`LogSum`], [`log_mean_exp`], [`softplus`], [`sigmoid`], [`digamma()`] |
//! | What are eigenvalues and singular values, whatever the threads? | [`factorization`] | |
//! | Is an argument what it must be? | [`checks`] | |
//!
//! `statrs` has several of these. It was not taken: what stands here is short, answers with an error
//! instead of a panic, and is tested against scipy and scikit-learn to more digits than are used.

mod binomial;
pub mod checks;
mod digamma;
mod error;
pub mod factorization;
mod lbfgs;
mod log_sum;
mod logistic_regression;
mod moments;
mod neighbor_distance;
mod neighbors;
mod nelder_mead;
mod normal;
mod principal_components;
mod purity;
mod quantile;
mod rank_correlation;
mod spread;
mod stream;

pub use binomial::clopper_pearson;
pub use digamma::digamma;
pub use error::{Result, StatisticsError};
pub use lbfgs::{Minimum, Objective, lbfgs};
pub use log_sum::{LogSum, log_mean_exp, sigmoid, softplus};
pub use logistic_regression::{LogisticOptions, LogisticRegression};
pub use moments::{Moments, sample_moments};
pub use neighbor_distance::{kth_distances, kth_distances_within};
pub use neighbors::{Neighbor, ReadRows, nearest, rows_of_a_tile};
pub use nelder_mead::nelder_mead;
pub use normal::{normal_cdf, normal_quantile};
pub use principal_components::{PrincipalComponents, principal_components};
pub use purity::purity;
pub use quantile::quantile;
pub use rank_correlation::rank_correlation;
pub use spread::{mean_and_deviation, mean_and_standard_error};
pub use stream::{step_stream, stream};
