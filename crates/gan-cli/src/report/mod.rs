//! `gan report`: a run, or several, as one HTML file.

pub mod args;
pub mod nominal;

use crate::failure::usage;
use crate::output::{self, note};
use crate::report::args::ReportArgs;
use crate::report::nominal::takes;
use anyhow::{Context, Result};
use gan_report::{Finding, Modes, Report, RunFolder};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs beside each other that a page can still tell apart.
const MOST_RUNS: usize = 12;

/// Runs the command.
pub fn run(args: &ReportArgs) -> Result<u8> {
    if args.runs.len() > MOST_RUNS {
        let found = args.runs.len();
        return Err(usage(format!("expected at most {MOST_RUNS} runs, found {found}")));
    }
    let runs = args.runs.iter().map(|path| RunFolder::open(path)).collect::<Result<Vec<_>, _>>()?;
    let path = args.out.clone().unwrap_or_else(|| usual(&args.runs));
    refuse_other_files(&path)?;
    let report = Report::new(&runs, takes)?;
    report.write(&path)?;
    if report.pictures < report.of_pictures && !args.json {
        let (shown, of) = (report.pictures, report.of_pictures);
        note(&format!("{shown} of {of} pictures are in it: all would make it too large"));
    }
    if args.json {
        output::json(&object(&path, &runs, &report))?;
    } else {
        output::result(&text(&path, &runs, &report))?;
    }
    if args.open {
        show(&path)?;
    }
    Ok(0)
}

/// Where the report goes unless told otherwise.
fn usual(runs: &[PathBuf]) -> PathBuf {
    match runs {
        [run] => run.join("report.html"),
        _ => PathBuf::from("comparison.html"),
    }
}

/// An older report is replaced; any other file is somebody's.
fn refuse_other_files(path: &Path) -> Result<()> {
    let Ok(file) = File::open(path) else { return Ok(()) };
    let mut start = Vec::new();
    let read = file.take(4096).read_to_end(&mut start);
    let ours = read.is_ok() && String::from_utf8_lossy(&start).contains(Report::MARK);
    match ours {
        true => Ok(()),
        false => Err(usage(format!(
            "{}: there is a file of that name that is no report; choose another with -o",
            path.display()
        ))),
    }
}

fn text(path: &Path, runs: &[RunFolder], report: &Report) -> String {
    let mut lines = Vec::new();
    for ((run, findings), modes) in runs.iter().zip(&report.findings).zip(&report.modes) {
        let name = if runs.len() > 1 { format!("{}: ", run.name) } else { String::new() };
        if findings.is_empty() {
            lines.push(format!("{name}nothing wrong that the log would show"));
        }
        lines.extend(findings.iter().map(|finding| format!("{name}{}", told(finding))));
        let modes = modes.as_ref().filter(|modes| !modes.is_finding());
        lines.extend(modes.map(|modes| format!("{name}{}", modes.words())));
    }
    lines.push(path.display().to_string());
    lines.join("\n")
}

/// A finding and what to do about it.
pub fn told(finding: &Finding) -> String {
    let options = match finding.options.as_slice() {
        [] => "none that this model takes".to_owned(),
        options => options.join(" or "),
    };
    format!(
        "{}\n  {} (arXiv {})\n  options: {options}",
        finding.line(),
        finding.advice,
        finding.papers.join(", "),
    )
}

fn object(path: &Path, runs: &[RunFolder], report: &Report) -> Value {
    let each: Vec<Value> = runs
        .iter()
        .zip(&report.findings)
        .zip(&report.modes)
        .map(|((run, findings), modes)| {
            json!({
                "run": run.path,
                "name": run.name,
                "step": run.log.last,
                "steps": run.steps(),
                "unread_lines": run.log.unread,
                "modes": modes.as_ref().map(Modes::to_json),
                "findings": findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "report": path,
        "bytes": report.html.len(),
        "pictures": report.pictures,
        "of_pictures": report.of_pictures,
        "runs": each,
    })
}

/// Opens the file as the desktop opens files.
fn show(path: &Path) -> Result<()> {
    let mut command = match std::env::consts::OS {
        "macos" => Command::new("open"),
        "windows" => Command::new("explorer"),
        _ => Command::new("xdg-open"),
    };
    command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).with_context(|| {
        let program = command.get_program().to_string_lossy().into_owned();
        format!("{}: written, but {program} cannot open it here", path.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reports_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.html");
        refuse_other_files(&path).unwrap();
        Report::new(&[RunFolder::default()], |_| true).unwrap().write(&path).unwrap();
        refuse_other_files(&path).unwrap();
        std::fs::write(&path, "<!doctype html><p>my homepage").unwrap();
        assert!(refuse_other_files(&path).unwrap_err().to_string().contains("no report"));
    }

    #[test]
    fn one_run_keeps_its_report() {
        assert_eq!(usual(&["runs/a".into()]), Path::new("runs/a/report.html"));
        assert_eq!(usual(&["a".into(), "b".into()]), Path::new("comparison.html"));
    }
}
