//! Everything that can go wrong with scores, each message naming the file and what was expected.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why weights, images, statistics or scores could not be read, computed or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{path}: cannot {action}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `open`, `read`, `write`, …
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },

    /// A file that is not what it should be.
    #[error("{path}: {problem}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What was found, what was expected and what to do.
        problem: String,
    },

    /// An argument that cannot be used.
    #[error("cannot use {problem}")]
    Argument {
        /// What was found and what is expected.
        problem: String,
    },

    /// What was asked for cannot be: whoever asked has to ask for something else.
    #[error("{problem}")]
    Refused {
        /// What was asked for, and what there is.
        problem: String,
    },

    /// Pixels that cannot be read or an output that cannot be written.
    #[error(transparent)]
    Images(#[from] gan_images::Error),

    /// A distance of numbers that is not defined for what was given.
    #[error(transparent)]
    Info(#[from] gan_info::InfoError),
    /// A statistic refuses its input.
    #[error(transparent)]
    Statistics(#[from] gan_statistics::StatisticsError),

    /// An operation on tensors.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl Error {
    /// An [`Error::Refused`].
    pub(crate) fn refused(problem: impl Into<String>) -> Self {
        Self::Refused { problem: problem.into() }
    }

    /// An [`Error::Io`] on `path`; for `map_err`.
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }

    /// An [`Error::Format`] on `path`.
    pub(crate) fn format(path: &Path, problem: impl Into<String>) -> Self {
        Self::Format { path: path.to_owned(), problem: problem.into() }
    }

    /// An [`Error::Argument`].
    pub(crate) fn argument(problem: impl Into<String>) -> Self {
        Self::Argument { problem: problem.into() }
    }
}
