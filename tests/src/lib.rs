//! Nothing: the whole-program tests are in `program/`, and a package needs a target.
