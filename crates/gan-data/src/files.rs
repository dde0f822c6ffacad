//! The image files of a folder or zip: which can be used, their sizes, and how they are decoded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gan_images::{Collection, Decoding, Header, Image, JPEG_DECODER, LeftOut, Mode};
use sha2::{Digest, Sha256};

use crate::cache_file::Hash;
use crate::shape::Target;
use crate::{Error, Kind, LoadOptions, Result};

/// A file that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct BadFile {
    /// The file.
    pub path: PathBuf,
    /// Why it cannot be used.
    pub reason: String,
}

/// Image files whose headers have been read.
pub(crate) struct Files {
    pub(crate) kind: Kind,
    pub(crate) collection: Collection,
    decoding: Decoding,
    pub(crate) entries: Vec<Entry>,
    /// Files left out because their header cannot be read.
    pub(crate) bad: Vec<BadFile>,
    /// What somebody should be told.
    pub(crate) notes: Vec<String>,
}

/// One good file.
pub(crate) struct Entry {
    place: usize,
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    pub(crate) label: Option<u32>,
}

impl Entry {
    /// Width and height of the file's picture, which became `image`: that may be smaller, and turned.
    pub(crate) fn size_of(&self, image: &Image) -> (usize, usize) {
        let (width, height) = (self.header.width, self.header.height);
        let turned = width != height && image.width.cmp(&image.height) == height.cmp(&width);
        if turned { (height, width) } else { (width, height) }
    }
}

impl Files {
    /// The image files of a collection; unreadable ones are an error, or left out with `tolerant`.
    pub(crate) fn open(
        mut collection: Collection,
        options: &LoadOptions,
        tolerant: bool,
    ) -> Result<Self> {
        let kind = Kind::of_source(collection.kind());
        let problems = collection.take_problems();
        let bad = problems.iter().map(bad_file).collect();
        if let Some(problem) = problems.into_iter().next()
            && !tolerant
        {
            return Err(problem.into());
        }
        let notes = collection.notes().to_vec();
        let decoding = options.decoding();
        let mut files = Self { kind, collection, decoding, entries: Vec::new(), bad, notes };
        files.collect(options.limit, tolerant)?;
        files.look_at_deep(options)?;
        files.tell_of_scaled_and_moving();
        Ok(files)
    }

