//! The whole resolved configuration of a run, as `run.toml` holds it.

use crate::{Error, Result, Schedule};
use gan_data::{BatchSize, HeldOut, LoadOptions, Split};
use serde::{Deserialize, Serialize};

/// A split that is settled when a run starts: the training part, or everything where too little
/// could be held out of it.
pub const AUTO: &str = "auto";

/// Everything that a run depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The zoo's entry, such as `dcgan`.
    pub entry: String,
    /// The program's version that wrote this.
    pub version: String,
    /// What is learned.
    pub data: DataConfig,
    /// How long and how.
    pub train: TrainConfig,
    /// The entry's own settings.
    pub model: toml::Table,
}

/// The data and how it is loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// `mnist`, `fashion-mnist`, `toy:ring`, or a path.
    pub spec: String,
    /// Side of the square that images are brought to; 0 leaves them.
    #[serde(default)]
    pub size: usize,
    /// `crop`, `resize` or `pad`.
    #[serde(default = "crop")]
    pub fit: String,
    /// 1 for gray, 3 for color; 0 keeps what the data has.
    #[serde(default)]
    pub channels: usize,
    /// `all`, `train`, `val`, `test`, or `auto`, which [`DataConfig::settle`] makes `train` or `all`.
    #[serde(default = "all")]
    pub split: String,
    /// The share that is held out as `test` where the data have no parts of their own.
    #[serde(default = "tenth")]
    pub held_out: f64,
    /// The seed of the rule that holds samples out.
    #[serde(default)]
    pub held_out_seed: u64,
    /// Leave out files that cannot be read, instead of stopping.
    #[serde(default)]
    pub skip_bad: bool,
    /// Use only the first so many; 0 means all.
    #[serde(default)]
    pub limit: usize,
    /// Let a batch hold samples more than once where the data have fewer than a batch; otherwise
    /// such data are refused.
    #[serde(default)]
    pub repeat: bool,
    /// Refuse image files of more pixels; 0 means 2²⁷.
    #[serde(default)]
    pub max_pixels: u64,
    /// The values that become the darkest and the brightest, of files with 16 bits a sample and of
    /// arrays: `[low, high]`, or nothing.
    #[serde(default)]
    pub range: Vec<f64>,
    /// Take for `range` what the files with 16 bits a sample use.
    #[serde(default)]
    pub stretch: bool,
    /// Decode a JPEG at a quarter or an eighth of its size where that leaves twice `size` or more.
    /// Scores never do; runs that do not say so did not.
    #[serde(default)]
    pub scaled: bool,
    /// Keep what decoding and resizing of image files gave, in memory or in the cache folder.
    #[serde(default = "yes")]
    pub cache: bool,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn crop() -> String {
    "crop".to_owned()
}

fn all() -> String {
    "all".to_owned()
}

fn tenth() -> f64 {
    HeldOut::default().share
}

impl DataConfig {
    /// The defaults for a spec: the training part, where enough can be held out beside it.
    pub fn new(spec: &str) -> Self {
        Self {
            spec: spec.to_owned(),
            size: 0,
            fit: crop(),
            channels: 0,
            split: AUTO.to_owned(),
            held_out: tenth(),
            held_out_seed: 0,
            skip_bad: false,
            limit: 0,
            repeat: false,
            max_pixels: 0,
            range: Vec::new(),
            stretch: false,
            scaled: true,
            cache: true,
        }
    }

    /// As `gan-data` takes it.
    ///
    /// # Errors
    /// Where a name is unknown.
    pub fn options(&self) -> Result<LoadOptions> {
        let some = |n: usize| (n > 0).then_some(n);
        let range = match *self.range.as_slice() {
            [] => None,
            [low, high] => Some([low, high]),
            ref other => {
                let found = other.len();
                return Err(Error::Config(format!(
                    "data.range: expected [] or two numbers such as [0, 4095], found {found}"
                )));
            }
        };
        Ok(LoadOptions {
            size: some(self.size),
            fit: self.fit.parse().map_err(|e| Error::Config(format!("data.fit: {e}")))?,
            channels: some(self.channels),
            skip_bad: self.skip_bad,
            split: match self.split.as_str() {
                AUTO => Split::Train,
                name => name.parse().map_err(|e| Error::Config(format!("data.split: {e}")))?,
            },
            held_out: HeldOut { share: self.held_out, seed: self.held_out_seed },
            limit: some(self.limit),
            max_pixels: (self.max_pixels > 0).then_some(self.max_pixels),
            range,
            stretch: self.stretch,
            scaled: self.scaled,
            no_cache: !self.cache,
        })
    }
}

