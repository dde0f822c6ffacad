//! Whole-program tests: the real `gan` binary, called as a person calls it.
#![cfg(unix)]

mod bad_checkpoints;
mod bad_data;
mod bad_folders;
mod bad_options;
mod browser;
mod commands;
mod data_check;
mod diagnosis;
mod disk;
mod eval;
mod events;
mod explain;
mod gan;
mod kill;
mod memory;
mod non_finite;
mod report;
mod run_files;
mod sample;
mod small_data;
mod stop;
mod suite;
mod threads;
mod train;
mod train_data;
