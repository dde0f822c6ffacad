//! StyleGAN's `dataset.json`: labels beside images, which its numbered folders are not.
//!
//! `{"labels": [["00000/img00000000.png", 1], …]}`, paths from the folder that holds the file;
//! labels are whole numbers, `null`, or vectors. Read in stylegan2-ada-pytorch's and stylegan3's
//! `training/dataset.py`.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::classes::Classes;
use crate::{Error, Result};

/// The file's name.
pub(crate) const NAME: &str = "dataset.json";

/// A label as it stands in the file; numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Number(i64),
    Word(String),
}

/// What the file says of one image.
enum Entry {
    Class(Label),
    Missing,
    Vector(usize),
}

/// The classes of `images`, paths from the file's folder, as the file's text says; nothing where
/// it has no `labels`, so that it is another program's file.
///
/// # Errors
///
/// Text that is no JSON, or labels that are no list of pairs.
pub(crate) fn classes(text: &str, name: &Path, images: &[PathBuf]) -> Result<Option<Classes>> {
    let wrong = |problem: String| Error::format(name, problem);
    let json: Value =
        serde_json::from_str(text).map_err(|error| wrong(format!("is no JSON: {error}")))?;
    let Some(labels) = json.get("labels") else { return Ok(None) };
    let none = |note: String| Ok(Some(Classes { note: Some(note), ..Classes::default() }));
    if labels.is_null() {
        return none(format!("{NAME} says that there are no labels: the folders are no classes"));
    }
    let entries = entries(labels).map_err(wrong)?;
    let of = |path: &PathBuf| entries.get(&path.to_string_lossy().replace('\\', "/"));
    let found: Vec<Option<&Entry>> = images.iter().map(of).collect();
    let missing = found.iter().filter(|e| matches!(e, None | Some(Entry::Missing))).count();
    if missing > 0 {
        return none(format!(
            "{NAME} has no label for {missing} of {} images: no labels are used, and the folders \
             are no classes",
            images.len()
        ));
    }
    let vector = found.iter().find_map(|entry| match entry {
        Some(Entry::Vector(width)) => Some(*width),
        _ => None,
    });
    if let Some(width) = vector {
        return none(format!(
            "the labels in {NAME} are vectors of {width} numbers, not classes: no labels are used, \
             and the folders are no classes"
        ));
    }
    // All labels of the file count, so that a part of its images has the same classes.
    let all: BTreeSet<&Label> = entries
        .values()
        .filter_map(|entry| match entry {
            Entry::Class(label) => Some(label),
            _ => None,
        })
        .collect();
    let all: Vec<&Label> = all.into_iter().collect();
    let label = |entry: Option<&Entry>| match entry {
        Some(Entry::Class(label)) => all.binary_search(&label).unwrap_or_default() as u32,
        _ => 0,
    };
    let names = all.iter().map(|label| match label {
        Label::Number(n) => n.to_string(),
        Label::Word(word) => word.clone(),
    });
    let unused = entries.len().saturating_sub(images.len());
    let note = (unused > 0).then(|| format!("{unused} entries of {NAME} name no image here"));
    let labels = found.into_iter().map(label).collect();
    Ok(Some(Classes { labels: Some(labels), names: names.collect(), note }))
}

/// Paths with what is said of them, from a list of pairs or an object.
fn entries(labels: &Value) -> std::result::Result<HashMap<String, Entry>, String> {
    let pairs: Vec<(&str, &Value)> = match labels {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, pair)| match pair.as_array().map(Vec::as_slice) {
                Some([Value::String(path), label]) => Ok((path.as_str(), label)),
                _ => Err(format!("entry {at} of labels is {pair} (expected [\"path\", label])")),
            })
            .collect::<std::result::Result<_, _>>()?,
        Value::Object(map) => map.iter().map(|(path, label)| (path.as_str(), label)).collect(),
        other => return Err(format!("labels are {other} (expected a list of [\"path\", label])")),
    };
    let mut entries = HashMap::with_capacity(pairs.len());
    for (path, label) in pairs {
        let path = path.replace('\\', "/");
        let path = path.trim_start_matches("./").to_owned();
        entries.insert(path, entry(label)?);
    }
    Ok(entries)
}

