//! Rule `size`: nobody's clone carries large files.

use super::Finding;
use super::tree::{File, Tree};

const LIMIT: u64 = 1_000_000;

/// Paths that may be larger, up to so many bytes, and why.
const LARGER: &[(&str, u64)] = &[
    // The digits that every first run trains on, embedded in the program.
    ("crates/gan-data/embedded/", 2_000_000),
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|f| f.tracked).filter_map(check_file).collect()
}

fn check_file(file: &File) -> Option<Finding> {
    let exception = LARGER.iter().find(|(start, _)| file.path.starts_with(start));
    let limit = exception.map_or(LIMIT, |(_, limit)| *limit);
    (file.bytes > limit).then(|| {
        let advice = format!(
            "{} bytes, {limit} are the limit: keep it out of git, fetch or make it instead",
            file.bytes
        );
        Finding::new(&file.path, 1, advice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_found_when_git_tracks_them() {
        let text = "x".repeat(LIMIT as usize + 1);
        let mut tree =
            Tree::of(&[("a.bin", text.as_str()), ("crates/gan-data/embedded/a.gz", text.as_str())]);
        let paths: Vec<_> = check(&tree).into_iter().map(|f| f.path).collect();
        assert_eq!(paths, ["a.bin"]);
        tree.files[0].tracked = false;
        assert!(check(&tree).is_empty());
    }
}
