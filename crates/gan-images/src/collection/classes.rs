//! Classes from the names of sub-folders.

use std::collections::BTreeSet;
use std::path::Path;

/// Classes of samples that lie in folders.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Classes {
    /// One label a sample, where there are classes.
    pub(crate) labels: Option<Vec<u32>>,
    /// The sorted names.
    pub(crate) names: Vec<String>,
    /// What somebody should know about why there are none.
    pub(crate) note: Option<String>,
}

/// The folders of a path, from the top.
pub(crate) fn folders(path: &Path) -> Vec<&[u8]> {
    path.parent().into_iter().flatten().map(|part| part.as_encoded_bytes()).collect()
}

/// How many folders from the top all paths have in common.
pub(crate) fn shared(folders: &[Vec<&[u8]>]) -> usize {
    let Some(first) = folders.first() else { return 0 };
    (0..first.len())
        .take_while(|&depth| folders.iter().all(|f| f.get(depth) == first.get(depth)))
        .count()
}

/// A label for each path from the names of their sub-folders.
///
/// Folders that all paths share are passed over. There are no classes if any image lies directly in
/// the folder, or if all lie in the same.
pub(crate) fn by_folders(folders: &[Vec<&[u8]>]) -> Classes {
    let shared = shared(folders);
    let below: Vec<Option<&[u8]>> = folders.iter().map(|f| f.get(shared).copied()).collect();
    let sorted: BTreeSet<&[u8]> = below.iter().flatten().copied().collect();
    if sorted.is_empty() {
        return Classes::default();
    }
    let sorted: Vec<&[u8]> = sorted.into_iter().collect();
    let shown = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let loose = below.iter().filter(|name| name.is_none()).count();
    if loose > 0 {
        let named: Vec<String> = sorted.iter().take(3).map(|name| shown(name)).collect();
        let more = if sorted.len() > 3 { ", …" } else { "" };
        let note = format!(
            "{} directly in the folder, so its sub-folders ({}{more}) are not taken as classes",
            if loose == 1 { "1 image lies".to_owned() } else { format!("{loose} images lie") },
            named.join(", ")
        );
        return Classes { note: Some(note), ..Classes::default() };
    }
    if let Some(note) = numbered(&sorted) {
        return Classes { note: Some(note), ..Classes::default() };
    }
    let label = |name: &Option<&[u8]>| {
        name.and_then(|name| sorted.binary_search(&name).ok()).unwrap_or_default() as u32
    };
    Classes {
        labels: Some(below.iter().map(label).collect()),
        names: sorted.iter().map(|name| shown(name)).collect(),
        note: None,
    }
}

/// Whether folders only keep long lists short, as StyleGAN's `00000`, `00001`, … do.
fn numbered(sorted: &[&[u8]]) -> Option<String> {
    let five =
        |(at, name): (usize, &&[u8])| name.len() == 5 && **name == *format!("{at:05}").as_bytes();
    sorted.iter().enumerate().all(five).then(|| {
        format!(
            "the {} sub-folders are numbered 00000, 00001, … as StyleGAN's data sets are, and are \
             not taken as classes",
            sorted.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Classes {
        by_folders(&paths.iter().map(|path| folders(Path::new(path))).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_folder_that_differs_is_the_class() {
        let found = of(&["top/dog/1.png", "top/cat/x/1.png", "top/dog/2.png"]);
        assert_eq!(found.labels, Some(vec![1, 0, 1]));
        assert_eq!(found.names, ["cat", "dog"]);
        assert_eq!(of(&["a/1.png", "a/2.png"]), Classes::default());
        assert_eq!(of(&[]), Classes::default());
        let loose = of(&["a/1.png", "b/2.png", "3.png"]);
        assert!(loose.labels.is_none() && loose.note.unwrap().contains("1 image lies directly"));
        let chunks = of(&["00000/img00000000.png", "00001/img00001000.png"]);
        assert!(chunks.labels.is_none() && chunks.note.unwrap().contains("not taken as classes"));
        assert_eq!(of(&["00000/1.png", "cats/1.png"]).names.len(), 2);
    }
}
