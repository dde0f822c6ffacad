//! What a data set is: the `Dataset` trait, its description, and `open`.

use std::fmt;
use std::sync::Arc;

use gan_images::SourceKind;

use crate::arrays::ArrayDataset;
use crate::files::FileDataset;
use crate::recognise::{Source, recognise};
use crate::shape::check_options;
use crate::{Error, LoadOptions, Result};

/// Samples reachable by index, from any thread, in any order.
pub trait Dataset: Send + Sync {
    /// What the data are.
    fn info(&self) -> &DataInfo;

    /// Writes sample `index` into `out` and returns its label, if the data have labels.
    ///
    /// `out` has as many values as the product of [`DataInfo::shape`]: images are `(channels, height,
    /// width)` in `[-1, 1]`, points are raw coordinates. The same index always gives the same bytes.
    ///
    /// # Errors
    ///
    /// An index beyond the data, a buffer of another length, or a file that cannot be decoded; the
    /// message names it.
    fn read(&self, index: usize, out: &mut [f32]) -> Result<Option<u32>>;
}

/// What a data set holds.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DataInfo {
    /// The spec it was opened with.
    pub spec: String,
    /// How it was recognised.
    pub kind: Kind,
    /// Samples, after split and limit.
    pub len: usize,
    /// One sample's shape: `[channels, height, width]` for images, `[dimensions]` for points.
    pub shape: Vec<usize>,
    /// Number of classes, if the data have labels; labels lie in `0..classes`.
    pub classes: Option<usize>,
    /// One name a class; empty when the classes have no names.
    pub class_names: Vec<String>,
    /// Whether the data have parts of their own, such as sub-folders or files for training and test,
    /// so that nothing of one lies in another.
    pub own_parts: bool,
    /// What was taken in one way where another was possible, what was left out, and what looks
    /// wrong: a sentence each that somebody should be told.
    pub notes: Vec<String>,
}

/// What kind of data was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// The embedded MNIST digits.
    Mnist,
    /// Debian's Fashion-MNIST.
    FashionMnist,
    /// Three of the embedded digits as the colours of one image.
    Stacked,
    /// Points drawn from a known density.
    Toy,
    /// Crops of one image.
    Texture,
    /// A folder of image files.
    Folder,
    /// A zip archive of image files.
    Zip,
    /// IDX files, plain or gzip.
    Idx,
    /// CIFAR-10's binary files.
    Cifar,
    /// NumPy's zipped arrays.
    Npz,
    /// One array of NumPy's.
    Npy,
}

impl Kind {
    pub(crate) fn of_source(kind: SourceKind) -> Self {
        match kind {
            SourceKind::Zip => Self::Zip,
            SourceKind::Idx => Self::Idx,
            SourceKind::Cifar => Self::Cifar,
            SourceKind::Npz => Self::Npz,
            SourceKind::Npy => Self::Npy,
            _ => Self::Folder,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
            Self::Stacked => "stacked",
            Self::Toy => "toy",
            Self::Texture => "texture",
            Self::Folder => "folder",
            Self::Zip => "zip",
            Self::Idx => "idx",
            Self::Cifar => "cifar",
            Self::Npz => "npz",
            Self::Npy => "npy",
        })
    }
}

/// Opens the data that `spec` names.
///
/// Specs are `mnist` (embedded), `stacked-mnist` (three of those digits as colours, with the number
/// that they spell as label), `fashion-mnist` (Debian's package), `toy:gaussian`, `toy:mixture`,
/// `toy:ring`, `toy:grid`, `toy:swiss-roll` (parameters as in `toy:ring?modes=8&radius=1&std=0.01`;
/// all know `n` and `seed`), `texture:honeycomb` or `texture:PATH` (crops of one image), or a path
/// as [`gan_images::Collection::open`] takes it: a folder or zip of image files, of IDX files or of
/// CIFAR-10's binary files, or a single `.npz`, `.npy`, IDX or CIFAR file. A name goes before a path;
/// write `./mnist` for a folder of that name.
///
/// Folders and zips are decoded each time a sample is read, so memory does not grow with the data;
/// their files' headers are read here. With `skip_bad`, a file whose header is bad is left out, and
/// in place of one whose body turns out bad the next good one is read.
///
/// # Errors
///
/// An unknown name or path, data that cannot be read, and options that do not fit the data; each
/// message says what to do.
pub fn open(spec: &str, options: &LoadOptions) -> Result<Arc<dyn Dataset>> {
    check_options(options)?;
    Ok(match recognise(spec, options, options.skip_bad)? {
        Source::Toy(toy) => Arc::new(*toy),
        Source::Stacked(stacked) => Arc::new(*stacked),
        Source::Texture(texture) => Arc::new(*texture),
        Source::Arrays(arrays) => Arc::new(ArrayDataset::new(spec, arrays, options)?),
        Source::Files(files) => Arc::new(FileDataset::new(spec, *files, options)?),
    })
}

/// Refuses an index beyond the data and a buffer of another length than a sample.
pub(crate) fn check_access(info: &DataInfo, index: usize, out: &[f32]) -> Result<()> {
    let sample = info.shape.iter().product::<usize>();
    let problem = if index >= info.len {
        format!("sample {index} of {} (expected 0 to {})", info.len, info.len.saturating_sub(1))
    } else if out.len() != sample {
        format!(
            "a buffer of {} values for a sample of shape {:?} (expected {sample})",
            out.len(),
            info.shape
        )
    } else {
        return Ok(());
    };
    Err(Error::Access { spec: info.spec.clone(), problem })
}
