//! Many images side by side, with names before their rows where they have some.

use tiny_skia::{Color, Pixmap};

use super::pen::INK;
use super::text::{Direction, Font, draw_text};
use crate::{Error, Image, ImageStack, Result};

/// Between and around the images.
const BACKGROUND: u8 = 255;
/// Characters of the longest name that is drawn whole.
const LONGEST: usize = 20;

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

/// [`grid`] with a name to the left of each row: `names[r]` stands before row `r`, and an empty one, or
/// none, before rows that have none. A name of more than 20 characters is cut and ends in `...`;
/// characters beyond Latin-1 are drawn as `?`. Names are 16 pixels high, and lower rows are drawn over
/// by the next one's. Without any name the picture is that of `grid`.
///
/// # Errors
///
/// As [`grid`].
pub fn named_grid(images: &[Image], columns: usize, gap: usize, names: &[String]) -> Result<Image> {
    let sheet = grid(images, columns, gap)?;
    let names: Vec<String> = names.iter().map(|name| shortened(name)).collect();
    let longest = names.iter().map(|name| Font::Plain.width(name)).max().unwrap_or(0) as usize;
    if longest == 0 {
        return Ok(sheet);
    }
    let (margin, row) = (longest + 2 * gap.max(2), images[0].height + gap);
    let size = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let large = || Error::argument("names for a grid that is too large to draw on");
    let mut strip = Pixmap::new(size(margin), size(sheet.height)).ok_or_else(large)?;
    strip.fill(Color::WHITE);
    for (number, name) in names.iter().enumerate() {
        let middle = (gap + number * row + images[0].height / 2) as i32;
        let place = (gap.max(2) as i32, middle - Font::Plain.height() / 2);
        draw_text(&mut strip, name, Font::Plain, INK, place, Direction::Right);
    }
    let strip = strip.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let strip = Image::new(margin, sheet.height, 3, strip)?.to_channels(sheet.channels)?;
    let side = |image: &Image| image.width * image.channels;
    let rows = strip.pixels.chunks(side(&strip)).zip(sheet.pixels.chunks(side(&sheet)));
    let pixels = rows.flat_map(|(name, images)| [name, images].concat()).collect();
    Image::new(margin + sheet.width, sheet.height, sheet.channels, pixels)
}

/// A name of at most [`LONGEST`] characters.
fn shortened(name: &str) -> String {
    match name.chars().nth(LONGEST) {
        None => name.to_owned(),
        Some(_) => name.chars().take(LONGEST - 3).chain("...".chars()).collect(),
    }
}

#[cfg(test)]
mod tests {
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
    #[test]
    fn names_stand_before_their_rows() {
        let images: Vec<Image> = (0..3).map(|v| Image::filled(9, 20, &[v]).unwrap()).collect();
        let plain = grid(&images, 1, 2).unwrap();
        let names = |all: &[&str]| {
            let names: Vec<String> = all.iter().map(|name| (*name).to_owned()).collect();
            named_grid(&images, 1, 2, &names).unwrap()
        };
        assert_eq!(names(&[]), plain);
        assert_eq!(names(&["", ""]), plain);
        let named = names(&["cat", "", "a very long name indeed"]);
        let margin = named.width - plain.width;
        assert_eq!(named.height, plain.height);
        // Which rows of 22 pixels have ink in the margin; the grid itself is as it was.
        let ink = |row: usize| {
            let lines = named.pixels.chunks(named.width).skip(2 + 22 * row).take(20);
            lines.flat_map(|line| &line[..margin]).filter(|pixel| **pixel < 128).count()
        };
        assert!(ink(0) > 20 && ink(1) == 0 && ink(2) > ink(0));
        let right = |line: &[u8]| line[margin..].to_vec();
        assert_eq!(
            named.pixels.chunks(named.width).flat_map(right).collect::<Vec<_>>(),
            plain.pixels
        );
        assert_eq!(shortened("a very long name indeed"), "a very long name ...");
        assert_eq!(shortened("twenty characters, ä"), "twenty characters, ä");
    }
}
