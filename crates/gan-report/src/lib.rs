//! A run directory made readable: one HTML file, a diagnosis in words, TensorBoard's event files.
//!
//! Everything here reads what a run leaves on disk, `run.toml`, `log.jsonl` and `samples/`; nothing
//! of it knows how training works.
//!
//! | file | what |
//! | --- | --- |
//! | [`Log`], [`RunFolder`] | a run as it lies on disk |
//! | [`Report`] | one self-contained page, of one run or of several |
//! | [`diagnose`] | what goes wrong, since when, and what to do about it |
//! | [`Modes`] | which modes of the data samples reach, in the same words everywhere |
//! | [`EventWriter`], [`read_events`] | TensorBoard's files |
//! | [`differences`], [`last_scores`] | runs beside each other |

mod charts;
mod compare;
mod decimate;
mod diagnosis;
mod error;
mod folder;
mod html;
mod log;
mod page;
mod pictures;
mod tensorboard;

pub use compare::{LastScore, differences, last_scores};
pub use diagnosis::{
    Accepts, Facts, Failure, Finding, Grade, Modes, REACHED, Targets, Verdict, diagnose,
};
pub use error::{Error, Result};
pub use folder::{Picture, RunFolder, setting, settings};
pub use log::{EVAL, Eval, Log, SAMPLES, Series};
pub use page::Report;
pub use tensorboard::{Event, EventValue, EventWriter, Histogram, read_events};
