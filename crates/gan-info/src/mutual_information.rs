//! Mutual information of two discrete variables: the same number by three formulas, in nats.

use crate::divergence::kl_of_masses;
use crate::entropy::{conditional_entropy, entropy_of_masses, joint_entropy};
use crate::error::Result;
use crate::joint_table::JointTable;

/// Mutual information I(X; Y) = KL(p(x, y) ‖ p(x) p(y)), in nats.
///
/// From 0 (independence) to min(H(X), H(Y)); 0 log 0 = 0. Of the three formulas this is the one
/// that rounding cannot make negative, and that keeps the digits of a small result.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{JointTable, mutual_information};
/// let copy = JointTable::new(2, 2, vec![0.5, 0.0, 0.0, 0.5])?;
/// assert!((mutual_information(&copy) - 2f64.ln()).abs() < 1e-15);
/// # Ok(()) }
/// ```
#[must_use]
pub fn mutual_information(joint: &JointTable) -> f64 {
    let (p, q) = (joint.row_marginal(), joint.column_marginal());
    let product: Vec<f64> = p.iter().flat_map(|px| q.iter().map(move |qy| px * qy)).collect();
    kl_of_masses(joint.mass(), &product)
}

/// Mutual information as H(X) + H(Y) − H(X, Y), in nats.
///
/// Equal to [`mutual_information`] up to rounding, which can leave it a few 10⁻¹⁶ below zero.
#[must_use]
pub fn mutual_information_from_entropies(joint: &JointTable) -> f64 {
    entropy_of_masses(&joint.row_marginal()) + entropy_of_masses(&joint.column_marginal())
        - joint_entropy(joint)
}

/// Mutual information as H(X) − H(X | Y): how much knowing Y shortens the description of X.
///
/// In nats; equal to [`mutual_information`] up to rounding, which can leave it a few 10⁻¹⁶ below
/// zero.
#[must_use]
pub fn mutual_information_from_conditional_entropy(joint: &JointTable) -> f64 {
    entropy_of_masses(&joint.row_marginal()) - conditional_entropy(joint)
}

/// Mutual information of the empirical distribution of pairs of labels (the plug-in estimate).
///
/// In nats. Its expectation exceeds the truth by about (rows − 1)(columns − 1) / 2n (Miller 1955),
/// so it is not zero for independent samples.
///
/// # Errors
///
/// As [`JointTable::from_pairs`].
pub fn mutual_information_of_pairs(x: &[usize], y: &[usize]) -> Result<f64> {
    Ok(mutual_information(&JointTable::from_pairs(x, y)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independence_gives_zero() {
        let table = JointTable::independent(&[0.2, 0.8], &[0.1, 0.3, 0.6]).unwrap();
        assert!(mutual_information(&table) < 1e-16);
        assert!(mutual_information_from_entropies(&table).abs() < 1e-15);
    }

    #[test]
    fn a_binary_symmetric_channel_has_its_capacity() {
        // Cover and Thomas, section 7.1.4: log 2 − H(error).
        let e: f64 = 0.11;
        let half = 0.5;
        let masses = vec![half * (1.0 - e), half * e, half * e, half * (1.0 - e)];
        let channel = JointTable::new(2, 2, masses).unwrap();
        let capacity = 2f64.ln() + e * e.ln() + (1.0 - e) * (1.0 - e).ln();
        for found in [
            mutual_information(&channel),
            mutual_information_from_entropies(&channel),
            mutual_information_from_conditional_entropy(&channel),
        ] {
            assert!((found - capacity).abs() < 1e-15);
        }
    }

    #[test]
    fn pairs_that_copy_have_the_entropy_of_one() {
        let x = [0, 1, 2, 3, 0, 1, 2, 3];
        assert!((mutual_information_of_pairs(&x, &x).unwrap() - 4f64.ln()).abs() < 1e-15);
        assert!(mutual_information_of_pairs(&x, &[0]).is_err());
    }
}
