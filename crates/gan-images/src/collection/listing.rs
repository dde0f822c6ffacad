//! What lies below a folder, in an order that is the same everywhere: images and all the rest.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::format::{Ending, Format, looks_like};
use crate::{Error, Result};

/// Folders within folders beyond this are taken for a mistake.
const MAX_DEPTH: usize = 64;
/// Bytes that tell a format.
pub(crate) const START: u64 = 32;

/// What [`list_images`] found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Image files, sorted by the bytes of their path below the folder.
    pub images: Vec<PathBuf>,
    /// Image files of formats that are not decoded, and which.
    pub foreign: Vec<(PathBuf, &'static str)>,
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
/// A file whose name ends as images do is an image; of one with another ending the first bytes
/// decide. Hidden files and folders and macOS's `__MACOSX` are passed over, links are followed.
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
                let place = sort(&path, || start_of(&path));
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
    listing.others.sort_by_cached_key(|path| order(folder, path));
    listing.problems.sort_by_cached_key(ToString::to_string);
    Ok(listing)
}

/// What a file is taken for.
pub(crate) enum Sort {
    Image,
    Foreign(&'static str),
    Other,
}

impl Listing {
    pub(crate) fn add(&mut self, path: PathBuf, sort: Sort) {
        match sort {
            Sort::Image => self.images.push(path),
            Sort::Foreign(name) => self.foreign.push((path, name)),
            Sort::Other => self.others.push(path),
        }
    }
}

/// Sorts a file by its name, and where that says nothing by its first bytes.
pub(crate) fn sort(path: &Path, start: impl FnOnce() -> Vec<u8>) -> Sort {
    match Ending::of(path) {
        Ending::Image => Sort::Image,
        Ending::Foreign(name) => Sort::Foreign(name),
        Ending::Other => {
            let start = start();
            match (Format::of(&start), looks_like(&start)) {
                (Some(_), _) => Sort::Image,
                (None, Some(name @ ("AVIF" | "HEIC" | "JPEG XL" | "JPEG 2000" | "SVG"))) => {
                    Sort::Foreign(name)
                }
                _ => Sort::Other,
            }
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

/// The first bytes of a file; none where it cannot be read, which then is no image.
fn start_of(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    if let Ok(file) = File::open(path) {
        let _ = file.take(START).read_to_end(&mut start);
    }
    start
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
