//! Whole-program tests live beside this file.
