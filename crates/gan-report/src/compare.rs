//! Two or more runs side by side: the settings that differ and the last scores.

use crate::RunFolder;
use crate::charts::score;
use crate::folder::settings;
use crate::log::EVAL;
use std::collections::BTreeMap;

/// Settings that are not the same in all runs: the path and each run's value, if it has one.
pub fn differences(runs: &[RunFolder]) -> Vec<(String, Vec<Option<String>>)> {
    let mut all: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        for (path, value) in settings(&run.config) {
            all.entry(path).or_insert_with(|| vec![None; runs.len()])[index] = Some(value);
        }
    }
    all.into_iter().filter(|(_, values)| values.iter().any(|v| *v != values[0])).collect()
}

/// A run's step and value of a score; nothing where it has none.
pub type LastScore = Option<(u64, f64)>;

/// The last value of each score that any run has: its name, and each run's step and value.
pub fn last_scores(runs: &[RunFolder]) -> Vec<(&'static str, Vec<LastScore>)> {
    let mut names: Vec<(&str, &'static str)> = Vec::new();
    for series in runs.iter().flat_map(|r| r.log.series()) {
        if series.owner == EVAL
            && let Some(title) = score(&series.name)
            && !names.contains(&(&series.name, title))
        {
            names.push((&series.name, title));
        }
    }
    let last = |run: &RunFolder, name: &str| run.log.points(EVAL, name).last().copied();
    names
        .iter()
        .map(|(name, title)| (*title, runs.iter().map(|r| last(r, name)).collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, fid: Option<f64>) -> RunFolder {
        let mut run = RunFolder { config: text.parse().unwrap(), ..RunFolder::default() };
        if let Some(fid) = fid {
            run.log.add(5, EVAL, "fid", 99.0);
            run.log.add(10, EVAL, "fid", fid);
        }
        run
    }

    #[test]
    fn only_what_differs_is_told() {
        let runs = [
            run("entry = 'a'\n[train]\nsteps = 5\nseed = 1\n", Some(3.5)),
            run("entry = 'a'\n[train]\nsteps = 5\nseed = 2\nema = 0.5\n", None),
        ];
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("train.ema".to_owned(), vec![None, some("0.5")]),
            ("train.seed".to_owned(), vec![some("1"), some("2")]),
        ];
        assert_eq!(differences(&runs), expected);
        assert_eq!(last_scores(&runs), [("FID", vec![Some((10, 3.5)), None])]);
    }
}
