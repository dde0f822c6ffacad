//! A small classifier of digits, trained by this project.
