//! `gan train`: from options to a run that is trained, saved and summed up.

pub mod args;
pub mod board;
pub mod progress;
pub mod rate;
pub mod resume;
pub mod summary;
pub mod watch;

use crate::draws;
use crate::failure::{self, usage};
use crate::format::shell;
use crate::output::{self, note};
use crate::program;
use crate::stop::{INTERRUPTED, Reason, Stop};
use crate::train::args::TrainArgs;
use crate::train::progress::Progress;
use crate::train::summary::Summary;
use crate::train::watch::Watch;
use anyhow::{Result, anyhow};
use candle_core::Device;
use gan_kernels::team::Exchange;
use gan_runs::configuration::{self, Layers};
use gan_runs::evaluator::Evaluator;
use gan_runs::session::Session;
use gan_runs::train::{FirstRead, Prepared};
use gan_runs::{few_samples, judge, packs, parts, ranks, run_folder};
use gan_train::{Decay, Error, Outcome, Run, RunConfig, StepReport, Tick, fit};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Instant;

/// Everything that training needs, and nothing that can still be refused.
pub struct Ready {
    /// The run directory; a rank after the first has none.
    pub run: Option<Run>,
    /// Its configuration.
    pub config: RunConfig,
    /// Data, model and trainer.
    pub session: Session,
    /// Where batches come from, with the first of them read already.
    pub feed: FirstRead,
    /// What scores samples on the way, where that is asked for.
    pub evaluator: Option<Evaluator>,
}

/// Runs the command.
pub fn run(args: &TrainArgs) -> Result<u8> {
    let device = args.compute.start()?;
    Stop::listen()?;
    let team = ranks::team();
    let ready = match &args.resume {
        Some(dir) => resume::open(args, dir, &device, team.as_ref())?,
        None => start(args, &device, team.as_ref())?,
    };
    let Ready { run, config, session, feed, evaluator } = ready;
    match run {
        Some(run) => train(args, run, session, feed, evaluator),
        None => follow(args, &config, session, feed),
    }
}

