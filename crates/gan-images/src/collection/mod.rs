//! Images in one place: a folder, an archive or an array file, recognized by content.
//!
//! Every program of the workspace opens images here, so that no two of them disagree about which
//! images there are, in which order, and what their classes are.

mod arrays;
mod classes;
mod dataset_json;
mod deep_samples;
mod image_zip;
mod listing;
mod notes;
mod open;
mod parts;
mod sort;
mod split;
mod visit;

use std::path::{Path, PathBuf};

use crate::{ArrayOptions, Decoding, Error, Header, Image, ImageStack, Result};
pub use deep_samples::DeepSamples;
pub use listing::{Listing, list_images};
pub use split::{HeldOut, Split};
pub use visit::Visited;

use image_zip::ImageZip;

/// How a collection was recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
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

/// What to open and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OpenOptions {
    /// The part to use.
    pub split: Split,
    /// The rule for parts where the data have none of their own.
    pub held_out: HeldOut,
    /// How arrays are read.
    pub arrays: ArrayOptions,
}

/// A file that is left out because it cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The file, below the folder or in the archive.
    pub path: PathBuf,
    /// Its format.
    pub format: &'static str,
}

/// Images in one place, in an order that is the same on every machine.
#[derive(Debug)]
pub struct Collection {
    path: PathBuf,
    kind: SourceKind,
    store: Store,
    labels: Option<Vec<u32>>,
    class_names: Vec<String>,
    own_parts: bool,
    notes: Vec<String>,
    left_out: Vec<LeftOut>,
    problems: Vec<Error>,
}

#[derive(Debug)]
enum Store {
    /// Files below the folder.
    Folder(Vec<PathBuf>),
    /// Files in the archive.
    Zip(std::sync::Arc<ImageZip>, Vec<PathBuf>),
    /// Bytes with channels last, read one image at a time: their number.
    Npz(usize),
    Stack(ImageStack),
}

impl Collection {
    /// Where the images are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it was recognized.
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// How many images there are, those that cannot be decoded included.
    pub fn len(&self) -> usize {
        match &self.store {
            Store::Folder(files) | Store::Zip(_, files) => files.len(),
            Store::Npz(count) => *count,
            Store::Stack(stack) => stack.count,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every image is a file of its own.
    pub fn holds_files(&self) -> bool {
        matches!(self.store, Store::Folder(_) | Store::Zip(..))
    }

    /// The label of every image, an index of [`Collection::class_names`] where classes have names.
    pub fn labels(&self) -> Option<&[u32]> {
        self.labels.as_deref()
    }

    /// One name a class; empty where classes have numbers only, or there are none.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The name of a class: its number where it has none.
    pub fn class_name(&self, label: u32) -> String {
        self.class_names.get(label as usize).cloned().unwrap_or_else(|| label.to_string())
    }

    /// Whether the data have parts of their own, such as sub-folders `train` and `test`.
    pub fn own_parts(&self) -> bool {
        self.own_parts
    }

    /// What was taken in one way where another was possible, and what was left out: a sentence each
    /// that somebody should be told.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Image files of formats that are not decoded.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Entries that cannot be followed: dangling links, loops of links, unreadable folders.
    pub fn problems(&self) -> &[Error] {
        &self.problems
    }

    /// The same, for a caller that keeps them.
    pub fn take_problems(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.problems)
    }

    /// The name of image `index` below the folder or in the archive; its number in an array.
    pub fn name(&self, index: usize) -> PathBuf {
        match &self.store {
            Store::Folder(files) | Store::Zip(_, files) => {
                files.get(index).cloned().unwrap_or_default()
            }
            Store::Npz(_) | Store::Stack(_) => PathBuf::from(index.to_string()),
        }
    }

    /// What stands for image `index` in messages.
    pub fn display_path(&self, index: usize) -> PathBuf {
        match &self.store {
            Store::Folder(_) => self.path.join(self.name(index)),
            Store::Zip(zip, _) => zip.display_path(&self.name(index)),
            Store::Npz(_) | Store::Stack(_) => {
                PathBuf::from(format!("{}[image {index}]", self.path.display()))
            }
        }
    }

    /// The bytes of image file `index`.
    ///
    /// # Errors
    ///
    /// An index beyond the end, an array, or a file that cannot be read or is above 512 MiB.
    pub fn bytes(&self, index: usize) -> Result<Vec<u8>> {
        match &self.store {
            Store::Folder(files) if index < files.len() => {
                crate::decode::read_file(&self.display_path(index))
            }
            Store::Zip(zip, files) if index < files.len() => zip.read(&files[index]),
            _ => Err(Error::argument(format!("image {index} of {}: no file", self.len()))),
        }
    }

    /// The header of image file `index`.
    ///
    /// # Errors
    ///
    /// As [`read_header`](crate::read_header), and an array has none.
    pub fn header(&self, index: usize) -> Result<Header> {
        let name = self.display_path(index);
        match &self.store {
            Store::Folder(files) if index < files.len() => crate::read_header(&name),
            _ => crate::read_header_of(&self.bytes(index)?, &name),
        }
    }

    /// Image `index`, decoded as `how` says. An npz that is still in its file is read by
    /// [`Collection::visit`] or [`Collection::into_stack`].
    ///
    /// # Errors
    ///
    /// An index beyond the end, or a file that cannot be decoded.
    pub fn image(&self, index: usize, how: &Decoding) -> Result<Image> {
        match &self.store {
            Store::Stack(stack) => stack
                .get(index)
                .ok_or_else(|| Error::argument(format!("image {index} of {}", self.len()))),
            _ => Image::decode_with(&self.bytes(index)?, &self.display_path(index), how),
        }
    }
}
