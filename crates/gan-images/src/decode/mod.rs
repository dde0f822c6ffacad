//! Image files to pixels.

pub(crate) mod deep;
pub(crate) mod format;
pub(crate) mod frames;
pub(crate) mod header;
pub(crate) mod header_fields;
pub(crate) mod other_header;
pub(crate) mod scaled_jpeg;
pub(crate) mod turbo;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, pnm::PnmDecoder,
    tiff::TiffDecoder, webp::WebPDecoder,
};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits};

use crate::decode::header::read_header_of;
use crate::decode::other_header::damaged;
use crate::{Error, Format, Header, Image, Mode, Result};

/// Largest image file that is read.
pub(crate) const MAX_FILE: u64 = 1 << 29;
/// Most pixels an image may have unless [`Decoding::max_pixels`] says otherwise: 2²⁷, more than any
/// camera's photo.
pub const MAX_PIXELS: u64 = 1 << 27;
/// Most bytes a pixel: four samples of 16 bits.
const PIXEL_BYTES: u64 = 8;
/// Deflate cannot pack better than this, so that a small PNG cannot be a huge picture.
const DEFLATE_RATIO: u64 = 1032;

/// How files become pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoding {
    /// Turn the picture as its Exif orientation says. Pillow does not of itself, and so no program
    /// that scores images does.
    pub turn: bool,
    /// Refuse pictures of more pixels.
    pub max_pixels: u64,
    /// The values of samples of 16 bits that become 0 and 255; those beyond are clamped. All of 0
    /// to 65,535 unless given. Samples of 8 bits stay as they are.
    pub range: Option<[f64; 2]>,
    /// The shorter side that is needed. A JPEG of more than `max_pixels` is decoded at a half, a
    /// quarter or an eighth of its size where that leaves as much.
    pub needed: Option<usize>,
    /// Decode any JPEG at a quarter or an eighth of its size where that leaves twice what is `needed`
    /// or more: faster, and not quite the same pixels. (At a half it is no faster.)
    pub scaled: bool,
}

impl Default for Decoding {
    fn default() -> Self {
        Self { turn: true, max_pixels: MAX_PIXELS, range: None, needed: None, scaled: false }
    }
}

impl Image {
    /// Decodes an image file; see [`Image::decode`].
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is larger than 512 MiB, or that [`Image::decode`] refuses.
    pub fn open(path: &Path) -> Result<Self> {
        Self::decode(&read_file(path)?, path)
    }

    /// Decodes the bytes of an image file, recognized by content; `name` stands in messages.
    ///
    /// | stored | channels | Pillow's `convert("RGB")` |
    /// | --- | --- | --- |
    /// | gray of 1 to 8 bits: PNG, JPEG, TIFF, PNM | 1, widened so that the brightest value is 255 | the same |
    /// | gray in BMP, which is a palette | 3 equal ones | the same |
    /// | RGB: every format but GIF | 3 | the same; JPEG see [`JPEG_DECODER`](crate::JPEG_DECODER) |
    /// | palette: PNG, BMP, GIF | 3; 4 where a color is transparent | the same |
    /// | palette: TIFF | refused | Pillow reads it |
    /// | alpha, or a transparent color: PNG, WebP, TIFF, GIF, BMP with an alpha mask | 4, not premultiplied | drops opacity |
    /// | 32 bits without a mask: BMP | 3, the fourth byte says nothing | the same |
    /// | gray of 16 bits: PNG, TIFF, PNM | 1, `v · 255 / 65535` rounded | makes all above 255 white |
    /// | RGB of 16 bits: PNG, TIFF | 3, rounded | takes the upper byte: 1 of 255 off at most |
    /// | RGB of 16 bits: PNM | 3, rounded | the same |
    /// | CMYK: JPEG | 3, `(255 − ink) · (255 − black) / 255`, no color profile | the same |
    /// | CMYK: TIFF | 3, the same formula | rounds otherwise: 1 of 255 off at most |
    /// | floating point: TIFF | refused | – |
    ///
    /// An Exif orientation is applied in JPEG, WebP and TIFF. Of animations and pages the first
    /// picture is read, as by Pillow; a GIF's first frame lies on its screen, transparent around it.
    ///
    /// # Errors
    ///
    /// Bytes that are no image, a damaged or truncated one, or one of an absurd size.
    pub fn decode(bytes: &[u8], name: &Path) -> Result<Self> {
        Self::decode_with(bytes, name, &Decoding::default())
    }

