//! Features in files: `.npy`, `.npz` and `.safetensors`, so that any network can be used.
//!
//! | file | features | logits | receipt |
//! | --- | --- | --- | --- |
//! | `.npy` | the array, `(n, d)` numbers of any type | – | in `NAME.npy.json` beside it |
//! | `.npz` | `features`, `arr_0`, or the only array | `logits` | `receipt`, JSON as bytes |
//! | `.safetensors` | `features`, or the only tensor | `logits` | in the metadata |

use crate::array_kind::Form;
use crate::receipt::Receipt;
use crate::weights::hexadecimal;
use crate::{Error, FeatureMatrix, Result};
use gan_images::{NpzFile, NumpyArray, read_npy, write_atomically, write_npy, write_npz_arrays};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Features, and what is known about them.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureFile {
    /// One row an image.
    pub features: FeatureMatrix,
    /// Class logits of the same images.
    pub logits: Option<FeatureMatrix>,
    /// What they were made from; nothing in files of other programs.
    pub receipt: Option<Receipt>,
}

impl FeatureFile {
    /// Whether a file is of a form that features are kept in, a `.npy`, `.npz` or `.safetensors`, by
    /// its content; what the arrays in it are is not looked at.
    pub fn may_be(path: &Path) -> bool {
        path.is_file() && !matches!(Form::of(path), Ok(None))
    }

    /// Reads features from a file, recognized by content.
    ///
    /// # Errors
    /// A file that cannot be read or is a pickle, an array of other than two dimensions or other
    /// than numbers, values that are not finite, or logits of another number of images.
    pub fn read(path: &Path) -> Result<Self> {
        let found = match Form::of(path)? {
            Some(Form::Npy) => {
                let features = matrix(&read_npy(path)?, path)?;
                Self { features, logits: None, receipt: beside(path)? }
            }
            Some(Form::Npz) => read_npz(path)?,
            Some(Form::Safetensors) => read_safetensors(path)?,
            None => {
                return Err(Error::format(
                    path,
                    "no file of features (expected a .npy, .npz or .safetensors)",
                ));
            }
        };
        if let Some(logits) = &found.logits
            && logits.rows() != found.features.rows()
        {
            return Err(Error::format(
                path,
                format!(
                    "{} rows of logits for {} rows of features (expected equal numbers)",
                    logits.rows(),
                    found.features.rows()
                ),
            ));
        }
        Ok(found)
    }

    /// Writes the file, in the form that its name's ending says. A `.npy` holds the features
    /// alone, and the receipt goes into a file beside it.
    ///
    /// # Errors
    /// Another ending, or a file that cannot be written; the old one stays then.
    pub fn write(&self, path: &Path) -> Result<()> {
        let features = array(&self.features);
        let logits = self.logits.as_ref().map(array);
        let receipt = self.receipt.as_ref().map(|receipt| receipt.to_json().to_string());
        let form = Form::named(path);
        if form == Some(Form::Npy) {
            write_npy(path, &features)?;
            let Some(receipt) = &self.receipt else { return Ok(()) };
            let text = json!({ "sha256": hash_of(path)?, "receipt": receipt.to_json() });
            return Ok(write_atomically(&sidecar(path), |file| writeln!(file, "{text}"))?);
        }
        if form == Some(Form::Npz) {
            let mut arrays = vec![("features", features)];
            arrays.extend(logits.map(|logits| ("logits", logits)));
            arrays.extend(receipt.map(|text| {
                let (descr, shape) = ("|u1".to_owned(), vec![text.len()]);
                ("receipt", NumpyArray { descr, shape, bytes: text.into_bytes() })
            }));
            return Ok(write_npz_arrays(path, &arrays)?);
        }
        if form != Some(Form::Safetensors) {
            return Err(Error::format(
                path,
                "no name for features (expected one that ends in .npy, .npz or .safetensors)",
            ));
        }
        let all = [("features", Some(features)), ("logits", logits)];
        let mut tensors = Vec::new();
        for (name, array) in all.iter().filter_map(|(name, a)| Some((name, a.as_ref()?))) {
            let dtype = if array.descr == "<f4" { Dtype::F32 } else { Dtype::F64 };
            let view = TensorView::new(dtype, array.shape.clone(), &array.bytes);
            tensors.push((*name, view.map_err(|e| Error::format(path, e.to_string()))?));
        }
        let about = receipt.map(|text| HashMap::from([("receipt".to_owned(), text)]));
        let bytes = serialize(tensors, about).map_err(|e| Error::format(path, e.to_string()))?;
        Ok(write_atomically(path, |file| file.write_all(&bytes))?)
    }
}

