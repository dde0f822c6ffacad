//! What a run's model was built from, kept beside its checkpoints: a run is sampled without its data.

use crate::{Error, Result};
use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use gan_data::DataInfo;
use gan_images::write_atomically;
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

/// Its file in a run directory.
pub const BUILT_FROM: &str = "built-from.safetensors";
/// The metadata key of the description.
const KEY: &str = "data";

/// What a model needs of its data to be built again.
#[derive(Debug, Clone)]
pub struct BuiltFrom {
    /// What the data were: shape, classes and their names, and the rest of it.
    pub info: DataInfo,
    /// The examples that the model looked at, `(n, …shape)`, f32.
    pub examples: Tensor,
}

impl BuiltFrom {
    /// Writes it into a run directory.
    ///
    /// # Errors
    /// Where the folder does not take it.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(BUILT_FROM);
        let told = |e: &dyn std::fmt::Display| Error::run(&path, format!("cannot be written: {e}"));
        let text = serde_json::to_string(&self.info).map_err(|e| told(&e))?;
        let examples = compact(&self.examples)?;
        let tensors = [("examples", &examples)];
        let about = Some(HashMap::from([(KEY.to_owned(), text)]));
        let bytes = safetensors::serialize(tensors, about).map_err(|e| told(&e))?;
        Ok(write_atomically(&path, |file| file.write_all(&bytes))?)
    }

    /// Reads it; nothing where an earlier version made the run.
    ///
    /// # Errors
    /// Where the file cannot be read, is cut short or is another one.
    pub fn read(dir: &Path, device: &Device) -> Result<Option<Self>> {
        let path = dir.join(BUILT_FROM);
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
        let bad = |what: String| {
            let advice = "remove it, and the run's data are opened in its place";
            Error::run(&path, format!("{what}; {advice}"))
        };
        let cut = |e: safetensors::SafeTensorError| bad(format!("cut short or damaged: {e}"));
        let (_, about) = SafeTensors::read_metadata(&bytes).map_err(cut)?;
        let about = about.metadata().as_ref().and_then(|all| all.get(KEY));
        let about = about.ok_or_else(|| bad("no description of the data in it".to_owned()))?;
        let info = serde_json::from_str(about).map_err(|e| bad(format!("its description: {e}")))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(cut)?;
        let examples = tensors.tensor("examples").map_err(cut)?.load(device)?;
        Ok(Some(Self { info, examples: expanded(&examples)? }))
    }
}

/// A pixel of a byte, in `[-1, 1]`, as images are read.
fn pixel(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}

/// Pixels as the bytes that they are of, a quarter of the size, where each is of one exactly.
fn compact(examples: &Tensor) -> Result<Tensor> {
    let values = examples.flatten_all()?.to_vec1::<f32>()?;
    let byte = |value: f32| {
        let byte = ((value + 1.0) * 127.5).round() as u8; // `as` saturates
        (pixel(byte) == value).then_some(byte)
    };
    match values.into_iter().map(byte).collect::<Option<Vec<u8>>>() {
        // On the host: they go to a file.
        Some(bytes) => Ok(Tensor::from_vec(bytes, examples.dims(), &Device::Cpu)?),
        None => Ok(examples.clone()),
    }
}

fn expanded(examples: &Tensor) -> Result<Tensor> {
    if examples.dtype() != DType::U8 {
        return Ok(examples.to_dtype(DType::F32)?);
    }
    let bytes = examples.flatten_all()?.to_vec1::<u8>()?;
    let values: Vec<f32> = bytes.into_iter().map(pixel).collect();
    Ok(Tensor::from_vec(values, examples.dims(), examples.device())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(BuiltFrom::read(folder.path(), &Device::Cpu).unwrap().is_none());
        let data = gan_data::open("toy:ring?n=50", &gan_data::LoadOptions::default()).unwrap();
        let examples = Tensor::arange(0f32, 20.0, &Device::Cpu).unwrap().reshape((10, 2)).unwrap();
        let written = BuiltFrom { info: data.info().clone(), examples };
        written.write(folder.path()).unwrap();
        let read = BuiltFrom::read(folder.path(), &Device::Cpu).unwrap().unwrap();
        assert_eq!(read.info, written.info);
        let values = |t: &Tensor| t.to_vec2::<f32>().unwrap();
        assert_eq!(values(&read.examples), values(&written.examples));
    }

    #[test]
    fn pixels_are_kept_as_bytes_and_read_back_to_the_bit() {
        let values: Vec<f32> = (0..=255).map(pixel).collect();
        let pixels = Tensor::from_slice(&values, (4, 1, 8, 8), &Device::Cpu).unwrap();
        let kept = compact(&pixels).unwrap();
        assert_eq!(kept.dtype(), DType::U8);
        let back = expanded(&kept).unwrap();
        assert_eq!(back.dims(), pixels.dims());
        assert_eq!(back.flatten_all().unwrap().to_vec1::<f32>().unwrap(), values);
        let between = (pixels + 1e-4).unwrap();
        assert_eq!(compact(&between).unwrap().dtype(), DType::F32);
    }

    #[test]
    fn a_damaged_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(BUILT_FROM);
        for bytes in [&b""[..], b"no such thing", &[7; 200]] {
            std::fs::write(&path, bytes).unwrap();
            let told = BuiltFrom::read(folder.path(), &Device::Cpu).unwrap_err().to_string();
            assert!(told.contains(BUILT_FROM) && told.contains("remove it"), "{told}");
        }
    }
}