    /// As [`Image::decode`], in the way that `how` says.
    ///
    /// # Errors
    ///
    /// As [`Image::decode`].
    pub fn decode_with(bytes: &[u8], name: &Path, how: &Decoding) -> Result<Self> {
        let header = read_header_of(bytes, name)?;
        let scale = how.scale(header, name)?;
        let decoded = decode_any(bytes, header, scale, name, how)?;
        let decoded = deep::to_bytes(decoded, how.range);
        let (width, height) = (decoded.width() as usize, decoded.height() as usize);
        let color = decoded.color();
        let (channels, pixels) = if color.has_alpha() {
            let pixels = decoded.into_rgba8().into_raw();
            // GIF's decoder gives every picture an alpha.
            match header.format == Format::Gif
                && pixels.iter().skip(3).step_by(4).all(|a| *a == 255)
            {
                true => (3, pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()),
                false => (4, pixels),
            }
        } else if color.has_color() {
            (3, decoded.into_rgb8().into_raw())
        } else {
            (1, decoded.into_luma8().into_raw())
        };
        Self::new(width, height, channels, pixels)
            .map_err(|error| Error::format(name, error.to_string()))
    }
}

/// The smallest and largest value among an image's samples of 16 bits; nothing where they have 8.
///
/// # Errors
///
/// As [`Image::decode`].
pub fn used_range(bytes: &[u8], name: &Path, how: &Decoding) -> Result<Option<[u16; 2]>> {
    let header = read_header_of(bytes, name)?;
    if !header.deep {
        return Ok(None);
    }
    let scale = how.scale(header, name)?;
    Ok(deep::range_of(&decode_any(bytes, header, scale, name, how)?))
}

/// The bytes of an image file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
    let len = fs::metadata(path).map_err(Error::io(path, "open"))?.len();
    if len > MAX_FILE {
        return Err(Error::format(
            path,
            format!("{len} bytes (expected an image of at most {MAX_FILE})"),
        ));
    }
    fs::read(path).map_err(Error::io(path, "read"))
}

impl Decoding {
    /// By what a picture's sides are divided while it is decoded: 1, and for a JPEG that is too
    /// large perhaps 2, 4 or 8.
    ///
    /// # Errors
    ///
    /// A picture of too many pixels; `name` stands in the message.
    pub fn scale(&self, header: Header, name: &Path) -> Result<usize> {
        let pixels = header.width as u64 * header.height as u64;
        let needed = self.needed.unwrap_or(usize::MAX);
        let jpeg = header.format == Format::Jpeg && header.mode != Mode::Cmyk;
        if pixels <= self.max_pixels {
            let short = header.width.min(header.height);
            let leaves_twice = |scale: &usize| short / scale >= needed.saturating_mul(2);
            let scale = [8, 4].into_iter().find(|scale| self.scaled && jpeg && leaves_twice(scale));
            return Ok(scale.unwrap_or(1));
        }
        let fits = |scale: &usize| {
            let (width, height) = (header.width.div_ceil(*scale), header.height.div_ceil(*scale));
            width.min(height) >= needed && (width * height) as u64 <= self.max_pixels
        };
        if let Some(scale) = [2, 4, 8].into_iter().find(|scale| jpeg && fits(scale)) {
            return Ok(scale);
        }
        Err(Error::format(
            name,
            format!(
                "{}x{} are {pixels} pixels (expected at most {}): --max-pixels {pixels} reads it, \
                 --skip-bad leaves it out",
                header.width, header.height, self.max_pixels
            ),
        ))
    }
}

