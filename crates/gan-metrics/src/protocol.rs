//! What each reference program does to an image before its network sees it, and how it averages.
//!
//! | protocol | resizes | network sees | mean |
//! | --- | --- | --- | --- |
//! | `pytorch-fid` | half-pixel bilinear of x / 255 | 2x − 1 | f64 |
//! | `torch-fidelity` | TensorFlow 1's asymmetric bilinear of bytes | (x − 128) / 128 | f32 |
//! | `torchmetrics` | antialiased bilinear of bytes | (x − 128) / 128 | f64 |
//! | `clean-fid` | Pillow's bicubic of bytes, clipped, not rounded | (x − 128) / 128 | f32 |
//!
//! All of them read an image with Pillow and convert it to RGB: opacity is dropped, a camera's
//! orientation ignored. So is it here. (Pillow clips 16 bit gray files where we round them.)

use crate::{Error, InputSpec, Result};
use gan_images::{Image, PlaneResizer, Resizer};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// A reference program whose numbers are to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// pytorch-fid 0.3.
    #[default]
    PytorchFid,
    /// torch-fidelity 0.4.
    TorchFidelity,
    /// torchmetrics 1.9.
    Torchmetrics,
    /// clean-fid 0.1.35, mode `clean`.
    CleanFid,
}

impl Protocol {
    /// All there are.
    pub const ALL: [Self; 4] =
        [Self::PytorchFid, Self::TorchFidelity, Self::Torchmetrics, Self::CleanFid];

    /// Its name on the command line and in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::PytorchFid => "pytorch-fid",
            Self::TorchFidelity => "torch-fidelity",
            Self::Torchmetrics => "torchmetrics",
            Self::CleanFid => "clean-fid",
        }
    }

    /// How it resizes.
    pub fn resizer(self) -> Resizer {
        match self {
            Self::PytorchFid => Resizer::HalfPixelBilinear,
            Self::TorchFidelity => Resizer::AsymmetricBilinear,
            Self::Torchmetrics => Resizer::AntialiasedBilinear,
            Self::CleanFid => Resizer::PillowBicubic,
        }
    }

    /// Whether it averages f32 features in f32, which changes FID by 10⁻⁷ to 10⁻⁶.
    pub fn averages_in_single(self) -> bool {
        matches!(self, Self::TorchFidelity | Self::CleanFid)
    }

    /// Whether its Inception score shuffles the images before it splits them.
    pub fn shuffles_splits(self) -> bool {
        matches!(self, Self::TorchFidelity | Self::Torchmetrics)
    }

    /// The byte that it makes of a value in `[0, 1]`, where it takes bytes: torchmetrics cuts
    /// (`normalize=True`), whoever writes an image file rounds. pytorch-fid takes floats.
    fn byte(self, x: f32) -> f32 {
        match self {
            Self::PytorchFid => x * 255.0,
            Self::Torchmetrics => (x * 255.0).clamp(0.0, 255.0).trunc(),
            Self::TorchFidelity | Self::CleanFid => (x * 255.0).clamp(0.0, 255.0).round(),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Protocol {
    type Err = Error;

    /// # Errors
    /// Anything but the four names.
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|p| p.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::argument(format!("protocol {text:?} (expected one of {names})"))
        })
    }
}

/// Sizes whose resizers are kept; more are made again when they come back.
const KEPT_SIZES: usize = 64;

/// Brings images to what a network wants, in a protocol's way.
#[derive(Debug)]
pub struct Preparer {
    protocol: Protocol,
    spec: InputSpec,
    resizers: HashMap<[usize; 2], PlaneResizer>,
}

impl Preparer {
    /// A preparer for one network.
    pub fn new(protocol: Protocol, spec: InputSpec) -> Self {
        Self { protocol, spec, resizers: HashMap::new() }
    }

    /// Values an image: `channels · height · width`.
    pub fn values(&self) -> usize {
        self.spec.channels * self.spec.size[0] * self.spec.size[1]
    }

