//! Everything that can go wrong with data, each message saying what was found and what to do.

use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why data could not be opened, read or batched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or decoded; the message names it.
    #[error(transparent)]
    Images(#[from] gan_images::Error),

    /// A spec that is neither a known name nor an existing path.
    #[error(
        "{spec}: no such data set and no such path{hint} (known: {known}, or a path to a folder, .npz, .npy, .zip, IDX or CIFAR-10 file)"
    )]
    UnknownSpec {
        /// The spec as given.
        spec: String,
        /// `; did you mean …?` or nothing.
        hint: String,
        /// All known names.
        known: String,
    },

    /// A parameter after `?` that a toy set does not know or cannot use.
    #[error("{spec}: {problem}")]
    Parameter {
        /// The spec as given.
        spec: String,
        /// What was found and what is expected.
        problem: String,
    },

    /// An option whose value cannot be used.
    #[error("cannot use {problem}")]
    Option {
        /// What was found and what is expected.
        problem: String,
    },

    /// A data set that is known but not installed.
    #[error("{path}: not found; {remedy}")]
    NotInstalled {
        /// Where it was looked for.
        path: PathBuf,
        /// How to install it.
        remedy: String,
    },

    /// A path with nothing usable in it, or data that contradict each other.
    #[error("{path}: {problem}")]
    Unusable {
        /// The path, or the name of the data set.
        path: PathBuf,
        /// What was found, what was expected and what to do.
        problem: String,
    },

    /// A batch that cannot be filled.
    #[error(
        "batch size {batch_size} with {len} samples in {spec}: expected between 1 and {len}; choose a smaller batch or more data, or let a batch hold samples more than once (--set data.repeat=true)"
    )]
    BatchSize {
        /// The batch size asked for.
        batch_size: usize,
        /// The samples there are.
        len: usize,
        /// The data's spec.
        spec: String,
    },

    /// An index beyond the data, or a buffer of the wrong length.
    #[error("{spec}: {problem}")]
    Access {
        /// The data's spec.
        spec: String,
        /// What was asked and what there is.
        problem: String,
    },

    /// The thread that prepares batches is gone.
    #[error("the thread that prepares batches stopped: {reason}")]
    Stopped {
        /// Why, as far as known.
        reason: String,
    },
}
