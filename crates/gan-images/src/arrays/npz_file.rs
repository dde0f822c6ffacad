//! Reading NumPy's `.npy` and `.npz` files array by array, or images one at a time.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use zip::{CompressionMethod, ZipArchive};

use crate::arrays::array_images::image_shape;
use crate::arrays::inflate::{Bounded, most_inflated};
use crate::arrays::npy_fields::MAGIC;
use crate::arrays::npy_header::NpyHeader;
use crate::arrays::pickle::{self, Meant, refuse_pickle};
use crate::decode::format::Ending;
use crate::{Error, Image, NumpyArray, Result};

/// Members that hold images, in order of preference.
const IMAGES: [&str; 3] = ["arr_0", "images", "x"];
/// Members that hold labels, in order of preference.
const LABELS: [&str; 3] = ["labels", "y", "arr_1"];

/// Reads a `.npy` file: numbers of any type, in either byte order, in C's or Fortran's order.
///
/// # Errors
///
/// A file that cannot be read, is no array of numbers, or is cut short.
pub fn read_npy(path: &Path) -> Result<NumpyArray> {
    read_npy_as(path, Meant::Unknown)
}

/// As [`read_npy`]; `meant` is what it should hold.
pub(crate) fn read_npy_as(path: &Path, meant: Meant) -> Result<NumpyArray> {
    NumpyArray::read(&mut npy_bytes(path)?, path, meant)
}

/// Reads the header of a `.npy` file and leaves its elements.
///
/// # Errors
///
/// A file that cannot be read or is no array of numbers.
pub fn read_npy_header(path: &Path) -> Result<NpyHeader> {
    NpyHeader::read(&mut npy_bytes(path)?, path, Meant::Unknown)
}

/// The bytes of a `.npy` file, header included.
fn npy_bytes(path: &Path) -> Result<Bounded<'static>> {
    let mut file = File::open(path).map_err(Error::io(path, "open"))?;
    let most = file.metadata().map_err(Error::io(path, "read"))?.len();
    if !begins_with(&mut file, MAGIC).map_err(Error::io(path, "read"))? {
        refuse_pickle(path)?;
    }
    Ok(Bounded { reader: Box::new(BufReader::new(file)), most })
}

/// Whether a zip archive holds arrays of NumPy's, members that end in `.npy`, and not images. The
/// name of the archive decides only where it holds both, or neither, or is damaged.
///
/// # Errors
///
/// A file that cannot be opened.
pub fn is_npz(path: &Path) -> Result<bool> {
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    let named = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
    // Whoever reads a damaged archive says so.
    let Ok(archive) = ZipArchive::new(BufReader::new(file)) else { return Ok(named) };
    let names = || archive.file_names().flatten();
    let arrays = names().any(|name| name.ends_with(".npy"));
    let images = names().any(|name| Ending::of(Path::new(&*name)) == Ending::Image);
    Ok(if arrays == images { named } else { arrays })
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
        let archive = match ZipArchive::new(BufReader::new(file)) {
            Ok(archive) => archive,
            Err(error) => {
                refuse_pickle(path)?;
                return Err(Error::format(
                    path,
                    format!("not a whole .npz file ({error}); fetch it again"),
                ));
            }
        };
        let names = || archive.file_names().flatten();
        let members: Vec<String> =
            names().filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned())).collect();
        if members.is_empty() && names().any(|name| name.ends_with("data.pkl")) {
            return Err(Error::format(path, pickle::torch_zip()));
        }
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
        Ok(self.read_named(member, Meant::by_name(member))?.0)
    }

    /// The header of the array of this name; its elements are left.
    ///
    /// # Errors
    ///
    /// A name that is not there, or an array that is none of numbers.
    pub fn header(&mut self, member: &str) -> Result<NpyHeader> {
        let name = self.display_path(member);
        let mut bytes = open_member(&mut self.archive, member, &name)?;
        NpyHeader::read(&mut bytes, &name, Meant::by_name(member))
    }

    /// The array, and what stands for it in messages.
    pub(crate) fn read_named(
        &mut self,
        member: &str,
        meant: Meant,
    ) -> Result<(NumpyArray, PathBuf)> {
        let name = self.display_path(member);
        let mut bytes = open_member(&mut self.archive, member, &name)?;
        Ok((NumpyArray::read(&mut bytes, &name, meant)?, name))
    }

    /// What stands for an array in messages.
    fn display_path(&self, member: &str) -> PathBuf {
        PathBuf::from(format!("{}[{member}]", self.path.display()))
    }

    /// Sentences on what is taken where the file holds more than an array of images and its labels.
    pub(crate) fn choices(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let of = |wanted: &[&'static str]| -> Vec<&str> {
            let known = |name: &&str| self.members.iter().any(|member| member == name);
            wanted.iter().copied().filter(known).collect()
        };
        for (what, found) in [("images", of(&IMAGES)), ("labels", of(&LABELS))] {
            if let [taken, left @ ..] = &found[..]
                && !left.is_empty()
            {
                notes.push(format!(
                    "the array {taken} is taken as the {what}, {} is left out",
                    left.join(" and ")
                ));
            }
        }
        let others = self.archive.file_names().flatten().count() - self.members.len();
        if others > 0 {
            notes.push(format!(
                "the archive holds arrays, which are taken, and {others} other files, which are \
                 left out"
            ));
        }
        notes
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

    /// The labels of `count` images: the member `labels` or `y` of shape `(count,)` or `(count, 1)`,
    /// or `arr_1` of shape `(count,)`; whole numbers from 0 to 65,535, where there is one.
    ///
    /// # Errors
    ///
    /// Labels of another kind or number.
    pub fn labels_for(&mut self, count: usize) -> Result<Option<Vec<u32>>> {
        let Some(member) = self.find(&LABELS) else { return Ok(None) };
        match self.header(&member)?.shape[..] {
            [_] => {}
            [_, 1] if member != "arr_1" => {}
            _ => return Ok(None), // an array of something else under NumPy's default name
        }
        let (array, name) = self.read_named(&member, Meant::Images)?;
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
    /// and so can be read one at a time; nothing where the whole array must be read, by
    /// [`read_npz_with`](crate::read_npz_with), as it must for a range of one's own.
    ///
    /// # Errors
    ///
    /// No member that holds images, or one whose header says something else.
    pub fn image_shape(&mut self) -> Result<Option<[usize; 4]>> {
        let member = self.images_member()?;
        let name = self.display_path(&member);
        let mut bytes = open_member(&mut self.archive, &member, &name)?;
        let header = NpyHeader::read(&mut bytes, &name, Meant::Images)?;
        let (shape, planar) = image_shape(&header.shape, &name)?;
        Ok((header.is_rows_of_bytes() && !planar).then_some(shape))
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
        let header = NpyHeader::read(&mut bytes, &name, Meant::Images)?;
        let ([count, height, width, channels], planar) = image_shape(&header.shape, &name)?;
        if !header.is_rows_of_bytes() || planar {
            return Err(Error::format(&name, "not bytes with channels last: read it whole"));
        }
        for index in 0..count {
            let pixels = bytes.take((height * width * channels) as u64, &name)?;
            if !visit(index, Image { width, height, channels, pixels }) {
                return Ok(());
            }
        }
        bytes.finish(&name)
    }
}

/// Whether a file begins with `magic`; reading goes on at its start.
fn begins_with(file: &mut File, magic: &[u8]) -> io::Result<bool> {
    let mut start = Vec::new();
    file.take(magic.len() as u64).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start == magic)
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
