//! Which network looks at images.

use crate::digits::Digits;
use crate::extractor::Extractor;
use crate::inception::Inception;
use crate::{Error, Result, weights};
use std::path::PathBuf;

/// Which network looks at images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NetworkChoice {
    /// The Inception that FID is defined on, as `gan-metrics weights fetch` stored it.
    #[default]
    Stored,
    /// The classifier of 28×28 gray digits that this crate carries; its scores compare with nothing
    /// else.
    Digits,
    /// An Inception's weights, as `gan-metrics weights convert` writes them.
    Weights(PathBuf),
}

impl NetworkChoice {
    /// Opens the network.
    ///
    /// # Errors
    /// Weights that cannot be read; [`Error::Refused`] where none are stored.
    pub fn open(&self) -> Result<Box<dyn Extractor>> {
        match self {
            Self::Digits => Ok(Box::new(Digits::embedded()?)),
            Self::Weights(path) => Ok(Box::new(Inception::open(path)?)),
            Self::Stored => match weights::cached().filter(|path| path.is_file()) {
                Some(path) => Ok(Box::new(Inception::open(&path)?)),
                None => Err(Error::refused(
                    "which network? Give --weights W.safetensors, fetch the one that FID is defined \
                     on with `gan-metrics weights fetch`, or score digits with --extractor digits",
                )),
            },
        }
    }
}