fn decode_any(
    bytes: &[u8],
    header: Header,
    scale: usize,
    name: &Path,
    how: &Decoding,
) -> Result<DynamicImage> {
    check_whole(bytes, header, name)?;
    let broken = |error: ImageError| damaged(&error, header.format, name);
    let most = how.max_pixels.max(MAX_PIXELS).saturating_mul(PIXEL_BYTES);
    let mut limits = Limits::default();
    limits.max_alloc = Some(most);
    let input = Cursor::new(bytes);
    let turn = how.turn;
    match header.format {
        Format::Png => {
            let decoder = PngDecoder::with_limits(input, limits).map_err(broken)?;
            check_claim(decoder.total_bytes(), most, bytes, name)?;
            DynamicImage::from_decoder(decoder).map_err(broken)
        }
        Format::Jpeg => {
            let mut decoder = JpegDecoder::new(input).map_err(broken)?;
            decoder.set_limits(limits).map_err(broken)?;
            let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            let mut image = match scale {
                1 => match turbo::decode(bytes, header.mode, name)? {
                    Some(image) => image,
                    None => DynamicImage::from_decoder(decoder).map_err(broken)?,
                },
                scale => scaled_jpeg::decode(bytes, scale, most, name)?,
            };
            if turn {
                image.apply_orientation(orientation);
            }
            Ok(image)
        }
        Format::WebP => finish(WebPDecoder::new(input), limits, turn).map_err(broken),
        Format::Bmp => finish(BmpDecoder::new(input), limits, turn).map_err(broken),
        Format::Tiff => finish(TiffDecoder::new(input), limits, turn).map_err(broken),
        Format::Gif => finish(GifDecoder::new(input), limits, turn).map_err(broken),
        Format::Pnm => finish(PnmDecoder::new(input), limits, turn).map_err(broken),
    }
}

/// Decodes within limits and turns the picture where that is wanted.
fn finish(
    decoder: std::result::Result<impl ImageDecoder, ImageError>,
    limits: Limits,
    turn: bool,
) -> std::result::Result<DynamicImage, ImageError> {
    let mut decoder = decoder?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    if turn {
        image.apply_orientation(orientation);
    }
    Ok(image)
}

/// Compares what a PNG claims with what so many bytes can hold.
fn check_claim(claimed: u64, most: u64, bytes: &[u8], name: &Path) -> Result<()> {
    // Samples below 8 bits are widened, so one packed byte may become eight, and with a palette and
    // transparency each of those four.
    let possible = (bytes.len() as u64 + 64).saturating_mul(DEFLATE_RATIO * 8 * 4);
    if claimed > most || claimed > possible {
        return Err(Error::format(
            name,
            format!(
                "claims {claimed} bytes of pixels in a file of {}: not believable",
                bytes.len()
            ),
        ));
    }
    Ok(())
}

/// Refuses files that end before their end mark, which lenient decoders fill up with gray.
fn check_whole(bytes: &[u8], header: Header, name: &Path) -> Result<()> {
    let whole = match header.format {
        Format::Png => png_is_whole(bytes),
        // Within the image's data 0xff is never followed by 0xd9.
        Format::Jpeg => bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]) > last_scan(bytes),
        // The length of all that follows stands at the beginning.
        Format::WebP => bytes
            .get(4..8)
            .and_then(|len| len.try_into().ok())
            .is_some_and(|len| bytes.len() as u64 >= u64::from(u32::from_le_bytes(len)) + 8),
        // Decoders of these stop with an error of their own.
        Format::Bmp | Format::Tiff | Format::Gif | Format::Pnm => true,
    };
    if whole {
        Ok(())
    } else {
        Err(Error::format(name, "ends before its end mark: truncated; fetch it again"))
    }
}

/// Where the last scan of a JPEG begins, thumbnails included.
fn last_scan(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).rposition(|pair| pair == [0xff, 0xda])
}

/// Walks the chunks of a PNG to its `IEND`.
fn png_is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let [a, b, c, d, kind @ ..] = rest {
        let len = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let Some(after) = kind.get(4..).and_then(|body| body.get(len.saturating_add(4)..)) else {
            return false;
        };
        if kind.starts_with(b"IEND") {
            return true;
        }
        rest = after;
    }
    false
}
