//! `gan sample`: from a run's checkpoint to files.

pub mod args;
pub mod files;
pub mod given;

use crate::failure::usage;
use crate::output;
use crate::sample::args::SampleArgs;
use crate::sample::files::{Format, MOST_IN_GRID, Writer, refuse_existing};
use anyhow::{Context, Result};
use candle_core::{DType, Tensor};
use gan_data::class_name;
use gan_images::Image;
use gan_runs::draw::Plan;
use gan_runs::nearest::{Nearest, nearest, pairs};
use gan_runs::session::Session;
use gan_runs::trained::Trained;
use gan_train::{Run, Sample, images};
use given::Given;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Runs the command.
pub fn run(args: &SampleArgs) -> Result<u8> {
    let device = args.compute.start()?;
    let run = Run::open(&args.run)?;
    let out = args.out.clone().unwrap_or_else(|| free_name(&run.dir.join("samples")));
    let format = args.format.unwrap_or_else(|| Format::of(&out));
    let count = usize::try_from(args.count)?;
    if format == Format::Grid && count > MOST_IN_GRID {
        return Err(usage(format!(
            "--count {count}: a picture shows {MOST_IN_GRID} samples at most; write them as an .npz \
             or a folder by --out"
        )));
    }
    if args.nearest && format != Format::Grid {
        return Err(usage("--nearest draws a picture: give --out a name that ends in .png"));
    }
    refuse_existing(&out, format, args.force)?;

    let Trained { run, config, session, checkpoint } =
        Trained::of(run, args.data.as_deref(), args.step, &device, |_| {})?;
    let takes = session.game.inside().generator()?.takes();
    let seed = args.seed.unwrap_or(config.train.seed);
    let plan = given::plan(count, seed, &asked(args)?, &takes)?;

    if let Some(parent) = out.parent() {
        std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    }
    let found = match args.nearest {
        true => Some(beside_nearest(&session, &plan, &out)?),
        false => {
            write(&session, &plan, format, &out)?;
            None
        }
    };
    let step = session.trainer.step;
    if args.json {
        let (labels, names) = (plan.labels_of(0..count), session.game.class_names());
        let named = labels.as_deref().filter(|_| !names.is_empty());
        let classes: Option<Vec<String>> =
            named.map(|labels| labels.iter().map(|label| class_name(&names, *label)).collect());
        let object = json!({
            "run": run.dir,
            "step": step,
            "checkpoint": checkpoint,
            "count": count,
            "seed": plan.seed,
            "format": format.name(),
            "out": out,
            "labels": labels,
            "classes": classes,
            "nearest": found.map(|found| objects(&found, session.dataset.info().class_names())),
        });
        output::json(&object)?;
    } else {
        output::result(&format!("{count} samples of step {step}: {}", out.display()))?;
        if let Some(found) = &found {
            output::result(&told(found))?;
        }
    }
    Ok(0)
}

/// The first of `sample.png`, `sample-2.png`, … that is not there yet.
fn free_name(folder: &Path) -> PathBuf {
    let name = |n: usize| match n {
        1 => folder.join("sample.png"),
        n => folder.join(format!("sample-{n}.png")),
    };
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(1))
}

/// What samples are asked to be like: `--given`, and its short forms for classes.
fn asked(args: &SampleArgs) -> Result<Vec<Given>> {
    let labels = args.label.iter().chain(&args.labels);
    let classes = labels.map(|class| given::parse(&format!("class={class}")));
    let classes: Vec<Given> = classes.collect::<Result<_, _>>().map_err(usage)?;
    Ok(args.given.iter().cloned().chain(classes).collect())
}

fn write(session: &Session, plan: &Plan, format: Format, out: &Path) -> Result<()> {
    let mut writer = Writer::new(format, out);
    crate::draws::each(&session.trainer, session.game.as_ref(), plan, &mut |sample| {
        writer.take(sample)
    })?;
    writer.finish(plan, &session.game.class_names(), real_points(session)?.as_ref())
}

/// Points of the data, where they are points: those that the run keeps.
fn real_points(session: &Session) -> Result<Option<Tensor>> {
    let examples = &session.built_from.examples;
    match examples.rank() {
        // On the host: a picture is drawn of them.
        2 => Ok(Some(examples.to_device(&candle_core::Device::Cpu)?)),
        _ => Ok(None),
    }
}

/// Draws each sample beside its nearest training image.
fn beside_nearest(session: &Session, plan: &Plan, out: &Path) -> Result<Vec<Nearest>> {
    let (mut values, mut tiles): (Vec<f32>, Vec<Image>) = (Vec::new(), Vec::new());
    crate::draws::each(&session.trainer, session.game.as_ref(), plan, &mut |sample| {
        let Sample::Images(t) = sample else {
            return Err(usage("--nearest: this model makes points, not images"));
        };
        values.extend(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
        tiles.extend(images(t)?);
        Ok(())
    })?;
    let dataset = session.dataset.as_ref();
    let found = nearest(dataset, &values, 1)?.concat();
    pairs(dataset, &tiles, &found)?.write_png(out)?;
    Ok(found)
}

fn objects(found: &[Nearest], names: &[String]) -> Vec<Value> {
    let object = |(sample, n): (usize, &Nearest)| {
        let mut object = n.object(names);
        object["sample"] = json!(sample);
        object
    };
    found.iter().enumerate().map(object).collect()
}

/// The distances in one line.
fn told(found: &[Nearest]) -> String {
    let mut all: Vec<f64> = found.iter().map(|n| n.distance).collect();
    all.sort_by(f64::total_cmp);
    let at =
        |part: usize| all.get((all.len().saturating_sub(1)) * part / 2).copied().unwrap_or(0.0);
    format!(
        "squared distance to the nearest training image: least {:.1}, median {:.1}, most {:.1} \
         (0 is a copy; pixels in [-1, 1])",
        at(0),
        at(1),
        at(2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_name_is_always_new() {
        let folder = tempfile::tempdir().unwrap();
        let first = free_name(folder.path());
        assert!(first.ends_with("sample.png"));
        std::fs::write(&first, "x").unwrap();
        assert!(free_name(folder.path()).ends_with("sample-2.png"));
    }
}
