//! A small classifier of digits, trained by this project on the digits that it carries.
//!
//! It gives the default data real scores without a download. Its scores compare with nothing else:
//! neither with FID as papers report it nor with those of another classifier. Training is not this
//! crate's: whoever trains such a network brings its [`Layers`].

mod network;

pub use network::{LAYERS, Layers};

use crate::extractor::{Extractor, Features, InputSpec, Wanted};
use crate::weights::{Array, TensorFile, fingerprint, write_tensors};
use crate::{Error, Result};
use candle_core::{DType, Device, Tensor};
use network::{CLASSES, WIDTH};
use std::collections::BTreeMap;
use std::path::Path;

/// Its name in receipts.
const LAYOUT: &str = "digits";
/// `data/digits/README.md` in the repository tells how it was made.
const EMBEDDED: &[u8] = include_bytes!("../embedded/digits.safetensors");
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

    /// Reads a file that [`Digits::write`] has written.
    ///
    /// # Errors
    /// Where it cannot be read or does not hold this network.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(path, std::fs::read(path).map_err(Error::io(path, "read"))?)
    }

    /// The network of these layers.
    ///
    /// # Errors
    /// Shapes other than those of [`LAYERS`], or numbers other than f32.
    pub fn of(layers: Layers) -> Result<Self> {
        let hash = fingerprint(LAYOUT, &arrays_of(&layers)?);
        Ok(Self { layers, hash })
    }

    /// Writes the network with what is known `about` it, a name and a text each; [`Digits::open`]
    /// reads it. The same layers give the same bytes.
    ///
    /// # Errors
    /// Where the file cannot be written; what was there before stays.
    pub fn write(&self, path: &Path, about: &[(&str, String)]) -> Result<()> {
        let mut metadata = vec![("format", "gan-metrics digits 1".to_owned())];
        metadata.extend(about.iter().cloned());
        metadata.push(("weights_sha256", self.hash.clone()));
        write_tensors(path, &metadata, &arrays_of(&self.layers)?)
    }

    fn read(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let file = TensorFile::new(path, bytes)?;
        let tensor = |name: String| -> Result<Tensor> {
            let array = file.load(&name)?;
            // On the host: the network is small and lives there; `extract` moves its images.
            Ok(Tensor::from_vec(array.values, array.shape, &Device::Cpu)?)
        };
        let pair = |k: usize| -> Result<(Tensor, Tensor)> {
            let name = LAYERS[k].0;
            Ok((tensor(format!("{name}.weight"))?, tensor(format!("{name}.bias"))?))
        };
        let layers = Layers([pair(0)?, pair(1)?, pair(2)?, pair(3)?, pair(4)?]);
        Self::of(layers).map_err(|e| Error::format(path, e.to_string()))
    }
}

/// The layers' values by name.
fn arrays_of(layers: &Layers) -> Result<BTreeMap<String, Array>> {
    let mut arrays = BTreeMap::new();
    for ((name, weight), (w, b)) in LAYERS.iter().zip(&layers.0) {
        for (part, expected, tensor) in [("weight", *weight, w), ("bias", &weight[..1], b)] {
            let full = format!("{name}.{part}");
            if tensor.dims() != expected || tensor.dtype() != DType::F32 {
                return Err(Error::argument(format!(
                    "{full}: shape {:?} of {:?}, expected {expected:?} of F32",
                    tensor.dims(),
                    tensor.dtype()
                )));
            }
            let values = tensor.flatten_all()?.to_vec1()?;
            arrays.insert(full, Array { shape: expected.to_vec(), values });
        }
    }
    Ok(arrays)
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
            let features = self.layers.features(&group.contiguous()?)?;
            logits.push(self.layers.logits(&features)?.narrow(0, 0, count)?);
            pools.push(features.narrow(0, 0, count)?);
        }
        let logits = wanted.logits.then(|| Tensor::cat(&logits, 0)).transpose()?;
        Ok(Features { pool: Tensor::cat(&pools, 0)?, logits, spatial: None })
    }
}
