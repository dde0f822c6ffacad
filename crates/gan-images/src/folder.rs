//! The PNG and JPEG files below a folder, in an order that is the same everywhere.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::{Error, Result};

/// Folders within folders beyond this are taken for a mistake.
const MAX_DEPTH: usize = 64;

/// What [`list_images`] found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Image files, sorted by the bytes of their path below the folder.
    pub images: Vec<PathBuf>,
    /// Entries that cannot be followed: dangling links, loops of links, unreadable folders.
    pub problems: Vec<Error>,
}

/// Lists files that end in `.png`, `.jpg` or `.jpeg` (in any case) below `folder`, recursively.
///
/// Hidden files and folders are skipped, links are followed.
///
/// # Errors
///
/// A folder that does not exist or is none; everything below it that goes wrong is in
/// [`Listing::problems`].
pub fn list_images(folder: &Path) -> Result<Listing> {
    std::fs::read_dir(folder).map_err(Error::io(folder, "list"))?;
    let mut listing = Listing::default();
    let visible = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let walk = WalkDir::new(folder).follow_links(true).max_depth(MAX_DEPTH);
    for entry in walk.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() || !is_image(entry.path()) => {}
            Ok(entry) if entry.file_type().is_file() => listing.images.push(entry.into_path()),
            Ok(entry) => listing.problems.push(Error::format(entry.path(), "not a regular file")),
            Err(error) => listing.problems.push(problem(folder, error)),
        }
    }
    listing.images.sort_by_cached_key(|path| order(folder, path));
    listing.problems.sort_by_cached_key(ToString::to_string);
    Ok(listing)
}

/// Whether the name of `path` ends as image files do.
pub(crate) fn is_image(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["png", "jpg", "jpeg"].iter().any(|known| extension.eq_ignore_ascii_case(known))
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
