//! Arrays as images: which shapes are, and what their numbers are as bytes.

use std::path::Path;

use crate::arrays::element_type::{ElementType, Kind};
use crate::arrays::stack::interleave;
use crate::image::check_size;
use crate::{Error, ImageStack, NumpyArray, Result};

/// How an array of numbers is read as images.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrayOptions {
    /// The values that become 0 and 255; what lies between is linear, what lies outside is clamped.
    /// Unless given, integers must lie in 0..=255 and are bytes as they are, bool arrays are 0 and
    /// 255, and floats are taken to be in `[0, 1]`, `[-1, 1]` or `[0, 255]`, the first of these that
    /// holds them all.
    pub range: Option<[f64; 2]>,
}

impl ArrayOptions {
    /// Checks the range.
    ///
    /// # Errors
    ///
    /// A range that does not rise, or whose ends or length are not finite.
    pub fn validate(&self) -> Result<()> {
        match self.range {
            Some([low, high]) if !(low < high && (high - low).is_finite()) => {
                Err(Error::argument(format!(
                    "the range {}..{} (expected LO..HI, two finite numbers with LO below HI)",
                    shown(low),
                    shown(high)
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Reads a range such as `0..4095` or `-1..1`, as command lines have it.
///
/// # Errors
///
/// Anything but two finite numbers, the first below the second, with two dots between.
pub fn parse_range(text: &str) -> Result<[f64; 2]> {
    let ends = text.split_once("..").map(|(low, high)| (low.parse(), high.parse()));
    if let Some((Ok(low), Ok(high))) = ends {
        let range = [low, high];
        ArrayOptions { range: Some(range) }.validate()?;
        return Ok(range);
    }
    Err(Error::argument(format!(
        "the range {text} (expected LO..HI, two numbers with LO below HI, such as 0..4095)"
    )))
}

impl NumpyArray {
    /// The elements as pixels, as [`ArrayOptions`] says.
    pub(crate) fn into_pixels(self, name: &Path, range: Option<[f64; 2]>) -> Result<Vec<u8>> {
        ArrayOptions { range }.validate()?;
        let element = ElementType::of(&self.descr, name)?;
        if element.is_byte() && range.is_none() {
            return Ok(self.bytes);
        }
        let (mut least, mut most, mut finite) = (f64::INFINITY, f64::NEG_INFINITY, true);
        element.each(&self.bytes, |value| {
            (least, most) = (least.min(value), most.max(value));
            finite &= value.is_finite();
        });
        if !finite {
            return Err(Error::format(
                name,
                format!(
                    "element type {}: holds values that are not finite; no pixel is NaN or infinite",
                    self.descr
                ),
            ));
        }
        // (value − zero) · scale + offset
        let (zero, scale, offset) = match (range, element.kind) {
            (Some([low, high]), _) => (low, 255.0 / (high - low), 0.0),
            (None, Kind::Bool) => (0.0, 255.0, 0.0),
            (None, Kind::Float) if least >= 0.0 && most <= 1.0 => (0.0, 255.0, 0.0),
            (None, Kind::Float) if least >= -1.0 && most <= 1.0 => (0.0, 127.5, 127.5),
            (None, _) if least >= 0.0 && most <= 255.0 => (0.0, 1.0, 0.0),
            _ => return Err(self.out_of_range(element, least, most, name)),
        };
        let mut pixels = Vec::with_capacity(self.bytes.len() / element.size);
        element.each(&self.bytes, |value| {
            // `as` clamps.
            pixels.push(((value - zero) * scale + offset).round() as u8);
        });
        Ok(pixels)
    }

    fn out_of_range(&self, element: ElementType, least: f64, most: f64, name: &Path) -> Error {
        let (words, expected) = match element.kind {
            Kind::Float => ("floats", "all of them in [0, 1], [-1, 1] or [0, 255]"),
            _ => ("integers", "all of them in 0..=255"),
        };
        let (least, most) = (shown(least), shown(most));
        let example = match least == most {
            true => String::new(),
            false => format!(", such as `--range {least}..{most}`"),
        };
        Error::format(
            name,
            format!(
                "element type {}: {words} from {least} to {most} (expected {expected}); say which \
                 values are black and white with `--range LO..HI`{example}",
                self.descr
            ),
        )
    }

    /// The array as images, channels last.
    pub(crate) fn into_stack(self, name: &Path, options: &ArrayOptions) -> Result<ImageStack> {
        let (shape, planar) = image_shape(&self.shape, name)?;
        let [_, height, width, channels] = shape;
        let pixels = self.into_pixels(name, options.range)?;
        let pixels = if planar { interleave(&pixels, height * width, channels) } else { pixels };
        ImageStack::new(shape, pixels).map_err(|error| Error::format(name, error.to_string()))
    }
}

/// A number for a message: without hundreds of digits.
fn shown(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// Shape `[count, height, width, channels]` of an image array, and whether its channels come before
/// its rows; 3 dimensions are gray, and where 4 fit both ways channels are last.
pub(crate) fn image_shape(shape: &[usize], name: &Path) -> Result<([usize; 4], bool)> {
    let (images, planar) = match *shape {
        [n, h, w] => ([n, h, w, 1], false),
        [n, h, w, c @ (1 | 3 | 4)] => ([n, h, w, c], false),
        [n, c @ (1 | 3 | 4), h, w] => ([n, h, w, c], true),
        [_, width] => return Err(Error::format(name, flat(shape, width))),
        _ => {
            return Err(Error::format(
                name,
                format!(
                    "shape {shape:?} (expected (n, h, w), or (n, h, w, c) or (n, c, h, w) with 1, 3 \
                     or 4 channels)"
                ),
            ));
        }
    };
    check_size(images[2], images[1]).map_err(|error| Error::format(name, error.to_string()))?;
    Ok((images, planar))
}

/// What to do with two dimensions: rows of pixels that lost their shape.
fn flat(shape: &[usize], width: usize) -> String {
    let root = |area: usize| {
        let side = area.isqrt();
        (side > 1 && side * side == area).then_some(side)
    };
    let line = match (root(width), root(width / 3).filter(|_| width.is_multiple_of(3))) {
        (Some(side), _) => format!("array.reshape(-1, {side}, {side})"),
        (None, Some(side)) => format!(
            "array.reshape(-1, {side}, {side}, 3), or array.reshape(-1, 3, {side}, {side}) where \
             each channel comes whole"
        ),
        (None, None) => "array.reshape(-1, HEIGHT, WIDTH)".to_owned(),
    };
    format!(
        "shape {shape:?} (expected images of shape (n, h, w) or (n, h, w, c)); where each row is an \
         image, save {line}"
    )
}
