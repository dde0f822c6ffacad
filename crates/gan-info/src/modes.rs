//! Mode counting: how many modes of a known mixture a generator reaches, and how cleanly.

use gan_statistics::checks;

use crate::error::Result;
use crate::mmd_kernel::squared_distance;

/// What [`mode_coverage`] counts.
#[derive(Debug, Clone, PartialEq)]
pub struct ModeCoverage {
    /// Modes with at least one high-quality sample.
    pub modes: usize,
    /// The share of samples that are of high quality, in `[0, 1]`.
    pub high_quality: f64,
    /// High-quality samples of each mode.
    pub each: Vec<usize>,
}

/// Counts modes as arXiv 1705.07761 (section 4.1) and 1712.04086 (section 4.1.1) do: a sample is of
/// high quality where its Euclidean distance to the nearest center is at most `radius`, three
/// standard deviations there; a mode counts where it has one such sample.
///
/// `samples` and `centres` are rows of `dims` coordinates, one after the other.
///
/// # Errors
///
/// Where either is empty, not finite or no multiple of `dims`, or `radius` is not above zero.
pub fn mode_coverage(
    samples: &[f64],
    centres: &[f64],
    dims: usize,
    radius: f64,
) -> Result<ModeCoverage> {
    let count = checks::samples("samples", samples, dims, 1)?;
    let modes = checks::samples("centres", centres, dims, 1)?;
    checks::positive("radius", radius)?;
    let mut each = vec![0; modes];
    for sample in samples.chunks_exact(dims) {
        let squares = |centre: &[f64]| squared_distance(sample, centre);
        let distances = centres.chunks_exact(dims).map(squares).enumerate();
        let nearest = distances.min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((mode, square)) = nearest
            && square.sqrt() <= radius
        {
            each[mode] += 1;
        }
    }
    let good: usize = each.iter().sum();
    Ok(ModeCoverage {
        modes: each.iter().filter(|n| **n > 0).count(),
        high_quality: good as f64 / count as f64,
        each,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRES: [f64; 4] = [0.0, 0.0, 1.0, 0.0];

    #[test]
    fn samples_count_for_the_nearest_mode_within_the_radius() {
        let samples = [0.0, 0.05, 0.0, 0.1, 0.95, 0.0, 0.5, 0.0, 9.0, 9.0];
        let found = mode_coverage(&samples, &CENTRES, 2, 0.1).unwrap();
        assert_eq!(found.each, [2, 1]);
        assert_eq!((found.modes, found.high_quality), (2, 0.6));
        let one = mode_coverage(&samples[..4], &CENTRES, 2, 0.1).unwrap();
        assert_eq!((one.modes, one.high_quality), (1, 1.0));
    }

    #[test]
    fn what_is_no_set_of_points_is_refused() {
        assert!(mode_coverage(&[1.0], &CENTRES, 2, 0.1).is_err());
        assert!(mode_coverage(&[], &CENTRES, 2, 0.1).is_err());
        assert!(mode_coverage(&[1.0, 1.0], &[], 2, 0.1).is_err());
        assert!(mode_coverage(&[1.0, 1.0], &CENTRES, 2, 0.0).is_err());
        assert!(mode_coverage(&[f64::NAN, 1.0], &CENTRES, 2, 0.1).is_err());
    }
}
