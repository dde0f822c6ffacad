//! `gan eval`: a run's samples scored against its data.

pub mod args;

use crate::draws;
use crate::eval::args::EvalArgs;
use crate::output;
use anyhow::Result;
use gan_runs::evaluator::{Evaluation, Evaluator};
use gan_runs::trained::Trained;
use gan_train::Run;
use serde_json::{Value, json};

/// Runs the command.
pub fn run(args: &EvalArgs) -> Result<u8> {
    let device = args.compute.start()?;
    let trained = Trained::open(&args.run, args.data.as_deref(), args.step, &device)?;
    let part = trained.part(args.split.as_deref().map(str::parse).transpose()?)?;
    let Trained { run, config, session, checkpoint } = trained;
    let seed = args.seed.unwrap_or(config.train.seed);
    let evaluator =
        Evaluator::open(&args.network.scoring(), part, args.count, seed, &mut draws::bar())?;
    let evaluation =
        evaluator.evaluate(&session.trainer, session.game.as_ref(), &mut draws::bar())?;
    evaluation.remarks.iter().for_each(|text| output::note(&format!("warning: {text}")));
    if !args.no_log {
        Run::append(&run.dir, &evaluation.object)?;
    }
    if args.json {
        let extra = [("run", json!(run.dir)), ("checkpoint", json!(checkpoint))];
        output::json(&told(&evaluation, &extra))?;
    } else {
        let step = session.trainer.step;
        let object = &evaluation.object;
        let word = |key: &str| object[key].as_str().unwrap_or_default();
        output::result(&format!(
            "step {step}: {}\n{} samples against {}, by {} as {} ({})",
            evaluation.line(),
            object["n_a"],
            word("compared_with"),
            word("network"),
            args.network.protocol,
            word("network_because"),
        ))?;
    }
    Ok(0)
}

/// The line of the log with where it is from, for stdout.
fn told(evaluation: &Evaluation, extra: &[(&str, Value)]) -> Value {
    let mut object = evaluation.object.as_object().cloned().unwrap_or_default();
    for (key, value) in extra {
        object.insert((*key).to_owned(), value.clone());
    }
    Value::Object(object)
}
