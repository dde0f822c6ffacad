//! `cargo xtask diagnosis`: runs that fail on purpose and runs that do not; are they told apart?

mod cases;

use crate::command::Failure;
use crate::{gan_binary, workspace};
use cases::{CASES, Case, SHORT};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

pub const HELP: &str = "\
Train short runs, half of them made to fail, and count how many the diagnosis tells apart.

Usage: cargo xtask diagnosis [--seeds A,B,…] [--only WORD] [--out DIR] [--gan PROGRAM]

  --seeds A,B,…   every case is run with each of these seeds (default: 1,2)
  --only WORD     cases whose name contains WORD
  --out DIR       keep the runs there, new or empty; otherwise they are removed
  --gan PROGRAM   a `gan` that is built already; otherwise it is built in release

A run that was made to fail counts as found where the diagnosis at its end names a failure that its
case expects; a healthy one is a false alarm where it names any. The command fails when recall is
below 0.9 or the rate of false alarms above 0.05. Thresholds were chosen on seed 0.
";

/// What must be reached.
const RECALL: f64 = 0.9;
const FALSE_ALARMS: f64 = 0.05;

struct Options {
    seeds: Vec<u64>,
    only: String,
    out: Option<PathBuf>,
    gan: Option<PathBuf>,
}

/// What a run came to.
struct Outcome {
    found: Vec<String>,
    right: bool,
}

pub fn run(args: &[String]) -> Result<(), Failure> {
    let options = parse(args)?;
    let root = workspace::root()?;
    let gan = match &options.gan {
        Some(gan) => fs::canonicalize(gan).map_err(|e| Failure::io("find", gan, &e))?,
        None => gan_binary::build_release(&root)?,
    };
    let temporary = std::env::temp_dir().join(format!("gan-diagnosis-{}", std::process::id()));
    let folder = options.out.clone().unwrap_or_else(|| temporary.clone());
    fs::create_dir_all(&folder).map_err(|e| Failure::io("make", &folder, &e))?;
    let labels = shuffled_labels(&root, &folder)?;
    let chosen: Vec<&Case> = CASES.iter().filter(|c| c.name.contains(&options.only)).collect();
    let (mut failing, mut healthy) = (Vec::new(), Vec::new());
    let mut by_failure: BTreeMap<String, usize> = BTreeMap::new();
    for seed in &options.seeds {
        for case in &chosen {
            let begin = Instant::now();
            let outcome = train(&gan, case, *seed, &folder, &labels)?;
            let verdict = match (outcome.right, case.expected.is_empty()) {
                (true, _) => "",
                (false, true) => "  FALSE ALARM",
                (false, false) => "  MISSED",
            };
            let found = match outcome.found.is_empty() {
                true => "nothing".to_owned(),
                false => outcome.found.join(", "),
            };
            let seconds = begin.elapsed().as_secs_f64();
            println!("{:<34} seed {seed}  {seconds:>5.1} s  {found}{verdict}", case.name);
            for failure in outcome.found {
                *by_failure.entry(failure).or_default() += 1;
            }
            if case.expected.is_empty() { &mut healthy } else { &mut failing }.push(outcome.right);
        }
    }
    if options.out.is_none() {
        let _ = fs::remove_dir_all(&temporary);
    }
    report(&failing, &healthy, &by_failure)
}

fn report(
    failing: &[bool],
    healthy: &[bool],
    by_failure: &BTreeMap<String, usize>,
) -> Result<(), Failure> {
    let found = failing.iter().filter(|right| **right).count();
    let alarms = healthy.iter().filter(|right| !**right).count();
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    let (recall, rate) = (share(found, failing.len()), share(alarms, healthy.len()));
    println!();
    for (failure, count) in by_failure {
        println!("{failure:<22} found in {count} runs");
    }
    println!("recall                 {recall:.3} ({found} of {} that fail)", failing.len());
    println!("false alarms           {rate:.3} ({alarms} of {} that do not)", healthy.len());
    if recall < RECALL || rate > FALSE_ALARMS {
        return Err(Failure::Failed(format!(
            "expected recall of {RECALL} or more and false alarms of {FALSE_ALARMS} or less"
        )));
    }
    Ok(())
}