    /// Keeps the files whose header is good, up to `limit`.
    fn collect(&mut self, limit: Option<usize>, tolerant: bool) -> Result<()> {
        for place in 0..self.collection.len() {
            if limit == Some(self.entries.len()) {
                return Ok(());
            }
            let path = self.collection.display_path(place);
            let checked = self.collection.header(place).and_then(|header| {
                self.decoding.scale(header, &path)?;
                Ok(header)
            });
            match checked {
                Ok(header) => {
                    let label = self.collection.labels().map(|labels| labels[place]);
                    self.entries.push(Entry { place, path, header, label });
                }
                Err(error) if tolerant => {
                    self.bad.push(BadFile { reason: reason(&error, &path), path })
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Samples of 16 bits: what they use is told, and taken for the range where that is asked for.
    fn look_at_deep(&mut self, options: &LoadOptions) -> Result<()> {
        let deep: Vec<usize> =
            self.entries.iter().filter(|e| e.header.deep).map(|e| e.place).collect();
        if deep.is_empty() {
            if options.stretch {
                let problem =
                    "stretch: no image has samples of more than 8 bits (leave it out)".to_owned();
                return Err(Error::Option { problem });
            }
            return Ok(());
        }
        if self.decoding.range.is_some() {
            return Ok(());
        }
        let of = self.entries.len();
        let found = self.collection.deep_samples(&deep, of, options.stretch, &self.decoding);
        let Some(found) = found else { return Ok(()) };
        let [low, high] = found.used;
        if options.stretch && low < high {
            self.decoding.range = Some(found.used.map(f64::from));
            self.notes.push(format!("{}: {low} to {high} become 0 to 255", found.subject()));
        } else {
            self.notes.extend(found.dark());
        }
        Ok(())
    }

    /// Tells of pictures that are read at a part of their size, and of more than one in a file.
    fn tell_of_scaled_and_moving(&mut self) {
        let scaled: Vec<(&Entry, usize)> = self
            .entries
            .iter()
            .filter_map(|e| Some((e, self.decoding.scale(e.header, &e.path).ok()?)))
            .filter(|(_, scale)| *scale > 1)
            .collect();
        if let Some((first, scale)) = scaled.first() {
            let count = match scaled.len() {
                1 => "1 JPEG is".to_owned(),
                n => format!("{n} JPEGs are"),
            };
            let first = first.path.display();
            self.notes.push(format!(
                "{count} decoded at a part of the size, such as {first} at 1/{scale}"
            ));
        }
        let moving = self.entries.iter().filter(|e| e.header.more).count();
        if moving > 0 {
            self.notes.push(format!(
                "{} several pictures, frames or pages, of which the first is read",
                if moving == 1 {
                    "1 file holds".to_owned()
                } else {
                    format!("{moving} files hold")
                }
            ));
        }
    }

    /// Decodes file `index`.
    pub(crate) fn image(&self, index: usize) -> Result<Image> {
        Ok(self.collection.image(self.entries[index].place, &self.decoding)?)
    }

    /// What decoded pictures follow from beside their files' bytes: which files these are, in which
    /// order, and how they are decoded and resized.
    pub(crate) fn key(&self, target: &Target) -> Hash {
        let how = (&self.decoding, target, JPEG_DECODER, env!("CARGO_PKG_VERSION"));
        let mut hash = Sha256::new().chain_update(format!("{how:?}"));
        for entry in &self.entries {
            hash.update(entry.path.as_os_str().as_encoded_bytes());
            hash.update([0]);
        }
        hash.finalize().into()
    }

    /// A hash of the bytes of file `index`.
    pub(crate) fn source(&self, index: usize) -> Result<Hash> {
        Ok(Sha256::digest(self.collection.bytes(self.entries[index].place)?).into())
    }

    /// One name a class; empty without classes.
    pub(crate) fn class_names(&self) -> &[String] {
        self.collection.class_names()
    }

    /// Image files of formats that are not decoded.
    pub(crate) fn left_out(&self) -> &[LeftOut] {
        self.collection.left_out()
    }

    /// Sizes with their counts, most frequent first.
    pub(crate) fn sizes(&self) -> Vec<((usize, usize), usize)> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            *counts.entry((entry.header.width, entry.header.height)).or_insert(0) += 1;
        }
        let mut sizes: Vec<_> = counts.into_iter().collect();
        sizes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        sizes
    }

    /// The shape to deliver, or nothing if sizes differ and no size was asked for.
    pub(crate) fn target(&self, options: &LoadOptions) -> Option<Target> {
        let sizes = self.sizes();
        let (native, _) = *sizes.first()?;
        let grey =
            self.entries.iter().all(|e| matches!(e.header.mode, Mode::Grey | Mode::GreyAlpha));
        (options.size.is_some() || sizes.len() == 1).then(|| Target::new(options, native, grey))
    }

    /// The error of a folder or zip without a usable image.
    pub(crate) fn empty(&self) -> Error {
        let problem = match self.bad.len() {
            0 => {
                let found = self.notes.join("; ");
                let found = if found.is_empty() { found } else { format!("; {found}") };
                format!(
                    "no images (expected .png, .jpg, .webp, .bmp, .tif, .gif or .ppm files, IDX files \
                     or CIFAR-10's .bin files){found}"
                )
            }
            n => format!("none of its {n} images can be read"),
        };
        Error::Unusable { path: self.collection.path().to_owned(), problem }
    }
}

/// An error of a listing as a bad file.
fn bad_file(error: &gan_images::Error) -> BadFile {
    let path = match error {
        gan_images::Error::Io { path, .. } | gan_images::Error::Format { path, .. } => path.clone(),
        _ => PathBuf::new(),
    };
    BadFile { reason: reason(error, &path), path }
}

/// The message without the path it begins with.
pub(crate) fn reason(error: &dyn std::error::Error, path: &Path) -> String {
    let message = error.to_string();
    let prefix = format!("{}: ", path.display());
    message.strip_prefix(&prefix).unwrap_or(&message).to_owned()
}
