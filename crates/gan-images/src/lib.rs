//! Pixels in and out: decoding, resizing, array files, grids and plots.
//!
//! Everything here is plain bytes and `f32` slices; tensors live elsewhere. Sizes that a file claims
//! are checked against the bytes it has before memory is reserved, so a hostile file gives an error.

mod array_images;
mod atomic;
mod axes;
mod cifar;
mod collection;
mod decode;
mod deep;
mod element_type;
mod encode;
mod error;
mod figure;
mod fit;
mod format;
mod frames;
mod grid;
mod header;
mod header_fields;
mod idx;
mod image;
mod inflate;
mod legend;
mod npy;
mod npy_fields;
mod npy_header;
mod npy_order;
mod npz;
mod npz_file;
mod npz_write;
mod other_header;
mod pen;
mod pickle;
mod plane_resizer;
mod planes;
mod plot;
mod resize;
mod scaled_jpeg;
mod stack;
mod text;
mod ticks;
mod triangle;
mod turbo;

pub use array_images::{ArrayOptions, parse_range};
pub use atomic::write_atomically;
pub use cifar::{CIFAR10_NAMES, read_cifar};
pub use collection::{
    Collection, DeepSamples, HeldOut, LeftOut, Listing, OpenOptions, SourceKind, Split, Visited,
    list_images,
};
pub use decode::{Decoding, MAX_PIXELS, used_range};
pub use error::{Error, Result};
pub use figure::{Figure, Series, Style};
pub use fit::Fit;
pub use format::Format;
pub use grid::grid;
pub use header::{read_header, read_header_of};
pub use header_fields::{Header, Mode};
pub use idx::{
    parse_idx_images, parse_idx_labels, read_idx_images, read_idx_labels, write_idx_images,
    write_idx_labels,
};
pub use image::Image;
pub use npy::NumpyArray;
pub use npy_header::NpyHeader;
pub use npz::{read_npy_images, read_npz, read_npz_with, write_npz};
pub use npz_file::{NpzFile, is_npz, read_npy, read_npy_header};
pub use npz_write::{write_npy, write_npz_arrays};
pub use pickle::{pickle_problem, refuse_pickle};
pub use plane_resizer::{PlaneResizer, Resizer};
pub use plot::draw;
pub use stack::ImageStack;
pub use turbo::JPEG_DECODER;
