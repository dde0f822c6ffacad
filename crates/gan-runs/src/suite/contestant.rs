//! Who takes part in a suite: a model with a suite's networks and settings of its own.

use crate::error::{Context, Error, Result, refused};
use crate::{assign, configuration, packs};
use gan_models::Entry;
use gan_models::suite::Suite;
use gan_train::{DataConfig, RunConfig};
use toml::{Table, Value};

/// A model and its whole configuration, but for the seed.
pub struct Contestant {
    /// As it was named.
    pub name: String,
    /// The zoo's entry.
    pub entry: &'static Entry,
    /// Everything that its runs depend on.
    pub config: RunConfig,
}

impl Contestant {
    /// Reads `ENTRY` or `ENTRY+key.path=value+…`.
    pub fn new(name: &str, suite: &Suite, steps: Option<u64>) -> Result<Self> {
        let mut words = name.split('+');
        let entry = configuration::entry(words.next().unwrap_or_default())?;
        let mut config = (entry.defaults)()?;
        config.data = DataConfig::new(suite.data);
        let own = suite.own.iter().filter(|(name, _)| *name == entry.name).map(|(_, own)| *own);
        for settings in [suite.model].into_iter().chain(own) {
            let settings: Table = toml::from_str(settings).context("the suite's networks")?;
            known(&mut config.model, &settings);
        }
        let mut tree = Table::try_from(&config).context("the model's defaults")?;
        let train = toml::from_str(suite.train).context("the suite's training")?;
        let all = Table::from_iter([("train".to_owned(), Value::Table(train))]);
        assign::merge(&mut tree, all).map_err(Error::Failed)?;
        let mut base: RunConfig = tree.try_into().context("the suite's settings")?;
        base.train.steps = steps.unwrap_or(suite.steps);
        let mut tree = Table::try_from(base).context("the suite's settings")?;
        let mut settled = false;
        for word in words {
            settled |= assign::gives(word, "train.batch");
            let put = |tree: &mut Table| {
                let (path, value) = assign::split(word)?;
                assign::put_text(tree, &assign::full_path(path), value)
            };
            put(&mut tree).map_err(|e| refused(format!("{name}: {e}")))?;
        }
        let mut config: RunConfig = tree.try_into().map_err(|e: toml::de::Error| {
            refused(format!("{name}: {}", crate::one_line(&e.to_string())))
        })?;
        packs::fill(&mut config, settled);
        config.train.validate()?;
        Ok(Self { name: name.to_owned(), entry, config })
    }
}

/// Puts those values of `part` whose keys `model` has.
fn known(model: &mut Table, part: &Table) {
    for (key, value) in part {
        match (model.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(part)) => known(below, part),
            (Some(place), value) if place.same_type(value) => *place = value.clone(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_models::suite::SUITES;

    #[test]
    fn every_contestant_of_every_suite_is_known() {
        for suite in SUITES {
            for name in suite.contestants {
                let contestant = Contestant::new(name, suite, Some(7)).unwrap();
                assert_eq!(contestant.config.data.spec, suite.data);
                assert_eq!(contestant.config.train.steps, 7);
                let model = &contestant.config.model;
                let hidden = ["generator_hidden", "hidden"].iter().find_map(|k| model.get(*k));
                if suite.data.starts_with("toy:") {
                    assert_eq!(hidden.unwrap().as_array().unwrap().len(), 2, "{name}");
                }
            }
        }
    }

    #[test]
    fn an_entrys_own_settings_reach_it_and_no_other() {
        let weight = |name: &str| {
            let contestant = Contestant::new(name, &SUITES[0], None).unwrap();
            contestant.config.model["techniques"]["gradient_penalty"].as_float()
        };
        assert_eq!(weight("wgan-gp"), Some(0.1));
        assert_eq!(weight("wgan-gp+techniques.gradient_penalty=2.0"), Some(2.0));
        assert_eq!(weight("vanilla"), Some(0.0));
    }

    #[test]
    fn settings_follow_plus_signs() {
        let name = "vanilla+techniques.packing=4+train.batch=64";
        let contestant = Contestant::new(name, &SUITES[0], None).unwrap();
        assert_eq!(contestant.config.model["techniques"]["packing"].as_integer(), Some(4));
        assert_eq!(contestant.config.train.batch, 64);
        // As many packs as a batch of the suite has samples, unless told otherwise.
        let batch = |name| Contestant::new(name, &SUITES[0], None).unwrap().config.train.batch;
        assert_eq!((batch("vanilla"), batch("vanilla+techniques.packing=4")), (100, 400));
        let train = &contestant.config.train;
        assert_eq!(train.schedule.from, 0.5);
        let error = |name: &str| Contestant::new(name, &SUITES[0], None).err().unwrap().to_string();
        assert!(error("vanila").contains("did you mean vanilla"));
        assert!(error("vanilla+pack=4").contains("pack"));
        assert!(error("vanilla+techniques.packing").contains("key.path=value"));
    }
}
