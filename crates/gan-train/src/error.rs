//! What can go wrong in training, each with what to do about it.

use std::path::{Path, PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor operation failed: a shape that does not fit, a device that is not there.
    #[error("{0}")]
    Tensor(#[from] candle_core::Error),
    /// A dataset could not be read.
    #[error("{0}")]
    Data(#[from] gan_data::Error),
    /// A picture could not be written.
    #[error("{0}")]
    Image(#[from] gan_images::Error),
    /// The file system said no.
    #[error("{path}: {doing}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted.
        doing: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A configuration value that cannot be.
    #[error("{0}")]
    Config(String),
    /// A run directory that is not what was expected.
    #[error("{path}: {what}")]
    Run {
        /// The run directory.
        path: PathBuf,
        /// What was expected, found, and what to do.
        what: String,
    },
    /// A checkpoint that cannot be loaded; nothing was changed.
    #[error("{path}: {what}")]
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
        /// What was expected, found, and what to do.
        what: String,
    },
    /// Another rank of several could not go on; it says why itself.
    #[error("rank {rank} could not go on: its own message says why")]
    Rank {
        /// Which, from 0.
        rank: usize,
    },
    /// A loss or gradient became NaN or infinite.
    #[error("step {step}, {player}: {what}")]
    NonFinite {
        /// The step that failed.
        step: u64,
        /// Whose turn it was.
        player: String,
        /// The first bad tensor.
        what: String,
    },
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing, source }
    }

    pub(crate) fn run(path: &Path, what: impl Into<String>) -> Self {
        Self::Run { path: path.to_owned(), what: what.into() }
    }
}
