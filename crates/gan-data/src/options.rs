//! What a caller may ask of a dataset: size, fit, channels, split, limit.

use std::fmt;
use std::str::FromStr;

use gan_images::Fit;

use crate::{Error, Result};

/// How [`open`](crate::open) and [`check`](crate::check) load data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadOptions {
    /// Side in pixels of the square images to deliver; `None` keeps the images' own size.
    pub size: Option<usize>,
    /// How an image becomes a square of `size` pixels; [`Fit::Crop`] by default.
    pub fit: Fit,
    /// Channels to deliver, 1 or 3; `None` keeps grey data grey and makes all else 3.
    pub channels: Option<usize>,
    /// Leave unreadable files out instead of failing.
    pub skip_bad: bool,
    /// The part of the data to use; [`Split::All`] by default.
    pub split: Split,
    /// Use only the first `limit` samples.
    pub limit: Option<usize>,
}

/// The part of the data to use.
///
/// | data | `Train` | `Test` | `All` |
/// | --- | --- | --- | --- |
/// | `mnist` | first 9,000 | last 1,000 | 10,000 |
/// | `stacked-mnist` | stacks of those | stacks of those | stacks of those |
/// | `fashion-mnist`, IDX and CIFAR folders | the training files | the test files | the training files |
/// | `toy:*` | as `All` | as many fresh samples | `n` samples |
/// | a folder of images | its `train` sub-folder | its `test` sub-folder | all of it |
/// | a single file | refused | refused | all of it |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// What models are trained on.
    Train,
    /// What is held out.
    Test,
    /// Everything that may be trained on.
    #[default]
    All,
}

impl FromStr for Split {
    type Err = Error;

    /// # Errors
    ///
    /// Anything but `train`, `test` and `all` is refused.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "train" => Ok(Self::Train),
            "test" => Ok(Self::Test),
            "all" => Ok(Self::All),
            _ => Err(Error::Option {
                problem: format!("split {text:?} (expected train, test or all)"),
            }),
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Train => "train",
            Self::Test => "test",
            Self::All => "all",
        })
    }
}
