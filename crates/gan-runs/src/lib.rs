//! Runs as a library: what the `gan` command does, one public function each.
//!
//! ```
//! use gan_runs::{Plan, Trained, configure, train};
//!
//! let folder = std::env::temp_dir().join(format!("gan-runs-{}", std::process::id()));
//! let config = configure("gaussian1d", &["train.steps=20", "train.sample_every=0"])?;
//! let device = candle_core::Device::Cpu;
//! let (step, _) = train(config, &folder, &device, &mut |_| std::ops::ControlFlow::Continue(()))?;
//! assert_eq!(step, 20);
//!
//! let run = Trained::open(&folder, None, None, &device)?;
//! let samples = run.samples(&Plan::of(100))?;
//! assert_eq!(samples.dims(), [100, 1]);
//! # std::fs::remove_dir_all(&folder).ok();
//! # Ok::<(), gan_runs::Error>(())
//! ```
//!
//! | question | where |
//! | --- | --- |
//! | What is trained, on what, how? | [`configure`]; [`configuration::Layers`] where settings come from several places |
//! | Train it | [`train()`]; [`Session`] and [`gan_train::fit`] for a loop of one's own |
//! | Open what was trained | [`Trained`] |
//! | Draw from it | [`Trained::samples`], [`each`] for more than memory holds |
//! | Which part of the data was held out? | [`Part`], [`parts::part`] |
//! | Train it with several processes | [`ranks`] |
//! | How good are the samples? | [`Evaluator`] by a [`Scoring`] |
//! | Which training images are near them? | [`nearest::nearest`] |
//! | What do its hidden layers know, which data are near-duplicates? | [`look`] |
//! | What do codes know, how far are samples from data, how likely are data? | [`measures`] |
//! | What are scores worth? | [`study`] |
//! | Which models reach the modes of known data? | [`suite`] |
//! | Another classifier of digits to score by | [`digit_classifier::train`] |
//!
//! A model with a gradient penalty or with consensus trains only where the program's `main` began
//! with `gan_kernels::second_order::enable()`; it is refused at its first step otherwise.
//!
//! It prints nothing and knows neither arguments nor terminals.

pub mod assign;
pub mod configuration;
pub mod dealt;
pub mod digit_classifier;
pub mod digit_likeness;
pub mod draw;
mod error;
pub mod evaluator;
pub mod few_samples;
pub mod judge;
pub mod look;
pub mod measures;
pub mod nearest;
pub mod networks;
pub mod packs;
pub mod parts;
pub mod ranks;
pub mod run_folder;
pub mod session;
pub mod study;
pub mod suite;
pub mod train;
pub mod trained;

pub use configuration::{configure, one_line};
pub use draw::{Plan, each};
pub use error::{Error, Result, is_refusal};
pub use evaluator::{Evaluation, Evaluator};
pub use networks::Scoring;
pub use parts::Part;
pub use session::Session;
pub use train::train;
pub use trained::Trained;
