//! `gan data check`: the report on data, and its contact sheet.

use crate::args::{DataCheckArgs, LoadArgs};
use crate::check_text;
use crate::failure::usage;
use crate::output::{self, note};
use anyhow::{Context, Result};
use gan_data::{CheckReport, LoadOptions};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Runs the command. Exit code 1 says that files are bad.
pub fn run(args: &DataCheckArgs) -> Result<u8> {
    if let Some(path) = &args.sheet
        && !args.force
        && path.exists()
    {
        return Err(usage(format!(
            "--sheet {}: this file exists; choose another name, or replace it with --force",
            path.display()
        )));
    }
    let report = gan_data::check(&args.spec, &options(&args.load)?)?;
    let sheet = draw(args, &report);
    let drawn = sheet.as_ref().ok().and_then(Option::as_deref);
    if args.json {
        output::json(&object(&report, drawn)?)?;
    } else {
        output::result(&check_text::text(&report, drawn))?;
    }
    sheet.context(
        "the contact sheet (--no-sheet leaves it out, --sheet FILE.png puts it elsewhere)",
    )?;
    if report.count == 0 {
        note("error: no sample can be used");
        return Ok(1);
    }
    Ok(u8::from(!report.bad.is_empty() && !args.load.skip_bad))
}

/// Loading as the options say.
pub fn options(load: &LoadArgs) -> Result<LoadOptions> {
    let count = |n: Option<u64>| n.map(usize::try_from).transpose();
    Ok(LoadOptions {
        size: count(load.size)?,
        fit: load.fit.as_deref().map(str::parse).transpose()?.unwrap_or_default(),
        channels: load.channels.as_deref().map(str::parse).transpose()?,
        skip_bad: load.skip_bad,
        split: load.split.as_deref().map(str::parse).transpose()?.unwrap_or_default(),
        limit: count(load.limit)?,
    })
}

/// Writes the contact sheet and returns where it is.
fn draw(args: &DataCheckArgs, report: &CheckReport) -> Result<Option<PathBuf>> {
    let Some(sheet) = report.sheet.as_ref().filter(|_| !args.no_sheet) else { return Ok(None) };
    let path = args.sheet.clone().unwrap_or_else(|| sheet_name(&args.spec));
    sheet.write_png(&path)?;
    Ok(Some(path))
}

/// A file name here for any spec: `photos/cats` gives `cats-sheet.png`.
fn sheet_name(spec: &str) -> PathBuf {
    let last = match Path::new(spec).file_name() {
        Some(name) if !spec.starts_with("toy:") => name.to_string_lossy().into_owned(),
        _ => spec.to_owned(),
    };
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = last.chars().map(plain).collect();
    match name.trim_matches(['-', '.']) {
        "" => PathBuf::from("data-sheet.png"),
        name => PathBuf::from(format!("{name}-sheet.png")),
    }
}

fn object(report: &CheckReport, sheet: Option<&Path>) -> Result<Value> {
    let mut value = serde_json::to_value(report)?;
    if let Some(fields) = value.as_object_mut() {
        let path = sheet.map(|path| path.display().to_string());
        fields.insert("sheet".to_owned(), path.into());
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheets_name_is_a_plain_file_here() {
        let name = |spec| sheet_name(spec).display().to_string();
        assert_eq!(name("mnist"), "mnist-sheet.png");
        assert_eq!(name("photos/my cats/"), "my-cats-sheet.png");
        assert_eq!(name("toy:ring?modes=8&std=0.1"), "toy-ring-modes-8-std-0.1-sheet.png");
        assert_eq!(name("../.."), "data-sheet.png");
        assert_eq!(name("toy:a/b"), "toy-a-b-sheet.png");
    }
}
