//! What samples are asked to be like: `--given NAME=VALUE`, read by what the model takes.

use crate::failure::usage;
use anyhow::Result;
use candle_core::{Device, Tensor};
use gan_data::{CLASS, Field, FieldKind};
use gan_runs::draw::Plan;
use gan_train::Fields;

/// Conditions as they were typed: a name and a value each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    name: String,
    value: String,
}

/// Reads `NAME=VALUE`.
///
/// # Errors
/// Where there is no `=`.
pub fn parse(text: &str) -> std::result::Result<Given, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("expected NAME=VALUE such as class=3, found {text}"))?;
    Ok(Given { name: name.trim().to_owned(), value: value.trim().to_owned() })
}

/// A plan of samples like this, by what the model `takes`; classes that nobody asked for are all of
/// them in turn.
///
/// # Errors
/// A condition that the model does not take, and values that do not fit it.
pub fn plan(count: usize, seed: u64, given: &[Given], takes: &[Field]) -> Result<Plan> {
    for asked in given {
        if !takes.iter().any(|field| field.name == asked.name) {
            let known: Vec<String> = takes.iter().map(Field::words).collect();
            let known = match known.is_empty() {
                true => "nothing; `cgan` is a model that takes a class".to_owned(),
                false => known.join(", "),
            };
            return Err(usage(format!(
                "--given {}: samples of this model can be asked for by {known}",
                asked.name
            )));
        }
    }
    let (mut labels, mut beside) = (None, Fields::none());
    for field in takes {
        let values = given.iter().filter(|asked| asked.name == field.name);
        let values: Vec<&str> = values.map(|asked| asked.value.as_str()).collect();
        match &field.kind {
            FieldKind::Class { count, names } if field.name == CLASS => {
                let listed = values.iter().flat_map(|value| value.split(','));
                let mut all: Vec<u32> = listed
                    .map(|value| class(value.trim(), *count, names))
                    .collect::<Result<_>>()?;
                if all.is_empty() {
                    all = (0..u32::try_from(*count)?).collect();
                }
                labels = Some(all);
            }
            FieldKind::Vector { names } => {
                let rows: Vec<Vec<f32>> = values
                    .iter()
                    .map(|value| vector(value, field, names))
                    .collect::<Result<_>>()?;
                if !rows.is_empty() {
                    // On the host: drawing moves what is given to the model.
                    let rows = Tensor::new(rows, &Device::Cpu)?;
                    beside = beside.with(&field.name, rows);
                }
            }
            _ if values.is_empty() => {}
            _ => {
                let words = field.words();
                return Err(usage(format!(
                    "--given {}: this version has no way to give {words}",
                    field.name
                )));
            }
        }
    }
    Ok(Plan { count, seed, labels, beside })
}

/// A class by its number or its name. A name that looks like a number is meant as the name where
/// both are possible, as digits are, whose names are their numbers.
///
/// # Errors
/// Neither a number below `count` nor one of `names`.
pub fn class(value: &str, count: usize, names: &[String]) -> Result<u32> {
    let number = value.parse::<u32>().ok().filter(|class| (*class as usize) < count);
    let named = names.iter().position(|name| name == value).and_then(|k| u32::try_from(k).ok());
    named.or(number).ok_or_else(|| {
        let most = count.saturating_sub(1);
        let known =
            match names.is_empty() || names.iter().enumerate().all(|(k, n)| *n == k.to_string()) {
                true => String::new(),
                false => format!(" or one of {}", names.join(", ")),
            };
        usage(format!("class {value}: expected a number from 0 to {most}{known}"))
    })
}

fn vector(value: &str, field: &Field, names: &[String]) -> Result<Vec<f32>> {
    let numbers = value.split(',').map(|number| number.trim().parse::<f32>());
    let numbers: Option<Vec<f32>> =
        numbers.map(|number| number.ok().filter(|n| n.is_finite())).collect();
    numbers.filter(|numbers| numbers.len() == names.len()).ok_or_else(|| {
        usage(format!(
            "--given {}={value}: expected {} numbers with commas between them ({})",
            field.name,
            names.len(),
            names.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes() -> Vec<Field> {
        let kind = FieldKind::Vector { names: vec!["x".to_owned(), "y".to_owned()] };
        let names = ["cat", "dog", "0"].map(str::to_owned).to_vec();
        vec![Field::class(3, names), Field { name: "place".to_owned(), kind }]
    }

    fn of(given: &[&str]) -> Result<Plan> {
        let given: Vec<Given> = given.iter().map(|text| parse(text).unwrap()).collect();
        plan(4, 0, &given, &takes())
    }

    #[test]
    fn classes_are_given_by_number_or_name_and_vectors_by_numbers() {
        assert_eq!(of(&[]).unwrap().labels, Some(vec![0, 1, 2]));
        assert_eq!(of(&["class=dog"]).unwrap().labels, Some(vec![1]));
        // The third class is called 0.
        assert_eq!(of(&["class=1, 0", "class=cat"]).unwrap().labels, Some(vec![1, 2, 0]));
        let plan = of(&["place=0.5, -1", "place=2,3"]).unwrap();
        let rows = plan.beside.get("place").unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(rows, [[0.5, -1.0], [2.0, 3.0]]);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let told = |given: &[&str]| of(given).err().unwrap().to_string();
        assert!(told(&["class=bird"]).contains("from 0 to 2 or one of cat, dog, 0"));
        assert!(told(&["class=3"]).contains("class 3: expected a number from 0 to 2"));
        assert!(told(&["place=1"]).contains("expected 2 numbers with commas between them (x, y)"));
        assert!(told(&["place=1,NaN"]).contains("expected 2 numbers"));
        let told = told(&["text=a red bird"]);
        assert!(told.contains("can be asked for by class (3), place (2)"), "{told}");
        assert!(parse("class").unwrap_err().contains("NAME=VALUE"));
        let nothing = plan(1, 0, &[parse("class=1").unwrap()], &[]).err().unwrap().to_string();
        assert!(nothing.contains("by nothing; `cgan`"), "{nothing}");
    }
}