fn array(matrix: &FeatureMatrix) -> NumpyArray {
    let shape = vec![matrix.rows(), matrix.width()];
    let (descr, bytes) = match matrix.as_f32() {
        Some(values) => ("<f4", values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        None => ("<f8", matrix.to_f64().iter().flat_map(|v| v.to_le_bytes()).collect()),
    };
    NumpyArray { descr: descr.to_owned(), shape, bytes }
}

/// An array of two dimensions as features; `name` stands in messages.
fn matrix(array: &NumpyArray, name: &Path) -> Result<FeatureMatrix> {
    let [_, width] = *array.shape.as_slice() else {
        return Err(Error::format(
            name,
            format!(
                "an array of shape {:?} (expected features of shape (images, width), or images of \
                 shape (n, h, w) or (n, h, w, c))",
                array.shape
            ),
        ));
    };
    let matrix = match array.to_f32() {
        Some(values) => FeatureMatrix::from_f32(width, values),
        None => FeatureMatrix::from_f64(width, array.to_f64(name)?),
    };
    matrix.map_err(|error| Error::format(name, error.to_string()))
}

fn receipt_of(text: &[u8], path: &Path) -> Result<Receipt> {
    let damaged = |why: String| Error::format(path, format!("its receipt is damaged ({why})"));
    let json: Value = serde_json::from_slice(text).map_err(|e| damaged(e.to_string()))?;
    Receipt::from_json(&json).map_err(|e| damaged(e.to_string()))
}

fn read_npz(path: &Path) -> Result<FeatureFile> {
    let mut file = NpzFile::open(path)?;
    let members = file.members().to_vec();
    let has = |name: &str| members.iter().any(|m| m == name);
    let named = ["features", "arr_0"].into_iter().find(|name| has(name));
    let only = members.first().filter(|_| members.len() == 1);
    let name = named.or(only.map(String::as_str)).ok_or_else(|| {
        let found = members.join(", ");
        Error::format(path, format!("no array of features (expected `features`, found {found})"))
    })?;
    let features = matrix(&file.read(name)?, path)?;
    let logits = if has("logits") { Some(matrix(&file.read("logits")?, path)?) } else { None };
    let receipt = match has("receipt") {
        true => Some(receipt_of(&file.read("receipt")?.bytes, path)?),
        false => None,
    };
    Ok(FeatureFile { features, logits, receipt })
}

fn read_safetensors(path: &Path) -> Result<FeatureFile> {
    let bytes = fs::read(path).map_err(Error::io(path, "read"))?;
    let wrong = |why: String| Error::format(path, format!("no whole safetensors file ({why})"));
    let file = SafeTensors::deserialize(&bytes).map_err(|e| wrong(e.to_string()))?;
    let names = file.names();
    let get = |name: &str| -> Result<Option<FeatureMatrix>> {
        let Ok(view) = file.tensor(name) else { return Ok(None) };
        let descr = match view.dtype() {
            Dtype::F32 => "<f4",
            Dtype::F64 => "<f8",
            other => {
                return Err(Error::format(
                    path,
                    format!("{name} is {other:?} (expected F32 or F64)"),
                ));
            }
        };
        let (shape, bytes) = (view.shape().to_vec(), view.data().to_vec());
        matrix(&NumpyArray { descr: descr.to_owned(), shape, bytes }, path).map(Some)
    };
    let features = match (get("features")?, names.as_slice()) {
        (Some(features), _) => Some(features),
        (None, [only]) => get(only)?,
        (None, _) => None,
    };
    let features = features.ok_or_else(|| {
        Error::format(path, format!("no tensor `features` among its {}", names.len()))
    })?;
    let (_, about) = SafeTensors::read_metadata(&bytes).map_err(|e| wrong(e.to_string()))?;
    let text = about.metadata().as_ref().and_then(|map| map.get("receipt"));
    let receipt = text.map(|text| receipt_of(text.as_bytes(), path)).transpose()?;
    Ok(FeatureFile { features, logits: get("logits")?, receipt })
}

/// Where the receipt of a `.npy` file lies.
fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn hash_of(path: &Path) -> Result<String> {
    Ok(hexadecimal(&Sha256::digest(fs::read(path).map_err(Error::io(path, "read"))?)))
}

/// The receipt beside a `.npy`, if it was made for these very bytes.
fn beside(path: &Path) -> Result<Option<Receipt>> {
    let beside = sidecar(path);
    let Ok(text) = fs::read(&beside) else { return Ok(None) };
    let Ok(json) = serde_json::from_slice::<Value>(&text) else { return Ok(None) };
    // Somebody else's JSON, or that of features since written over, says nothing about these.
    if json["sha256"].as_str() != Some(hash_of(path)?.as_str()) {
        return Ok(None);
    }
    receipt_of(json["receipt"].to_string().as_bytes(), &beside).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scored_set::Input;

    fn file() -> FeatureFile {
        FeatureFile {
            features: FeatureMatrix::from_f32(3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap(),
            logits: Some(FeatureMatrix::from_f64(2, vec![0.1, 0.2, 0.3, 0.4]).unwrap()),
            receipt: Some(Receipt::new(2, "photos", None)),
        }
    }

    #[test]
    fn every_form_survives() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.npy", "a.npz", "a.safetensors"] {
            let path = folder.path().join(name);
            file().write(&path).unwrap();
            let mut expected = file();
            if name == "a.npy" {
                expected.logits = None;
            }
            assert_eq!(FeatureFile::read(&path).unwrap(), expected, "{name}");
            // Under another name, without the receipt that lies beside a `.npy`.
            let renamed = folder.path().join("b.dat");
            fs::copy(&path, &renamed).unwrap();
            let found = FeatureFile::read(&renamed).unwrap();
            assert_eq!((found.features, found.logits), (expected.features, expected.logits));
            assert!(matches!(Input::open(&renamed).unwrap(), Input::Features(_)), "{name}");
            let first = fs::read(&path).unwrap();
            file().write(&path).unwrap();
            assert_eq!(fs::read(&path).unwrap(), first, "{name}");
        }
        assert!(file().write(&folder.path().join("a.txt")).is_err());
        // A receipt of other bytes does not count.
        let path = folder.path().join("a.npy");
        let other = FeatureMatrix::from_f32(3, vec![9.0; 6]).unwrap();
        write_npy(&path, &array(&other)).unwrap();
        assert_eq!(FeatureFile::read(&path).unwrap().receipt, None);
    }

    #[test]
    fn what_is_no_matrix_of_finite_floats_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let error = |descr: &str, shape: &[usize], bytes: Vec<u8>| {
            let array = NumpyArray { descr: descr.to_owned(), shape: shape.to_vec(), bytes };
            write_npy(&path, &array).unwrap();
            FeatureFile::read(&path).unwrap_err().to_string()
        };
        assert!(error("<f4", &[4], vec![0; 16]).contains("shape [4] (expected features of shape"));
        assert!(error("<c8", &[1, 2], vec![0; 16]).contains("element type <c8 (expected"));
        let nan = [1.0f32, 2.0, 3.0, f32::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert!(error("<f4", &[2, 2], nan).contains("row 1, column 1"));
        fs::write(folder.path().join("a.safetensors"), b"nonsense").unwrap();
        assert!(FeatureFile::read(&folder.path().join("a.safetensors")).is_err());
        let mut wrong = file();
        wrong.logits = Some(FeatureMatrix::from_f32(2, vec![0.0; 2]).unwrap());
        let path = folder.path().join("b.npz");
        wrong.write(&path).unwrap();
        let text = FeatureFile::read(&path).unwrap_err().to_string();
        assert!(text.contains("1 rows of logits for 2 rows"), "{text}");
    }
}
