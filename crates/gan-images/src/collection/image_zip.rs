//! A zip archive of image files, read one at a time.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zip::ZipArchive;

use super::listing::{Listing, counts_as_hidden, is_hidden};
use super::sort::{START, sort};
use crate::decode::MAX_FILE;
use crate::{Error, Result};

/// A zip archive whose files are read by name.
///
/// Only the table of contents is held in memory.
#[derive(Debug)]
pub(crate) struct ImageZip {
    path: PathBuf,
    archive: Mutex<ZipArchive<BufReader<File>>>,
}

impl ImageZip {
    /// Opens an archive and lists its files, sorted by the bytes of their names, as
    /// [`list_images`](super::listing::list_images) lists those of a folder.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is no whole zip archive.
    pub(crate) fn open(path: &Path) -> Result<(Self, Listing)> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
            Error::format(path, format!("not a whole zip archive ({error}); fetch it again"))
        })?;
        let mut names: Vec<(String, usize)> = Vec::new();
        for index in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(index)
                && !name.ends_with('/')
            {
                names.push((name.into_owned(), index));
            }
        }
        names.sort();
        let mut listing = Listing::default();
        for (name, index) in names {
            let path = PathBuf::from(&name);
            let mut hidden = name.split('/').rev().map(|part| is_hidden(part.as_bytes()));
            let own = hidden.next().unwrap_or(false);
            if hidden.any(|above| above) {
                continue;
            }
            if own {
                listing.hidden += usize::from(counts_as_hidden(&path));
                continue;
            }
            let (mut start, mut len) = (Vec::new(), 0);
            if let Ok(file) = archive.by_index(index) {
                len = file.size();
                let _ = file.take(START).read_to_end(&mut start);
            }
            let place = sort(&path, &start, len);
            listing.add(path, place);
        }
        Ok((Self { path: path.to_owned(), archive: Mutex::new(archive) }, listing))
    }

    /// What stands for a file in messages: the archive and the name in it.
    pub(crate) fn display_path(&self, name: &Path) -> PathBuf {
        PathBuf::from(format!("{}[{}]", self.path.display(), name.display()))
    }

    /// The bytes of the file of this name.
    ///
    /// # Errors
    ///
    /// No such file, a damaged one, or one above 512 MiB.
    pub(crate) fn read(&self, file: &Path) -> Result<Vec<u8>> {
        let name = self.display_path(file);
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let file = archive.by_name(&file.to_string_lossy()).map_err(|error| {
            Error::format(&name, format!("cannot be read from the zip ({error}); fetch it again"))
        })?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| {
            Error::format(&name, format!("cannot be unpacked ({error}); fetch the zip again"))
        })?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(Error::format(
                &name,
                format!("unpacks to more than {MAX_FILE} bytes: no image"),
            ));
        }
        Ok(bytes)
    }
}