/// The loop's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The seed of everything random.
    pub seed: u64,
    /// Steps in all; each player takes its turn in every step.
    pub steps: u64,
    /// Samples a batch.
    pub batch: usize,
    /// Equal parts of the batch that gradients are made of one after the other, or each by a rank of
    /// several: less memory, and the same sums for any number of ranks.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// Steps between sample pictures; 0 for none but the last.
    pub sample_every: u64,
    /// Samples a picture.
    pub samples: usize,
    /// Steps between checkpoints; 0 for none but the first and last.
    pub checkpoint_every: u64,
    /// How many of the newest checkpoints stay; at least 1.
    pub keep_last: usize,
    /// Checkpoints at multiples of this step stay for good; 0 for none.
    pub keep_every: u64,
    /// Decay of the generator's moving average, in `[0, 1)`, less in a run's first steps; 0 for none.
    pub ema: f64,
    /// How learning rates change.
    pub schedule: Schedule,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            steps: 1000,
            batch: 64,
            accumulate: 1,
            sample_every: 250,
            samples: 64,
            checkpoint_every: 250,
            keep_last: 3,
            keep_every: 0,
            ema: 0.0,
            schedule: Schedule::default(),
        }
    }
}

impl TrainConfig {
    /// Refuses values that cannot be.
    ///
    /// # Errors
    /// Where a value is outside its range.
    pub fn validate(&self) -> Result<()> {
        let bad = |what: String| Err(Error::Config(what));
        if self.steps == 0 {
            return bad("train.steps: expected 1 or more, found 0".into());
        }
        if self.batch == 0 {
            return bad("train.batch: expected 1 or more, found 0".into());
        }
        if self.accumulate == 0 || !self.batch.is_multiple_of(self.accumulate) {
            return bad(format!(
                "train.accumulate: a batch of {} does not divide into {} equal parts",
                self.batch, self.accumulate
            ));
        }
        if self.samples == 0 || self.samples > 10_000 {
            return bad(format!("train.samples: expected 1 to 10000, found {}", self.samples));
        }
        if self.keep_last == 0 {
            return bad("train.keep_last: expected 1 or more, found 0".into());
        }
        if !(0.0..1.0).contains(&self.ema) {
            return bad(format!("train.ema: expected a decay in [0, 1), found {}", self.ema));
        }
        self.schedule.validate(self.steps)
    }
}

/// What a file of an earlier version has: a whole number where this one has a share.
#[derive(Deserialize)]
struct Earlier {
    train: EarlierTrain,
}

#[derive(Deserialize)]
struct EarlierTrain {
    steps: u64,
    schedule: EarlierSchedule,
}

#[derive(Deserialize)]
struct EarlierSchedule {
    from: u64,
}

impl RunConfig {
    /// Reads `run.toml`'s text; `origin` names it in messages.
    ///
    /// # Errors
    /// Where it is no TOML, a key is unknown or missing, or a value cannot be.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let told = |e: &dyn std::fmt::Display| Error::Config(format!("{origin}: {e}"));
        let mut config: Self = toml::from_str(text).map_err(|e| told(&e))?;
        if let Ok(Earlier { train: EarlierTrain { steps, schedule } }) = toml::from_str(text) {
            config.train.schedule.from = Schedule::share(schedule.from, steps);
        }
        config.train.validate().map_err(|e| told(&e))?;
        Ok(config)
    }

    /// Samples a batch, and whether they may be repeated.
    pub fn batch_size(&self) -> BatchSize {
        BatchSize { samples: self.train.batch, repeat: self.data.repeat }
    }

    /// The text of `run.toml`.
    ///
    /// # Errors
    /// Where a value has no TOML form.
    pub fn text(&self) -> Result<String> {
        toml::to_string_pretty(self).map_err(|e| Error::Config(format!("run.toml: {e}")))
    }
}
