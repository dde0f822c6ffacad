//! Latents of a run's samples, and the class that is asked for.

use super::look::Opened;
use crate::failure::usage;
use crate::sample::given;
use anyhow::{Context, Result};
use clap::Args;
use gan_runs::look::latents::{self, Made};
use gan_train::{Latent, untouched};
use serde_json::{Value, json};

/// The class of a conditional model.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The class that a conditional model draws, by its number or its name; 0 unless given.
    #[arg(long, value_name = "CLASS")]
    pub label: Option<String>,
}

/// The class that a model was asked to draw.
pub struct Class {
    /// Nothing where the model takes none.
    pub number: Option<u32>,
    /// Where the data have one.
    pub name: Option<String>,
}

impl LabelArgs {
    /// The class that was asked for, or the first where the model takes classes.
    ///
    /// # Errors
    /// A class that the model does not know, or takes none at all.
    pub fn class(&self, opened: &Opened) -> Result<Class> {
        let game = opened.session.game.as_ref();
        let number = match (game.classes(), &self.label) {
            (None, None) => None,
            (None, Some(label)) => {
                let entry = &opened.config.entry;
                return Err(usage(format!(
                    "--label {label}: {entry} draws no classes; leave it out"
                )));
            }
            (Some(_), None) => Some(0),
            (Some(count), Some(label)) => Some(given::class(label, count, &game.class_names())?),
        };
        let name = number.and_then(|number| game.class_names().get(number as usize).cloned());
        Ok(Class { number, name })
    }
}

impl Class {
    /// For receipts.
    pub fn add_to(&self, object: &mut Value) {
        object["label"] = json!(self.number);
        object["class"] = json!(self.name);
    }

    /// Such as `, class dogs`, after what the samples are; nothing where the model takes none.
    pub fn words(&self) -> String {
        let name = self.name.clone().or_else(|| self.number.map(|number| number.to_string()));
        name.map_or_else(String::new, |name| format!(", class {name}"))
    }
}

/// The latent of the run's model; a refusal where it has none.
pub fn latent(opened: &Opened) -> Result<Latent> {
    latents::latent(opened.session.game.as_ref()).with_context(|| model(opened))
}

/// The latents of samples by number: sample k of `gan sample` with the same seed has the k-th.
pub fn numbered(opened: &Opened, numbers: &[usize]) -> Result<Vec<Vec<f32>>> {
    latents::numbered(opened.session.game.as_ref(), numbers, opened.seed)
        .with_context(|| model(opened))
}

fn model(opened: &Opened) -> String {
    format!("{}: {}", opened.run.dir.display(), opened.config.entry)
}

/// What the generator makes of latents, of a class where the model is conditional.
pub fn make(opened: &Opened, rows: &[Vec<f32>], class: &Class) -> Result<Made> {
    let labels = class.number.map(|number| vec![number; rows.len()]);
    opened.with(|game| {
        let (labels, device) = (labels.as_deref(), &opened.device);
        Ok(latents::make(game, rows, labels, device, &mut untouched)?)
    })
}
