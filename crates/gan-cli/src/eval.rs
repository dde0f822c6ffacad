//! `gan eval`: a run's samples scored against its data.

use crate::eval_args::EvalArgs;
use crate::evaluator::{Evaluator, told};
use crate::session::Session;
use crate::{config_layers, output, program};
use anyhow::{Context, Result};
use gan_train::Run;
use serde_json::json;

/// Runs the command.
pub fn run(args: &EvalArgs) -> Result<u8> {
    let device = args.compute.start()?;
    let run = Run::open(&args.run)?;
    let mut config = run.config.clone();
    if let Some(spec) = &args.data {
        config.data.spec.clone_from(spec);
    }
    let entry = config_layers::entry(&config.entry)?;
    let mut session = Session::open(entry, &config, &device).with_context(|| {
        let dir = run.dir.display();
        format!("{dir}: cannot rebuild the model (its data tell its shape; if they have moved, --data SPEC says where to)")
    })?;
    let checkpoint = run.load(session.game.as_ref(), &mut session.trainer, args.step)?;
    let checkpoint = checkpoint.with_context(|| {
        let (dir, gan) = (run.dir.display(), program::name());
        format!("{dir}: no checkpoint yet; `{gan} train --resume {dir}` makes one")
    })?;
    let seed = args.seed.unwrap_or(config.train.seed);
    let evaluator = Evaluator::open(&args.network, &session.dataset, args.count, seed)?;
    let evaluation = evaluator.evaluate(&session.trainer, session.game.as_ref())?;
    if !args.no_log {
        Run::append(&run.dir, &evaluation.object)?;
    }
    if args.json {
        let extra = [("run", json!(run.dir)), ("checkpoint", json!(checkpoint))];
        output::json(&told(&evaluation, &extra))?;
    } else {
        let step = session.trainer.step;
        let object = &evaluation.object;
        let network = object["receipt"]["extractor"]["layout"].as_str().unwrap_or_default();
        output::result(&format!(
            "step {step}: {}\n{} samples against {} of {}, by {network} as {}",
            evaluation.line(),
            object["n_a"],
            object["n_b"],
            config.data.spec,
            args.network.protocol
        ))?;
    }
    Ok(0)
}