    /// Writes the image as `(channels, height, width)` into `out`.
    ///
    /// Gray becomes three equal channels, color becomes gray by BT.601's luma, where the network
    /// wants it; opacity is dropped.
    ///
    /// # Errors
    /// A network with other channels than 1 and 3, or a buffer of another length.
    pub fn image(&mut self, image: &Image, out: &mut [f32]) -> Result<()> {
        let image = if image.channels == 4 { &without_opacity(image)? } else { image };
        let image = match (image.channels, self.spec.channels) {
            (3, 1) => &image.to_channels(1)?,
            _ => image,
        };
        let plane = |channel: usize| -> Vec<f32> {
            image.pixels.iter().skip(channel).step_by(image.channels).map(|&p| p.into()).collect()
        };
        let planes: Vec<Vec<f32>> = (0..image.channels).map(plane).collect();
        self.planes(&planes, [image.height, image.width], out)
    }

    /// Writes an image of floats in `[0, 1]`, `(channels, height, width)`, into `out`: as floats
    /// for pytorch-fid, else by way of the bytes that the program would make of them.
    ///
    /// # Errors
    /// As [`Preparer::image`]; values that are not finite.
    pub fn unit_floats(
        &mut self,
        values: &[f32],
        [channels, height, width]: [usize; 3],
        out: &mut [f32],
    ) -> Result<()> {
        if !matches!(channels, 1 | 3)
            || values.len() != channels * height * width
            || height * width == 0
        {
            return Err(Error::argument(format!(
                "{} values as an image of shape ({channels}, {height}, {width}) (expected 1 or 3 channels)",
                values.len()
            )));
        }
        if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
            return Err(Error::argument(format!("an image that holds {bad}")));
        }
        let mut planes: Vec<Vec<f32>> = values
            .chunks_exact(height * width)
            .map(|plane| plane.iter().map(|x| self.protocol.byte(*x)).collect())
            .collect();
        if planes.len() == 3 && self.spec.channels == 1 {
            let grey = (0..height * width)
                .map(|i| 0.299 * planes[0][i] + 0.587 * planes[1][i] + 0.114 * planes[2][i]);
            planes = vec![grey.collect()];
        }
        self.planes(&planes, [height, width], out)
    }

    /// Resizes and scales one plane or three, of `0..=255`.
    fn planes(&mut self, planes: &[Vec<f32>], from: [usize; 2], out: &mut [f32]) -> Result<()> {
        let (size, channels) = (self.spec.size, self.spec.channels);
        if !matches!(channels, 1 | 3) || out.len() != self.values() {
            return Err(Error::argument(format!(
                "a network that takes {channels} channels and {} values an image (expected 1 or 3 channels)",
                out.len()
            )));
        }
        if !self.resizers.contains_key(&from) && self.resizers.len() >= KEPT_SIZES {
            self.resizers.clear();
        }
        let resizer = match self.resizers.entry(from) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(PlaneResizer::new(self.protocol.resizer(), from, size)?)
            }
        };
        let area = size[0] * size[1];
        for (plane, out) in planes.iter().zip(out.chunks_exact_mut(area)) {
            if self.protocol == Protocol::PytorchFid {
                let unit: Vec<f32> = plane.iter().map(|v| v / 255.0).collect();
                resizer.resize(&unit, out)?;
            } else {
                resizer.resize(plane, out)?;
            }
            scale(self.protocol, self.spec.range, out);
        }
        if planes.len() < channels {
            let (first, rest) = out.split_at_mut(area);
            rest.chunks_exact_mut(area).for_each(|plane| plane.copy_from_slice(first));
        }
        Ok(())
    }
}

/// To the network's range: `[−1, 1]` in the protocol's own way, any other by a straight line.
fn scale(protocol: Protocol, [low, high]: [f32; 2], values: &mut [f32]) {
    let own = [low, high] == [-1.0, 1.0];
    for x in values {
        *x = match (protocol, own) {
            (Protocol::PytorchFid, true) => 2.0 * *x - 1.0,
            (Protocol::PytorchFid, false) => low + (high - low) * *x,
            (_, true) => (*x - 128.0) / 128.0,
            (_, false) => low + (high - low) * (*x / 255.0),
        };
    }
}

