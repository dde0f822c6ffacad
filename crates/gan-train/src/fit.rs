//! The training loop.

use crate::look::Look;
use crate::picture::{picture, picture_by_class, sheet};
use crate::{
    Batch, Draw, Fields, Game, Result, Run, SampleRequest, StepReport, TrainConfig, Trainer,
};
use candle_core::Tensor;
use gan_images::draw;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

/// What a caller sees after each step.
pub struct Tick<'a> {
    /// Steps in all.
    pub steps: u64,
    /// Samples a batch.
    pub batch: usize,
    /// The step just done.
    pub report: &'a StepReport,
    /// Seconds this step took, without pictures and checkpoints.
    pub seconds: f64,
    /// The sample picture, where this step made one.
    pub picture: Option<PathBuf>,
    /// The game after the step, to sample from by [`Trainer::drawn`].
    pub game: &'a dyn Game,
    /// The trainer after the step.
    pub trainer: &'a Trainer,
}

/// How training ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All steps are done.
    Finished,
    /// The caller stopped it; a checkpoint holds the state.
    Stopped,
}

/// Trains from the trainer's step to the last of `config`. With a run, it writes the log, sample
/// pictures of the same latents and checkpoints, and the state at the end however it ends well.
///
/// `on_step` is called after every step and may stop the loop.
///
/// # Errors
/// Where a step fails: the last good checkpoint stays. Where the disk does not take a file.
pub fn fit(
    game: &mut dyn Game,
    trainer: &mut Trainer,
    config: &TrainConfig,
    feed: &mut dyn FnMut(Draw) -> Result<Batch>,
    mut run: Option<&mut Run>,
    on_step: &mut dyn FnMut(&Tick<'_>) -> ControlFlow<()>,
) -> Result<Outcome> {
    let every = |n: u64, step: u64| n > 0 && step.is_multiple_of(n);
    let mut real: Option<Tensor> = None;
    // Where training starts from a checkpoint, that is the one that holds this state.
    let mut saved = trainer.step;
    if let Some(run) = &mut run
        && trainer.step == 0
    {
        run.save(game, trainer)?;
    }
    let drawing = run.is_some();
    // A game that needs no data has nothing to compare its samples with.
    let sees_data = game.players().iter().any(|p| p.sees_data);
    let mut look = (drawing && sees_data).then(Look::new);
    let mut outcome = Outcome::Finished;
    while trainer.step < config.steps {
        let start = Instant::now();
        let mut watched = |draw: Draw| {
            // Pictures of points show the first batch's real ones behind the generated: that of
            // the whole run, so that a resumed one draws the same pictures.
            let batch = feed(draw)?;
            let first = Draw::from(0);
            if drawing && real.is_none() && batch.real()?.rank() == 2 {
                let points = if draw == first { batch.clone() } else { feed(first)? };
                real = Some(points.real()?.clone());
            }
            if let Some(look) = &mut look
                && draw == Draw::from(draw.number)
            {
                look.take(draw.number, &batch)?;
            }
            Ok(batch)
        };
        let mut report = trainer.step(game, &mut watched)?;
        let seconds = start.elapsed().as_secs_f64();
        let step = report.step;
        let mut drawn = None;
        if let Some(run) = &mut run {
            let drawing = every(config.sample_every, step) || step == config.steps;
            if drawing && let Some(look) = &mut look {
                let judge = run.judge.as_ref();
                report.samples =
                    look.at(trainer, game, config.seed, judge, &mut |n| feed(n.into()))?;
            }
            run.log(&report, seconds)?;
            if drawing {
                drawn = Some(pictures(game, trainer, config, run, real.as_ref())?);
            }
            if every(config.checkpoint_every, step) || step == config.steps {
                run.save(game, trainer)?;
                saved = step;
            }
        }
        let tick = Tick {
            steps: config.steps,
            batch: config.batch,
            report: &report,
            seconds,
            picture: drawn,
            game,
            trainer,
        };
        if trainer.any(on_step(&tick).is_break())? && trainer.step < config.steps {
            outcome = Outcome::Stopped;
            break;
        }
    }
    if let Some(run) = &mut run
        && saved != trainer.step
    {
        run.save(game, trainer)?;
    }
    Ok(outcome)
}

/// Writes the sample picture and, where the game draws them, its figure and its sheets.
fn pictures(
    game: &mut dyn Game,
    trainer: &Trainer,
    config: &TrainConfig,
    run: &Run,
    real: Option<&Tensor>,
) -> Result<PathBuf> {
    let count = if real.is_some() { config.samples.max(512) } else { config.samples };
    let names = game.class_names();
    let classes: Vec<u32> = (0..count).map(|k| (k % names.len().max(1)) as u32).collect();
    let mut request = SampleRequest::of(count);
    if !names.is_empty() {
        request.given = Fields::of_classes(&classes, game.params().device())?;
    }
    let sample = trainer.sample(game, &request, config.seed)?;
    let image = match real {
        Some(_) => picture(&sample, real)?,
        None => picture_by_class(&sample, &classes, &names)?,
    };
    let path = run.picture("step", trainer.step, &image)?;
    let (figure, sheets) = trainer.drawn(game, |game| {
        let Some(drawings) = game.inside().drawings else { return Ok((None, Vec::new())) };
        let rng = || crate::trainer::sample_rng(config.seed);
        Ok((drawings.figure(&mut rng())?, drawings.sheets(&mut rng())?))
    })?;
    if let Some(figure) = figure {
        run.picture("figure", trainer.step, &draw(&figure, 800, 500)?)?;
    }
    for drawn in sheets {
        run.picture(&drawn.name, trainer.step, &sheet(&drawn)?)?;
    }
    Ok(path)
}
