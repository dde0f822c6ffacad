//! Whether the numbers of a file are samples or masses: by option, or by what they look like.

use super::array::{self, Array};
use super::input_args::{InputArgs, Taken};
use crate::failure::usage;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;

/// How far from 1 the sum of masses may be to be taken for a table without being told: the rounding
/// of f32, and of decimals with six digits.
const NEAR_ONE: f64 = 1e-6;

/// Which arrays can be a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One row or one column: the law of one variable.
    Line,
    /// Two rows and columns or more: the law of a pair.
    Joint,
    /// None: only samples make sense.
    Never,
}

/// An array, and what it was taken for.
#[derive(Debug, Clone)]
pub struct Input {
    /// The numbers.
    pub array: Array,
    /// What they are.
    pub taken: Taken,
    /// Whether an option said so.
    told: bool,
    /// The sum of a table before it was divided by it.
    sum: f64,
}

/// Reads a file and decides what it holds.
pub fn read(path: &Path, form: Form, args: &InputArgs) -> Result<Input> {
    decide(array::read(path, args.array.as_deref())?, form, args.taken)
}

/// Reads a file of samples.
pub fn samples(path: &Path, array: Option<&str>) -> Result<Input> {
    decide(array::read(path, array)?, Form::Never, None)
}

fn decide(array: Array, form: Form, told: Option<Taken>) -> Result<Input> {
    let line = array.rows == 1 || array.columns == 1;
    let fits = match form {
        Form::Line => line,
        Form::Joint => !line,
        Form::Never => false,
    };
    let sum: f64 = array.values.iter().sum();
    let masses = array.values.iter().all(|v| *v >= 0.0);
    let looks = fits && masses && (sum - 1.0).abs() <= NEAR_ONE;
    let taken = told.unwrap_or(if looks { Taken::Table } else { Taken::Samples });
    if taken == Taken::Table && !(fits && masses && sum > 0.0) {
        let expected = match form {
            Form::Joint => "two rows and columns or more",
            _ => "one row or one column",
        };
        return Err(usage(format!(
            "{}: expected a table of {expected} with masses of 0 or more, found {} rows of {} \
             numbers that sum to {sum}; take it as samples with --as samples",
            array.name, array.rows, array.columns
        )));
    }
    Ok(Input { array, taken, told: told.is_some(), sum })
}

impl Input {
    /// The masses of a table, which sum to 1.
    pub fn masses(&self) -> Result<Vec<f64>> {
        Ok(gan_info::normalized(&self.array.values)?)
    }

    /// What was read, in words.
    pub fn words(&self) -> String {
        let Array { name, rows, columns, values } = &self.array;
        let how = if self.told { "as --as says" } else { "by what they look like" };
        match self.taken {
            Taken::Table if (self.sum - 1.0).abs() > NEAR_ONE => {
                format!(
                    "{name}: a table of {} masses, divided by their sum {}",
                    values.len(),
                    self.sum
                )
            }
            Taken::Table => format!("{name}: a table of {} masses ({how})", values.len()),
            Taken::Samples => format!("{name}: {rows} samples, columns: {columns} ({how})"),
        }
    }

    /// The same as JSON.
    pub fn object(&self) -> Value {
        let taken = match self.taken {
            Taken::Table => "table",
            Taken::Samples => "samples",
        };
        json!({
            "name": self.array.name, "taken": taken, "told": self.told,
            "rows": self.array.rows, "columns": self.array.columns,
        })
    }
}

/// Two inputs that can be compared: both tables of one length, or samples of the same columns.
pub fn alike(a: &Input, b: &Input) -> Result<()> {
    if a.taken != b.taken {
        return Err(usage(format!(
            "expected two files of one kind, found {} and {}; say what they are with --as",
            a.words(),
            b.words()
        )));
    }
    let size = |input: &Input| match input.taken {
        Taken::Table => (input.array.values.len(), "masses"),
        Taken::Samples => (input.array.columns, "columns"),
    };
    let ((found, what), (expected, _)) = (size(b), size(a));
    if found != expected {
        return Err(usage(format!(
            "{}: expected {expected} {what} as in {}, found {found}",
            b.array.name, a.array.name
        )));
    }
    Ok(())
}