/// Trains one case and reads the findings from the JSON that `gan train` prints.
fn train(
    gan: &Path,
    case: &Case,
    seed: u64,
    folder: &Path,
    labels: &Path,
) -> Result<Outcome, Failure> {
    let name = format!("{}-{seed}", case.name.replace([' ', ',', ':'], "-"));
    let dir = folder.join(name);
    let mut command = Command::new(gan);
    command.arg("train");
    for word in case.line.split_whitespace() {
        match SHORT.iter().find(|(short, _)| *short == word) {
            Some((_, words)) => command.args(words.split_whitespace()),
            None if word == "SHUFFLED" => command.arg(labels),
            None => command.arg(word),
        };
    }
    command.args(["--quiet", "--json", "--keep-last", "1", "--checkpoint-every", "0"]);
    command.args(["--seed".to_owned(), seed.to_string()]).arg("--out").arg(&dir);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Failure::Failed(format!("cannot run {}: {e}", gan.display())))?;
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut found = failures(&out);
    if !output.status.success() {
        // A loss that is no number stops the run by itself: that says it diverged.
        if !err.contains("the loss is") && !err.contains("the first bad tensor") {
            return Err(Failure::Failed(format!("{}: {err}", case.name)));
        }
        found.push("non-finite".to_owned());
    }
    let right = match case.expected {
        [] => found.is_empty(),
        expected => found.iter().any(|f| expected.contains(&f.as_str()) || f == "non-finite"),
    };
    Ok(Outcome { found, right })
}

/// The names of all failures in the object that `gan train --json` prints.
fn failures(json: &str) -> Vec<String> {
    let parts = json.split("\"failure\":\"").skip(1);
    parts.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// Digits whose labels say nothing: a folder of IDX files with the labels dealt out anew.
fn shuffled_labels(root: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let shuffled = folder.join("shuffled");
    fs::create_dir_all(&shuffled).map_err(|e| Failure::io("make", &shuffled, &e))?;
    let images = root.join("crates/gan-data/embedded/images.idx3-ubyte.gz");
    let copy = shuffled.join("images.idx3-ubyte.gz");
    fs::copy(&images, &copy).map_err(|e| Failure::io("copy", &images, &e))?;
    const COUNT: u32 = 10_000;
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend(COUNT.to_be_bytes());
    let mut state = 1_u64;
    bytes.extend((0..COUNT).map(|_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) % 10) as u8
    }));
    let path = shuffled.join("labels.idx1-ubyte");
    fs::write(&path, bytes).map_err(|e| Failure::io("write", &path, &e))?;
    Ok(shuffled)
}

fn parse(args: &[String]) -> Result<Options, Failure> {
    let mut options = Options { seeds: vec![1, 2], only: String::new(), out: None, gan: None };
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        let mut value =
            || args.next().ok_or_else(|| Failure::Usage(format!("`{flag}` needs a value")));
        match flag.as_str() {
            "--seeds" => {
                let text = value()?;
                let seeds: Result<Vec<u64>, _> = text.split(',').map(str::parse).collect();
                options.seeds = seeds.map_err(|_| {
                    Failure::Usage(format!("--seeds: expected numbers and commas, found `{text}`"))
                })?;
            }
            "--only" => options.only.clone_from(value()?),
            "--out" => options.out = Some(value()?.into()),
            "--gan" => options.gan = Some(value()?.into()),
            other => {
                return Err(Failure::Usage(format!("`diagnosis` does not know `{other}`")));
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_cases_of_either_kind() {
        let failing = CASES.iter().filter(|c| !c.expected.is_empty()).count();
        let seeds = parse(&[]).map(|o| o.seeds.len()).unwrap_or_default();
        assert!(failing * seeds >= 20 && (CASES.len() - failing) * seeds >= 20);
        let mut names: Vec<_> = CASES.iter().map(|c| c.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CASES.len());
    }

    #[test]
    fn failures_are_found_in_the_object() {
        let json =
            r#"{"a":1,"findings":[{"failure":"collapse","since":2},{"failure":"divergence"}]}"#;
        assert_eq!(failures(json), ["collapse", "divergence"]);
        assert!(failures(r#"{"findings":[]}"#).is_empty());
    }
}
