//! `key.path=value` on a tree of known settings: keys must be known, values keep their type.

use toml::{Table, Value};

/// Tables whose keys may begin a path; everything else is looked up under `model`.
const ROOTS: [&str; 3] = ["data", "train", "model"];
/// Up to so many keys are listed in a message.
const LISTED: usize = 16;
/// Below this likeness a suggestion would only confuse.
const ALIKE: f64 = 0.75;

/// Splits `key.path=value`.
pub fn split(text: &str) -> Result<(&str, &str), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim(), value.trim())),
        _ => Err(format!("expected key.path=value, found {text:?}")),
    }
}

/// The whole path: `steps` below `train`, anything that names no table below `model`.
pub fn full_path(path: &str) -> String {
    match path.split('.').next() {
        Some(first) if ROOTS.contains(&first) => path.to_owned(),
        _ => format!("model.{path}"),
    }
}

/// Whether `key.path=value` gives the setting at `path`, by itself or in a table that holds it.
pub fn gives(text: &str, path: &str) -> bool {
    let Ok((given, value)) = split(text) else { return false };
    let given = full_path(given);
    let below = path.strip_prefix(&given).and_then(|rest| rest.strip_prefix('.'));
    match (below, parse(value)) {
        (Some(below), Some(Value::Table(table))) => holds(&table, below),
        _ => given == path,
    }
}

/// Whether a table has a value at `path`.
pub fn holds(table: &Table, path: &str) -> bool {
    match path.split_once('.') {
        None => table.contains_key(path),
        Some((first, rest)) => {
            table.get(first).and_then(Value::as_table).is_some_and(|below| holds(below, rest))
        }
    }
}

/// Puts a value written as text: TOML, or a bare word.
pub fn put_text(tree: &mut Table, path: &str, text: &str) -> Result<(), String> {
    let place = place(tree, path)?;
    let parsed = parse(text);
    let value = match (&place, parsed) {
        (Value::String(_), Some(Value::String(s))) => Value::String(s),
        (Value::String(_), _) | (_, None) => Value::String(text.to_owned()),
        (_, Some(value)) => value,
    };
    put_at(place, path, value)
}

/// Puts a value; tables are merged key by key.
pub fn put(tree: &mut Table, path: &str, value: Value) -> Result<(), String> {
    put_at(place(tree, path)?, path, value)
}

/// Merges a part of a configuration file into the tree.
pub fn merge(tree: &mut Table, part: Table) -> Result<(), String> {
    for (key, value) in part {
        put(tree, &key, value)?;
    }
    Ok(())
}

/// A TOML value, or nothing where the text is none.
fn parse(text: &str) -> Option<Value> {
    let mut table: Table = toml::from_str(&format!("value = {text}")).ok()?;
    let value = table.remove("value")?;
    table.is_empty().then_some(value)
}

fn put_at(place: &mut Value, path: &str, value: Value) -> Result<(), String> {
    match (&mut *place, value) {
        (Value::Table(known), Value::Table(part)) => {
            for (key, value) in part {
                let below = format!("{path}.{key}");
                match known.get_mut(&key) {
                    Some(place) => put_at(place, &below, value)?,
                    None => return Err(unknown(known, &below, &key, &[])),
                }
            }
        }
        (Value::Float(_), Value::Integer(whole)) => *place = Value::Float(whole as f64),
        (old, new) if old.same_type(&new) => *place = new,
        (old, new) => {
            let old = kind(old);
            return Err(format!("{path}: expected {old}, found {} ({new})", kind(&new)));
        }
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a word",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list such as [1, 2]",
        Value::Table(_) => "a table",
    }
}

/// The value at a path of known keys.
fn place<'a>(tree: &'a mut Table, path: &str) -> Result<&'a mut Value, String> {
    let all = paths(tree);
    let (first, below) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    if !tree.contains_key(first) {
        return Err(unknown(tree, path, first, &all));
    }
    let mut at = &mut tree[first];
    for key in below.into_iter().flat_map(|keys| keys.split('.')) {
        let here = kind(at);
        let Value::Table(table) = at else {
            return Err(format!("{path}: {here} has no settings below it, such as {key}"));
        };
        if !table.contains_key(key) {
            return Err(unknown(table, path, key, &all));
        }
        at = &mut table[key];
    }
    Ok(at)
}

/// Every path of the tree, tables and leaves.
fn paths(tree: &Table) -> Vec<String> {
    let mut all = Vec::new();
    for (key, value) in tree {
        all.push(key.clone());
        if let Value::Table(below) = value {
            all.extend(paths(below).into_iter().map(|path| format!("{key}.{path}")));
        }
    }
    all
}

