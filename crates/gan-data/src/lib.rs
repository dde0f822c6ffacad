//! Datasets, splits and batches: every sample reachable by index, every batch by number.
//!
//! A *spec* names the data: `mnist` (embedded), `fashion-mnist`, `toy:ring`, or a path whose kind is
//! recognized by content. [`open`] turns it into a [`Dataset`], [`Batches`] makes shuffled batches
//! that are a pure function of (seed, number), [`Prefetch`] makes them ahead on another thread and
//! [`check`] reports what is there and what is broken.
//!
//! ```
//! use gan_data::{Batches, LoadOptions, open};
//!
//! let data = open("mnist", &LoadOptions::default())?;
//! assert_eq!(data.info().shape(), [1, 28, 28]);
//! let batches = Batches::new(data, 64, 0)?;
//! assert_eq!(batches.get(12)?.fields[0].shape, [64, 1, 28, 28]);
//! # Ok::<(), gan_data::Error>(())
//! ```
//!
//! This crate knows neither models nor training, and no tensor library: values are plain `f32`.

mod arrays;
mod batches;
mod cache_file;
mod check;
mod dataset;
mod deferred;
mod error;
mod field;
mod file_dataset;
mod files;
mod held_out;
mod mnist;
mod names;
mod open;
mod options;
mod prefetch;
mod prepared;
mod recognize;
mod shape;
mod sheet;
mod stacked;
mod texture;
mod toy;
mod written;

pub use batches::{Batch, BatchSize, Batches, Column, random_subset};
pub use check::{CheckReport, check};
pub use dataset::{DataInfo, Dataset, Kind};
pub use deferred::Deferred;
pub use error::{Error, Result};
pub use field::{
    CLASS, Field, FieldKind, IMAGE, POINT, Slot, Values, class_name, classes, fields_of, layout,
    shape_of_first,
};
pub use files::BadFile;
pub use gan_images::{Fit, HeldOut, Split};
pub use held_out::{HeldOutPart, held_out_part};
pub use open::open;
pub use options::LoadOptions;
pub use prefetch::Prefetch;
pub use toy::{Modes, toy_modes};
