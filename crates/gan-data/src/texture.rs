//! Textures: crops of one image, each a pure function of its index.

use std::path::Path;

use gan_images::Image;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::dataset::write_labeled;
use crate::names::HONEYCOMB;
use crate::toy::Parameters;
use crate::{DataInfo, Dataset, Error, Field, Kind, LoadOptions, Result, Slot, Split};
use gan_statistics::stream;

/// Crops unless `n` says otherwise.
const CROPS: usize = 10_000;
/// Most crops: their order takes 8 bytes each.
const MOST: usize = 100_000_000;
/// Side of a crop unless the options say otherwise: what four halvings of a 5×5 convolution leave
/// 5×5 of (arXiv 1611.08207).
const SIDE: usize = 65;

/// Crops of one image at its own scale.
pub(crate) struct Texture {
    info: DataInfo,
    image: Image,
    side: usize,
    start: ChaCha8Rng,
}

impl Texture {
    /// The texture that `spec`, `texture:NAME-OR-PATH?n=…&seed=…`, names.
    pub(crate) fn new(spec: &str, options: &LoadOptions) -> Result<Self> {
        let body = spec.strip_prefix("texture:").unwrap_or(spec);
        let (name, rest) = body.split_once('?').unwrap_or((body, ""));
        let mut parameters = Parameters::new(spec, rest)?;
        let n = parameters.count("n", CROPS, MOST)?;
        let seed = parameters.count("seed", 0, usize::MAX)? as u64;
        parameters.finish()?;
        let image = match name {
            HONEYCOMB => honeycomb()?,
            path if Path::new(path).is_file() => Image::open(Path::new(path))?,
            _ => {
                let problem = format!(
                    "{name:?} is no image file (expected texture:{HONEYCOMB} or texture:PATH of a \
                     PNG or JPEG file)"
                );
                return Err(Error::Parameter { spec: spec.to_owned(), problem });
            }
        };
        let channels = options.channels.unwrap_or(if image.channels == 1 { 1 } else { 3 });
        let image = image.to_channels(channels)?;
        let side = options.size.unwrap_or(SIDE);
        if side > image.width.min(image.height) {
            let problem = format!(
                "crops of {side} pixels do not fit an image of {}×{}; take a larger image or a \
                 smaller --size",
                image.width, image.height
            );
            return Err(Error::Parameter { spec: spec.to_owned(), problem });
        }
        let purpose = if options.split == Split::Test { "texture test" } else { "texture" };
        let fields = vec![Field::image([channels, side, side])];
        let info = DataInfo::new(spec, Kind::Texture, options.limit.unwrap_or(n).min(n), fields);
        let info = DataInfo { own_parts: true, ..info };
        Ok(Self { info, image, side, start: stream(seed, purpose, 0) })
    }

    /// Crop `index`.
    pub(crate) fn crop(&self, index: usize) -> Result<Image> {
        let mut rng = self.start.clone();
        rng.set_stream(index as u64);
        let mut place = |size: usize| rng.random_range(0..=(size - self.side) as u64) as usize;
        let (left, top) = (place(self.image.width), place(self.image.height));
        let channels = self.image.channels;
        let mut pixels = Vec::with_capacity(self.side * self.side * channels);
        for row in top..top + self.side {
            let first = (row * self.image.width + left) * channels;
            pixels.extend_from_slice(&self.image.pixels[first..first + self.side * channels]);
        }
        Ok(Image::new(self.side, self.side, channels, pixels)?)
    }
}

impl Dataset for Texture {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        write_labeled(&self.info, index, out, |values| {
            self.crop(index)?.write_planes(values)?;
            Ok(None)
        })
    }
}

/// 320×320 pixels of six-sided cells, 24 pixels apart, each of a tint of its own between dark
/// walls: something periodic, something that differs from place to place.
fn honeycomb() -> Result<Image> {
    const SIZE: usize = 320;
    const APART: f64 = 24.0;
    let down = APART * 3f64.sqrt() / 2.0;
    let tint = |row: i64, column: i64| {
        let cell = ((row + 64) * 1024 + column + 64) as u64;
        let mut rng = stream(0, "honeycomb", cell);
        let warmth: f64 = rng.random();
        [210.0 + 40.0 * warmth, 130.0 + 70.0 * warmth, 30.0 + 40.0 * warmth]
    };
    let mut pixels = Vec::with_capacity(SIZE * SIZE * 3);
    let mut grain = stream(0, "honeycomb grain", 0);
    for y in 0..SIZE {
        for x in 0..SIZE {
            let (x, y) = (x as f64, y as f64);
            let near_row = (y / down).round() as i64;
            // The nearest two centers are among those of three rows.
            let mut nearest = [(f64::INFINITY, 0, 0); 2];
            for row in near_row - 1..=near_row + 1 {
                let shift = if row.rem_euclid(2) == 1 { APART / 2.0 } else { 0.0 };
                let near = ((x - shift) / APART).round() as i64;
                for column in near - 1..=near + 1 {
                    let dx = x - (column as f64 * APART + shift);
                    let dy = y - row as f64 * down;
                    let found = (dx.hypot(dy), row, column);
                    if found.0 < nearest[0].0 {
                        nearest = [found, nearest[0]];
                    } else if found.0 < nearest[1].0 {
                        nearest[1] = found;
                    }
                }
            }
            let inside = ((nearest[1].0 - nearest[0].0) / 5.0).min(1.0);
            let light = inside * (1.0 - 0.25 * nearest[0].0 / APART);
            let speck: f64 = 12.0 * (grain.random::<f64>() - 0.5);
            let wall = [70.0, 35.0, 10.0];
            for (wall, tint) in wall.into_iter().zip(tint(nearest[0].1, nearest[0].2)) {
                let value = wall + light * (tint - wall) + speck;
                pixels.push(value.clamp(0.0, 255.0) as u8);
            }
        }
    }
    Ok(Image::new(SIZE, SIZE, 3, pixels)?)
}
