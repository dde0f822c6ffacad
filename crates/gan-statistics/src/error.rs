//! The one error of the crate: what was expected, what was found.

/// What a function of this crate answers when its input is not what its definition needs.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// A slice or a table has the wrong size.
    #[error("{what}: expected {expected}, found length {found}")]
    Length {
        /// Which argument.
        what: &'static str,
        /// The size that would have been right.
        expected: String,
        /// The size that came.
        found: usize,
    },
    /// One entry of a slice lies outside its range, or is not a number.
    #[error("{what}: expected {expected}, found {found} at index {index}")]
    Value {
        /// Which argument.
        what: &'static str,
        /// The range that would have been right.
        expected: &'static str,
        /// The value that came.
        found: f64,
        /// Where it was.
        index: usize,
    },
    /// A single number lies outside its range, or is not a number.
    #[error("{what}: expected {expected}, found {found}")]
    Parameter {
        /// Which argument.
        what: &'static str,
        /// The range that would have been right.
        expected: &'static str,
        /// The value that came.
        found: f64,
    },
    /// An iteration reached its limit; the input is too large or too badly scaled for it.
    #[error("{what}: expected an end within {limit} steps, found none")]
    Unfinished {
        /// Which computation.
        what: &'static str,
        /// The limit it reached.
        limit: usize,
    },
    /// A matrix factorization did not converge.
    #[error("{what}: expected a factorization that converges, found {reason}")]
    Factorization {
        /// Which matrix.
        what: &'static str,
        /// What the linear algebra library said.
        reason: String,
    },
}

/// `std::result::Result` with this crate's error.
pub type Result<T, E = StatisticsError> = std::result::Result<T, E>;
