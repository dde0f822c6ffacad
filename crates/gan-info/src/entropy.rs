//! Information, entropy, cross-entropy and conditional entropy of finite distributions, in nats.
//!
//! Throughout 0 log 0 = 0. Divide nats by [`std::f64::consts::LN_2`] for bits.

use crate::checks;
use crate::error::{InfoError, Result};
use crate::joint_table::JointTable;

/// The information of an event of probability p: I(p) = −log p, in nats, from 0 to +∞.
///
/// Shannon, "A mathematical theory of communication" (1948), section 6. An impossible event has
/// infinite information. For independent events information adds: I(p q) = I(p) + I(q).
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::information;
/// let (coin, die) = (information(1.0 / 2.0)?, information(1.0 / 6.0)?);
/// assert!((information(1.0 / 12.0)? - (coin + die)).abs() < 1e-15);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If p is not in [0, 1].
pub fn information(p: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&p) {
        return Err(InfoError::Parameter {
            what: "probability",
            expected: "a number in [0, 1]",
            found: p,
        });
    }
    // abs: −ln 1 would be −0.
    Ok(p.ln().abs())
}

/// The information of independent events together: I = Σᵢ −log pᵢ, in nats, from 0 to +∞.
///
/// Equal to −log Πᵢ pᵢ, which underflows for a few hundred events where the sum does not. The
/// information of no event at all is 0.
///
/// # Errors
///
/// If any probability is not in [0, 1].
pub fn joint_information(probabilities: &[f64]) -> Result<f64> {
    probabilities.iter().map(|p| information(*p)).sum()
}

/// Non-negative weights divided by their sum.
///
/// # Errors
///
/// If there are none, one is negative or not finite, or all are zero.
pub fn normalized(weights: &[f64]) -> Result<Vec<f64>> {
    let total = checks::masses("weights", weights)?;
    Ok(weights.iter().map(|w| w / total).collect())
}

/// −Σ m log m of masses already checked, whatever their sum.
pub(crate) fn entropy_of_masses(masses: &[f64]) -> f64 {
    let sum: f64 = masses.iter().filter(|m| **m > 0.0).map(|m| m * m.ln()).sum();
    // max: a single certain outcome would give −0, one of 1 + 10⁻¹⁶ less than zero.
    (-sum).max(0.0)
}

/// Entropy H(p) = −Σ p log p, in nats, from 0 to log n.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// assert!((gan_info::entropy(&[0.25; 4])? - 4f64.ln()).abs() < 1e-15);
/// assert_eq!(gan_info::entropy(&[0.0, 1.0])?, 0.0);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If `p` is no distribution: empty, an entry negative or not finite, or a sum other than one.
pub fn entropy(p: &[f64]) -> Result<f64> {
    checks::distribution("p", p)?;
    Ok(entropy_of_masses(p))
}

/// Cross-entropy H(p, q) = −Σ p log q = H(p) + KL(p ‖ q), in nats, from H(p) to +∞.
///
/// Infinite where q = 0 < p; an outcome with p = 0 counts nothing whatever its q.
///
/// # Errors
///
/// If `p` or `q` is no distribution, or their lengths differ.
pub fn cross_entropy(p: &[f64], q: &[f64]) -> Result<f64> {
    checks::two_distributions(p, q)?;
    let sum: f64 = p.iter().zip(q).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * q.ln()).sum();
    Ok((-sum).max(0.0))
}

/// Joint entropy H(X, Y) = −Σ p(x, y) log p(x, y), in nats, from 0 to log(rows · columns).
#[must_use]
pub fn joint_entropy(joint: &JointTable) -> f64 {
    entropy_of_masses(joint.mass())
}

/// Conditional entropy H(X | Y) = −Σ p(x, y) log(p(x, y) / p(y)), in nats, from 0 to H(X).
///
/// X indexes the rows, Y the columns; for H(Y | X) pass [`JointTable::transposed`]. Columns of
/// mass zero count nothing. Chain rule: H(X, Y) = H(Y) + H(X | Y).
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{JointTable, conditional_entropy};
/// let copy = JointTable::new(2, 2, vec![0.5, 0.0, 0.0, 0.5])?; // Y tells all about X
/// assert_eq!(conditional_entropy(&copy), 0.0);
/// # Ok(()) }
/// ```
#[must_use]
pub fn conditional_entropy(joint: &JointTable) -> f64 {
    let given = joint.column_marginal();
    let sum: f64 = joint
        .mass()
        .chunks_exact(joint.columns())
        .flat_map(|row| row.iter().zip(&given))
        .filter(|(mass, _)| **mass > 0.0)
        .map(|(mass, given)| mass * (mass / given).ln())
        .sum();
    (-sum).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_ends_at_zero_and_infinity() {
        assert_eq!(information(1.0).unwrap().to_bits(), 0f64.to_bits());
        assert_eq!(information(0.0).unwrap(), f64::INFINITY);
        for wrong in [-0.1, 1.1, f64::NAN] {
            assert!(information(wrong).is_err());
        }
    }

    #[test]
    fn information_of_many_events_does_not_underflow() {
        let thousand = joint_information(&[0.1; 1000]).unwrap();
        assert!((thousand - 1000.0 * 10f64.ln()).abs() < 1e-9);
        assert_eq!(joint_information(&[]).unwrap(), 0.0);
    }

    #[test]
    fn cross_entropy_is_infinite_only_where_p_has_mass() {
        assert_eq!(cross_entropy(&[0.5, 0.5], &[1.0, 0.0]).unwrap(), f64::INFINITY);
        assert!((cross_entropy(&[1.0, 0.0], &[0.5, 0.5]).unwrap() - 2f64.ln()).abs() < 1e-15);
        assert_eq!(cross_entropy(&[1.0, 0.0], &[1.0, 0.0]).unwrap(), 0.0);
    }

    #[test]
    fn messages_say_what_was_expected_and_found() {
        let message = entropy(&[0.5, 0.6]).unwrap_err().to_string();
        assert_eq!(message, "p: expected masses that sum to 1, found a sum of 1.1");
        let message = entropy(&[1.5, -0.5]).unwrap_err().to_string();
        assert_eq!(message, "p: expected a finite mass >= 0, found -0.5 at index 1");
        assert!(entropy(&[]).is_err());
        assert!(entropy(&[f64::NAN, 1.0]).is_err());
        assert!(cross_entropy(&[1.0], &[0.5, 0.5]).is_err());
        assert!(normalized(&[0.0, 0.0]).is_err());
    }
}
