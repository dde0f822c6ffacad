//! Samples of 16 bits: which of their values are used, and how they become 8.

use image::{DynamicImage, ImageBuffer, Pixel};

/// The image with samples of 8 bits. Those of 16 bits are rounded, `v · 255 / 65535`, or stretched
/// where a range says which values become 0 and 255.
pub(crate) fn to_bytes(image: DynamicImage, range: Option<[f64; 2]>) -> DynamicImage {
    let Some(range) = range else { return image };
    match image {
        DynamicImage::ImageLuma16(deep) => DynamicImage::ImageLuma8(stretch(&deep, range, 1)),
        DynamicImage::ImageLumaA16(deep) => DynamicImage::ImageLumaA8(stretch(&deep, range, 1)),
        DynamicImage::ImageRgb16(deep) => DynamicImage::ImageRgb8(stretch(&deep, range, 3)),
        DynamicImage::ImageRgba16(deep) => DynamicImage::ImageRgba8(stretch(&deep, range, 3)),
        other => other,
    }
}

/// The smallest and largest color sample; opacity does not count.
pub(crate) fn range_of(image: &DynamicImage) -> Option<[u16; 2]> {
    let (samples, channels, colors) = match image {
        DynamicImage::ImageLuma16(deep) => (deep.as_raw(), 1, 1),
        DynamicImage::ImageLumaA16(deep) => (deep.as_raw(), 2, 1),
        DynamicImage::ImageRgb16(deep) => (deep.as_raw(), 3, 3),
        DynamicImage::ImageRgba16(deep) => (deep.as_raw(), 4, 3),
        _ => return None,
    };
    let all = || samples.chunks_exact(channels).flat_map(|pixel| &pixel[..colors]).copied();
    Some([all().min()?, all().max()?])
}

/// Brings `range` to 0 to 255; the samples after the first `colors` of a pixel are opacity.
fn stretch<P, Q>(
    deep: &ImageBuffer<P, Vec<u16>>,
    [low, high]: [f64; 2],
    colors: usize,
) -> ImageBuffer<Q, Vec<u8>>
where
    P: Pixel<Subpixel = u16>,
    Q: Pixel<Subpixel = u8>,
{
    let span = (high - low).max(f64::MIN_POSITIVE);
    // `as` saturates.
    let table: Vec<u8> =
        (0..=u16::MAX).map(|v| ((f64::from(v) - low) / span * 255.0).round() as u8).collect();
    let channels = usize::from(P::CHANNEL_COUNT);
    let (width, height) = deep.dimensions();
    let samples = deep.as_raw().chunks_exact(channels).flat_map(|pixel| {
        pixel.iter().enumerate().map(|(at, v)| match at < colors {
            true => table[usize::from(*v)],
            false => ((u32::from(*v) + 128) / 257) as u8,
        })
    });
    let samples = samples.collect();
    ImageBuffer::from_raw(width, height, samples).unwrap_or_else(|| ImageBuffer::new(width, height))
}
