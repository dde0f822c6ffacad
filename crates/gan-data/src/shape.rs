//! The one shape that all images of a data set are brought to.

use gan_images::{Fit, Image};

use crate::{Error, LoadOptions, Result};

/// Largest side that may be asked for.
const MAX_SIZE: usize = 4096;

/// Width, height and channels to deliver, and how to get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) channels: usize,
    /// Whether `size` was asked for; otherwise images are taken as they are.
    resizes: bool,
    fit: Fit,
}

impl Target {
    /// What `options` ask for, of images of `native` (width, height).
    pub(crate) fn new(options: &LoadOptions, native: (usize, usize), all_grey: bool) -> Self {
        let (width, height) = options.size.map_or(native, |size| (size, size));
        let channels = options.channels.unwrap_or(if all_grey { 1 } else { 3 });
        Self { width, height, channels, resizes: options.size.is_some(), fit: options.fit }
    }

    /// `[channels, height, width]`.
    pub(crate) fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// Brings `image` to the shape; fewer channels first, because that is cheaper.
    pub(crate) fn apply(&self, image: Image) -> gan_images::Result<Image> {
        let resizes = self.resizes && (image.width, image.height) != (self.width, self.height);
        let image = match (image.channels == self.channels, resizes) {
            (true, false) => image,
            (true, true) => image.fit(self.width, self.fit)?,
            (false, false) => image.to_channels(self.channels)?,
            (false, true) if image.channels < self.channels => {
                image.fit(self.width, self.fit)?.to_channels(self.channels)?
            }
            (false, true) => image.to_channels(self.channels)?.fit(self.width, self.fit)?,
        };
        Ok(image)
    }
}

/// Refuses options that no data can satisfy.
pub(crate) fn check_options(options: &LoadOptions) -> Result<()> {
    let problem = match *options {
        LoadOptions { size: Some(size), .. } if !(1..=MAX_SIZE).contains(&size) => {
            format!("size {size} (expected 1 to {MAX_SIZE} pixels)")
        }
        LoadOptions { channels: Some(channels), .. } if !matches!(channels, 1 | 3 | 4) => {
            format!("{channels} channels (expected 1, 3 or 4)")
        }
        LoadOptions { limit: Some(0), .. } => {
            "a limit of 0 samples (expected at least 1)".to_owned()
        }
        _ => return Ok(()),
    };
    Err(Error::Option { problem })
}
