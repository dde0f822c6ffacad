//! Where fetched weights are kept.

use gan_images::cache_folder;
use std::path::PathBuf;

/// Where `gan-metrics weights fetch` puts the weights that FID is defined on.
pub fn cached() -> Option<PathBuf> {
    cache_folder().map(|folder| folder.join("fid-inception-2015-12-05.safetensors"))
}
