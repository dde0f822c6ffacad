//! What an image file says of itself before its pixels are read.

use image::metadata::Orientation;

use crate::Format;

/// An image file's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Width in pixels as decoded, that is after the turn that a camera asks for.
    pub width: usize,
    /// Height in pixels as decoded.
    pub height: usize,
    /// How colors are stored.
    pub mode: Mode,
    /// The file format.
    pub format: Format,
    /// Whether samples have more than 8 bits; they are brought to 8.
    pub deep: bool,
    /// Whether the file holds more pictures than the first, which is the one that is read: frames
    /// of an animation, pages.
    pub more: bool,
}

/// How an image file stores colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mode {
    /// One value a pixel.
    Grey,
    /// A value and its opacity.
    GreyAlpha,
    /// Three values.
    Rgb,
    /// Three values and their opacity.
    Rgba,
    /// A number in a table of colors.
    Palette,
    /// Four inks.
    Cmyk,
}

impl Mode {
    /// `grey`, `grey+alpha`, `rgb`, `rgba`, `palette` or `cmyk`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::GreyAlpha => "grey+alpha",
            Self::Rgb => "rgb",
            Self::Rgba => "rgba",
            Self::Palette => "palette",
            Self::Cmyk => "cmyk",
        }
    }
}

/// Whether `orientation` exchanges width and height.
pub(crate) fn turns(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH)
}
