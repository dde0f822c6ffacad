//! `gan distance`: how far a run's samples are from its data, beside how far data are from data.

pub mod args;

use crate::distance::args::DistanceArgs;
use crate::draws;
use crate::format::{number, table};
use crate::output::{self, note};
use anyhow::Result;
use gan_runs::measures::distance::{Asked, Distances, Found, distance};
use gan_runs::trained::Trained;
use serde_json::{Map, Value, json};

/// Runs the command.
pub fn run(args: &DistanceArgs) -> Result<u8> {
    let device = args.compute.start()?;
    let mut trained = Trained::open(&args.run, args.data.as_deref(), args.step, &device)?;
    let part = trained.part(args.split.as_deref().map(str::parse).transpose()?)?;
    part.note().iter().for_each(|text| note(text));
    let asked = Asked {
        count: usize::try_from(args.count)?,
        seed: args.seed.unwrap_or(trained.config.train.seed),
        patch: args.patch.map(usize::try_from).transpose()?,
        window: args.window,
        all: args.all,
    };
    let found = distance(&mut trained, &part, &asked, &mut draws::bar())?;
    if !args.json {
        output::result(&told(&found))?;
        return Ok(0);
    }
    let named = |values: &Distances| -> Map<String, Value> {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
    };
    let checkpoint = |(step, values): &(u64, Distances)| {
        let mut object = named(values);
        object.insert("step".into(), (*step).into());
        Value::Object(object)
    };
    output::json(&json!({
        "run": trained.run.dir,
        "count": found.count,
        "split": part.split.to_string(),
        "held_out": part.held_out,
        "labels": found.dealt.object(found.count),
        "patch": asked.patch,
        "median_distance": found.width,
        "floor": named(&found.floor),
        "checkpoints": found.checkpoints.iter().map(checkpoint).collect::<Vec<_>>(),
        "rank_correlation": found.correlation,
    }))?;
    Ok(0)
}

fn told(found: &Found) -> String {
    let Found { checkpoints: found, floor, correlation, .. } = found;
    let widest = found.iter().map(|(_, values)| values).max_by_key(|values| values.len());
    let names: Vec<&str> = widest.into_iter().flatten().map(|(name, _)| *name).collect();
    let head = [&["step"][..], &names].concat().iter().map(|s| (*s).to_owned()).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    let row = |name: String, values: &Distances| -> Vec<String> {
        let cell = |wanted: &&str| {
            let found = values.iter().find(|(n, _)| n == wanted);
            found.map_or_else(|| "-".to_owned(), |(_, value)| number(*value))
        };
        [name].into_iter().chain(names.iter().map(cell)).collect()
    };
    rows.extend(found.iter().map(|(step, values)| row(step.to_string(), values)));
    rows.push(row("floor".to_owned(), floor));
    let mut text = table(&rows);
    if let Some(value) = *correlation {
        text.push_str(&format!("rank correlation of emd and critic: {}\n", number(value)));
    }
    text
}
