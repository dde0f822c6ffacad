//! The one error of the crate: what was expected, what was found.

/// What a function of this crate answers when its input is not what its definition needs.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InfoError {
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
    /// Masses do not sum to what they must.
    #[error("{what}: expected masses that sum to {expected}, found a sum of {found}")]
    Sum {
        /// Which argument.
        what: &'static str,
        /// The sum that would have been right.
        expected: f64,
        /// The sum that came.
        found: f64,
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
    /// A text does not describe what it should.
    #[error("{what}: expected {expected}, found {found:?}")]
    Text {
        /// Which argument.
        what: &'static str,
        /// What the text should have said.
        expected: &'static str,
        /// The text that came.
        found: String,
    },
    /// An iteration reached its limit; the input is too large or too badly scaled for it.
    #[error("{what}: expected an end within {limit} steps, found none")]
    Unfinished {
        /// Which computation.
        what: &'static str,
        /// The limit it reached.
        limit: usize,
    },
    /// What the statistics under this crate say of an argument, or of a computation of theirs.
    #[error(transparent)]
    Statistics(#[from] gan_statistics::StatisticsError),
}

/// `std::result::Result` with this crate's error.
pub type Result<T> = std::result::Result<T, InfoError>;
