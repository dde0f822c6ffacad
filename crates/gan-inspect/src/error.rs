//! What can go wrong while looking inside, each with what to do about it.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor operation failed.
    #[error("{0}")]
    Tensor(#[from] candle_core::Error),
    /// An image could not be made.
    #[error("{0}")]
    Image(#[from] gan_images::Error),
    /// An argument that cannot be.
    #[error("{0}")]
    Argument(String),
    /// What a statistic says of an argument.
    #[error("{0}")]
    Statistics(#[from] gan_statistics::StatisticsError),
    /// What the caller's own function says went wrong.
    #[error("{0}")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What a function that is handed to this crate returns where it fails.
    pub fn source(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Source(error.into())
    }

    pub(crate) fn argument(what: impl Into<String>) -> Self {
        Self::Argument(what.into())
    }
}
