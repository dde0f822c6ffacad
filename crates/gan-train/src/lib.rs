//! The one training loop and what it keeps on disk.
//!
//! A model implements [`Game`]: who plays, what each minimizes, what may be looked at. [`fit`] does the
//! rest: batches, turns, gradients, optimizers, moving averages, samples of the same latents,
//! checkpoints, the log. Nothing else in the workspace steps an optimizer.
//!
//! | file | what |
//! | --- | --- |
//! | [`Game`] | the contract: what training asks |
//! | [`Inside`] | the other half: what may be looked at, each part optional |
//! | [`Fields`] | batches and conditions: tensors with names |
//! | [`fit`] | the loop |
//! | [`Likelihood`] | what a model says of samples, if it can |
//! | [`Trainer`] | optimizers, moving average and counters: what a checkpoint holds besides the game |
//! | [`OptimizerConfig`], [`Schedule`] | how steps are taken |
//! | [`Judge`] | what is said of samples when a picture of them is drawn |
//! | [`Run`], [`RunConfig`] | a run directory and its configuration |
//! | [`BuiltFrom`] | what a model was built from, so that it is built again without its data |
//! | [`Feed`] | batches of tensors from a dataset |

mod average;
mod built_from;
mod checkpoint;
mod config;
mod error;
mod feed;
mod fields;
mod fit;
mod forensics;
mod game;
mod gradient;
mod inside;
mod likelihood;
mod log;
mod look;
mod optimizer;
mod parts;
mod picture;
mod run;
mod sample;
mod schedule;
mod trainer;

pub use average::Average;
pub use built_from::{BUILT_FROM, BuiltFrom};
pub use checkpoint::{Checkpoint, FORMAT};
pub use config::{AUTO, DataConfig, RunConfig, TrainConfig};
pub use error::{Error, Result};
pub use feed::{Draw, Feed, tensors};
pub use fields::{Batch, Fields};
pub use fit::{Outcome, Tick, fit};
pub use game::{Game, Loss, Player, Turn, prefixes};
pub use inside::{
    Density, Discriminator, Distribution, Drawings, Encoder, Generator, Inside, Latent, Sheet, Tap,
    no_latents, untouched,
};
pub use likelihood::{Effort, Likelihood, Meaning};
pub use look::Judge;
pub use optimizer::{Kind, OptimizerConfig};
pub use parts::LEAST_HELD_OUT;
pub use picture::{images, picture, picture_by_class, sheet};
pub use run::{LATEST_SAMPLE, Run};
pub use sample::{Sample, SampleRequest};
pub use schedule::{Decay, Schedule};
pub use trainer::{PlayerReport, StepReport, Trainer};
