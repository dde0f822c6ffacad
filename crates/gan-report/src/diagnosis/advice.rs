//! Advice that the run at hand can take: options whose settings its model has and accepts.

use super::Facts;
use toml::{Table, Value};

/// Whether a model takes a run's whole configuration, settings changed by advice included. Who
/// knows the models answers; this crate does not.
pub type Accepts = fn(&Table) -> bool;

/// What makes room for an option that a model refuses by itself: a penalty on slopes needs a D
/// without batch norm, and layer norm is what arXiv 1704.00028, section 4, puts in its place.
const ROOM: [&str; 2] = ["", " --set techniques.discriminator_norm=layer"];
/// The tables of a configuration; a path that begins with none of them lies in the last.
const TABLES: [&str; 3] = ["data", "train", "model"];

/// Those of `options` that the run can take, with what makes room for them. All of them where the
/// configuration is not known.
pub(super) fn fitting(options: Vec<String>, facts: &Facts) -> Vec<String> {
    let (config, Some(accepts)) = (&facts.config, facts.accepts) else { return options };
    if config.is_empty() {
        return options;
    }
    let fit = |option: String| {
        if !changes(&option) {
            let known = |path: &str| place(&mut config.clone(), path).is_some();
            let all_known = paths(&option).all(|(path, _)| known(path));
            return all_known.then_some(option);
        }
        // What is so already is no advice, whatever room it gets.
        changed(config, &option)?;
        let with = ROOM.iter().map(|room| format!("{option}{room}"));
        with.into_iter().find(|text| changed(config, text).is_some_and(|table| accepts(&table)))
    };
    options.into_iter().filter_map(fit).collect()
}

/// Whether an option gives values, and not only names a setting or a command.
fn changes(option: &str) -> bool {
    paths(option).any(|(_, value)| value.is_some())
}

/// Each `--set path=value` of an option, or `--set path` of one that says "a lower …".
fn paths(option: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let given = option.split("--set ").skip(1).filter_map(|rest| rest.split_whitespace().next());
    given.map(|word| word.split_once('=').map_or((word, None), |(path, value)| (path, Some(value))))
}

/// The configuration with an option's values; nothing where it lacks one of the settings, where a
/// value is of another kind, or where all of them are as they were.
fn changed(config: &Table, option: &str) -> Option<Table> {
    let mut table = config.clone();
    for (path, value) in paths(option) {
        let (at, value) = (place(&mut table, path)?, value?);
        *at = match at {
            Value::String(_) => Value::String(value.to_owned()),
            Value::Float(_) => Value::Float(value.parse().ok()?),
            Value::Integer(_) => Value::Integer(value.parse().ok()?),
            Value::Boolean(_) => Value::Boolean(value.parse().ok()?),
            _ => return None,
        };
    }
    (table != *config).then_some(table)
}

/// The setting at a path as the command line takes it.
fn place<'a>(config: &'a mut Table, path: &str) -> Option<&'a mut Value> {
    let first = path.split('.').next()?;
    let [.., model] = TABLES;
    let table = if TABLES.contains(&first) { None } else { Some(model) };
    let mut keys = table.into_iter().chain(path.split('.'));
    let mut at = config.get_mut(keys.next()?)?;
    for key in keys {
        at = at.as_table_mut()?.get_mut(key)?;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model whose D has batch norm unless told otherwise, and which refuses packing.
    fn accepts(config: &Table) -> bool {
        let techniques = &config["model"]["techniques"];
        let penalized = techniques["gradient_penalty"].as_float().unwrap() > 0.0;
        let batch_norm = techniques["discriminator_norm"].as_str() == Some("own");
        !(penalized && batch_norm) && techniques["packing"].as_integer() == Some(1)
    }

    fn facts() -> Facts {
        let config = "[train]\nema = 0.0\n[model.techniques]\ngradient_penalty = 0.0\npacking = 1\n\
                      discriminator_norm = 'own'\nspectral_norm = true\n";
        Facts { config: config.parse().unwrap(), accepts: Some(accepts), ..Facts::default() }
    }

    fn fit(option: &str, facts: &Facts) -> Option<String> {
        fitting(vec![option.to_owned()], facts).pop()
    }

    #[test]
    fn options_get_room_or_are_left_out() {
        let fit = |option| fit(option, &facts());
        let room = "--set techniques.gradient_penalty=10 --set techniques.discriminator_norm=layer";
        assert_eq!(fit("--set techniques.gradient_penalty=10").as_deref(), Some(room));
        assert_eq!(fit("--set techniques.packing=2"), None, "refused");
        assert_eq!(fit("--set techniques.unknown=1"), None, "no such setting");
        assert_eq!(fit("--set techniques.spectral_norm=true"), None, "it is so already");
        assert_eq!(fit("--set techniques.packing=two"), None, "no number");
        assert!(fit("--set train.ema=0.999").is_some());
        assert!(fit("a lower --set techniques.gradient_penalty").is_some());
        assert_eq!(fit("a lower --set techniques.discriminator.lr"), None);
        assert!(fit("`gan train wgan-gp`").is_some());
    }

    #[test]
    fn without_a_configuration_nothing_is_left_out() {
        let option = "--set techniques.packing=2";
        assert!(fit(option, &Facts::default()).is_some());
        assert!(fit(option, &Facts { accepts: None, ..facts() }).is_some());
    }
}
