//! Which classes a conditional model is asked for where its samples are compared with data.
//!
//! Scores compare distributions, so samples have the classes of the data compared with, in their
//! shares: dealt evenly, a perfect model of data with one frequent class would be far from them.

use crate::error::Result;
use gan_data::Dataset;
use gan_layers::StepRng;
use gan_train::Game;
use serde_json::{Value, json};

/// The classes that samples are asked for: sample k has class `labels[k % labels.len()]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dealt {
    /// The classes in their order; nothing where the model takes none.
    pub labels: Option<Vec<u32>>,
    /// Whether they are those of data.
    of_data: bool,
    /// One a class that the model takes; empty where they have none.
    names: Vec<String>,
}

/// Deals classes to samples of a game that are compared with data of these `labels`.
///
/// They are the labels of the data themselves, in an order drawn under `seed`: as many samples as
/// there are data have the classes of the data exactly, fewer have those of a random subset. A model
/// that finds its classes itself, or data without labels, leave classes dealt out in turn.
pub fn dealt(game: &dyn Game, labels: Option<&[u32]>, seed: u64) -> Dealt {
    let names = game.class_names();
    let Some(classes) = game.classes() else {
        return Dealt { labels: None, of_data: false, names };
    };
    let known = labels.filter(|all| !all.is_empty() && all.iter().all(|l| (*l as usize) < classes));
    match known.filter(|_| game.inside().encoder.is_none_or(|encoder| encoder.guesses() == 0)) {
        Some(all) => Dealt { labels: Some(shuffled(all, seed)), of_data: true, names },
        None => {
            let in_turn = (0..u32::try_from(classes).unwrap_or(u32::MAX)).collect();
            Dealt { labels: Some(in_turn), of_data: false, names }
        }
    }
}

impl Dealt {
    /// How classes were dealt to `count` samples, for receipts: `each` is how often each class was, in
    /// the order of `names`, where they have some.
    pub fn object(&self, count: usize) -> Value {
        let Some(labels) = &self.labels else { return Value::Null };
        let classes = labels.iter().max().map_or(0, |most| *most as usize + 1);
        let mut each = vec![0usize; classes];
        (0..count).for_each(|k| each[labels[k % labels.len()] as usize] += 1);
        let how = if self.of_data { "shares of the data" } else { "in turn" };
        let mut object = json!({ "how": how, "each": each });
        if !self.names.is_empty() {
            object["names"] = json!(self.names);
        }
        object
    }
}

/// The labels of all samples; nothing where one has none.
pub fn labels(dataset: &dyn Dataset) -> Result<Option<Vec<u32>>> {
    if dataset.info().classes().is_none() {
        return Ok(None);
    }
    let mut values = vec![0.0; dataset.info().shape().iter().product()];
    (0..dataset.info().len).map(|index| Ok(dataset.labeled(index, &mut values)?)).collect()
}

/// Fisher–Yates, from the stream of measurements.
fn shuffled(labels: &[u32], seed: u64) -> Vec<u32> {
    let mut next = StepRng::new(seed, u64::MAX >> 1).uniforms("classes of samples");
    let mut all = labels.to_vec();
    for last in (1..all.len()).rev() {
        let other = (next() * (last + 1) as f64) as usize;
        all.swap(last, other.min(last));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{self, Layers};
    use crate::session::Session;
    use candle_core::Device;

    fn game(entry: &str, sets: &[&str]) -> Session {
        let entry = configuration::entry(entry).unwrap();
        let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
        let layers = Layers { sets: &sets, ..Layers::default() };
        let config = configuration::resolve(entry, layers).unwrap();
        Session::open(entry, &config, &Device::Cpu).unwrap()
    }

    #[test]
    fn samples_have_the_classes_of_the_data_in_their_shares() {
        let session = game("cgan", &["data.limit=20"]);
        // Nine in ten are of class 2.
        let labels: Vec<u32> = (0..1000).map(|k| if k < 900 { 2 } else { 7 }).collect();
        let found = dealt(session.game.as_ref(), Some(&labels), 3);
        let each = |count| found.object(count)["each"].clone();
        assert_eq!(each(1000), json!([0, 0, 900, 0, 0, 0, 0, 100]));
        assert_eq!(found.object(9)["how"], "shares of the data");
        // A random subset: four deviations of a share of two hundred, far from dealt evenly.
        let few = each(200)[2].as_f64().unwrap();
        assert!((few - 180.0).abs() < 17.0, "{few}");
        assert_eq!(found, dealt(session.game.as_ref(), Some(&labels), 3));
        assert_ne!(found, dealt(session.game.as_ref(), Some(&labels), 4));
    }

    #[test]
    fn without_classes_of_the_data_they_are_dealt_in_turn() {
        let session = game("cgan", &["data.limit=20"]);
        let found = dealt(session.game.as_ref(), None, 0);
        assert_eq!(found.labels, Some((0..10).collect()));
        assert_eq!(found.object(12)["how"], "in turn");
        assert_eq!(found.object(12)["names"][3], "3");
        assert_eq!(dealt(session.game.as_ref(), Some(&[10]), 0), found);
        let session = game("dcgan", &["data.limit=20", "features=4"]);
        assert_eq!(dealt(session.game.as_ref(), Some(&[1]), 0).object(5), Value::Null);
        // InfoGAN's codes are no labels.
        let session = game("infogan", &["data.limit=20", "features=4", "hidden=8"]);
        let found = dealt(session.game.as_ref(), Some(&[1, 1, 1]), 0);
        assert_eq!(found.labels, Some((0..10).collect()));
        assert!(found.object(1)["names"].is_null(), "what it found itself has no names");
    }

    #[test]
    fn labels_are_read_where_all_samples_have_one() {
        let options = gan_data::LoadOptions { limit: Some(30), ..Default::default() };
        let data = gan_data::open("mnist", &options).unwrap();
        assert_eq!(labels(data.as_ref()).unwrap().unwrap().len(), 30);
        let data = gan_data::open("toy:gaussian", &options).unwrap();
        assert_eq!(labels(data.as_ref()).unwrap(), None);
    }
}
