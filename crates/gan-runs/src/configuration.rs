//! A run's configuration in layers: the model's defaults, a file, options, `--set`.

use crate::error::{Context, Result, refused};
use crate::{assign, packs};
use gan_models::{Entry, ZOO, find};
use gan_train::{RunConfig, Schedule};
use std::path::Path;
use toml::{Table, Value};

/// An option that was given and changes a setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// The option, such as `--steps`.
    pub flag: &'static str,
    /// The setting, such as `train.steps`.
    pub path: &'static str,
    /// What it becomes.
    pub value: Value,
}

/// What lies over a model's defaults, lowest first.
#[derive(Debug, Default)]
pub struct Layers<'a> {
    /// A `run.toml` or a part of one, with its path for messages.
    pub file: Option<(&'a Path, Table)>,
    /// Options of the command line.
    pub options: Vec<Override>,
    /// `key.path=value`, in order.
    pub sets: &'a [String],
}

impl Layers<'_> {
    /// Whether one of them gives the setting at `path`, such as `train.batch`: nobody then decides
    /// it for the user.
    pub fn gives(&self, path: &str) -> bool {
        let in_file = |(_, table): &(_, Table)| assign::holds(table, path);
        self.file.as_ref().is_some_and(in_file)
            || self.options.iter().any(|option| option.path == path)
            || self.sets.iter().any(|text| assign::gives(text, path))
    }
}

/// Finds a model, or suggests the nearest.
pub fn entry(name: &str) -> Result<&'static Entry> {
    find(name).ok_or_else(|| {
        let near = ZOO
            .iter()
            .map(|e| (strsim::jaro_winkler(&name.to_lowercase(), e.name), e.name))
            .filter(|(likeness, _)| *likeness >= 0.7)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = near.map_or_else(String::new, |(_, near)| format!("; did you mean {near}?"));
        refused(format!("no model is called {name:?}{hint} (there are: {})", names()))
    })
}

/// The names of all models.
pub fn names() -> String {
    ZOO.iter().map(|e| e.name).collect::<Vec<_>>().join(", ")
}

/// Reads a configuration file; its entry, if it names one, comes first.
pub fn read_file(path: &Path) -> Result<(Option<String>, Table)> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("--config {}: cannot read", path.display()))?;
    let wrong = |what: String| refused(format!("--config {}: {what}", path.display()));
    let mut table: Table = toml::from_str(&text).map_err(|e| wrong(one_line(&e.to_string())))?;
    // The version says who wrote the file, not what it wants.
    table.remove("version");
    if let Some(train) = table.get_mut("train").and_then(Value::as_table_mut) {
        Schedule::as_share(train);
    }
    match table.remove("entry") {
        None => Ok((None, table)),
        Some(Value::String(name)) => Ok((Some(name), table)),
        Some(other) => Err(wrong(format!("entry: expected a model's name, found {other}"))),
    }
}

/// The configuration of a new run of a model, by its defaults and settings such as `train.steps=500`.
///
/// # Errors
/// An unknown model or setting, or a value that does not fit it.
pub fn configure(model: &str, settings: &[&str]) -> Result<RunConfig> {
    let sets: Vec<String> = settings.iter().map(|&text| text.to_owned()).collect();
    resolve(entry(model)?, Layers { sets: &sets, ..Layers::default() })
}

/// Resolves the configuration of a new run.
///
/// # Errors
/// An unknown setting, or a value that does not fit it.
pub fn resolve(entry: &Entry, layers: Layers<'_>) -> Result<RunConfig> {
    let defaults = (entry.defaults)()?;
    let (name, version) = (defaults.entry.clone(), defaults.version.clone());
    let mut tree = Table::try_from(defaults).context("the model's defaults")?;
    tree.remove("entry");
    tree.remove("version");
    let settled = layers.gives("train.batch");
    if let Some((path, table)) = layers.file {
        assign::merge(&mut tree, table)
            .map_err(|e| refused(format!("--config {}: {e}", path.display())))?;
    }
    for Override { flag, path, value } in layers.options {
        assign::put(&mut tree, path, value).map_err(|e| refused(format!("{flag}: {e}")))?;
    }
    for text in layers.sets {
        let put = |tree: &mut Table| {
            let (path, value) = assign::split(text)?;
            assign::put_text(tree, &assign::full_path(path), value)
        };
        put(&mut tree).map_err(|e| refused(format!("--set {text}: {e}")))?;
    }
    tree.insert("entry".to_owned(), Value::String(name));
    tree.insert("version".to_owned(), Value::String(version));
    let mut config: RunConfig = tree
        .try_into()
        .map_err(|e: toml::de::Error| refused(place_first(&one_line(&e.to_string()))))?;
    packs::fill(&mut config, settled);
    config.train.validate()?;
    Ok(config)
}

