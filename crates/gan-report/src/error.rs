//! What can go wrong with reading a run and writing what was made of it.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a run could not be read or a report not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{path}: cannot {action}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `read`, `write`, …
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// A folder or file that is not what it should be.
    #[error("{path}: {problem}")]
    Format {
        /// The folder or file.
        path: PathBuf,
        /// What was found, what was expected and what to do.
        problem: String,
    },
    /// A picture could not be read or a file not be written.
    #[error("{0}")]
    Image(#[from] gan_images::Error),
}

impl Error {
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }

    pub(crate) fn format(path: &Path, problem: impl Into<String>) -> Self {
        Self::Format { path: path.to_owned(), problem: problem.into() }
    }
}
