//! A small classifier of digits, trained by this project on the digits that it carries.
//!
//! It gives the default data real scores without a download. Its scores compare with nothing else:
//! neither with FID as papers report it nor with those of another classifier.

mod network;
mod retrained;
mod train;
mod warp;

pub use train::train;

use crate::extractor::{Extractor, Features, InputSpec, Wanted};
use crate::weights::{Array, TensorFile, fingerprint, write_tensors};
use crate::{Error, Result};
use candle_core::{DType, Device, Tensor};
use network::{CLASSES, LAYERS, Layers, WIDTH};
use std::collections::BTreeMap;
use std::path::Path;

/// Its name in receipts.
const LAYOUT: &str = "digits";
/// Written by `cargo xtask digits-extractor`.
const EMBEDDED: &[u8] = include_bytes!("../../../data/digits/extractor.safetensors");
/// Images that go through the network together, always: a shorter batch is filled up with blank
/// ones, so that every image meets the same operations in the same order.
const GROUP: usize = 64;

/// The classifier: 28×28 gray images to 96 features and 10 logits.
pub struct Digits {
    layers: Layers,
    hash: String,
}

impl Digits {
    /// The one that this crate carries.
    ///
    /// # Errors
    /// None, unless the program itself is damaged.
    pub fn embedded() -> Result<Self> {
        Self::read(Path::new("digits (embedded weights)"), EMBEDDED.to_vec())
    }

    /// Reads a file that [`train`] has written.
    ///
    /// # Errors
    /// Where it cannot be read or does not hold this network.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(path, std::fs::read(path).map_err(Error::io(path, "read"))?)
    }

    fn read(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let file = TensorFile::new(path, bytes)?;
        let mut arrays = BTreeMap::new();
        let mut layers = Vec::with_capacity(LAYERS.len());
        for (name, weight, bias) in names_and_shapes() {
            let mut pair = Vec::with_capacity(2);
            for (part, shape) in [("weight", weight), ("bias", bias)] {
                let full = format!("{name}.{part}");
                let array = file.load(&full)?;
                if array.shape != shape {
                    let problem = format!("{full}: shape {:?}, expected {shape:?}", array.shape);
                    return Err(Error::format(path, problem));
                }
                pair.push(Tensor::from_slice(&array.values, shape, &Device::Cpu)?);
                arrays.insert(full, array);
            }
            layers.extend(pair.pop().and_then(|bias| Some((pair.pop()?, bias))));
        }
        Ok(Self { layers: Layers(layers), hash: fingerprint(LAYOUT, &arrays) })
    }

    /// The share of images, `(n, 1, 28, 28)` in [0, 1], whose class is found.
    fn accuracy(&self, images: &Tensor, labels: &[u8]) -> Result<f64> {
        let wanted = Wanted { tap: WIDTH, logits: true, spatial: false };
        let Some(logits) = self.extract(images, &wanted)?.logits else { return Ok(0.0) };
        let guesses = logits.argmax(1)?.to_vec1::<u32>()?;
        let right = guesses.iter().zip(labels).filter(|(g, l)| **g == u32::from(**l)).count();
        Ok(right as f64 / labels.len().max(1) as f64)
    }
}

/// Name, weight's shape and bias's shape of each layer.
fn names_and_shapes() -> impl Iterator<Item = (&'static str, Vec<usize>, Vec<usize>)> {
    LAYERS.iter().map(|(name, shape)| (*name, shape.to_vec(), vec![shape[0]]))
}

/// The layers' values by name.
fn arrays_of(layers: &Layers) -> Result<BTreeMap<String, Array>> {
    let mut arrays = BTreeMap::new();
    for ((name, weight, bias), (w, b)) in names_and_shapes().zip(&layers.0) {
        for (part, shape, tensor) in [("weight", weight, w), ("bias", bias, b)] {
            let values = tensor.flatten_all()?.to_vec1()?;
            arrays.insert(format!("{name}.{part}"), Array { shape, values });
        }
    }
    Ok(arrays)
}

/// Writes the layers with what is known about them.
fn write(path: &Path, layers: &Layers, about: &[(&str, String)]) -> Result<()> {
    let arrays = arrays_of(layers)?;
    let mut metadata = vec![("format", "gan-metrics digits 1".to_owned())];
    metadata.extend(about.iter().cloned());
    metadata.push(("weights_sha256", fingerprint(LAYOUT, &arrays)));
    write_tensors(path, &metadata, &arrays)
}

impl Extractor for Digits {
    fn layout(&self) -> &str {
        LAYOUT
    }

    fn hash(&self) -> &str {
        &self.hash
    }

    fn taps(&self) -> &[usize] {
        &[WIDTH]
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn input(&self) -> InputSpec {
        InputSpec { size: [28; 2], channels: 1, range: [0.0, 1.0] }
    }

    fn extract(&self, images: &Tensor, wanted: &Wanted) -> Result<Features> {
        let n = match (images.dims(), images.dtype()) {
            (&[n, 1, 28, 28], DType::F32) if n > 0 => n,
            (found, dtype) => {
                return Err(Error::argument(format!(
                    "images of shape {found:?} and type {dtype:?} for digits: expected \
                     (n ≥ 1, 1, 28, 28) of F32 in [0, 1]"
                )));
            }
        };
        if wanted.tap != WIDTH || wanted.spatial {
            return Err(Error::argument(format!(
                "{}features of width {} from digits: it has {WIDTH}, and no spatial ones",
                if wanted.spatial { "spatial " } else { "" },
                wanted.tap
            )));
        }
        // On the host: that is where the weights are, wherever the images were made.
        let images = images.to_device(&Device::Cpu)?;
        let (mut pools, mut logits) = (Vec::new(), Vec::new());
        for start in (0..n).step_by(GROUP) {
            let count = GROUP.min(n - start);
            let group = images.narrow(0, start, count)?.pad_with_zeros(0, 0, GROUP - count)?;
            let (features, classes) = self.layers.forward(&group.contiguous()?, None)?;
            pools.push(features.narrow(0, 0, count)?);
            logits.push(classes.narrow(0, 0, count)?);
        }
        let logits = wanted.logits.then(|| Tensor::cat(&logits, 0)).transpose()?;
        Ok(Features { pool: Tensor::cat(&pools, 0)?, logits, spatial: None })
    }
}
