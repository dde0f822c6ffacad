//! `gan info mi`: the mutual information of a joint table, of columns, or of two files.

use super::answer::Answer;
use super::args::{By, MiArgs};
use super::information::{by, cut};
use super::input_args::Taken;
use super::taken::{Form, Input, read};
use crate::failure::usage;
use anyhow::Result;
use gan_info::{
    Cut, JointTable, KsgEstimator, cell_numbers, mutual_information, mutual_information_of_pairs,
    mutual_information_of_samples,
};
use serde_json::json;

/// Samples of one variable.
struct Variable {
    values: Vec<f64>,
    dim: usize,
}

/// The mutual information.
pub fn mi(args: &MiArgs) -> Result<Answer> {
    // Columns that are named, or a second file, leave no room for a table.
    let form = if args.b.is_some() || args.x.is_some() { Form::Never } else { Form::Joint };
    let a = read(&args.a, form, &args.input)?;
    let mut answer = Answer::of("mi", args.unit);
    if a.taken == Taken::Table {
        let table = JointTable::new(a.array.rows, a.array.columns, a.masses()?)?;
        answer.value = mutual_information(&table);
        return Ok(answer.with(vec![a], args.unit));
    }
    let (x, y, inputs) = variables(args, a)?;
    let n = inputs[0].array.rows;
    if by(&args.by)? == By::Neighbors {
        let (k, first) = (args.by.k, KsgEstimator::First);
        answer.value =
            mutual_information_of_samples(&x.values, x.dim, &y.values, y.dim, k as usize, first)?;
        let words = "(Kraskov, Stoegbauer and Grassberger 2004, equation 8)";
        answer.neighbors(format!("nearest neighbors, k = {k} {words}"), k);
        answer.bias =
            "next to none for independent variables; below the truth for strongly dependent \
                       ones; may be negative"
                .into();
    } else {
        let of = |v: &Variable| -> Result<(Vec<usize>, Cut)> {
            let cut = cut(&args.by.cut, n, x.dim + y.dim);
            Ok((cell_numbers(&v.values, v.dim, cut)?, cut))
        };
        let ((x, how), (y, _)) = (of(&x)?, of(&y)?);
        answer.value = mutual_information_of_pairs(&x, &y)?;
        let [of_x, of_y] = [&x, &y].map(|cells| cells.iter().max().map_or(0, |most| most + 1));
        answer.by = "plug-in";
        answer.estimator = match how {
            Cut::Distinct => format!("plug-in, {of_x} distinct rows of x and {of_y} of y"),
            Cut::Bins(bins) => {
                answer.numbers.insert("bins".into(), json!(bins));
                format!("plug-in, {bins} bins a column, {of_x} cells of x and {of_y} of y reached")
            }
        };
        answer.numbers.insert("cells".into(), json!([of_x, of_y]));
        let free = (of_x as f64 - 1.0) * (of_y as f64 - 1.0);
        let high = answer.shown(free / (2.0 * n as f64));
        answer.bias = format!(
            "above the truth by about (cells of x - 1)(cells of y - 1)/(2 n) = {high} (Miller 1955)"
        );
    }
    Ok(answer.with(inputs, args.unit))
}

/// The two variables, and what they were read from.
fn variables(args: &MiArgs, a: Input) -> Result<(Variable, Variable, Vec<Input>)> {
    if let Some(path) = &args.b {
        let b = read(path, Form::Never, &args.input)?;
        if a.array.rows != b.array.rows {
            return Err(usage(format!(
                "{}: expected {} rows, one for each of {}, found {}",
                b.array.name, a.array.rows, a.array.name, b.array.rows
            )));
        }
        let of = |input: &Input| {
            let (values, dim) = (input.array.values.clone(), input.array.columns);
            Variable { values, dim }
        };
        return Ok((of(&a), of(&b), vec![a, b]));
    }
    let (x, y) = match (&args.x, &args.y) {
        (Some(x), Some(y)) => (x.clone(), y.clone()),
        _ if a.array.columns == 2 => (0..1, 1..2),
        _ => {
            return Err(usage(format!(
                "{}: expected a joint table that sums to 1, or two columns, found {} columns; say \
                 which are the variables, as in --x 0..3 --y 3",
                a.array.name, a.array.columns
            )));
        }
    };
    let of = |range: &std::ops::Range<usize>| -> Result<Variable> {
        Ok(Variable { values: a.array.part(range)?, dim: range.len() })
    };
    Ok((of(&x)?, of(&y)?, vec![a]))
}
