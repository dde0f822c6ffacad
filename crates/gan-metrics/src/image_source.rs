//! Images to score, as every program of the workspace opens them, visited in order one at a time.

use crate::feature_matrix::count;
use crate::{Error, Result};
use gan_images::{Collection, Decoding, Header, Image, OpenOptions, read_header_of};
use sha2::{Digest, Sha256};
use std::fmt;
use std::ops::Range;
use std::path::Path;

/// Images in one place, in an order that is the same on every machine.
pub struct ImageSource {
    collection: Collection,
    decoding: Decoding,
    labels: Option<Vec<String>>,
    problems: Vec<String>,
}

impl fmt::Debug for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageSource({}, {})", self.path().display(), count(self.len()))
    }
}

/// One image as it was found.
#[derive(Debug)]
pub struct Found {
    /// What stands for it in messages.
    pub name: String,
    /// Its pixels, or why there are none.
    pub image: Result<Image>,
}

/// What a look at an image without decoding it tells.
#[derive(Debug)]
pub struct Glance {
    /// What stands for it in messages.
    pub name: String,
    /// SHA-256 of the file, or of shape and pixels where it is no file.
    pub hash: [u8; 32],
    /// Size, mode and format of a file, or why it is no image; nothing in arrays, which are all
    /// of one kind.
    pub header: Option<std::result::Result<Header, String>>,
}

/// Which images are scored, and how they are read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SourceOptions {
    /// The part of the data, and how arrays are read.
    pub open: OpenOptions,
    /// Refuse files of more pixels; 2²⁷ unless given.
    pub max_pixels: Option<u64>,
}

impl ImageSource {
    /// Opens images with the usual options; see [`ImageSource::open_with`].
    ///
    /// # Errors
    /// As [`ImageSource::open_with`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &SourceOptions::default())
    }

    /// Opens what [`Collection::open`] takes: a folder or zip of image files, IDX files, CIFAR-10's
    /// binary files, an npz or npy of images.
    ///
    /// Files are decoded as Pillow does, so an Exif orientation is left alone.
    ///
    /// # Errors
    /// A path that is not there or holds something else, or no image.
    pub fn open_with(path: &Path, options: &SourceOptions) -> Result<Self> {
        let collection = Collection::open(path, &options.open)?;
        if collection.is_empty() {
            let found = collection.notes().join("; ");
            let found = if found.is_empty() { found } else { format!("; {found}") };
            return Err(Error::format(
                path,
                format!(
                    "no images (expected image files, or an array of at least one image){found}"
                ),
            ));
        }
        let max_pixels = options.max_pixels.unwrap_or(gan_images::MAX_PIXELS);
        let range = options.open.arrays.range;
        let decoding = Decoding { turn: false, max_pixels, range, ..Decoding::default() };
        let names = |labels: &[u32]| labels.iter().map(|l| collection.class_name(*l)).collect();
        let labels = collection.labels().map(names);
        let problems = collection.problems().iter().map(ToString::to_string).collect();
        Ok(Self { collection, decoding, labels, problems })
    }

    /// Where the images are.
    pub fn path(&self) -> &Path {
        self.collection.path()
    }

    /// How many images there are, the unreadable ones included.
    pub fn len(&self) -> usize {
        self.collection.len()
    }

    /// Whether there are none; never so for what [`ImageSource::open`] gave.
    pub fn is_empty(&self) -> bool {
        self.collection.is_empty()
    }

    /// The class of every image: that of its folder, of StyleGAN's `dataset.json`, or its label in
    /// an array.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    /// Whether every image is a file of its own.
    pub fn holds_files(&self) -> bool {
        self.collection.holds_files()
    }

    /// What is wrong with the folder itself: links that lead nowhere, folders that cannot be read.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// What was taken in one way where another was possible, and what was left out: a sentence each
    /// that somebody should be told.
    pub fn notes(&self) -> &[String] {
        self.collection.notes()
    }

    /// A sentence where the files at the places `deep`, of `of` in all, use little of their 16 bits
    /// a sample.
    pub(crate) fn dark(&self, deep: &[usize], of: usize) -> Option<String> {
        match self.decoding.range {
            Some(_) => None,
            None => self.collection.deep_samples(deep, of, false, &self.decoding)?.dark(),
        }
    }

    /// The images of part i of k, counted from 1.
    pub fn shard(&self, [i, k]: [u64; 2]) -> Range<usize> {
        let len = self.len() as u128;
        let at = |part: u64| (len * u128::from(part) / u128::from(k.max(1))) as usize;
        at(i.saturating_sub(1))..at(i)
    }

    /// Calls `visit` with the images of `range` in order, each decoded as Pillow would; stops
    /// where it gives `false`. Holds one image at a time, or one array where the file allows no
    /// less.
    ///
    /// # Errors
    /// An array that ends early. An unreadable image is no error here: `visit` is told.
    pub fn visit(
        &self,
        range: Range<usize>,
        visit: &mut dyn FnMut(usize, Found) -> bool,
    ) -> Result<()> {
        self.collection.visit(range, &self.decoding, &mut |found| {
            let name = found.name.display().to_string();
            visit(found.index, Found { name, image: found.image.map_err(Error::from) })
        })?;
        Ok(())
    }

    /// A look at the images of `range` in order, without decoding files.
    ///
    /// # Errors
    /// An array that ends early.
    pub fn glance(&self, range: Range<usize>, visit: &mut dyn FnMut(Glance) -> bool) -> Result<()> {
        if self.holds_files() {
            for index in range {
                let path = self.collection.display_path(index);
                let (hash, header) = match self.collection.bytes(index) {
                    Ok(bytes) => {
                        let header = read_header_of(&bytes, &path).and_then(|header| {
                            self.decoding.scale(header, &path)?;
                            Ok(header)
                        });
                        (Sha256::digest(&bytes).into(), header.map_err(|e| e.to_string()))
                    }
                    Err(error) => {
                        (Sha256::digest(error.to_string()).into(), Err(error.to_string()))
                    }
                };
                let name = path.display().to_string();
                if !visit(Glance { name, hash, header: Some(header) }) {
                    break;
                }
            }
            return Ok(());
        }
        self.visit(range, &mut |_, found| {
            let mut hash = Sha256::new();
            if let Ok(image) = &found.image {
                for side in [image.width, image.height, image.channels] {
                    hash.update((side as u64).to_le_bytes());
                }
                hash.update(&image.pixels);
            }
            visit(Glance { name: found.name, hash: hash.finalize().into(), header: None })
        })
    }

    /// What is part of a cache's key beside the files: how their samples are read.
    pub(crate) fn reading(&self) -> String {
        self.decoding.range.map_or_else(String::new, |[low, high]| format!("{low}..{high}"))
    }
}
