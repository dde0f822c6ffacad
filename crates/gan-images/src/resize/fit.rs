//! How an image of any size becomes a square of a given size.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// How [`Image::fit`](crate::Image::fit) makes a square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Scale the short side to the size, then cut the middle out; nothing is distorted.
    #[default]
    Crop,
    /// Scale both sides to the size; the aspect ratio is lost.
    Resize,
    /// Scale the long side to the size, then fill up with white; nothing is lost.
    Pad,
}

impl FromStr for Fit {
    type Err = Error;

    /// # Errors
    ///
    /// Anything but `crop`, `resize` and `pad` is refused.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "crop" => Ok(Self::Crop),
            "resize" => Ok(Self::Resize),
            "pad" => Ok(Self::Pad),
            _ => Err(Error::argument(format!("fit {text:?} (expected crop, resize or pad)"))),
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Crop => "crop",
            Self::Resize => "resize",
            Self::Pad => "pad",
        })
    }
}
