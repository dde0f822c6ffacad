//! What lies below a folder, in an order that is the same everywhere: images and all the rest.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::sort::{ArrayKind, START, Sort, sort};
use crate::decode::format::Ending;
use crate::{Error, Result};

/// Folders within folders beyond this are taken for a mistake.
const MAX_DEPTH: usize = 64;

/// What [`list_images`] found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Image files, sorted by the bytes of their path below the folder.
    pub images: Vec<PathBuf>,
    /// Image files of formats that are not decoded, and which.
    pub foreign: Vec<(PathBuf, &'static str)>,
    /// Files of arrays, and which.
    pub(crate) arrays: Vec<(PathBuf, ArrayKind)>,
    /// All other files.
    pub others: Vec<PathBuf>,
    /// How many files that end as images do are hidden: their name begins with a dot. What lies in
    /// hidden folders is not counted.
    pub hidden: usize,
    /// Entries that cannot be followed: dangling links, loops of links, unreadable folders.
    pub problems: Vec<Error>,
}

/// Lists the files below `folder`, recursively.
///
/// A file's content says what it is, and its name only where the content is of no known kind. Hidden
/// files and folders and macOS's `__MACOSX` are passed over, links are followed.
///
/// # Errors
///
/// A folder that does not exist or is none; everything below it that goes wrong is in
/// [`Listing::problems`].
pub fn list_images(folder: &Path) -> Result<Listing> {
    std::fs::read_dir(folder).map_err(Error::io(folder, "list"))?;
    let mut listing = Listing::default();
    let walk = WalkDir::new(folder).follow_links(true).max_depth(MAX_DEPTH);
    let mut hidden = 0;
    let visible = |entry: &DirEntry| {
        let shown = entry.depth() == 0 || !is_hidden(entry.file_name().as_encoded_bytes());
        hidden +=
            usize::from(!shown && entry.file_type().is_file() && counts_as_hidden(entry.path()));
        shown
    };
    for entry in walk.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) if entry.file_type().is_file() => {
                let path = entry.into_path();
                // One that cannot be read goes by its name, and fails where its bytes are asked for.
                let (start, len) = start_of(&path).unwrap_or_default();
                let place = sort(&path, &start, len);
                listing.add(path, place);
            }
            Ok(entry) if Ending::of(entry.path()) == Ending::Image => {
                listing.problems.push(Error::format(entry.path(), "not a regular file"));
            }
            Ok(entry) => listing.others.push(entry.into_path()),
            Err(error) => listing.problems.push(problem(folder, error)),
        }
    }
    listing.hidden = hidden;
    listing.images.sort_by_cached_key(|path| order(folder, path));
    listing.foreign.sort_by_cached_key(|(path, _)| order(folder, path));
    listing.arrays.sort_by_cached_key(|(path, _)| order(folder, path));
    listing.others.sort_by_cached_key(|path| order(folder, path));
    listing.problems.sort_by_cached_key(ToString::to_string);
    Ok(listing)
}

impl Listing {
    pub(crate) fn add(&mut self, path: PathBuf, sort: Sort) {
        match sort {
            Sort::Image => self.images.push(path),
            Sort::Foreign(name) => self.foreign.push((path, name)),
            Sort::Array(kind) => self.arrays.push((path, kind)),
            Sort::Other => self.others.push(path),
        }
    }

    /// Makes every path one below `folder`.
    pub(crate) fn below(&mut self, folder: &Path) {
        let foreign = self.foreign.iter_mut().map(|(path, _)| path);
        let arrays = self.arrays.iter_mut().map(|(path, _)| path);
        for path in self.images.iter_mut().chain(foreign).chain(arrays).chain(&mut self.others) {
            *path = path.strip_prefix(folder).map(Path::to_owned).unwrap_or(path.clone());
        }
    }
}

/// Whether a part of a path is hidden or macOS's shadow folder.
pub(crate) fn is_hidden(part: &[u8]) -> bool {
    part.starts_with(b".") || part == b"__MACOSX"
}

/// Whether somebody may have meant a hidden file as an image; `._` is macOS's shadow of a file.
pub(crate) fn counts_as_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    Ending::of(path) == Ending::Image && !name.starts_with(b"._")
}

/// The first bytes of a file, enough to tell what it is, and its length.
pub(crate) fn start_of(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut start = Vec::new();
    file.take(START).read_to_end(&mut start)?;
    Ok((start, len))
}

/// The path below `folder` with `/` between its parts, on every system.
fn order(folder: &Path, path: &Path) -> Vec<u8> {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<&[u8]> = below.iter().map(|part| part.as_encoded_bytes()).collect();
    parts.join(&b'/')
}

fn problem(folder: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(folder).to_owned();
    if let Some(ancestor) = error.loop_ancestor() {
        return Error::format(
            &path,
            format!("a link back to {}: an endless folder; remove the link", ancestor.display()),
        );
    }
    match error.into_io_error() {
        Some(source) => Error::io(&path, "follow")(source),
        None => Error::format(&path, "cannot be listed"),
    }
}
