//! `gan info entropy`, `kl`, `jsd` and `tv`: of tables exactly, of samples by an estimator.

use super::answer::Answer;
use super::args::{By, ByArgs, CutArgs, EntropyArgs, JsdArgs, KlArgs, TvArgs, Unit};
use super::input_args::{InputArgs, Taken};
use super::taken::{Form, Input, alike, read};
use crate::failure::usage;
use anyhow::{Context, Result};
use gan_info::{Cut, Histogram, histogram, usual_bins};
use serde_json::{Map, json};
use std::f64::consts::{LN_2, PI};
use std::path::Path;

/// What tables have.
pub const EXACT: (&str, &str) = ("exact", "the formula itself, exact for a table");

/// The entropy.
pub fn entropy(args: &EntropyArgs) -> Result<Answer> {
    let input = read(&args.a, Form::Line, &args.input)?;
    let (values, dim) = (input.array.values.clone(), input.array.columns);
    let n = input.array.rows as f64;
    let mut answer = Answer::of("entropy", args.unit);
    if input.taken == Taken::Table {
        answer.value = gan_info::entropy(&input.masses()?)?;
    } else if by(&args.by)? == By::Neighbors {
        let k = args.by.k;
        answer.value =
            gan_info::neighbor_entropy(&values, dim, k as usize).with_context(|| advice(&input))?;
        answer.neighbors(format!("nearest neighbors, k = {k} (Kozachenko and Leonenko 1987)"), k);
        answer.bias =
            "falls to 0 with more samples; above the truth where the density bends within \
                       the reach of k neighbors, the more so the more columns there are"
                .into();
    } else {
        let cut = cut(&args.by.cut, input.array.rows, dim);
        let cells = histogram(&[&values], dim, cut)?;
        answer.value = gan_info::entropy(&cells.masses[0])? + cells.volume.ln();
        answer.plug_in(cut, &cells);
        let low = answer.shown((cells.masses[0].len() as f64 - 1.0) / (2.0 * n));
        let bent = match cut {
            Cut::Distinct => "",
            Cut::Bins(_) => "; above it where the density bends within a bin",
        };
        answer.bias =
            format!("below the truth by about (cells - 1)/(2 n) = {low} (Miller 1955){bent}");
    }
    Ok(answer.with(vec![input], args.unit))
}

/// KL(A ‖ B).
pub fn kl(args: &KlArgs) -> Result<Answer> {
    let (a, b) = two(&args.a, &args.b, &args.input)?;
    let mut answer = Answer::of("kl", args.unit);
    if a.taken == Taken::Table {
        answer.value = gan_info::kl_divergence(&a.masses()?, &b.masses()?)?;
    } else if by(&args.by)? == By::Neighbors {
        let (k, dim) = (args.by.k, a.array.columns);
        answer.value = gan_info::neighbor_kl(&a.array.values, &b.array.values, dim, k as usize)
            .with_context(|| advice(&a))?;
        let words = "(Wang, Kulkarni and Verdu 2009; Perez-Cruz 2008)";
        answer.neighbors(format!("nearest neighbors, k = {k} {words}"), k);
        answer.bias =
            "falls to 0 with more samples; below the truth where B is rare in the tails of \
                       A; may be negative for equal laws"
                .into();
    } else {
        let (cut, cells) = shared(&args.by.cut, &a, &b)?;
        answer.value = gan_info::kl_divergence(&cells.masses[0], &cells.masses[1])?;
        answer.plug_in(cut, &cells);
        let high = answer.shown(degrees(&cells, &a, &b) / 2.0);
        answer.bias = format!(
            "infinite where A reaches a cell that B does not; else above the truth, for equal laws by \
             about (cells - 1)(1/n + 1/m)/2 = {high}"
        );
    }
    Ok(answer.with(vec![a, b], args.unit))
}

/// JSD(A, B).
pub fn jsd(args: &JsdArgs) -> Result<Answer> {
    let (a, b) = two(&args.a, &args.b, &args.input)?;
    let mut answer = Answer::of("jsd", args.unit);
    if a.taken == Taken::Table {
        answer.value = gan_info::js_divergence(&a.masses()?, &b.masses()?)?;
    } else {
        let (cut, cells) = shared(&args.cut, &a, &b)?;
        answer.value = gan_info::js_divergence(&cells.masses[0], &cells.masses[1])?;
        answer.plug_in(cut, &cells);
        let high = answer.shown(degrees(&cells, &a, &b) / 8.0);
        answer.bias = format!(
            "above the truth, for equal laws by about (cells - 1)(1/n + 1/m)/8 = {high}; below it by \
             what differs within a cell"
        );
    }
    Ok(answer.with(vec![a, b], args.unit))
}