/// Trains as a rank after the first, which writes what there is to write and says what there is to
/// say.
fn follow(
    args: &TrainArgs,
    config: &RunConfig,
    mut session: Session,
    mut feed: FirstRead,
) -> Result<u8> {
    let stop = Stop::training(args.budget, |_: &str| {});
    let mut reason = None;
    let (game, trainer) = (session.game.as_mut(), &mut session.trainer);
    let outcome =
        fit(game, trainer, &config.train, &mut |draw| feed.batch(draw), None, &mut |_| {
            reason = stop.reason();
            if reason.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
    let interrupted = outcome == Outcome::Stopped && reason == Some(Reason::Signal);
    Ok(if interrupted { INTERRUPTED } else { 0 })
}

/// A new run. The folder is made last: what fails before leaves nothing behind.
fn start(args: &TrainArgs, device: &Device, team: Option<&Rc<dyn Exchange>>) -> Result<Ready> {
    let file = args.config.as_deref().map(configuration::read_file).transpose()?;
    let (named, table) = file.unzip();
    let named = named.flatten();
    let name = match (&args.entry, &named) {
        (Some(asked), Some(found)) if asked != found => {
            return Err(usage(format!(
                "the configuration is one of {found}, not of {asked}; leave out {asked}, or take \
                 `entry` out of the file"
            )));
        }
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => {
            return Err(usage(format!(
                "which model? Try `{} train dcgan` (there are: {}), or go on with a run by --resume",
                program::name(),
                configuration::names()
            )));
        }
    };
    let entry = configuration::entry(name)?;
    let file = args.config.as_deref().zip(table);
    let layers = Layers { file, options: args.overrides(), sets: &args.sets };
    let settled = few_samples::is_settled(&layers);
    let config = configuration::resolve(entry, layers)?;
    let Prepared { config, session, feed } =
        gan_runs::train::prepare(config, settled, device, team)?;
    if ranks::place(team).0 > 0 {
        return Ok(Ready { run: None, config, session, feed, evaluator: None });
    }
    let evaluator = evaluator(args, &config, &session)?;
    let run = run_folder::create(args.out.as_deref(), config)?;
    session.built_from.write(&run.dir)?;
    Ok(Ready { config: run.config.clone(), run: Some(run), session, feed, evaluator })
}

/// What `--eval-every` asks for.
pub fn evaluator(
    args: &TrainArgs,
    config: &RunConfig,
    session: &Session,
) -> Result<Option<Evaluator>> {
    let eval = &args.eval;
    if eval.eval_every == 0 {
        return Ok(None);
    }
    let part = parts::part(&config.data, &session.dataset, None)?;
    let evaluator = Evaluator::open(
        &eval.network.scoring(),
        part,
        Some(eval.eval_count),
        config.train.seed,
        &mut draws::bar(),
    )?;
    Ok(Some(evaluator))
}

fn train(
    args: &TrainArgs,
    mut run: Run,
    mut session: Session,
    mut feed: FirstRead,
    evaluator: Option<Evaluator>,
) -> Result<u8> {
    let config = run.config.clone();
    let from = session.trainer.step;
    if !args.quiet {
        session.dataset.info().notes.iter().for_each(|text| note(&format!("note: {text}")));
        note(&heading(&run, &session));
        packs::told(&config).iter().for_each(|line| note(line));
        few_samples::told(&config, session.dataset.info()).iter().for_each(|line| note(line));
        parts::absence(&config.data)?.iter().for_each(|line| note(line));
        judge::silent(session.dataset.info()).iter().for_each(|line| note(line));
        if from >= config.train.steps {
            note("all its steps are done already; --steps N raises their number");
        }
    }
    let mut progress = Progress::new(args.quiet, from, config.train.steps);
    let (teller, dir) = (progress.teller(), shell(&run.dir));
    let stop = Stop::training(args.budget, move |text: &str| {
        teller(text);
        // The launcher stops all ranks where one is gone, and no step ends any more.
        if ranks::launched() > 1 {
            teller(&format!(
                "where a rank is gone, the newest checkpoint stands: `mpirun … {} train --resume {dir}` \
                 goes on from it, with any number of ranks that divides the batch as this did",
                program::name()
            ));
        }
    });
    run.judge = judge::of(&config.data.spec, session.dataset.info())?;
    let mut watch = Watch::new(&run, from)?;
    let (mut reason, mut report, mut picture) = (None, None::<StepReport>, None);
    let (every, dir, mut failed) = (args.eval.eval_every, run.dir.clone(), None);
    let (say, mut evaluated) = (progress.teller(), 0.0);
    let mut evaluate = |tick: &Tick<'_>, watch: &mut Watch| -> Result<()> {
        let step = tick.report.step;
        let due = every > 0 && (step.is_multiple_of(every) || step == tick.steps);
        let (Some(evaluator), true) = (&evaluator, due) else { return Ok(()) };
        let begin = Instant::now();
        let evaluation = evaluator.evaluate(tick.trainer, tick.game, &mut draws::bar())?;
        Run::append(&dir, &evaluation.object)?;
        let told = watch.evaluation(step, &evaluation.object);
        evaluated += begin.elapsed().as_secs_f64();
        if !args.quiet {
            say(&format!("step {step}: {}", evaluation.line()));
            told.iter().for_each(|line| say(line));
        }
        Ok(())
    };
    let start = Instant::now();
    let fitted = fit(
        session.game.as_mut(),
        &mut session.trainer,
        &config.train,
        &mut |draw| feed.batch(draw),
        Some(&mut run),
        &mut |tick: &Tick<'_>| {
            progress.step(tick);
            report = Some(tick.report.clone());
            if tick.picture.is_some() {
                picture.clone_from(&tick.picture);
            }
            for line in watch.step(tick) {
                if !args.quiet {
                    progress.say(&line);
                }
            }
            failed = evaluate(tick, &mut watch).err();
            reason = stop.reason();
            let end = reason.is_some() || failed.is_some();
            if end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    progress.end();
    if !args.quiet {
        session.dataset.later_notes().iter().for_each(|text| note(&format!("note: {text}")));
    }
    // However it ended, its report tells how far it came.
    let page = watch.write().inspect_err(|e| note(&format!("no report: {e:#}"))).ok();
    fitted.map_err(|error| advise(&error, &run))?;
    if let Some(error) = failed {
        return Err(error.context("evaluation failed; the run is saved and can go on by --resume"));
    }

    // Scores are no training.
    let seconds = start.elapsed().as_secs_f64() - evaluated;
    let (step, steps) = (session.trainer.step, config.train.steps);
    let finished = step >= steps;
    let checkpoint = run.checkpoints()?.pop().map(|(_, path)| path);
    let done = (step - from) * config.train.batch as u64;
    let summary = Summary {
        entry: config.entry.clone(),
        data: config.data.spec.clone(),
        dir: run.dir.clone(),
        steps,
        step,
        seconds,
        images_per_s: if seconds > 0.0 { done as f64 / seconds } else { 0.0 },
        report,
        picture,
        checkpoint,
        page,
        findings: watch.findings(),
        modes: watch.modes(),
        finished,
        rates_fall: config.train.schedule.kind != Decay::Constant,
    };
    if args.json {
        output::json(&summary.json())?;
    } else {
        output::result(&summary.text())?;
    }
    let interrupted = reason == Some(Reason::Signal) && !finished;
    Ok(if interrupted { INTERRUPTED } else { 0 })
}

/// What is trained on what, and where it goes.
fn heading(run: &Run, session: &Session) -> String {
    let (config, info) = (&run.config, session.dataset.info());
    let shape: Vec<String> = info.shape().iter().map(usize::to_string).collect();
    let at = match session.trainer.step {
        0 => String::new(),
        step => format!(" from step {step}"),
    };
    format!(
        "{} on {}: {} samples of {}, {} steps of {}{at}, in {}",
        config.entry,
        info.spec,
        info.len,
        shape.join("×"),
        config.train.steps,
        config.train.batch,
        run.dir.display()
    )
}

/// An error of the loop with what is left and what to do.
fn advise(error: &Error, run: &Run) -> anyhow::Error {
    let what = failure::one_line(&error.to_string());
    let newest = run.checkpoints().ok().and_then(|mut all| all.pop());
    let dir = shell(&run.dir);
    let gan = program::name();
    let Some((step, path)) = newest else {
        return anyhow!(
            "{what}; no checkpoint was written yet: when this is solved, `{gan} train --resume {dir}` \
             begins at step 0"
        );
    };
    let kept = format!("the last good checkpoint is {} (step {step})", path.display());
    if !matches!(error, Error::NonFinite { .. }) {
        return anyhow!(
            "{what}; {kept}: when this is solved, `{gan} train --resume {dir}` goes on"
        );
    }
    let rates: Vec<String> = rates(&run.config.model, "")
        .into_iter()
        .map(|(path, lr)| format!(" --set {path}={:e}", lr / 2.0))
        .collect();
    let toml = shell(&run.dir.join("run.toml"));
    anyhow!(
        "{what}; {kept}. Start again with lower learning rates, such as `{gan} train --config \
         {toml}{}`, or look at that checkpoint with `{gan} sample {dir}`",
        rates.concat()
    )
}

/// Every learning rate among a model's settings, by path.
fn rates(table: &toml::Table, prefix: &str) -> Vec<(String, f64)> {
    let mut all = Vec::new();
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        match value {
            toml::Value::Table(below) => all.extend(rates(below, &format!("{path}."))),
            toml::Value::Float(lr) if key == "lr" => all.push((path, *lr)),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learning_rates_are_found_wherever_they_are() {
        let model = toml::from_str("z = 2\n[techniques.generator]\nlr = 2e-4\nbeta1 = 0.5\n");
        assert_eq!(rates(&model.unwrap(), ""), [("techniques.generator.lr".to_owned(), 2e-4)]);
    }
}
