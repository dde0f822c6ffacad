//! Pictures of runs as data URIs, thinned evenly where they would make a page too large.

use crate::decimate::evenly;
use crate::{Error, Picture, Result, RunFolder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fs;

/// What every PNG file begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Pictures of one kind, as a page holds them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strip {
    /// The run's place in the page.
    pub run: usize,
    /// `step`, `figure`, or a sheet's name.
    pub kind: String,
    /// `(step, data URI)`.
    pub frames: Vec<(u64, String)>,
    /// How many there were.
    pub of: usize,
}

impl Strip {
    pub fn to_json(&self) -> Value {
        let (steps, images): (Vec<_>, Vec<_>) = self.frames.iter().cloned().unzip();
        json!({
            "run": self.run, "kind": self.kind, "of": self.of, "steps": steps, "images": images,
        })
    }
}

/// A run's number, a kind of picture, and the pictures with their sizes in bytes.
type Group<'a> = (usize, &'a str, Vec<(&'a Picture, u64)>);

/// Every kind of picture of every run, so few of each that their files have at most `most` bytes
/// together; the last of each kind stays whatever it has.
///
/// # Errors
/// Where a picture cannot be read.
pub(crate) fn strips(runs: &[RunFolder], most: u64) -> Result<Vec<Strip>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for picture in &run.pictures {
            // While a run trains, a picture may go between the listing and this.
            let Ok(about) = fs::metadata(&picture.path) else { continue };
            match groups.last_mut() {
                Some((at, kind, all)) if *at == index && *kind == picture.kind => {
                    all.push((picture, about.len()));
                }
                _ => groups.push((index, &picture.kind, vec![(picture, about.len())])),
            }
        }
    }
    // The samples come first: they are what most people look for.
    groups.sort_by_key(|(run, kind, _)| (*kind != "step", kind.to_string(), *run));
    let mut limit = groups.iter().map(|(_, _, all)| all.len()).max().unwrap_or(0);
    let size = |limit: usize| -> u64 {
        let of = |all: &Vec<(&Picture, u64)>| {
            evenly(all.len(), limit).iter().map(|i| all[*i].1).sum::<u64>()
        };
        groups.iter().map(|(_, _, all)| of(all)).sum()
    };
    while limit > 1 && size(limit) > most {
        limit = (limit * 9 / 10).min(limit - 1);
    }
    let mut strips = Vec::new();
    for (run, kind, all) in &groups {
        let mut frames = Vec::new();
        for index in evenly(all.len(), limit) {
            let picture = all[index].0;
            let bytes = fs::read(&picture.path).map_err(Error::io(&picture.path, "read"))?;
            // Whatever else lies there under that name is no picture to show.
            if bytes.starts_with(PNG) {
                let uri = format!("data:image/png;base64,{}", STANDARD.encode(&bytes));
                frames.push((picture.step, uri));
            }
        }
        if !frames.is_empty() {
            let kind = (*kind).to_owned();
            strips.push(Strip { run: *run, kind, frames, of: all.len() });
        }
    }
    Ok(strips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_thinned_and_the_last_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunFolder::default();
        for step in 1..=50 {
            let path = folder.path().join(format!("step-{step}.png"));
            fs::write(&path, [PNG, &[0; 992]].concat()).unwrap();
            run.pictures.push(Picture { kind: "step".into(), step, path });
        }
        let all = strips(&[run.clone()], 60_000).unwrap();
        assert_eq!((all[0].frames.len(), all[0].of), (50, 50));
        let few = strips(&[run.clone()], 20_000).unwrap();
        assert!((10..=20).contains(&few[0].frames.len()), "{}", few[0].frames.len());
        assert_eq!((few[0].frames[0].0, few[0].frames.last().unwrap().0), (1, 50));
        let one = strips(&[run.clone()], 10).unwrap();
        assert_eq!((one[0].frames.len(), one[0].frames[0].0), (1, 50));
        fs::write(&run.pictures[49].path, "<script>").unwrap();
        assert!(strips(&[run], 10).unwrap().is_empty());
    }
}