/// The message for an unknown key: the nearest known one, and its neighbors if they are few.
fn unknown(siblings: &Table, path: &str, key: &str, all: &[String]) -> String {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let (parent, wanted) = (path.strip_suffix(&last(path)).unwrap_or_default(), last(path));
    let near_sibling = siblings
        .keys()
        .map(|known| (strsim::jaro_winkler(key, known), format!("{parent}{known}")))
        .filter(|_| key == wanted);
    let elsewhere = all.iter().map(|known| {
        // The same last key in another table is the likeliest slip: `steps` for `train.steps`.
        let likeness = strsim::jaro_winkler(&wanted, &last(known));
        (if likeness == 1.0 { 2.0 } else { likeness * 0.99 }, known.clone())
    });
    let best = near_sibling
        .chain(elsewhere)
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = format!("unknown setting {path}");
    if let Some((_, near)) = best {
        text.push_str(&format!("; did you mean {near}?"));
    }
    if (1..=LISTED).contains(&siblings.len()) {
        let keys: Vec<&str> = siblings.keys().map(String::as_str).collect();
        text.push_str(&format!(" (known here: {})", keys.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Table {
        toml::from_str(
            "[data]\nspec = 'mnist'\nsize = 0\n[train]\nsteps = 1000\nema = 0.0\n\
             [model]\nfeatures = 64\nlayers = [1, 2]\n[model.techniques]\nloss = 'standard'\n\
             spectral = false\n[model.techniques.generator]\nlr = 2e-4\n",
        )
        .unwrap()
    }

    fn set(text: &str) -> Result<Table, String> {
        let mut tree = tree();
        let (path, value) = split(text)?;
        put_text(&mut tree, &full_path(path), value)?;
        Ok(tree)
    }

    #[test]
    fn values_are_toml_or_a_bare_word() {
        assert_eq!(set("train.steps=5").unwrap()["train"]["steps"], Value::Integer(5));
        assert_eq!(set("train.ema=1").unwrap()["train"]["ema"], Value::Float(1.0));
        let model = |text| set(text).unwrap()["model"].clone();
        assert_eq!(model("features=32")["features"], Value::Integer(32));
        assert_eq!(model("techniques.loss=hinge")["techniques"]["loss"].as_str(), Some("hinge"));
        assert_eq!(model("techniques.loss='hinge'")["techniques"]["loss"].as_str(), Some("hinge"));
        assert_eq!(
            model("techniques.generator.lr=1e-4")["techniques"]["generator"]["lr"],
            Value::Float(1e-4)
        );
        assert_eq!(model("layers=[3]")["layers"].as_array().unwrap().len(), 1);
        let merged = model("techniques={loss='hinge', spectral=true}");
        assert_eq!(merged["techniques"]["spectral"], Value::Boolean(true));
        assert_eq!(merged["techniques"]["generator"]["lr"], Value::Float(2e-4));
        assert_eq!(set("data.spec=2024").unwrap()["data"]["spec"].as_str(), Some("2024"));
        assert_eq!(set("data.spec=a=b").unwrap()["data"]["spec"].as_str(), Some("a=b"));
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let error = |text| set(text).unwrap_err();
        assert_eq!(
            error("train.steps=many"),
            "train.steps: expected a whole number, found a word (\"many\")"
        );
        assert!(error("train.steps=1.5").contains("expected a whole number, found a number (1.5)"));
        assert!(error("model=3").contains("model: expected a table"));
        assert!(error("train.steps.x=3").contains("a whole number has no settings below it"));
        assert!(error("features").contains("expected key.path=value"));
        assert!(error("=3").contains("expected key.path=value"));
        assert!(error("train.steps=1\nema=2").contains("found a word"));
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = |text| set(text).unwrap_err();
        assert_eq!(
            error("train.stepz=5"),
            "unknown setting train.stepz; did you mean train.steps? (known here: ema, steps)"
        );
        assert!(error("steps=5").contains("did you mean train.steps?"));
        assert!(error("loss=hinge").contains("did you mean model.techniques.loss?"));
        assert!(error("model.techniques={los=1}").contains("did you mean model.techniques.loss?"));
        assert!(error("feature=5").contains("did you mean model.features?"));
        assert!(!error("zzz=5").contains("did you mean"));
    }

    #[test]
    fn files_merge_key_by_key() {
        let mut tree = tree();
        let part = toml::from_str("[train]\nsteps = 7\n[model]\nfeatures = 8\n").unwrap();
        merge(&mut tree, part).unwrap();
        assert_eq!(tree["train"]["steps"], Value::Integer(7));
        assert_eq!(tree["train"]["ema"], Value::Float(0.0));
        let part = toml::from_str("[trian]\nsteps = 7\n").unwrap();
        assert!(merge(&mut tree, part).unwrap_err().contains("did you mean train?"));
    }
}
