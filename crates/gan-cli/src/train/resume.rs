//! `gan train --resume RUN`: go on where a run stopped.

use crate::failure::usage;
use crate::format::{number, shell};
use crate::output;
use crate::program;
use crate::train::args::TrainArgs;
use crate::train::{self, Ready};
use anyhow::{Context, Result};
use candle_core::{DType, Device};
use gan_kernels::team::Exchange;
use gan_runs::session::Session;
use gan_runs::train::FirstRead;
use gan_runs::{configuration, ranks};
use gan_train::{BuiltFrom, Decay, Feed, Run, Schedule};
use std::io::Write;
use std::path::Path;
use std::rc::Rc;

/// Opens the run, loads its newest checkpoint and, where asked, raises its number of steps.
pub fn open(
    args: &TrainArgs,
    dir: &Path,
    device: &Device,
    team: Option<&Rc<dyn Exchange>>,
) -> Result<Ready> {
    refuse_settings(args, dir)?;
    let (rank, ranks) = ranks::place(team);
    let first = rank == 0;
    let mut run = if first { Run::resume(dir)? } else { Run::open(dir)? };
    if let Some(asked) = &args.entry
        && *asked != run.config.entry
    {
        let found = &run.config.entry;
        return Err(usage(format!(
            "--resume {}: this is a run of {found}, not of {asked}; leave out {asked}",
            dir.display()
        )));
    }
    let had = run.config.train.steps;
    let steps = args.steps.unwrap_or(had);
    if steps < had {
        return Err(usage(format!(
            "--steps {steps}: the run in {} has {had} steps already; with --resume their number \
             can only rise",
            dir.display()
        )));
    }
    run.config.train.steps = steps;
    let parts = run.config.train.accumulate;
    ranks::divide(&mut run.config, ranks)?;
    let divided = run.config.train.accumulate != parts;
    if divided && first && !args.quiet {
        output::note(&format!(
            "the run was one process that saw whole batches; from here on {ranks} ranks see a part \
             each, and its numbers differ in their last digits from those of one"
        ));
    }
    let entry = configuration::entry(&run.config.entry)?;
    let kept = BuiltFrom::read(&run.dir, device)?;
    // What is kept changes no value, so this run may keep less than the one that it goes on with.
    let mut config = run.config.clone();
    config.data.cache &= !args.eval.network.no_cache;
    let mut session = Session::resumed(entry, &config, kept.as_ref(), device)
        .with_context(|| format!("cannot go on with the run in {}", dir.display()))?;
    let (then, now) = (kept.as_ref().map(|kept| kept.info.len), session.dataset.info().len);
    match then {
        // A run of an earlier version.
        None if first => session.built_from.write(&run.dir)?,
        Some(then) if then != now && first && !args.quiet => output::note(&format!(
            "warning: the data have changed: {then} samples when the run began, {now} now; it goes on \
             with these, and no longer as one that never stopped"
        )),
        _ => {}
    }
    if let Some(team) = team {
        session.trainer.join(session.game.as_ref(), team.clone())?;
    }
    run.load(session.game.as_ref(), &mut session.trainer, None)?;
    let (size, seed) = (run.config.batch_size(), run.config.train.seed);
    let feed = Feed::new(session.dataset.clone(), size, seed, DType::F32, device)?;
    let feed = FirstRead::new(feed.share(rank, ranks), session.trainer.draws)?;
    let config = run.config.clone();
    if !first {
        return Ok(Ready { run: None, config, session, feed, evaluator: None });
    }
    let evaluator = train::evaluator(args, &run.config, &session)?;
    if steps > had {
        let longer = stretched(&run.config.train.schedule, session.trainer.step, had, steps);
        longer.iter().filter(|_| !args.quiet).for_each(|line| output::note(line));
    }
    if steps > had || divided {
        let text = run.config.text()?;
        let path = run.dir.join("run.toml");
        gan_images::write_atomically(&path, |file| file.write_all(text.as_bytes()))?;
    }
    Ok(Ready { run: Some(run), config, session, feed, evaluator })
}

/// What more steps make of learning rates that fall over the run; nothing where they do not.
fn stretched(schedule: &Schedule, step: u64, had: u64, steps: u64) -> Option<String> {
    let next = step + 1;
    let (before, now) = (schedule.factor(step, had), schedule.factor(next, steps));
    if schedule.kind == Decay::Constant || step == 0 || now <= before {
        return None;
    }
    let percent = |share: f64| format!("{} %", number(100.0 * share));
    let (before, now, from) = (percent(before), percent(now), schedule.falls_from(steps));
    let then = if from > next { format!(", and fall from step {from}") } else { String::new() };
    Some(format!(
        "learning rates follow a schedule over the whole run: with {steps} steps in place of {had} \
         they rise from {before} of their start, at step {step}, to {now} at step {next}{then}"
    ))
}

/// A resumed run must end as if it had never stopped: its settings stay.
fn refuse_settings(args: &TrainArgs, dir: &Path) -> Result<()> {
    let mut given: Vec<&str> = args.overrides().iter().map(|o| o.flag).collect();
    given.retain(|flag| *flag != "--steps");
    given.extend(args.out.as_ref().map(|_| "--out"));
    given.extend(args.config.as_ref().map(|_| "--config"));
    given.extend((!args.sets.is_empty()).then_some("--set"));
    if given.is_empty() {
        return Ok(());
    }
    Err(usage(format!(
        "--resume goes on with the settings in {}; {} cannot change them (only --steps may rise). \
         For a new run with other settings: `{} train --config {} {} …`",
        dir.join("run.toml").display(),
        given.join(", "),
        program::name(),
        shell(&dir.join("run.toml")),
        given[0]
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_run_is_told_that_rates_rise_again() {
        let linear = Schedule { kind: Decay::Linear, warmup: 0, from: 0.6 };
        let said = stretched(&linear, 2000, 2000, 4000).unwrap_or_default();
        assert!(
            said.contains(
                "rise from 0.1248 % of their start, at step 2000, to 100.0 % at step 2001"
            ),
            "{said}"
        );
        assert!(said.ends_with("and fall from step 2400"), "{said}");
        let soon = stretched(&linear, 2000, 2000, 2200).unwrap_or_default();
        assert!(soon.ends_with("% at step 2001"), "{soon}");
        assert_eq!(stretched(&linear, 1000, 2000, 4000), None);
        assert_eq!(stretched(&Schedule::default(), 2000, 2000, 4000), None);
    }
}
