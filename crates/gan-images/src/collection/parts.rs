//! Sub-folders that are parts of the data, `train` and `val`, and which of them is taken.

use std::collections::BTreeMap;

use super::classes::shared;
use super::split::Split;

/// Which samples are taken, and where folders of parts were found.
pub(crate) struct Choice {
    /// The samples of the part.
    pub(crate) taken: Vec<usize>,
    /// The depth of the folders that name parts, in all paths.
    pub(crate) level: Option<usize>,
    /// What was taken and what is left.
    pub(crate) notes: Vec<String>,
}

/// Chooses the samples of `split` by the folders that they lie in; nothing where the data have no
/// parts, so that the caller's rule decides.
///
/// # Errors
///
/// What is wrong with the part that was asked for, in words.
pub(crate) fn choose(
    folders: &[Vec<&[u8]>],
    split: Split,
) -> std::result::Result<Option<Choice>, String> {
    if let Some(level) = level(folders) {
        return by_level(folders, level, split).map(Some);
    }
    let depth = shared(folders);
    let at = |f: &Vec<&[u8]>| f.get(depth).map(|name| String::from_utf8_lossy(name).into_owned());
    let named = |f: &Vec<&[u8]>| at(f).and_then(|name| Some((Split::of_folder(&name)?, name)));
    if split != Split::All {
        // `photos/train` beside something else: whoever names the part means it.
        let is = |f: &Vec<&[u8]>| named(f).is_some_and(|(part, _)| part == split);
        let taken: Vec<usize> = (0..folders.len()).filter(|&i| is(&folders[i])).collect();
        if taken.is_empty() {
            return Ok(None);
        }
        let notes = vec![format!("{} images in the sub-folder {split} are taken", taken.len())];
        return Ok(Some(Choice { taken, level: Some(depth), notes }));
    }
    let mut parts: Vec<String> = folders.iter().filter_map(|f| Some(named(f)?.1)).collect();
    parts.sort();
    parts.dedup();
    if parts.is_empty() {
        return Ok(None);
    }
    let other = folders.iter().find(|f| named(f).is_none()).and_then(at);
    let beside = other.map_or("loose images".to_owned(), |name| format!("the sub-folder {name}"));
    Ok(Some(Choice {
        taken: (0..folders.len()).collect(),
        level: None,
        notes: vec![format!(
            "sub-folders are named as parts of the data ({}) beside {beside}: they are taken as \
             classes like any other; --split takes one part alone",
            parts.join(", ")
        )],
    }))
}

/// The depth at which every path has a folder that is named as a part.
fn level(folders: &[Vec<&[u8]>]) -> Option<usize> {
    let is_part = |f: &Vec<&[u8]>, depth: usize| {
        f.get(depth).is_some_and(|name| Split::of_folder(&String::from_utf8_lossy(name)).is_some())
    };
    if folders.is_empty() {
        return None;
    }
    (0..=shared(folders) + 1).find(|&depth| folders.iter().all(|f| is_part(f, depth)))
}

