//! Numbers of a CSV file: commas between, a first line of names or none, lines with `#` left out.

use anyhow::{Context, Result, bail};
use csv::{ReaderBuilder, StringRecord, Trim};
use std::path::Path;

/// The count of rows, and the numbers row by row.
pub fn read(path: &Path) -> Result<(usize, Vec<f64>)> {
    let shown = path.display();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .trim(Trim::All)
        .comment(Some(b'#'))
        .from_path(path)
        .with_context(|| format!("{shown}: cannot read"))?;
    let (mut rows, mut values) = (0, Vec::new());
    for (number, record) in reader.records().enumerate() {
        let record = record.with_context(|| {
            format!("{shown}: expected a .npy, .npz or CSV file with equally many numbers a line")
        })?;
        if number == 0 && names(&record) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        for (column, field) in record.iter().enumerate() {
            let Ok(value) = field.parse::<f64>() else {
                bail!(
                    "{shown}: expected a number in line {line}, column {column} (from 0), found \
                     {field:?}; numbers have a comma between them"
                );
            };
            values.push(value);
        }
        rows += 1;
    }
    Ok((rows, values))
}

/// Whether a first line names the columns: no field of it is a number.
fn names(record: &StringRecord) -> bool {
    record.iter().all(|field| field.parse::<f64>().is_err())
        && !record.iter().any(|field| field.starts_with(|c: char| c.is_ascii_digit()))
}