/// TV(A, B).
pub fn tv(args: &TvArgs) -> Result<Answer> {
    let (a, b) = two(&args.a, &args.b, &args.input)?;
    let mut answer = Answer::of("tv", Unit::Nats);
    answer.unit.clear();
    if a.taken == Taken::Table {
        answer.value = gan_info::total_variation(&a.masses()?, &b.masses()?)?;
    } else {
        let (cut, cells) = shared(&args.cut, &a, &b)?;
        answer.value = gan_info::total_variation(&cells.masses[0], &cells.masses[1])?;
        answer.plug_in(cut, &cells);
        let high = answer.shown((degrees(&cells, &a, &b) / (2.0 * PI)).sqrt());
        answer.bias = format!(
            "above the truth, for equal laws by at most about sqrt((cells - 1)(1/n + 1/m)/(2 pi)) = \
             {high}; below it by what differs within a cell"
        );
    }
    Ok(answer.with(vec![a, b], Unit::Nats))
}

impl Answer {
    /// One that is exact until an estimator says otherwise; numbers in nats.
    pub fn of(quantity: &'static str, unit: Unit) -> Self {
        let unit = match unit {
            Unit::Nats => "nats",
            Unit::Bits => "bits",
        };
        Self {
            quantity,
            value: f64::NAN,
            unit: unit.into(),
            inputs: Vec::new(),
            by: EXACT.0,
            estimator: EXACT.1.into(),
            bias: "none".into(),
            numbers: Map::new(),
        }
    }

    /// Says that neighbors were used.
    pub fn neighbors(&mut self, words: String, k: u32) {
        (self.by, self.estimator) = ("neighbors", words);
        self.numbers.insert("k".into(), json!(k));
    }

    /// Says that cells were counted.
    fn plug_in(&mut self, cut: Cut, cells: &Histogram) {
        let reached = cells.masses[0].len();
        self.by = "plug-in";
        self.estimator = match cut {
            Cut::Distinct => format!("plug-in, each of the {reached} distinct rows a cell"),
            Cut::Bins(bins) => {
                self.numbers.insert("bins".into(), json!(bins));
                format!("plug-in, a histogram of {bins} bins a column, {reached} cells reached")
            }
        };
        self.numbers.insert("cells".into(), json!(reached));
    }

    /// A bias in nats, in the answer's unit.
    pub fn shown(&self, nats: f64) -> String {
        let value = if self.unit == "bits" { nats / LN_2 } else { nats };
        format!("{value:.4} {}", self.unit).trim_end().to_owned()
    }

    /// In its unit, with what it was computed from.
    pub fn with(mut self, inputs: Vec<Input>, unit: Unit) -> Self {
        if unit == Unit::Bits {
            self.value /= LN_2;
        }
        self.inputs = inputs;
        self
    }
}

fn two(a: &Path, b: &Path, args: &InputArgs) -> Result<(Input, Input)> {
    let (a, b) = (read(a, Form::Line, args)?, read(b, Form::Line, args)?);
    alike(&a, &b)?;
    Ok((a, b))
}

/// The estimator that is asked for.
pub fn by(args: &ByArgs) -> Result<By> {
    let cut = args.cut.labels || args.cut.bins.is_some();
    match args.by {
        Some(By::Neighbors) if cut => Err(usage(
            "--by neighbors: expected no --bins or --labels beside it, which are for --by plug-in",
        )),
        Some(by) => Ok(by),
        None if cut => Ok(By::PlugIn),
        None => Ok(By::Neighbors),
    }
}

/// What to do where neighbors say nothing.
fn advice(input: &Input) -> String {
    let name = &input.array.name;
    format!(
        "{name}: neighbors need more than k samples that differ (else take --labels or --bins N)"
    )
}

/// How samples are cut.
pub fn cut(args: &CutArgs, count: usize, dim: usize) -> Cut {
    match args.labels {
        true => Cut::Distinct,
        false => Cut::Bins(args.bins.map_or_else(|| usual_bins(count, dim), |bins| bins as usize)),
    }
}

fn shared(args: &CutArgs, a: &Input, b: &Input) -> Result<(Cut, Histogram)> {
    let dim = a.array.columns;
    let cut = cut(args, a.array.rows.min(b.array.rows), dim);
    Ok((cut, histogram(&[&a.array.values, &b.array.values], dim, cut)?))
}

/// (cells − 1)(1/n + 1/m).
fn degrees(cells: &Histogram, a: &Input, b: &Input) -> f64 {
    let free = cells.masses[0].len() as f64 - 1.0;
    free * (1.0 / a.array.rows as f64 + 1.0 / b.array.rows as f64)
}
