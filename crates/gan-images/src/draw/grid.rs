//! Many images side by side.

use crate::{Error, Image, ImageStack, Result};

/// Between and around the images.
const BACKGROUND: u8 = 255;

/// Puts images into rows of `columns`, with `gap` white pixels between and around them; the places
/// left in the last row are white.
///
/// # Errors
///
/// No images, images that differ in size or channels, no columns, or a grid too large.
pub fn grid(images: &[Image], columns: usize, gap: usize) -> Result<Image> {
    if columns == 0 {
        return Err(Error::argument("0 columns for a grid (expected at least 1)"));
    }
    let stack = ImageStack::from_images(images)?;
    let (width, height, channels) = (stack.width, stack.height, stack.channels);
    let columns = columns.min(images.len());
    let side = |images: usize, side: usize| {
        images
            .checked_mul(side.saturating_add(gap))
            .and_then(|sum| sum.checked_add(gap))
            .unwrap_or(usize::MAX)
    };
    let (full_width, full_height) =
        (side(columns, width), side(images.len().div_ceil(columns), height));
    let mut sheet = Image::filled(full_width, full_height, &vec![BACKGROUND; channels])?;
    for (index, image) in images.iter().enumerate() {
        let left = gap + index % columns * (width + gap);
        let top = gap + index / columns * (height + gap);
        for (row, pixels) in image.pixels.chunks_exact(width * channels).enumerate() {
            let start = ((top + row) * full_width + left) * channels;
            sheet.pixels[start..start + pixels.len()].copy_from_slice(pixels);
        }
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn images_lie_in_rows_with_gaps() {
        let images: Vec<Image> = (0..3).map(|v| Image::filled(1, 1, &[v]).unwrap()).collect();
        let sheet = grid(&images, 2, 1).unwrap();
        assert_eq!((sheet.width, sheet.height), (5, 5));
        let w = 255;
        #[rustfmt::skip]
        assert_eq!(sheet.pixels, [
            w, w, w, w, w,
            w, 0, w, 1, w,
            w, w, w, w, w,
            w, 2, w, w, w,
            w, w, w, w, w,
        ]);
        assert!(grid(&images, 0, 1).is_err());
        assert!(grid(&[], 2, 1).is_err());
        assert!(grid(&images, 2, usize::MAX).is_err());
    }
}
