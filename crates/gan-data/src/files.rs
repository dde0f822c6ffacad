//! A folder or zip of image files, decoded each time they are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gan_images::{Header, Image, ImageZip, Mode, list_images, read_header, read_header_of};

use crate::dataset::check_access;
use crate::shape::Target;
use crate::{BadFile, DataInfo, Dataset, Error, Kind, LoadOptions, Result};

/// Image files whose headers have been read.
pub(crate) struct Files {
    pub(crate) kind: Kind,
    root: PathBuf,
    container: Container,
    pub(crate) entries: Vec<Entry>,
    /// Files left out because their header cannot be read.
    pub(crate) bad: Vec<BadFile>,
    pub(crate) class_names: Vec<String>,
}

/// One good file.
pub(crate) struct Entry {
    place: usize,
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    pub(crate) label: Option<u32>,
}

/// Where the files lie.
enum Container {
    Folder,
    Zip(ImageZip),
}

impl Files {
    /// The image files below `root`; unreadable ones are an error, or left out with `tolerant`.
    pub(crate) fn folder(root: &Path, tolerant: bool, limit: Option<usize>) -> Result<Self> {
        let listing = list_images(root)?;
        let below: Vec<&Path> =
            listing.images.iter().map(|p| p.strip_prefix(root).unwrap_or(p)).collect();
        let (labels, class_names) = classes(&below);
        let bad = listing.problems.iter().map(bad_file).collect();
        if let Some(problem) = listing.problems.into_iter().next()
            && !tolerant
        {
            return Err(problem.into());
        }
        let mut files = Self {
            kind: Kind::Folder,
            root: root.to_owned(),
            container: Container::Folder,
            entries: Vec::new(),
            bad,
            class_names,
        };
        let headers = listing.images.into_iter().zip(labels).enumerate();
        files.collect(
            headers.map(|(place, (path, label))| (place, read_header(&path), path, label)),
            tolerant,
            limit,
        )?;
        Ok(files)
    }

    /// The image files in the zip archive `root`.
    pub(crate) fn zip(root: &Path, tolerant: bool, limit: Option<usize>) -> Result<Self> {
        let zip = ImageZip::open(root)?;
        let names: Vec<&Path> = (0..zip.len()).map(|index| zip.name(index)).collect();
        let (labels, class_names) = classes(&names);
        let mut files = Self {
            kind: Kind::Zip,
            root: root.to_owned(),
            container: Container::Folder,
            entries: Vec::new(),
            bad: Vec::new(),
            class_names,
        };
        let headers = labels.into_iter().enumerate().map(|(place, label)| {
            let path = zip.display_path(place);
            let header = zip.read(place).and_then(|bytes| read_header_of(&bytes, &path));
            (place, header, path, label)
        });
        files.collect(headers, tolerant, limit)?;
        files.container = Container::Zip(zip);
        Ok(files)
    }

    /// Keeps the files whose header is good, up to `limit`.
    fn collect(
        &mut self,
        files: impl Iterator<Item = (usize, gan_images::Result<Header>, PathBuf, Option<u32>)>,
        tolerant: bool,
        limit: Option<usize>,
    ) -> Result<()> {
        for (place, header, path, label) in files {
            if limit == Some(self.entries.len()) {
                return Ok(());
            }
            match header {
                Ok(header) => self.entries.push(Entry { place, path, header, label }),
                Err(error) if tolerant => {
                    self.bad.push(BadFile { reason: reason(&error, &path), path })
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Decodes file `index`.
    pub(crate) fn image(&self, index: usize) -> Result<Image> {
        let entry = &self.entries[index];
        Ok(match &self.container {
            Container::Folder => Image::open(&entry.path)?,
            Container::Zip(zip) => Image::decode(&zip.read(entry.place)?, &entry.path)?,
        })
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
                "no images (expected .png, .jpg or .jpeg files, IDX files or CIFAR-10's .bin files)"
                    .to_owned()
            }
            n => format!("none of its {n} images can be read"),
        };
        Error::Unusable { path: self.root.clone(), problem }
    }
}

/// [`Files`] in the shape that was asked for.
pub(crate) struct FileDataset {
    info: DataInfo,
    files: Files,
    target: Target,
    skip_bad: bool,
}

impl FileDataset {
    pub(crate) fn new(spec: &str, files: Files, options: &LoadOptions) -> Result<Self> {
        if files.entries.is_empty() {
            return Err(files.empty());
        }
        let target = files.target(options).ok_or_else(|| {
            let sizes = files.sizes();
            let shown: Vec<String> =
                sizes.iter().take(3).map(|((w, h), n)| format!("{w}x{h}: {n}")).collect();
            let more = if sizes.len() > 3 { ", …" } else { "" };
            Error::Unusable {
                path: files.root.clone(),
                problem: format!(
                    "images of {} sizes ({}{more}); pass --size N to bring them to one",
                    sizes.len(),
                    shown.join(", ")
                ),
            }
        })?;
        let info = DataInfo {
            spec: spec.to_owned(),
            kind: files.kind,
            len: files.entries.len(),
            shape: target.shape().to_vec(),
            classes: (!files.class_names.is_empty()).then_some(files.class_names.len()),
            class_names: files.class_names.clone(),
        };
        Ok(Self { info, files, target, skip_bad: options.skip_bad })
    }

    fn read_one(&self, index: usize, out: &mut [f32]) -> Result<Option<u32>> {
        let entry = &self.files.entries[index];
        let image = self.target.apply(self.files.image(index)?)?;
        let found = [image.channels, image.height, image.width];
        if found != self.target.shape() {
            return Err(Error::Unusable {
                path: entry.path.clone(),
                problem: format!(
                    "decoded as {found:?} (expected {:?}): it changed since it was listed",
                    self.target.shape()
                ),
            });
        }
        image.write_planes(out)?;
        Ok(entry.label)
    }
}

impl Dataset for FileDataset {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<Option<u32>> {
        check_access(&self.info, index, out)?;
        let mut result = self.read_one(index, out);
        // A body can be bad where the header was good: take the next good file, and its label.
        for offset in 1..self.info.len {
            if result.is_ok() || !self.skip_bad {
                break;
            }
            if let Ok(label) = self.read_one((index + offset) % self.info.len, out) {
                result = Ok(label);
            }
        }
        result
    }
}

/// A label for each path from the names of their sub-folders, and the sorted names.
///
/// Folders that all paths share are passed over. There are no labels if any image lies directly in
/// the folder, or if all lie in the same.
fn classes(paths: &[&Path]) -> (Vec<Option<u32>>, Vec<String>) {
    let folders: Vec<Vec<&[u8]>> = paths
        .iter()
        .map(|path| {
            path.parent().into_iter().flatten().map(|part| part.as_encoded_bytes()).collect()
        })
        .collect();
    let none = || (vec![None; paths.len()], Vec::new());
    let Some(first) = folders.first() else { return none() };
    let shared = (0..first.len())
        .take_while(|&depth| folders.iter().all(|f| f.get(depth) == first.get(depth)))
        .count();
    let names: Option<Vec<&[u8]>> =
        folders.iter().map(|folder| folder.get(shared).copied()).collect();
    let Some(names) = names else { return none() };
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let labels = names
        .iter()
        .map(|name| sorted.binary_search(name).ok().map(|label| label as u32))
        .collect();
    (labels, sorted.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
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
