//! Pixels in and out: decoding, resizing, array files, grids and plots.
//!
//! Everything here is plain bytes and `f32` slices; tensors live elsewhere. Sizes that a file claims
//! are checked against the bytes it has before memory is reserved, so a hostile file gives an error.

mod arrays;
mod atomic;
mod cache_folder;
mod collection;
mod decode;
mod draw;
mod encode;
mod error;
mod image;
mod planes;
mod resize;

pub use arrays::array_images::{ArrayOptions, parse_range};
pub use arrays::cifar::{CIFAR10_NAMES, read_cifar};
pub use arrays::idx::{
    parse_idx_images, parse_idx_labels, read_idx_images, read_idx_labels, write_idx_images,
    write_idx_labels,
};
pub use arrays::npy::NumpyArray;
pub use arrays::npy_header::NpyHeader;
pub use arrays::npz::{read_npy_images, read_npz, read_npz_with, write_npz};
pub use arrays::npz_file::{NpzFile, is_npz, read_npy, read_npy_header};
pub use arrays::npz_write::{write_npy, write_npz_arrays};
pub use arrays::pickle::{pickle_problem, refuse_pickle};
pub use arrays::stack::ImageStack;
pub use atomic::write_atomically;
pub use cache_folder::cache_folder;
pub use collection::{
    Collection, DeepSamples, HeldOut, LeftOut, Listing, OpenOptions, SourceKind, Split, Visited,
    list_images,
};
pub use decode::format::Format;
pub use decode::header::{read_header, read_header_of};
pub use decode::header_fields::{Header, Mode};
pub use decode::turbo::JPEG_DECODER;
pub use decode::{Decoding, MAX_PIXELS, used_range};
pub use draw::figure::{Figure, Series, Style};
pub use draw::grid::{grid, named_grid};
pub use draw::plot::draw;
pub use error::{Error, Result};
pub use image::Image;
pub use resize::fit::Fit;
pub use resize::plane_resizer::{PlaneResizer, Resizer};