/// Red, green and blue alone, as Pillow's `convert("RGB")` leaves them.
fn without_opacity(image: &Image) -> Result<Image> {
    let pixels = image.pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Ok(Image::new(image.width, image.height, 3, pixels)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: InputSpec = InputSpec { size: [5, 4], channels: 3, range: [-1.0, 1.0] };

    fn prepared(protocol: Protocol, spec: InputSpec, image: &Image) -> Vec<f32> {
        let mut preparer = Preparer::new(protocol, spec);
        let mut out = vec![9.0; preparer.values()];
        preparer.image(image, &mut out).unwrap();
        out
    }

    #[test]
    fn names_are_read_back() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.to_string().parse::<Protocol>().unwrap(), protocol);
        }
        let text = "pytorch_fid".parse::<Protocol>().unwrap_err().to_string();
        assert!(text.contains("pytorch-fid, torch-fidelity, torchmetrics, clean-fid"), "{text}");
    }

    #[test]
    fn flat_images_are_scaled_as_each_program_does() {
        let image = Image::filled(7, 3, &[255, 128, 0]).unwrap();
        for protocol in Protocol::ALL {
            let out = prepared(protocol, SPEC, &image);
            let expected = match protocol {
                Protocol::PytorchFid => [1.0, 2.0 * (128.0 / 255.0) - 1.0, -1.0],
                _ => [127.0 / 128.0, 0.0, -1.0],
            };
            for (plane, expected) in out.chunks_exact(20).zip(expected) {
                assert!(plane.iter().all(|x| (x - expected).abs() < 1e-6), "{protocol}: {plane:?}");
            }
            let unit = InputSpec { range: [0.0, 1.0], ..SPEC };
            let out = prepared(protocol, unit, &image);
            assert!((out[0] - 1.0).abs() < 1e-6 && (out[20] - 128.0 / 255.0).abs() < 1e-6);
        }
    }

    #[test]
    fn channels_become_what_the_network_takes() {
        let grey = Image::filled(4, 5, &[100]).unwrap();
        let out = prepared(Protocol::CleanFid, SPEC, &grey);
        assert!(out.iter().all(|x| *x == (100.0 - 128.0) / 128.0));
        let clear_red = Image::filled(4, 5, &[200, 0, 0, 0]).unwrap();
        let out = prepared(Protocol::TorchFidelity, SPEC, &clear_red);
        assert_eq!((out[0], out[20]), ((200.0 - 128.0) / 128.0, -1.0), "opacity is dropped");
        let one = InputSpec { channels: 1, ..SPEC };
        let out = prepared(Protocol::TorchFidelity, one, &clear_red);
        assert_eq!((out.len(), out[0]), (20, (60.0 - 128.0) / 128.0));
        let mut preparer = Preparer::new(Protocol::PytorchFid, InputSpec { channels: 2, ..SPEC });
        assert!(preparer.image(&grey, &mut [0.0; 40]).is_err());
    }

    #[test]
    fn floats_become_bytes_where_the_program_takes_bytes() {
        let value = |protocol, x: f32| {
            let mut preparer = Preparer::new(protocol, SPEC);
            let mut out = vec![0.0; preparer.values()];
            preparer.unit_floats(&[x; 20], [1, 5, 4], &mut out).unwrap();
            out[0]
        };
        let almost_101 = 100.9 / 255.0;
        assert!((value(Protocol::PytorchFid, almost_101) - (2.0 * almost_101 - 1.0)).abs() < 1e-6);
        assert_eq!(value(Protocol::Torchmetrics, almost_101), (100.0 - 128.0) / 128.0);
        assert_eq!(value(Protocol::TorchFidelity, almost_101), (101.0 - 128.0) / 128.0);
        let mut preparer = Preparer::new(Protocol::PytorchFid, SPEC);
        assert!(preparer.unit_floats(&[f32::NAN; 20], [1, 5, 4], &mut [0.0; 60]).is_err());
        assert!(preparer.unit_floats(&[0.0; 20], [2, 5, 2], &mut [0.0; 60]).is_err());
    }
}
