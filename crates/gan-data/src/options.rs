//! What a caller may ask of a dataset: size, fit, channels, part, limits.

use gan_images::{ArrayOptions, Decoding, Fit, HeldOut, MAX_PIXELS, OpenOptions, Split};

/// How [`open`](crate::open) and [`check`](crate::check) load data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadOptions {
    /// Side in pixels of the square images to deliver; `None` keeps the images' own size.
    pub size: Option<usize>,
    /// How an image becomes a square of `size` pixels; [`Fit::Crop`] by default.
    pub fit: Fit,
    /// Channels to deliver, 1 or 3; `None` keeps gray data gray and makes all else 3.
    pub channels: Option<usize>,
    /// Leave unreadable files out instead of failing.
    pub skip_bad: bool,
    /// The part of the data to use; [`Split::All`] by default. `mnist` has its own: the first 9,000
    /// digits and the last 1,000; toys and textures draw fresh samples as `Test`.
    pub split: Split,
    /// The rule for parts where the data have none of their own.
    pub held_out: HeldOut,
    /// Use only the first `limit` samples.
    pub limit: Option<usize>,
    /// Refuse image files of more pixels; 2²⁷ by default.
    pub max_pixels: Option<u64>,
    /// The values that become the darkest and the brightest: of image files with 16 bits a sample,
    /// and of arrays of numbers.
    pub range: Option<[f64; 2]>,
    /// Take for `range` what the image files with 16 bits a sample use, all together.
    pub stretch: bool,
    /// Decode a JPEG at a quarter or an eighth of its size where that leaves twice `size` or more:
    /// twice as fast, and not quite the same pixels. Not for scores.
    pub scaled: bool,
    /// Decode image files each time they are read, instead of keeping what came of them in memory
    /// (up to 1 GiB, or a quarter of the machine's where that is less) or in a file of the user's
    /// cache folder. The values are the same.
    pub no_cache: bool,
}

impl LoadOptions {
    /// How a collection is opened.
    pub(crate) fn opening(&self) -> OpenOptions {
        let arrays = ArrayOptions { range: self.range };
        OpenOptions { split: self.split, held_out: self.held_out, arrays }
    }

    /// How image files are decoded.
    pub(crate) fn decoding(&self) -> Decoding {
        let max_pixels = self.max_pixels.unwrap_or(MAX_PIXELS);
        Decoding {
            turn: true,
            max_pixels,
            range: self.range,
            needed: self.size,
            scaled: self.scaled,
        }
    }
}
