//! Pixels in and out: decoding, resizing, array files, grids and plots.
//!
//! Everything here is plain bytes and `f32` slices; tensors live elsewhere. Sizes that a file claims
//! are checked against the bytes it has before memory is reserved, so a hostile file gives an error.

mod atomic;
mod axes;
mod cifar;
mod decode;
mod encode;
mod error;
mod figure;
mod fit;
mod folder;
mod grid;
mod header;
mod idx;
mod image;
mod image_zip;
mod inflate;
mod legend;
mod npy;
mod npz;
mod npz_file;
mod npz_write;
mod pen;
mod plane_resizer;
mod planes;
mod plot;
mod resize;
mod stack;
mod text;
mod ticks;
mod triangle;
mod turbo;

pub use atomic::write_atomically;
pub use cifar::{CIFAR10_NAMES, read_cifar};
pub use error::{Error, Result};
pub use figure::{Figure, Series, Style};
pub use fit::Fit;
pub use folder::{Listing, list_images};
pub use grid::grid;
pub use header::{Format, Header, Mode, read_header, read_header_of};
pub use idx::{
    parse_idx_images, parse_idx_labels, read_idx_images, read_idx_labels, write_idx_images,
    write_idx_labels,
};
pub use image::Image;
pub use image_zip::ImageZip;
pub use npy::NumpyArray;
pub use npz::{read_npz, write_npz};
pub use npz_file::{NpzFile, read_npy};
pub use npz_write::{write_npy, write_npz_arrays};
pub use plane_resizer::{PlaneResizer, Resizer};
pub use plot::draw;
pub use stack::ImageStack;
pub use turbo::JPEG_DECODER;
