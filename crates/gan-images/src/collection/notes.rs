//! What somebody should be told about files that were passed over.

use std::collections::BTreeMap;
use std::path::Path;

use super::listing::Listing;

/// Names that a sentence lists.
const LISTED: usize = 3;

/// Sentences about image files that are not read.
pub(super) fn of_listing(listing: &Listing) -> Vec<String> {
    let mut notes = Vec::new();
    let foreign = listing.foreign.len();
    if foreign > 0 {
        let named: Vec<String> = listing
            .foreign
            .iter()
            .take(LISTED)
            .map(|(path, format)| format!("{} ({format})", path.display()))
            .collect();
        let more = match foreign.saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        notes.push(format!(
            "{} left out because {} cannot be read: {}{more}; convert {} to PNG",
            if foreign == 1 { "1 image is".to_owned() } else { format!("{foreign} images are") },
            if foreign == 1 { "its format" } else { "their formats" },
            named.join(", "),
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
    notes
}

/// What lies in a folder without an image, so that somebody sees what is wrong.
pub(super) fn of_nothing(listing: &Listing) -> Option<String> {
    let mut endings: BTreeMap<String, usize> = BTreeMap::new();
    for path in &listing.others {
        *endings.entry(ending(path)).or_insert(0) += 1;
    }
    if endings.is_empty() {
        return None;
    }
    let found: Vec<String> = endings.iter().take(6).map(|(e, n)| format!("{n} {e}")).collect();
    let hint = match endings.keys().any(|e| matches!(e.as_str(), ".zip" | ".npz" | ".npy")) {
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
