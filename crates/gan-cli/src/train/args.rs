//! The options of `gan train`, and which setting each one changes.

use crate::compute::ComputeArgs;
use crate::data::args::LoadArgs;
use crate::eval::args::EvalEveryArgs;
use crate::values::{one_or_more, zero_or_more};
use clap::Args;
use gan_runs::configuration::Override;
use std::path::PathBuf;
use std::time::Duration;
use toml::Value;

/// `gan train`.
#[derive(Debug, Args)]
#[command(after_help = "\
The model's defaults give way to --config, that to options, and those to --set. `--set` takes paths
below [data], [train] and [model] as in a run's run.toml; a path that begins with none of them is
looked up in [model].

Ctrl-C stops after the step in hand, saves a checkpoint and tells how to go on; a second one aborts
at once. A run that is resumed ends in the same bytes as one that never stopped.

A program built with the feature mpi trains on several processes or machines, as in `mpirun -n 4 gan
train dcgan --threads 8`: each reads its share of every batch, and the first alone writes. N of them end in the bytes of one with --accumulate N; batch
norm takes the statistics of all, as one that computes the batch as a whole.

Examples:
  gan train dcgan
  gan train dcgan --data photos/ --size 64 --channels 3 --budget 1h30m
  gan train dcgan --set techniques.loss=hinge --set techniques.generator.lr=1e-4
  gan train vanilla --data fashion-mnist --steps 5000 --out runs/fashion
  gan train dcgan --config runs/dcgan-1/run.toml --seed 7
  gan train dcgan --eval-every 500
  gan train dcgan --data photos/ --batch 256 --accumulate 4
  gan train --resume runs/dcgan-1 --steps 2000")]
pub struct TrainArgs {
    /// The model; `gan list` shows them all.
    pub entry: Option<String>,
    /// The data: mnist, fashion-mnist, toy:ring, …, or a path; `gan data check` knows them too.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// How data is loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// The run's folder, new or empty; the first free runs/ENTRY-N unless given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Steps in all; each player takes its turn in every step.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub steps: Option<u64>,
    /// Samples a batch. Unless it is given, data of fewer samples than the model's own batch are
    /// repeated within it.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub batch: Option<u64>,
    /// Equal parts that each batch is computed in, one after the other: memory for one part alone,
    /// and the sums, and bytes, of as many ranks under `mpirun`.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub accumulate: Option<u64>,
    /// The seed of everything random.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Decay of the generator's moving average, such as 0.999; 0 for none.
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    pub ema: Option<f64>,
    /// Steps between sample pictures; 0 for none but the last.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub sample_every: Option<u64>,
    /// Samples a picture.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub samples: Option<u64>,
    /// Steps between checkpoints; 0 for none but the first and last.
    #[arg(long, value_name = "N", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub checkpoint_every: Option<u64>,
    /// How many of the newest checkpoints stay.
    #[arg(long, value_name = "K", value_parser = one_or_more, allow_negative_numbers = true)]
    pub keep_last: Option<u64>,
    /// Checkpoints at multiples of this step stay for good; 0 for none.
    #[arg(long, value_name = "M", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub keep_every: Option<u64>,
    /// Any setting, such as train.schedule.kind=linear or techniques.loss=hinge; may be repeated.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub sets: Vec<String>,
    /// A run.toml, or a part of one.
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Go on with the run in this folder; only --steps may change, and only upwards.
    #[arg(long, value_name = "RUN")]
    pub resume: Option<PathBuf>,
    /// Stop and save after this time, such as 90s, 10m or 1h30m.
    #[arg(long, value_name = "TIME", value_parser = crate::duration::parse)]
    pub budget: Option<Duration>,
    /// Scores on the way.
    #[command(flatten)]
    pub eval: EvalEveryArgs,
    /// How it is computed.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Print one JSON object at the end instead of the table.
    #[arg(long)]
    pub json: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
}

impl TrainArgs {
    /// Every option that changes a setting, in the order of the help.
    pub fn overrides(&self) -> Vec<Override> {
        let mut all = Vec::new();
        let mut add = |flag, path, value: Option<Value>| {
            all.extend(value.map(|value| Override { flag, path, value }));
        };
        // `zero_or_more` keeps to what TOML's integers hold.
        let whole = |n: Option<u64>| n.and_then(|n| i64::try_from(n).ok()).map(Value::Integer);
        let word = |s: &Option<String>| s.clone().map(Value::String);
        let load = &self.load;
        let channels = load.channels.as_deref().and_then(|c| c.parse().ok());
        add("--data", "data.spec", word(&self.data));
        add("--size", "data.size", whole(load.size));
        add("--fit", "data.fit", word(&load.fit));
        add("--channels", "data.channels", whole(channels));
        add("--split", "data.split", word(&load.split));
        add("--skip-bad", "data.skip_bad", load.skip_bad.then_some(Value::Boolean(true)));
        add("--limit", "data.limit", whole(load.limit));
        add("--max-pixels", "data.max_pixels", whole(load.max_pixels));
        let ends = |range: [f64; 2]| Value::Array(range.map(Value::Float).to_vec());
        add("--range", "data.range", load.range.map(ends));
        add("--stretch", "data.stretch", load.stretch.then_some(Value::Boolean(true)));
        // A run that is gone on with keeps its settings, and `resume` sees to this one.
        let no_cache = self.eval.network.no_cache && self.resume.is_none();
        add("--no-cache", "data.cache", no_cache.then_some(Value::Boolean(false)));
        add("--steps", "train.steps", whole(self.steps));
        add("--batch", "train.batch", whole(self.batch));
        add("--accumulate", "train.accumulate", whole(self.accumulate));
        add("--seed", "train.seed", whole(self.seed));
        add("--ema", "train.ema", self.ema.map(Value::Float));
        add("--sample-every", "train.sample_every", whole(self.sample_every));
        add("--samples", "train.samples", whole(self.samples));
        add("--checkpoint-every", "train.checkpoint_every", whole(self.checkpoint_every));
        add("--keep-last", "train.keep_last", whole(self.keep_last));
        add("--keep-every", "train.keep_every", whole(self.keep_every));
        all
    }
}