fn entry(label: &Value) -> std::result::Result<Entry, String> {
    let whole = |n: &serde_json::Number| {
        n.as_i64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64))
    };
    match label {
        Value::Null => Ok(Entry::Missing),
        Value::String(word) => Ok(Entry::Class(Label::Word(word.clone()))),
        Value::Bool(yes) => Ok(Entry::Class(Label::Number(i64::from(*yes)))),
        Value::Number(n) => match whole(n) {
            Some(n) => Ok(Entry::Class(Label::Number(n))),
            None => Err(format!("label {n} is no whole number (expected a class)")),
        },
        // A vector with one 1 among zeros is a class too.
        Value::Array(vector) => {
            let values: Option<Vec<f64>> = vector.iter().map(Value::as_f64).collect();
            let values = values.ok_or_else(|| format!("label {label} (expected numbers)"))?;
            let ones = values.iter().filter(|v| **v == 1.0).count();
            let zeros = values.iter().filter(|v| **v == 0.0).count();
            match values.iter().position(|v| *v == 1.0) {
                Some(at) if ones == 1 && zeros + 1 == values.len() && values.len() > 1 => {
                    Ok(Entry::Class(Label::Number(at as i64)))
                }
                _ if values.len() == 1 && values[0].fract() == 0.0 => {
                    Ok(Entry::Class(Label::Number(values[0] as i64)))
                }
                _ => Ok(Entry::Vector(values.len())),
            }
        }
        Value::Object(_) => Err(format!("label {label} (expected a whole number, or null)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(labels: &str) -> Result<Option<Classes>> {
        let images = ["00000/a.png", "00000/b.png", "00001/c.png"].map(PathBuf::from);
        classes(&format!("{{\"labels\": {labels}}}"), Path::new("x"), &images)
    }

    #[test]
    fn labels_begin_anywhere() {
        let list = r#"[["00000/a.png", 7], ["00000/b.png", 3], ["00001/c.png", 7], ["d", 5]]"#;
        let found = of(list).unwrap().unwrap();
        assert_eq!(found.labels, Some(vec![2, 0, 2]));
        assert_eq!(found.names, ["3", "5", "7"]);
        assert!(found.note.unwrap().contains("1 entries of dataset.json name no image"));
        let object = r#"{"00000/a.png": "cat", "./00000/b.png": "dog", "00001\\c.png": "cat"}"#;
        let found = of(object).unwrap().unwrap();
        assert_eq!((found.labels, found.note), (Some(vec![0, 1, 0]), None));
        let hot =
            r#"[["00000/a.png", [0, 1]], ["00000/b.png", [1.0, 0.0]], ["00001/c.png", [0, 1]]]"#;
        assert_eq!(of(hot).unwrap().unwrap().labels, Some(vec![1, 0, 1]));
    }

    #[test]
    fn what_is_no_class_is_said() {
        let note = |labels: &str| {
            let found = of(labels).unwrap().unwrap();
            assert!(found.labels.is_none() && found.names.is_empty());
            found.note.unwrap()
        };
        assert!(note("null").contains("no labels"));
        assert!(note(r#"[["00000/a.png", 1]]"#).contains("no label for 2 of 3 images"));
        let null = r#"[["00000/a.png", 1], ["00000/b.png", null], ["00001/c.png", 1]]"#;
        assert!(note(null).contains("no label for 1 of 3"));
        let vectors =
            r#"[["00000/a.png", [0.5, 1]], ["00000/b.png", [1, 1]], ["00001/c.png", [0, 0]]]"#;
        assert!(note(vectors).contains("vectors of 2 numbers"));
        assert!(of("3").unwrap_err().to_string().contains("expected a list of"));
        assert!(of("[3]").unwrap_err().to_string().contains("entry 0 of labels is 3"));
        assert!(of(r#"[["a", 1.5]]"#).unwrap_err().to_string().contains("no whole number"));
        assert_eq!(classes("{}", Path::new("x"), &[]).unwrap(), None);
        assert!(classes("{", Path::new("x"), &[]).is_err());
    }
}
