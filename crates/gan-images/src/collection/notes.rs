//! What somebody should be told about files that were passed over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::SourceKind;
use super::listing::Listing;
use super::sort::ArrayKind;

/// Names that a sentence lists.
const LISTED: usize = 3;

/// Sentences about image files that are not read.
pub(super) fn of_listing(listing: &Listing) -> Vec<String> {
    let mut notes = Vec::new();
    let foreign = listing.foreign.len();
    if foreign > 0 {
        notes.push(format!(
            "{} left out because {} cannot be read: {}; convert {} to PNG",
            if foreign == 1 { "1 image is".to_owned() } else { format!("{foreign} images are") },
            if foreign == 1 { "its format" } else { "their formats" },
            named(listing.foreign.iter().map(|(path, f)| format!("{} ({f})", path.display()))),
            if foreign == 1 { "it" } else { "them" }
        ));
    }
    if listing.hidden > 0 {
        notes.push(format!(
            "{} passed over: the name begins with a dot",
            match listing.hidden {
                1 => "1 hidden image is".to_owned(),
                n => format!("{n} hidden images are"),
            }
        ));
    }
    let arrays = listing.arrays.len();
    if arrays > 0 && !listing.images.is_empty() {
        let is = if arrays == 1 { "file of arrays is" } else { "files of arrays are" };
        notes.push(format!(
            "the images are taken, and {arrays} {is} left out: {}; give the path of one to read it",
            named(array_names(listing))
        ));
    }
    notes
}

/// A sentence on what lies in a folder whose arrays of `kind` are taken.
pub(super) fn beside_arrays(kind: SourceKind, listing: &Listing) -> Option<String> {
    let is_idx = |is: &ArrayKind| !matches!(is, ArrayKind::Npy | ArrayKind::Npz);
    let other = |(_, is): &&(PathBuf, ArrayKind)| kind != SourceKind::Idx || !is_idx(is);
    let arrays = listing.arrays.iter().filter(other).map(|(path, _)| path);
    let foreign = listing.foreign.iter().map(|(path, _)| path);
    let left: Vec<&PathBuf> = listing.images.iter().chain(foreign).chain(arrays).collect();
    let files = match left.len() {
        0 => return None,
        1 => "1 file of images is".to_owned(),
        n => format!("{n} files of images are"),
    };
    let format = if kind == SourceKind::Idx { "IDX" } else { "CIFAR-10" };
    Some(format!(
        "the {format} files are taken, and {files} left out: {}; give them a folder of their own to \
         read them",
        named(left.iter().map(|path| path.display().to_string()))
    ))
}

fn array_names(listing: &Listing) -> impl Iterator<Item = String> {
    listing.arrays.iter().map(|(path, kind)| format!("{} ({})", path.display(), kind.name()))
}

/// The first of some names, and how many more there are.
fn named(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let shown = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What lies in a folder without an image, so that somebody sees what is wrong.
pub(super) fn of_nothing(listing: &Listing) -> Option<String> {
    let mut endings: BTreeMap<String, usize> = BTreeMap::new();
    for path in listing.others.iter().chain(listing.arrays.iter().map(|(path, _)| path)) {
        *endings.entry(ending(path)).or_insert(0) += 1;
    }
    if endings.is_empty() {
        return None;
    }
    let found: Vec<String> = endings.iter().take(6).map(|(e, n)| format!("{n} {e}")).collect();
    let hint = match !listing.arrays.is_empty() || endings.contains_key(".zip") {
        true => "; give the path of one of them",
        false => "",
    };
    Some(format!("found {}{hint}", found.join(", ")))
}

fn ending(path: &Path) -> String {
    match path.extension() {
        Some(ending) => format!(".{}", ending.to_string_lossy().to_lowercase()),
        None => "without an ending".to_owned(),
    }
}