/// Without a backtrace, as Candle adds to its messages, and without TOML's drawing of the place.
pub fn one_line(text: &str) -> String {
    let mut words = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("0: ") || line == "stack backtrace:" {
            break;
        }
        let gutter = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        if line.is_empty() || gutter.starts_with('|') {
            continue;
        }
        if !words.is_empty() {
            let ended = words.ends_with([':', ',', ';', '.']);
            words.push_str(if ended || line.starts_with("in `") { " " } else { ": " });
        }
        words.push_str(line);
    }
    words
}

/// ``what in `train.batch` `` as `train.batch: what`, in words of people.
fn place_first(text: &str) -> String {
    let text = match text.strip_suffix('`').and_then(|t| t.rsplit_once(" in `")) {
        Some((what, place)) => format!("{place}: {what}"),
        None => text.to_owned(),
    };
    ["usize", "u64", "u32"].iter().fold(text, |text, kind| {
        text.replace(&format!("expected {kind}"), "expected a whole number, 0 or more")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_train::{DataConfig, TrainConfig};

    fn defaults() -> gan_train::Result<RunConfig> {
        Ok(RunConfig {
            entry: "toy".to_owned(),
            version: "0".to_owned(),
            data: DataConfig::new("mnist"),
            train: TrainConfig::default(),
            model: toml::from_str("features = 64\n[techniques]\nloss = 'standard'\n").unwrap(),
        })
    }

    const TOY: Entry = Entry {
        name: "toy",
        title: "",
        paper: "",
        takes: &[],
        defaults,
        build: |_, _| Err(gan_train::Error::Config("not built here".to_owned())),
    };

    fn options(steps: i64) -> Vec<Override> {
        vec![Override { flag: "--steps", path: "train.steps", value: Value::Integer(steps) }]
    }

    #[test]
    fn each_layer_wins_over_those_below() {
        let file = || toml::from_str("[train]\nsteps = 2\nbatch = 2\nseed = 2\n").unwrap();
        let sets = ["train.steps=4".to_owned(), "techniques.loss=hinge".to_owned()];
        let layers =
            Layers { file: Some((Path::new("f.toml"), file())), options: options(3), sets: &sets };
        let all = resolve(&TOY, layers).unwrap();
        assert_eq!((all.train.steps, all.train.batch, all.train.seed), (4, 2, 2));
        assert_eq!(all.model["techniques"]["loss"].as_str(), Some("hinge"));
        let layers = Layers { options: options(3), ..Layers::default() };
        let two = resolve(&TOY, layers).unwrap();
        assert_eq!((two.train.steps, two.train.batch), (3, TrainConfig::default().batch));
        assert_eq!(resolve(&TOY, Layers::default()).unwrap(), defaults().unwrap());
    }

    #[test]
    fn what_the_user_gave_is_known_whatever_way_it_was_given() {
        let gives = |file: &str, sets: &[&str]| {
            let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
            let file = Some((Path::new("f.toml"), toml::from_str(file).unwrap()));
            Layers { file, options: options(3), sets: &sets }.gives("train.batch")
        };
        assert!(gives("[train]\nbatch = 2\n", &[]));
        assert!(gives("", &["train.batch=2"]));
        assert!(gives("", &["z=3", "train={batch = 2}"]));
        assert!(!gives(
            "[train]\nsteps = 2\n[model]\nbatch = 2\n",
            &["batch=2", "train={steps = 2}"]
        ));
        let layers = Layers { options: options(3), ..Layers::default() };
        assert!(layers.gives("train.steps") && !layers.gives("train.batch"));
    }

    #[test]
    fn errors_name_the_layer_they_come_from() {
        let file = toml::from_str("[train]\nstep = 2\n").unwrap();
        let layers = Layers { file: Some((Path::new("f.toml"), file)), ..Layers::default() };
        let error = resolve(&TOY, layers).unwrap_err().to_string();
        assert!(error.starts_with("--config f.toml: unknown setting train.step; did you mean"));
        let error = |set: &str| {
            let sets = [set.to_owned()];
            let layers = Layers { sets: &sets, ..Layers::default() };
            resolve(&TOY, layers).unwrap_err().to_string()
        };
        assert!(error("train.steps=x").starts_with("--set train.steps=x: train.steps: expected"));
        assert!(error("train.steps=0").contains("train.steps: expected 1 or more, found 0"));
        let negative =
            "train.steps: invalid value: integer `-1`, expected a whole number, 0 or more";
        assert_eq!(error("train.steps=-1"), negative);
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        std::fs::write(&path, "entry = 'toy'\nversion = '9'\n[train]\nsteps = 2\n").unwrap();
        let (name, table) = read_file(&path).unwrap();
        assert_eq!((name.as_deref(), table.len()), (Some("toy"), 1));
        std::fs::write(&path, "not toml").unwrap();
        let error = read_file(&path).unwrap_err().to_string();
        assert!(error.contains("run.toml: TOML parse error at line 1"), "{error}");
    }
}
