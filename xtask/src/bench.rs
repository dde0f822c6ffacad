//! `cargo xtask bench`: time one training step of each benchmark case and print a table.

use crate::command::{self, Failure};
use crate::{gan_binary, workspace};
use std::path::Path;
use std::process::Command;

pub const HELP: &str = "\
Build `gan` in release, run `gan bench CASE --json` for each case, and print a table.

Usage: cargo xtask bench [CASE…] [OPTIONS…]

  CASE      dcgan64, dcgan28, fc28 or ring (default: all four)
  OPTIONS   from the first word that starts with `-` on, passed on to `gan bench`

Times are milliseconds for one step (a discriminator update and a generator update) on one batch.

Examples:
  cargo xtask bench
  cargo xtask bench dcgan28 ring --threads 1
";

const CASES: &[&str] = &["dcgan64", "dcgan28", "fc28", "ring"];

/// What `gan bench CASE --json` reports; the peers' scripts print the same keys.
#[derive(Debug, PartialEq)]
struct Measurement {
    case: String,
    threads: f64,
    batch: f64,
    ms_median: f64,
    ms_min: f64,
}

pub fn run(args: &[String]) -> Result<(), Failure> {
    let (cases, options) = split(args);
    let root = workspace::root()?;
    let gan = gan_binary::build_release(&root)?;
    let mut rows = vec![header()];
    for case in cases {
        eprintln!("bench: {case}");
        rows.push(row(&measure(&gan, case, options)?));
    }
    print!("{}", table(&rows));
    Ok(())
}

/// The cases, and the options that follow them.
fn split(args: &[String]) -> (Vec<&str>, &[String]) {
    let named = args.iter().position(|a| a.starts_with('-')).unwrap_or(args.len());
    let (cases, options) = args.split_at(named);
    if cases.is_empty() {
        (CASES.to_vec(), options)
    } else {
        (cases.iter().map(String::as_str).collect(), options)
    }
}

fn measure(gan: &Path, case: &str, options: &[String]) -> Result<Measurement, Failure> {
    let mut bench = Command::new(gan);
    bench.args(["bench", case, "--json"]).args(options);
    let json = command::stdout(&mut bench)?;
    parse(case, &json).map_err(|key| {
        Failure::Failed(format!(
            "`{}` printed no number `{key}`; it printed: {}",
            command::shown(&bench),
            json.trim()
        ))
    })
}

/// Reads the measurement from one flat JSON object, or names the key that is missing.
fn parse(case: &str, json: &str) -> Result<Measurement, &'static str> {
    let number = |key: &'static str| json_number(json, key).ok_or(key);
    Ok(Measurement {
        case: case.to_owned(),
        threads: number("threads")?,
        batch: number("batch")?,
        ms_median: number("ms_median")?,
        ms_min: number("ms_min")?,
    })
}

fn json_number(json: &str, key: &str) -> Option<f64> {
    let quoted = format!("\"{key}\"");
    let rest = json[json.find(&quoted)? + quoted.len()..].trim_start();
    let rest = rest.strip_prefix(':')?.trim_start();
    let end =
        rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn header() -> Vec<String> {
    ["case", "batch", "threads", "median ms", "min ms", "images/s"].map(str::to_owned).to_vec()
}

fn row(m: &Measurement) -> Vec<String> {
    vec![
        m.case.clone(),
        m.batch.to_string(),
        m.threads.to_string(),
        format!("{:.2}", m.ms_median),
        format!("{:.2}", m.ms_min),
        format!("{:.0}", m.batch * 1000.0 / m.ms_median),
    ]
}

/// Columns as wide as their widest cell; the first to the left, numbers to the right.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(String::len).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(c, (cell, &w))| {
                    if c == 0 { format!("{cell:<w$}") } else { format!("{cell:>w$}") }
                },
            )
            .collect();
        out += cells.join("  ").trim_end();
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_read_and_tabulated() {
        let json =
            r#"{"case": "ring", "threads": 2, "batch":100, "ms_median": 1.05, "ms_min": 9.5e-1}"#;
        let m = parse("ring", json).unwrap();
        assert_eq!((m.threads, m.batch), (2.0, 100.0));
        assert_eq!((m.ms_median, m.ms_min), (1.05, 0.95));
        assert_eq!(
            table(&[header(), row(&m)]),
            "case  batch  threads  median ms  min ms  images/s\n\
             ring    100        2       1.05    0.95     95238\n"
        );
    }

    #[test]
    fn a_missing_key_is_named() {
        assert_eq!(parse("ring", r#"{"threads": 2}"#), Err("batch"));
        assert_eq!(parse("ring", r#"{"threads": "two"}"#), Err("threads"));
    }

    #[test]
    fn cases_end_where_options_begin() {
        let args: Vec<_> = ["ring", "--threads", "1"].map(str::to_owned).to_vec();
        let (cases, options) = split(&args);
        assert_eq!((cases, options.len()), (vec!["ring"], 2));
        assert_eq!(split(&[]).0, CASES);
    }
}
