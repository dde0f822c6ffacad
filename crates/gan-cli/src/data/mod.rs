//! `gan data check`: the report on data, and its contact sheet.

pub mod args;
mod text;

use crate::data::args::{DataCheckArgs, LoadArgs};
use crate::failure::usage;
use crate::output::{self, note};
use crate::sample::files::refuse_folder;
use anyhow::{Context, Result};
use gan_data::{CheckReport, LoadOptions};
use gan_images::write_atomically;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Runs the command. Exit code 1 says that files are bad.
pub fn run(args: &DataCheckArgs) -> Result<u8> {
    refuse_existing(args)?;
    // As training takes them; each picture is looked at once.
    let options = LoadOptions { scaled: true, no_cache: true, ..options(&args.load)? };
    let report = gan_data::check(&args.spec, &options)?;
    let written = write(args, &report);
    let drawn = written.as_ref().ok().and_then(Option::as_deref);
    if args.json {
        output::json(&object(&report, drawn)?)?;
    } else {
        let asked = args.sheet.is_some() || args.out.is_some() || args.no_sheet;
        let hint = report.sheet.is_some() && !asked;
        output::result(&text::text(&report, drawn, hint))?;
    }
    written?;
    if report.count == 0 {
        note("error: no sample can be used");
        return Ok(1);
    }
    Ok(u8::from(!report.bad.is_empty() && !args.load.skip_bad))
}

/// Refuses to write over what is there, before anything is looked at.
fn refuse_existing(args: &DataCheckArgs) -> Result<()> {
    if let Some(path) = &args.sheet
        && !args.force
        && path.exists()
    {
        return Err(usage(format!(
            "--sheet {}: this file exists; choose another name, or replace it with --force",
            path.display()
        )));
    }
    args.out.as_ref().map_or(Ok(()), |dir| refuse_folder(dir, args.force))
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
        max_pixels: load.max_pixels,
        range: load.range,
        stretch: load.stretch,
        ..LoadOptions::default()
    })
}

/// Writes what was asked for, and returns where the contact sheet is.
fn write(args: &DataCheckArgs, report: &CheckReport) -> Result<Option<PathBuf>> {
    let path = match (&args.sheet, &args.out) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(dir)) => {
            fs::create_dir_all(dir)
                .with_context(|| format!("--out {}: cannot make this folder", dir.display()))?;
            (!args.no_sheet).then(|| dir.join("sheet.png"))
        }
        (None, None) => None,
    };
    let drawn = match (path, &report.sheet) {
        (Some(path), Some(sheet)) => {
            sheet.write_png(&path).context("the contact sheet")?;
            Some(path)
        }
        _ => None,
    };
    if let Some(dir) = &args.out {
        let text = serde_json::to_vec_pretty(&object(report, drawn.as_deref())?)?;
        write_atomically(&dir.join("check.json"), |file| file.write_all(&text))?;
    }
    Ok(drawn)
}

fn object(report: &CheckReport, sheet: Option<&Path>) -> Result<Value> {
    let mut value = serde_json::to_value(report)?;
    if let Some(fields) = value.as_object_mut() {
        let path = sheet.map(|path| path.display().to_string());
        fields.insert("sheet".to_owned(), path.into());
    }
    Ok(value)
}
