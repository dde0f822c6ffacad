//! A zip archive of PNG and JPEG files, read one at a time.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zip::ZipArchive;

use crate::folder::is_image;
use crate::{Error, Result};

/// Largest image that is unpacked.
const MAX_IMAGE: u64 = 1 << 29;

/// The images of a zip archive, in the order of their names' bytes; hidden ones are left out.
///
/// Only the table of contents is held in memory.
#[derive(Debug)]
pub struct ImageZip {
    path: PathBuf,
    archive: Mutex<ZipArchive<BufReader<File>>>,
    entries: Vec<(PathBuf, usize)>,
}

impl ImageZip {
    /// Opens an archive and lists its images.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is no whole zip archive.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
            Error::format(path, format!("not a whole zip archive ({error}); fetch it again"))
        })?;
        let mut entries = Vec::new();
        for index in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(index)
                && is_wanted(&name)
            {
                entries.push((PathBuf::from(name.as_ref()), index));
            }
        }
        entries.sort_by(|a, b| {
            a.0.as_os_str().as_encoded_bytes().cmp(b.0.as_os_str().as_encoded_bytes())
        });
        Ok(Self { path: path.to_owned(), archive: Mutex::new(archive), entries })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The name of image `index` within the archive, empty beyond the end.
    pub fn name(&self, index: usize) -> &Path {
        self.entries.get(index).map_or(Path::new(""), |entry| &entry.0)
    }

    /// What stands for image `index` in messages: the archive and the name in it.
    pub fn display_path(&self, index: usize) -> PathBuf {
        PathBuf::from(format!("{}[{}]", self.path.display(), self.name(index).display()))
    }

    /// The bytes of image file `index`.
    ///
    /// # Errors
    ///
    /// An index beyond the end, a damaged entry, or one above 512 MiB.
    pub fn read(&self, index: usize) -> Result<Vec<u8>> {
        let name = self.display_path(index);
        let Some(&(_, entry)) = self.entries.get(index) else {
            return Err(Error::format(&self.path, format!("image {index} of {}", self.len())));
        };
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let file = archive.by_index(entry).map_err(|error| {
            Error::format(&name, format!("cannot be read from the zip ({error}); fetch it again"))
        })?;
        let mut bytes = Vec::new();
        file.take(MAX_IMAGE + 1).read_to_end(&mut bytes).map_err(|error| {
            Error::format(&name, format!("cannot be unpacked ({error}); fetch the zip again"))
        })?;
        if bytes.len() as u64 > MAX_IMAGE {
            return Err(Error::format(
                &name,
                format!("unpacks to more than {MAX_IMAGE} bytes: no image"),
            ));
        }
        Ok(bytes)
    }
}

/// Whether `name` is an image and no part of it is hidden or macOS's shadow folder.
fn is_wanted(name: &str) -> bool {
    is_image(Path::new(name))
        && !name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}
