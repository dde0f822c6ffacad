//! From a spec to a data set.

use std::sync::Arc;

use crate::arrays::ArrayDataset;
use crate::file_dataset::FileDataset;
use crate::recognize::{Source, recognize};
use crate::shape::check_options;
use crate::{Dataset, LoadOptions, Result};

/// Opens the data that `spec` names.
///
/// Specs are `mnist` (embedded), `stacked-mnist` (three of those digits as colors, with the number
/// that they spell as label), `fashion-mnist` (Debian's package), `toy:gaussian`, `toy:mixture`,
/// `toy:ring`, `toy:grid`, `toy:swiss-roll` (parameters as in `toy:ring?modes=8&radius=1&std=0.01`;
/// all know `n` and `seed`), `texture:honeycomb` or `texture:PATH` (crops of one image), or a path
/// as [`gan_images::Collection::open`] takes it: a folder or zip of image files, of IDX files or of
/// CIFAR-10's binary files, or a single `.npz`, `.npy`, IDX or CIFAR file. A name goes before a path;
/// write `./mnist` for a folder of that name.
///
/// Image files of folders and zips are decoded when they are read first, and what came of them is kept
/// in bounded memory or in a file of the cache folder, unless `no_cache` says otherwise; their headers
/// are read here. With `skip_bad`, a file whose header is bad is left out, and
/// in place of one whose body turns out bad the next good one is read.
///
/// # Errors
///
/// An unknown name or path, data that cannot be read, and options that do not fit the data; each
/// message says what to do.
pub fn open(spec: &str, options: &LoadOptions) -> Result<Arc<dyn Dataset>> {
    check_options(options)?;
    Ok(match recognize(spec, options, options.skip_bad)? {
        Source::Toy(toy) => Arc::new(*toy),
        Source::Stacked(stacked) => Arc::new(*stacked),
        Source::Texture(texture) => Arc::new(*texture),
        Source::Arrays(arrays) => Arc::new(ArrayDataset::new(spec, arrays, options)?),
        Source::Files(files) => Arc::new(FileDataset::new(spec, *files, options)?),
    })
}
