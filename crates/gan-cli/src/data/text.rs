//! The report on data as text.

use crate::format::table;
use gan_data::CheckReport;
use std::path::Path;

/// Bad files that are listed one by one; `--json` lists them all.
const MOST_BAD: usize = 50;
/// Classes that are listed one by one.
const MOST_CLASSES: usize = 20;

/// A table of what is there, then warnings, then bad files and, where `hint` asks for it, how to see
/// the data.
pub fn text(report: &CheckReport, sheet: Option<&Path>, hint: bool) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            rows.push(vec![name.to_owned(), value]);
        }
    };
    row("data", format!("{} ({})", report.spec, report.kind));
    row("samples", report.count.to_string());
    let shape = report.shape.as_ref().map(|shape| {
        let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
        match sides.len() {
            3 => format!("{} (channels × height × width)", sides.join(" × ")),
            _ => sides.join(" × "),
        }
    });
    row("shape", shape.unwrap_or_else(|| "mixed".to_owned()));
    let hidden = report.distinct_sizes.saturating_sub(report.sizes.len());
    row("sizes", counts(&report.sizes, hidden));
    row("modes", counts(&report.modes, 0));
    row("formats", counts(&report.formats, 0));
    let shown = report.classes.len().min(MOST_CLASSES);
    row("classes", counts(&report.classes[..shown], report.classes.len() - shown));
    row("duplicates", report.duplicates.to_string());
    row("bad files", report.bad.len().to_string());
    if !report.left_out.is_empty() {
        row("left out", report.left_out.len().to_string());
    }
    if let Some(path) = sheet {
        row("sheet", path.display().to_string());
    }
    let mut text = table(&rows);
    for note in &report.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    for warning in &report.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    for bad in report.bad.iter().take(MOST_BAD) {
        text.push_str(&format!("bad: {}: {}\n", bad.path.display(), bad.reason));
    }
    if report.bad.len() > MOST_BAD {
        let more = report.bad.len() - MOST_BAD;
        text.push_str(&format!("bad: … and {more} more; --json names them all\n"));
    }
    if hint {
        text.push_str("--sheet FILE.png draws a contact sheet\n");
    }
    text
}

/// `64x48 (120), 32x32 (80), … and 3 more`.
fn counts(all: &[(String, usize)], hidden: usize) -> String {
    let mut parts: Vec<String> = all.iter().map(|(name, n)| format!("{name} ({n})")).collect();
    if hidden > 0 {
        parts.push(format!("… and {hidden} more"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_data::{BadFile, LoadOptions, check};

    #[test]
    fn what_is_there_and_what_is_broken() {
        let options = LoadOptions { limit: Some(20), ..LoadOptions::default() };
        let mut report = check("mnist", &options).unwrap();
        report.bad.push(BadFile { path: "a.png".into(), reason: "cut short".to_owned() });
        let text = text(&report, Some(Path::new("s.png")), false);
        assert!(text.contains("data        mnist (mnist)\nsamples     20\n"), "{text}");
        assert!(text.contains("1 × 28 × 28"), "{text}");
        assert!(text.contains("sheet       s.png\n"), "{text}");
        assert!(text.contains("\nwarning: "), "{text}");
        assert!(text.ends_with("bad: a.png: cut short\n"), "{text}");
        let text = super::text(&report, None, true);
        let end = "bad: a.png: cut short\n--sheet FILE.png draws a contact sheet\n";
        assert!(text.ends_with(end) && !text.contains("sheet      "), "{text}");
    }
}
