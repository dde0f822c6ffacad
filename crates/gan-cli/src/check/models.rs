//! Every model trained, killed, resumed, sampled and scored on a device.

use crate::check::args::CheckArgs;
use crate::check::child;
use crate::format::table;
use crate::output::{self, note};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Differences of the first losses from the CPU's, over the largest, above which a model is wrong.
const LOSSES: f64 = 1e-2;
/// Steps whose losses are compared: of the second one the gradients of the first are a part.
const FIRST: usize = 2;

/// What was seen of one model.
struct Seen {
    apart: f64,
    same_twice: bool,
    same_resumed: bool,
}

/// Checks these models; whether all of them work.
pub fn check(args: &CheckArgs, names: &[&str]) -> Result<bool> {
    let place = args
        .out
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("gan-check-{}", std::process::id())));
    std::fs::create_dir(&place).with_context(|| format!("{}: cannot be made", place.display()))?;
    let found = each(args, names, &place);
    if args.out.is_none() {
        std::fs::remove_dir_all(&place)
            .with_context(|| format!("{}: cannot be removed", place.display()))?;
    }
    found
}

fn each(args: &CheckArgs, names: &[&str], place: &Path) -> Result<bool> {
    let head = ["model", "first losses", "same seed", "killed and resumed", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut good = true;
    for name in names {
        if !args.json {
            note(&format!("{name}…"));
        }
        let found = one(args, name, &place.join(name));
        let right = found.as_ref().is_ok_and(|seen| seen.apart <= LOSSES);
        good &= right;
        if args.json {
            output::json(&match &found {
                Ok(seen) => json!({
                    "model": name, "right": right, "first_losses": seen.apart,
                    "same_twice": seen.same_twice, "same_resumed": seen.same_resumed,
                }),
                Err(error) => json!({
                    "model": name, "right": false, "error": format!("{error:#}"),
                }),
            })?;
            continue;
        }
        let said = |same: bool| if same { "same bytes" } else { "other bytes" }.to_owned();
        rows.push(match found {
            Ok(seen) => vec![
                (*name).to_owned(),
                format!("{:.0e}", seen.apart),
                said(seen.same_twice),
                said(seen.same_resumed),
                if right { "" } else { "wrong" }.to_owned(),
            ],
            Err(error) => vec![(*name).to_owned(), format!("{error:#}")],
        });
    }
    if !args.json {
        output::result(&table(&rows))?;
    }
    Ok(good)
}

fn one(args: &CheckArgs, name: &str, place: &Path) -> Result<Seen> {
    std::fs::create_dir(place)?;
    let run = |folder: &str| place.join(folder);
    // `gan` with these words on a device, with as many threads as this program.
    let call = |device: &str, words: &[&str], log: &str, enough: &mut dyn FnMut() -> bool| {
        let mut all: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        all.extend(["--device".to_owned(), device.to_owned()]);
        if let Some(threads) = args.compute.threads {
            all.extend(["--threads".to_owned(), threads.to_string()]);
        }
        child::run(&all, &run(log).with_extension("log"), enough)
    };
    let (device, whole) = (args.compute.device.as_str(), run("whole").display().to_string());
    let (steps_word, every) = (args.steps.to_string(), (args.steps / 5).max(1));
    let every = format!("train.checkpoint_every={every}");
    let train = |device: &str, folder: &str, enough: &mut dyn FnMut() -> bool| {
        let out = run(folder).display().to_string();
        let words = ["train", name, "--steps", &steps_word, "--out", &out, "--set", &every];
        call(device, &words, folder, enough)
    };
    let logged = |folder: &str, count: usize| {
        let log = run(folder).join("log.jsonl");
        move || steps(&log).is_ok_and(|found| found.len() >= count)
    };

    train(device, "whole", &mut || false)?;
    train(device, "again", &mut || false)?;
    let half = usize::try_from(args.steps / 2).unwrap_or(1).max(1);
    if !train(device, "killed", &mut logged("killed", half))? {
        let killed = run("killed").display().to_string();
        call(device, &["train", "--resume", &killed], "resumed", &mut || false)?;
    }
    // The CPU's is stopped as soon as its first losses are there.
    train("cpu", "cpu", &mut logged("cpu", FIRST))?;
    call(device, &["sample", &whole, "-n", "16"], "sample", &mut || false)?;
    call(device, &["distance", &whole, "-n", "50"], "distance", &mut || false)?;

    let last = last_checkpoint(&run("whole"))?;
    let losses = |folder: &str| steps(&run(folder).join("log.jsonl"));
    Ok(Seen {
        apart: apart(&losses("whole")?, &losses("cpu")?)?,
        same_twice: last == last_checkpoint(&run("again"))?,
        same_resumed: last == last_checkpoint(&run("killed"))?,
    })
}

/// The losses of all players, step by step.
fn steps(log: &Path) -> Result<Vec<Vec<f64>>> {
    let text = std::fs::read_to_string(log).with_context(|| log.display().to_string())?;
    let mut all = Vec::new();
    // A line that is being written is not whole yet.
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if line["kind"] == "step"
            && let Some(players) = line["players"].as_object()
        {
            all.push(players.values().filter_map(|player| player["loss"].as_f64()).collect());
        }
    }
    Ok(all)
}

/// The largest difference of the first steps' losses, over the largest loss.
fn apart(found: &[Vec<f64>], exact: &[Vec<f64>]) -> Result<f64> {
    let first =
        |all: &[Vec<f64>]| -> Vec<f64> { all.iter().take(FIRST).flatten().copied().collect() };
    let (found, exact) = (first(found), first(exact));
    if found.len() != exact.len() || found.is_empty() {
        bail!("{} losses in the first steps, and {} on the CPU", found.len(), exact.len())
    }
    Ok(gan_kernels::difference(&found, &exact))
}

/// The bytes of a run's newest checkpoint.
fn last_checkpoint(run: &Path) -> Result<Vec<u8>> {
    let folder = run.join("checkpoints");
    let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let all = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let newest = all.iter().max().with_context(|| format!("{}: empty", folder.display()))?;
    Ok(std::fs::read(newest)?)
}
