//! How well groups that nobody named agree with classes.

use crate::checks;
use crate::error::Result;

/// Purity: the share of members that belong to their group's most frequent class,
/// `(1/N) Σ_k max_j n_kj`; 1 where every group is of one class, at least the share of the most
/// frequent class overall.
///
/// # Errors
///
/// If there is no member, or the two lengths differ.
pub fn purity(groups: &[u32], classes: &[u32]) -> Result<f64> {
    checks::same_length("classes", groups.len(), classes.len())?;
    checks::samples("groups", &vec![0.0; groups.len()], 1, 1)?;
    let mut counts = std::collections::BTreeMap::new();
    for pair in groups.iter().zip(classes) {
        *counts.entry(pair).or_insert(0_usize) += 1;
    }
    let mut most = std::collections::BTreeMap::new();
    for ((group, _), count) in counts {
        let best = most.entry(group).or_insert(0);
        *best = count.max(*best);
    }
    Ok(most.values().sum::<usize>() as f64 / groups.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // Group 0: classes 7 7 3; group 5: 3 3.
        assert_eq!(purity(&[0, 0, 0, 5, 5], &[7, 7, 3, 3, 3]).unwrap(), 0.8);
        assert_eq!(purity(&[1, 1, 1, 1], &[0, 0, 1, 2]).unwrap(), 0.5);
        assert_eq!(purity(&[9, 8, 7], &[1, 2, 3]).unwrap(), 1.0);
        assert!(purity(&[], &[]).is_err());
        assert!(purity(&[1], &[]).is_err());
    }
}
