//! The loop keeps its word: resumed runs end in the same bytes, and nothing bad loses anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod averaging;
mod checkpoint_files;
mod feeding;
mod killed;
mod memory;
mod non_finite;
mod optimizers;
mod pictures;
mod pruning;
mod resumed;
mod ring;
mod run_folder;
mod stages;
mod state;
mod threads;
mod turns;
mod well;
