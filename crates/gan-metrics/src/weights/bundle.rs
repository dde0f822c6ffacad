//! A file of tensors in any known format: names and shapes first, numbers one tensor at a time.

use super::pth::Pth;
use super::state::Array;
use super::tensor_file::TensorFile;
use super::tfjs::Tfjs;
use crate::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// An open file.
pub(super) enum Bundle {
    Pth(Pth<BufReader<File>>),
    TensorFile(TensorFile),
    Tfjs(Tfjs),
}

impl Bundle {
    /// Recognizes the format by the first bytes and reads the table of tensors.
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Ok(Self::Tfjs(Tfjs::open(path)?));
        }
        let mut start = Vec::new();
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        file.take(16).read_to_end(&mut start).map_err(Error::io(path, "read"))?;
        let refused = match start.as_slice() {
            [] => "an empty file",
            [0x89, b'H', b'D', b'F', ..] => "a file of Keras' HDF5 form",
            [0x1f, 0x8b, ..] => "a gzip archive; unpack it and give the folder or file in it",
            [b'<', ..] => "a web page, not weights; fetch the file itself",
            [b'P', b'K', ..] | [0x80, 2..=5, ..] => return Ok(Self::Pth(Pth::open(path)?)),
            [_, _, _, _, _, _, _, _, b'{', ..] => {
                return Ok(Self::TensorFile(TensorFile::open(path)?));
            }
            _ if has_extension(path, &["js", "json"]) => return Ok(Self::Tfjs(Tfjs::open(path)?)),
            _ => "no file of weights",
        };
        Err(Error::format(
            path,
            format!(
                "{refused}; expected a `.pth` of PyTorch's, a `.safetensors`, or the folder of a \
                 model of TensorFlow.js"
            ),
        ))
    }

    /// Names and shapes.
    pub fn listing(&self) -> Vec<(String, Vec<usize>)> {
        fn owned<'a>(
            listing: impl Iterator<Item = (&'a str, &'a [usize])>,
        ) -> Vec<(String, Vec<usize>)> {
            listing.map(|(name, shape)| (name.to_owned(), shape.to_vec())).collect()
        }
        match self {
            Self::Pth(file) => owned(file.listing()),
            Self::TensorFile(file) => owned(file.listing()),
            Self::Tfjs(file) => owned(file.listing()),
        }
    }

    /// What the file says about itself, where it is one of ours.
    pub fn about(&self) -> Option<&super::About> {
        match self {
            Self::TensorFile(file) => file.about(),
            Self::Pth(_) | Self::Tfjs(_) => None,
        }
    }

    /// The numbers of one tensor.
    pub fn load(&mut self, name: &str) -> Result<Array> {
        match self {
            Self::Pth(file) => file.load(name),
            Self::TensorFile(file) => file.load(name),
            Self::Tfjs(file) => file.load(name),
        }
    }
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension().is_some_and(|end| known.iter().any(|k| end.eq_ignore_ascii_case(k)))
}
