//! `gan codes`: what a model's codes know of classes, and pictures of what they change.

pub mod args;

use crate::codes::args::CodesArgs;
use crate::draws;
use crate::format::{number, table};
use crate::output::{self, note};
use anyhow::Result;
use gan_runs::measures::codes::{Codes, codes, open, sheets};
use gan_train::Run;
use serde_json::{Map, Value, json};

/// Runs the command.
pub fn run(args: &CodesArgs) -> Result<u8> {
    let device = args.compute.start()?;
    let trained = open(Run::open(&args.run)?, args.data.as_deref(), args.step, &device)?;
    let seed = args.seed.unwrap_or(trained.config.train.seed);
    let count = usize::try_from(args.count)?;
    let Codes { width, held_out, unseen, numbers, notes } =
        codes(&trained, count, seed, &mut draws::bar())?;
    notes.iter().for_each(|text| note(text));
    let step = trained.session.trainer.step;
    let sheets = sheets(&trained, seed)?;
    if args.json {
        let mut object = Map::new();
        object.insert("run".into(), json!(trained.run.dir));
        object.insert("checkpoint".into(), json!(trained.checkpoint));
        object.insert("step".into(), step.into());
        object.insert("width".into(), width.into());
        object.insert("held_out".into(), held_out.into());
        object.insert("held_out_unseen".into(), unseen.into());
        object.extend(numbers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        object.insert("sheets".into(), json!(sheets));
        output::json(&Value::Object(object))?;
    } else {
        let rows = numbers.iter().map(|(name, value)| vec![(*name).to_owned(), number(*value)]);
        let text = table(&rows.collect::<Vec<_>>());
        output::result(&format!("step {step}, codes of {width}\n{text}"))?;
        sheets.iter().for_each(|path| note(&path.display().to_string()));
    }
    Ok(0)
}
