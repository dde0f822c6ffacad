//! Where each default comes from: the paper, its authors' code, and why ours is another.
//!
//! The values are those of the code itself; `sources.toml` beside this crate's sources holds what
//! was read elsewhere. Tests hold that no setting is without a source, and no difference without a
//! reason.

use crate::Entry;
use gan_train::{Error, Result, RunConfig};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Table, Value};

const TEXT: &str = include_str!("../sources.toml");
/// What stands where a paper or its code says nothing. `?` stands where nobody has looked.
pub const SILENT: &str = "–";

/// A model's defaults beside their sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// What was read of the paper, such as `1511.06434, section 4`.
    pub paper: String,
    /// Which code of its authors, or that there is none.
    pub code: String,
    /// The settings, in the order of their paths.
    pub settings: Vec<Source>,
}

/// One default beside its sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path, such as `train.batch` or `techniques.generator.lr`.
    pub setting: String,
    /// This program's default.
    pub ours: String,
    /// The paper's value.
    pub paper: String,
    /// The value of the authors' code.
    pub code: String,
    /// Why ours is another than one of them; empty where it is not.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    paper: String,
    code: String,
    settings: BTreeMap<String, WrittenSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSource {
    #[serde(default)]
    paper: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    why: String,
}

/// The defaults of a model beside their sources.
///
/// # Errors
/// Where the list of sources has no such model, or names a setting that the model has not.
pub fn sources(entry: &Entry) -> Result<Sources> {
    let bad = |what: String| Error::Config(format!("sources.toml: {what}"));
    let mut all = written()?;
    let name = entry.name;
    let Written { paper, code, settings } =
        all.remove(name).ok_or_else(|| bad(format!("expected a table of {name}, found none")))?;
    let ours = values(&(entry.defaults)()?)?;
    let or_silent = |text: String| if text.is_empty() { SILENT.to_owned() } else { text };
    let row = |(setting, source): (String, WrittenSource)| {
        let Some(ours) = ours.get(&setting) else {
            return Err(bad(format!("{name} has no setting {setting}")));
        };
        let (paper, code) = (or_silent(source.paper), or_silent(source.code));
        Ok(Source { ours: ours.clone(), setting, paper, code, why: source.why })
    };
    let settings = settings.into_iter().map(row).collect::<Result<_>>()?;
    Ok(Sources { paper, code, settings })
}

fn written() -> Result<BTreeMap<String, Written>> {
    toml::from_str(TEXT).map_err(|e| Error::Config(format!("sources.toml: {e}")))
}

/// Every setting of a configuration as text, by the path that the command line takes.
fn values(config: &RunConfig) -> Result<BTreeMap<String, String>> {
    let told = |e: toml::ser::Error| Error::Config(format!("a model's defaults: {e}"));
    let mut all = BTreeMap::new();
    let train = Table::try_from(&config.train).map_err(told)?;
    collect("train.", &train, &mut all);
    all.insert("data.spec".to_owned(), config.data.spec.clone());
    all.insert("data.size".to_owned(), config.data.size.to_string());
    collect("", &config.model, &mut all);
    Ok(all)
}

fn collect(prefix: &str, table: &Table, all: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        match value {
            Value::Table(below) => collect(&format!("{path}."), below, all),
            value => {
                all.insert(path, text(value));
            }
        }
    }
}

/// A value as people write it: `2e-4`, `[128, 128]`, `true`, `hinge`.
fn text(value: &Value) -> String {
    match value {
        Value::Float(v) if *v != 0.0 && v.abs() < 1e-2 => format!("{v:e}"),
        Value::Float(v) => v.to_string(),
        Value::String(word) => word.clone(),
        Value::Array(all) => {
            format!("[{}]", all.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Techniques, ZOO};
    use gan_train::{OptimizerConfig, TrainConfig};

    /// The settings of a model that must have a source: all its own, techniques and training where they
    /// are not what every model has, and how it is optimized.
    fn needed(config: &RunConfig) -> Vec<String> {
        let mut usual = BTreeMap::new();
        let techniques = Table::try_from(Techniques::default()).unwrap();
        collect("techniques.", &techniques, &mut usual);
        let train = Table::try_from(TrainConfig::default()).unwrap();
        collect("train.", &train, &mut usual);
        let always = ["train.steps", "train.batch"];
        // How often pictures and checkpoints are written is no matter of a paper.
        let never = ["train.sample_every", "train.checkpoint_every", "train.samples", "train.seed"];
        // An optimizer's rate always, and of the rest what is not as every optimizer has it.
        let rule = Table::try_from(OptimizerConfig::default()).unwrap();
        let is_usual = |path: &str, value: &str| {
            let (_, key) = path.rsplit_once('.').unwrap_or_default();
            key != "lr" && rule.get(key).is_some_and(|usual| text(usual) == *value)
        };
        let all = values(config).unwrap();
        let keep = |(path, value): &(&String, &String)| {
            let path = path.as_str();
            !path.starts_with("data.")
                && !never.contains(&path)
                && !is_usual(path, value)
                && (always.contains(&path)
                    || path.ends_with(".lr")
                    || usual.get(path) != Some(*value))
        };
        all.iter().filter(keep).map(|(path, _)| path.clone()).collect()
    }

    #[test]
    fn every_setting_of_every_model_has_a_source() {
        let names: Vec<String> = written().unwrap().into_keys().collect();
        let mut zoo: Vec<&str> = ZOO.iter().map(|entry| entry.name).collect();
        zoo.sort_unstable();
        assert_eq!(names, zoo);
        let mut missing = Vec::new();
        for entry in ZOO {
            let has: Vec<String> =
                sources(entry).unwrap().settings.into_iter().map(|s| s.setting).collect();
            let needed = needed(&(entry.defaults)().unwrap());
            missing
                .extend(needed.into_iter().filter(|p| !has.contains(p)).map(|p| (entry.name, p)));
        }
        assert!(missing.is_empty(), "settings without a line in sources.toml: {missing:#?}");
    }

    /// A value that begins with ours, such as `64 (main.lua)` for `64`, is the same.
    #[test]
    fn every_difference_has_a_reason() {
        let same = |ours: &str, theirs: &str| {
            let rest = theirs.strip_prefix(ours);
            [SILENT, "?"].contains(&theirs)
                || rest.is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.')
                })
        };
        assert!(same("64", "64 (section 4)") && !same("64", "640") && !same("1", "1.5"));
        let mut open = Vec::new();
        for entry in ZOO {
            for source in sources(entry).unwrap().settings {
                let equal = same(&source.ours, &source.paper) && same(&source.ours, &source.code);
                if !equal && source.why.is_empty() {
                    open.push((entry.name, source));
                }
            }
        }
        assert!(open.is_empty(), "differences without a reason: {open:#?}");
    }
}
