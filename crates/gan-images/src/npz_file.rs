//! Reading NumPy's `.npy` and `.npz` files array by array, or images one at a time.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use zip::{CompressionMethod, ZipArchive};

use crate::image::check_size;
use crate::inflate::{Bounded, most_inflated};
use crate::npy::{NpyHeader, image_shape};
use crate::{Error, Image, NumpyArray, Result};

/// Members that hold images, in order of preference.
const IMAGES: [&str; 3] = ["arr_0", "images", "x"];
/// Members that hold labels, in order of preference.
const LABELS: [&str; 3] = ["labels", "y", "arr_1"];

/// Reads a `.npy` file.
///
/// # Errors
///
/// A file that cannot be read, is no array of numbers in row-major order, or is cut short.
pub fn read_npy(path: &Path) -> Result<NumpyArray> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let most = file.metadata().map_err(Error::io(path, "read"))?.len();
    let mut bytes = Bounded { reader: Box::new(BufReader::new(file)), most };
    NumpyArray::read(&mut bytes, path)
}

/// An open `.npz` file: a zip of named arrays.
#[derive(Debug)]
pub struct NpzFile {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    members: Vec<String>,
}

impl NpzFile {
    /// Opens the file and lists its arrays.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is no whole zip archive.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
            Error::format(path, format!("not a whole .npz file ({error}); fetch it again"))
        })?;
        let members = archive
            .file_names()
            .flatten()
            .filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned()))
            .collect();
        Ok(Self { path: path.to_owned(), archive, members })
    }

    /// The names of the arrays, in the file's order.
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// Reads the array of this name.
    ///
    /// # Errors
    ///
    /// A name that is not there, or an array that cannot be read.
    pub fn read(&mut self, member: &str) -> Result<NumpyArray> {
        Ok(self.read_named(member)?.0)
    }

    /// The array, and what stands for it in messages.
    pub(crate) fn read_named(&mut self, member: &str) -> Result<(NumpyArray, PathBuf)> {
        let name = self.display_path(member);
        let mut bytes = open_member(&mut self.archive, member, &name)?;
        Ok((NumpyArray::read(&mut bytes, &name)?, name))
    }

    /// What stands for an array in messages.
    fn display_path(&self, member: &str) -> PathBuf {
        PathBuf::from(format!("{}[{member}]", self.path.display()))
    }

    /// The member that holds images: `arr_0`, `images`, `x`, or the only one.
    pub(crate) fn images_member(&self) -> Result<String> {
        let only = || if self.members.len() == 1 { self.members.first().cloned() } else { None };
        self.find(&IMAGES).or_else(only).ok_or_else(|| {
            let found = match self.members.is_empty() {
                true => "none".to_owned(),
                false => self.members.join(", "),
            };
            Error::format(
                &self.path,
                format!(
                    "no array of images: expected a member {}, found {found}",
                    IMAGES.join(", ")
                ),
            )
        })
    }

    fn find(&self, wanted: &[&str]) -> Option<String> {
        wanted.iter().find(|name| self.members.iter().any(|m| m == *name)).map(ToString::to_string)
    }

    /// The labels of `count` images: the one-dimensional member `labels`, `y` or `arr_1`, integers
    /// from 0 to 65,535, where there is one.
    ///
    /// # Errors
    ///
    /// Labels of another kind or number.
    pub fn labels_for(&mut self, count: usize) -> Result<Option<Vec<u32>>> {
        let Some(member) = self.find(&LABELS) else { return Ok(None) };
        let (array, name) = self.read_named(&member)?;
        if array.shape.len() != 1 {
            return Ok(None); // an array of something else under NumPy's default name
        }
        let labels = array.labels(&name)?;
        if labels.len() != count {
            return Err(Error::format(
                &name,
                format!(
                    "{} labels for {count} images; the two arrays do not belong together (expected equal counts)",
                    labels.len()
                ),
            ));
        }
        Ok(Some(labels))
    }

    /// `[count, height, width, channels]` of the images, where they are bytes with channels last
    /// and so can be read one at a time; nothing where the whole array must be read.
    ///
    /// # Errors
    ///
    /// No member that holds images, or one whose header says something else.
    pub fn image_shape(&mut self) -> Result<Option<[usize; 4]>> {
        let member = self.images_member()?;
        let name = self.display_path(&member);
        let header = NpyHeader::read(&mut open_member(&mut self.archive, &member, &name)?, &name)?;
        let (shape, planar) = image_shape(&header.shape, &name)?;
        Ok((header.descr == "|u1" && !planar).then_some(shape))
    }

    /// Calls `visit` with each image and its index, in order, holding one at a time in memory;
    /// stops where `visit` gives `false`. For files whose [`NpzFile::image_shape`] is known.
    ///
    /// # Errors
    ///
    /// A file that is cut short or is of another kind.
    pub fn visit_images(&mut self, visit: &mut dyn FnMut(usize, Image) -> bool) -> Result<()> {
        let member = self.images_member()?;
        let name = self.display_path(&member);
        let mut bytes = open_member(&mut self.archive, &member, &name)?;
        let header = NpyHeader::read(&mut bytes, &name)?;
        let ([count, height, width, channels], planar) = image_shape(&header.shape, &name)?;
        if header.descr != "|u1" || planar {
            return Err(Error::format(&name, "not bytes with channels last: read it whole"));
        }
        check_size(width, height).map_err(|error| Error::format(&name, error.to_string()))?;
        for index in 0..count {
            let pixels = bytes.take((height * width * channels) as u64, &name)?;
            if !visit(index, Image { width, height, channels, pixels }) {
                return Ok(());
            }
        }
        bytes.finish(&name)
    }
}

/// The bytes of one array, header included.
fn open_member<'a, R: Read + Seek>(
    archive: &'a mut ZipArchive<R>,
    member: &str,
    name: &Path,
) -> Result<Bounded<'a>> {
    let file = archive.by_name(&format!("{member}.npy")).map_err(|error| {
        Error::format(name, format!("cannot be read from the zip ({error}); fetch it again"))
    })?;
    let most = match file.compression() {
        CompressionMethod::Stored => file.compressed_size(),
        _ => most_inflated(file.compressed_size()),
    };
    Ok(Bounded { reader: Box::new(BufReader::new(file)), most })
}
