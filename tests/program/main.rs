//! Whole-program tests: the real `gan` binary, called as a person calls it.
#![cfg(unix)]

mod alone;
mod bad_checkpoints;
mod bad_data;
mod bad_folders;
mod bad_options;
mod browser;
mod codes;
mod commands;
mod data_check;
mod diagnosis;
mod disk;
mod distance;
mod eval;
mod events;
mod explain;
mod few_pictures;
mod gan;
mod info;
mod inspect;
mod kill;
mod likelihood;
mod memory;
mod non_finite;
mod ordinary_folders;
mod refusals;
mod report;
mod run_files;
mod sample;
mod small_data;
mod stop;
mod study;
mod suite;
mod threads;
mod train;
mod train_data;
