//! The gan command: argument parsing and glue
