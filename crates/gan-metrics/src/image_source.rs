//! Images to score: a folder, a zip, an npz or an IDX file, visited in order one at a time.

use crate::feature_matrix::count;
use crate::{Error, Result};
use gan_images::{
    Header, Image, ImageStack, ImageZip, NpzFile, list_images, read_header_of, read_idx_images,
    read_idx_labels, read_npz,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Largest image file that is read.
const MAX_FILE: u64 = 1 << 29;

/// Images in one place, in an order that is the same on every machine.
pub struct ImageSource {
    path: PathBuf,
    kind: Kind,
    len: usize,
    labels: Option<Vec<String>>,
}

enum Kind {
    Folder {
        files: Vec<PathBuf>,
        /// What cannot be followed, as messages.
        problems: Vec<String>,
        /// Files that look like images of other formats.
        foreign: usize,
    },
    Zip(ImageZip),
    /// Bytes with channels last: read one at a time.
    Npz,
    Stack(ImageStack),
}

impl fmt::Debug for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageSource({}, {})", self.path.display(), count(self.len))
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

impl ImageSource {
    /// Opens a folder (searched recursively for PNG and JPEG files), a zip of them, an npz of
    /// images or an IDX file.
    ///
    /// # Errors
    /// A path that is not there or holds something else, or no image.
    pub fn open(path: &Path) -> Result<Self> {
        let (kind, len, labels) = if path.is_dir() {
            folder(path)?
        } else if has_ending(path, &["zip"]) {
            let zip = ImageZip::open(path)?;
            let labels = first_folders(&(0..zip.len()).map(|i| zip.name(i)).collect::<Vec<_>>());
            let len = zip.len();
            (Kind::Zip(zip), len, labels)
        } else if has_ending(path, &["npz"]) {
            npz(path)?
        } else {
            idx(path)?
        };
        if len == 0 {
            return Err(Error::format(
                path,
                "no images (expected PNG or JPEG files, or an array of at least one image)",
            ));
        }
        Ok(Self { path: path.to_owned(), kind, len, labels })
    }

    /// Where the images are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many images there are, the unreadable ones included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none; never so for what [`ImageSource::open`] gave.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The class of every image: its first folder, or the labels of an npz or IDX file.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    /// Whether every image is a file of its own.
    pub fn holds_files(&self) -> bool {
        matches!(self.kind, Kind::Folder { .. } | Kind::Zip(_))
    }

    /// What is wrong with the folder itself: links that lead nowhere, folders that cannot be read.
    pub fn problems(&self) -> &[String] {
        match &self.kind {
            Kind::Folder { problems, .. } => problems,
            _ => &[],
        }
    }

    /// How many files were left out because they are images of other formats.
    pub fn foreign_files(&self) -> usize {
        match &self.kind {
            Kind::Folder { foreign, .. } => *foreign,
            _ => 0,
        }
    }

    /// The images of part i of k, counted from 1.
    pub fn shard(&self, [i, k]: [u64; 2]) -> Range<usize> {
        let at = |part: u64| (self.len as u128 * u128::from(part) / u128::from(k.max(1))) as usize;
        at(i.saturating_sub(1))..at(i)
    }

    fn name(&self, index: usize) -> String {
        match &self.kind {
            Kind::Folder { files, .. } => files[index].display().to_string(),
            Kind::Zip(zip) => zip.display_path(index).display().to_string(),
            Kind::Npz | Kind::Stack(_) => format!("{}[image {index}]", self.path.display()),
        }
    }

    fn bytes(&self, index: usize) -> Result<Vec<u8>> {
        match &self.kind {
            Kind::Folder { files, .. } => {
                let path = &files[index];
                let len = fs::metadata(path).map_err(Error::io(path, "open"))?.len();
                if len > MAX_FILE {
                    return Err(Error::format(path, format!("{len} bytes: no image")));
                }
                fs::read(path).map_err(Error::io(path, "read"))
            }
            Kind::Zip(zip) => Ok(zip.read(index)?),
            Kind::Npz | Kind::Stack(_) => Err(Error::argument("an array is no file")),
        }
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
        match &self.kind {
            Kind::Folder { .. } | Kind::Zip(_) => {
                for index in range {
                    let name = self.name(index);
                    let image = self
                        .bytes(index)
                        .and_then(|bytes| Ok(Image::decode_as_stored(&bytes, Path::new(&name))?));
                    if !visit(index, Found { name, image }) {
                        break;
                    }
                }
                Ok(())
            }
            Kind::Npz => self.visit_array(&range, &mut |index, image| {
                visit(index, Found { name: self.name(index), image: Ok(image) })
            }),
            Kind::Stack(stack) => {
                for index in range {
                    let Some(image) = stack.get(index) else { break };
                    if !visit(index, Found { name: self.name(index), image: Ok(image) }) {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    fn visit_array(
        &self,
        range: &Range<usize>,
        visit: &mut dyn FnMut(usize, Image) -> bool,
    ) -> Result<()> {
        let mut file = NpzFile::open(&self.path)?;
        file.visit_images(&mut |index, image| {
            let go_on = !range.contains(&index) || visit(index, image);
            go_on && index + 1 < range.end
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
                let name = self.name(index);
                let (hash, header) = match self.bytes(index) {
                    Ok(bytes) => {
                        let header = read_header_of(&bytes, Path::new(&name));
                        (Sha256::digest(&bytes).into(), header.map_err(|e| e.to_string()))
                    }
                    Err(error) => {
                        (Sha256::digest(error.to_string()).into(), Err(error.to_string()))
                    }
                };
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
}

/// Whether the path's name ends in one of these, in any case.
pub(crate) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let extension = path.extension().unwrap_or_default();
    endings.iter().any(|ending| extension.eq_ignore_ascii_case(ending))
}

type Opened = (Kind, usize, Option<Vec<String>>);

fn folder(path: &Path) -> Result<Opened> {
    let listing = list_images(path)?;
    let below: Vec<&Path> =
        listing.images.iter().map(|file| file.strip_prefix(path).unwrap_or(file)).collect();
    let labels = first_folders(&below);
    let problems = listing.problems.iter().map(ToString::to_string).collect();
    let foreign = count_foreign(path, &listing.images);
    let len = listing.images.len();
    Ok((Kind::Folder { files: listing.images, problems, foreign }, len, labels))
}

/// How many files of image formats that are not read lie in the folders that images were found in.
fn count_foreign(root: &Path, images: &[PathBuf]) -> usize {
    const ENDINGS: [&str; 8] = ["webp", "bmp", "gif", "tif", "tiff", "ppm", "pgm", "avif"];
    let mut folders: BTreeSet<&Path> = images.iter().filter_map(|file| file.parent()).collect();
    folders.insert(root);
    let entries = folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    entries.flatten().filter(|entry| has_ending(&entry.path(), &ENDINGS)).count()
}

/// The first folder of every path as its class, where all lie in folders and there are several.
fn first_folders(paths: &[&Path]) -> Option<Vec<String>> {
    let class = |path: &&Path| {
        let mut parts = path.components();
        let first = parts.next()?;
        parts.next()?;
        Some(first.as_os_str().to_string_lossy().into_owned())
    };
    let labels: Vec<String> = paths.iter().map(class).collect::<Option<_>>()?;
    labels.iter().any(|label| Some(label) != labels.first()).then_some(labels)
}

fn npz(path: &Path) -> Result<Opened> {
    let mut file = NpzFile::open(path)?;
    let text = |labels: Vec<u32>| labels.iter().map(u32::to_string).collect::<Vec<_>>();
    if let Some([count, ..]) = file.image_shape()? {
        let labels = file.labels_for(count)?;
        return Ok((Kind::Npz, count, labels.map(text)));
    }
    let (stack, labels) = read_npz(path)?;
    let count = stack.count;
    Ok((Kind::Stack(stack), count, labels.map(text)))
}

fn idx(path: &Path) -> Result<Opened> {
    let stack = read_idx_images(path)?;
    let count = stack.count;
    // MNIST's way to name the two files that belong together.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let labels = path.with_file_name(name.replace("images", "labels").replace("idx3", "idx1"));
    let labels = match labels != path && labels.is_file() {
        true => read_idx_labels(&labels).ok().filter(|labels| labels.len() == count),
        false => None,
    };
    let labels = labels.map(|labels| labels.iter().map(u8::to_string).collect());
    Ok((Kind::Stack(stack), count, labels))
}