fn by_level(
    folders: &[Vec<&[u8]>],
    level: usize,
    split: Split,
) -> std::result::Result<Choice, String> {
    let name = |f: &Vec<&[u8]>| String::from_utf8_lossy(f[level]).into_owned();
    // Parts with their folders' names and how many samples each has.
    let mut parts: BTreeMap<Split, BTreeMap<String, usize>> = BTreeMap::new();
    for folder in folders {
        let name = name(folder);
        let Some(part) = Split::of_folder(&name) else { continue };
        *parts.entry(part).or_default().entry(name).or_insert(0) += 1;
    }
    let listed = || {
        let each = parts.values().flatten().map(|(name, n)| format!("{name} ({n})"));
        each.collect::<Vec<_>>().join(", ")
    };
    let mut notes = Vec::new();
    let part = match split {
        Split::All if parts.contains_key(&Split::Train) || parts.len() == 1 => {
            let train = Split::Train;
            if parts.contains_key(&train) { train } else { *parts.keys().next().unwrap_or(&train) }
        }
        Split::All => {
            return Err(format!(
                "has parts {} and none to train on: choose one by --split",
                listed()
            ));
        }
        Split::Test if !parts.contains_key(&Split::Test) && parts.contains_key(&Split::Val) => {
            notes.push("there is no part test: val stands for it".to_owned());
            Split::Val
        }
        part if parts.contains_key(&part) => part,
        part => return Err(format!("has no part {part}; its sub-folders are {}", listed())),
    };
    let names = &parts[&part];
    if names.len() > 1 {
        let names: Vec<&str> = names.keys().map(String::as_str).collect();
        return Err(format!(
            "has several sub-folders for the part {part} ({}): give the path of one of them, or put \
             them together",
            names.join(", ")
        ));
    }
    let taken: Vec<usize> = (0..folders.len())
        .filter(|&i| Split::of_folder(&name(&folders[i])) == Some(part))
        .collect();
    let others: Vec<String> = parts
        .iter()
        .filter(|(other, _)| **other != part)
        .flat_map(|(other, names)| names.iter().map(move |(name, n)| (other, name, n)))
        .map(|(other, name, n)| format!("{name} ({n} images, --split {other})"))
        .collect();
    if !others.is_empty() && split == Split::All {
        let own = names.keys().next().map_or("", String::as_str);
        notes.push(format!(
            "the sub-folders are parts of the data: {own} ({} images) is taken, {} is left",
            taken.len(),
            others.join(" and ")
        ));
    }
    Ok(Choice { taken, level: Some(level), notes })
}

#[cfg(test)]
mod tests {
    use super::super::classes::folders;
    use super::*;
    use std::path::Path;

    fn choice(paths: &[&str], split: Split) -> std::result::Result<Option<Choice>, String> {
        choose(&paths.iter().map(|p| folders(Path::new(p))).collect::<Vec<_>>(), split)
    }

    #[test]
    fn parts_above_classes_and_below_them() {
        let above = ["train/cat/1.png", "train/dog/1.png", "val/cat/2.png"];
        let below = ["cat/train/1.png", "dog/train/1.png", "dog/val/1.png"];
        for paths in [above, below] {
            for (split, taken) in [
                (Split::All, vec![0, 1]),
                (Split::Train, vec![0, 1]),
                (Split::Val, vec![2]),
                (Split::Test, vec![2]),
            ] {
                let found = choice(&paths, split).unwrap().unwrap();
                assert_eq!(found.taken, taken, "{split}");
            }
        }
        let found = choice(&above, Split::All).unwrap().unwrap();
        assert_eq!(found.level, Some(0));
        assert!(found.notes[0].contains("train (2 images) is taken, val (1 images, --split val)"));
        assert_eq!(choice(&below, Split::All).unwrap().unwrap().level, Some(1));
        // Wrapped in a folder, as archives are.
        let wrapped = ["x/train/cat/1.png", "x/test/cat/1.png"];
        assert_eq!(choice(&wrapped, Split::Test).unwrap().unwrap().taken, [1]);
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        assert!(choice(&["cat/1.png", "dog/1.png"], Split::All).unwrap().is_none());
        assert!(choice(&["cat/1.png", "dog/1.png"], Split::Test).unwrap().is_none());
        let mixed = ["train/1.png", "cats/1.png"];
        let found = choice(&mixed, Split::All).unwrap().unwrap();
        assert!(found.taken.len() == 2 && found.notes[0].contains("beside the sub-folder cats"));
        assert_eq!(choice(&mixed, Split::Train).unwrap().unwrap().taken, [0]);
        assert!(choice(&mixed, Split::Val).unwrap().is_none());
        let error = |paths: &[&str], split| choice(paths, split).err().unwrap();
        assert!(error(&["train/1.png", "val/1.png"][..1], Split::Test).contains("no part test"));
        assert!(error(&["val/1.png", "test/1.png"], Split::All).contains("none to train on"));
        let twice = ["train/1.png", "val/1.png", "valid/1.png"];
        assert!(error(&twice, Split::Val).contains("several sub-folders for the part val"));
        assert_eq!(choice(&twice, Split::All).unwrap().unwrap().taken, [0]);
    }
}
