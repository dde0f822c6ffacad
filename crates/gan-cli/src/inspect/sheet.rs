//! Pictures of many small images, and of maps with a sign.

use anyhow::Result;
use gan_images::{Image, named_grid};

/// Images in rows of `columns`, small ones enlarged; gray and color may be mixed.
pub fn sheet(images: &[Image], columns: usize) -> Result<Image> {
    named_sheet(images, columns, &[])
}

/// The same with a name before each row that has one.
pub fn named_sheet(images: &[Image], columns: usize, names: &[String]) -> Result<Image> {
    let channels = images.iter().map(|i| i.channels).max().unwrap_or(1);
    let enlarge = images.first().is_some_and(|i| i.width <= 32) && images.len() <= 1024;
    let factor = if enlarge { 2 } else { 1 };
    let one = |image: &Image| image.to_channels(channels)?.enlarge(factor);
    let images = images.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    Ok(named_grid(&images, columns, 2 * factor, names)?)
}

/// An empty place in a sheet.
pub fn blank(shape: [usize; 3]) -> Result<Image> {
    let [channels, height, width] = shape;
    Ok(Image::filled(width, height, &vec![255; channels])?)
}

/// A map with a sign, `(channels, height, width)`: where it has one channel white is 0, red above
/// and blue below; with three, gray is 0 in each. The largest magnitude takes the full range.
pub fn signed(values: &[f32], shape: [usize; 3]) -> Result<Image> {
    let [channels, height, width] = shape;
    let most = values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let scale = if most > 0.0 { 1.0 / most } else { 0.0 };
    if channels == 3 {
        let scaled: Vec<f32> = values.iter().map(|v| v * scale).collect();
        return Ok(Image::from_planes(&scaled, shape)?);
    }
    let color = |v: &f32| {
        let v = v * scale;
        // 255 of everything at 0; the other two fade.
        let fade = (255.0 * (1.0 - v.abs())).round() as u8;
        if v >= 0.0 { [255, fade, fade] } else { [fade, fade, 255] }
    };
    let pixels = values.iter().take(height * width).flat_map(color).collect();
    Ok(Image::new(width, height, 3, pixels)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_have_colours() {
        let image = signed(&[0.0, 2.0, -2.0, 1.0], [1, 2, 2]).unwrap();
        assert_eq!(image.pixels[..9], [255, 255, 255, 255, 0, 0, 0, 0, 255]);
        assert_eq!(image.pixels[9..], [255, 128, 128]);
        assert!(signed(&[0.0; 4], [1, 2, 2]).unwrap().pixels.iter().all(|p| *p == 255));
    }
}
