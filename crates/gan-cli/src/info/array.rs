//! An array of numbers out of a `.npy`, `.npz` or CSV file, told apart by content.

use super::csv_file;
use crate::failure::usage;
use anyhow::{Context, Result, bail};
use gan_images::{NpzFile, NumpyArray, read_npy};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

/// Rows of finite numbers.
#[derive(Debug, Clone)]
pub struct Array {
    /// The file, and the array in it.
    pub name: String,
    /// How many rows.
    pub rows: usize,
    /// Numbers a row.
    pub columns: usize,
    /// Row by row.
    pub values: Vec<f64>,
}

impl Array {
    /// Some columns of each row.
    pub fn part(&self, range: &Range<usize>) -> Result<Vec<f64>> {
        if range.end > self.columns {
            return Err(usage(format!(
                "{}: expected columns 0 to {}, found {}..{}",
                self.name,
                self.columns - 1,
                range.start,
                range.end
            )));
        }
        let rows = self.values.chunks_exact(self.columns);
        Ok(rows.flat_map(|row| row[range.clone()].iter().copied()).collect())
    }
}

/// Reads a file; `array` names one of an `.npz` file's.
pub fn read(path: &Path, array: Option<&str>) -> Result<Array> {
    let shown = path.display();
    let mut start = Vec::new();
    let file = File::open(path).with_context(|| format!("{shown}: cannot open"))?;
    file.take(6).read_to_end(&mut start).with_context(|| format!("{shown}: cannot read"))?;
    let npz = start.starts_with(b"PK");
    if let (Some(name), false) = (array, npz) {
        return Err(usage(format!(
            "{shown}: expected an .npz file for --array {name}, found another; leave --array away"
        )));
    }
    let (name, shape, values) = if npz {
        named(path, array)?
    } else if start.starts_with(b"\x93NUMPY") {
        let found = read_npy(path)?;
        (shown.to_string(), found.shape.clone(), numbers(&found, path)?)
    } else {
        let (rows, values) = csv_file::read(path)?;
        let columns = values.len() / rows.max(1);
        (shown.to_string(), vec![rows, columns], values)
    };
    // A line of numbers is a sample each; pictures are rows of all their values.
    let rows = shape.first().copied().unwrap_or(1);
    let columns: usize = shape.iter().skip(1).product();
    if values.is_empty() {
        bail!("{name}: expected numbers, found an array of shape {shape:?}");
    }
    if let Some(at) = values.iter().position(|v| !v.is_finite()) {
        let (row, column) = (at / columns, at % columns);
        bail!(
            "{name}: expected finite numbers, found {} in row {row}, column {column} (both from 0)",
            values[at]
        );
    }
    Ok(Array { name, rows, columns, values })
}

type Named = (String, Vec<usize>, Vec<f64>);

/// An array of an `.npz` file.
fn named(path: &Path, array: Option<&str>) -> Result<Named> {
    let mut file = NpzFile::open(path)?;
    let shown = path.display();
    let members = file.members().to_vec();
    let known = || members.join(", ");
    let member = match (array, &members[..]) {
        (Some(name), _) if members.iter().any(|m| m == name) => name.to_owned(),
        (Some(name), _) => {
            return Err(usage(format!(
                "{shown}: expected one of {} for --array, found {name}",
                known()
            )));
        }
        (None, [only]) => only.clone(),
        (None, []) => bail!("{shown}: expected arrays, found none in this .npz file"),
        (None, _) => {
            return Err(usage(format!(
                "{shown}: expected one array, found {}; choose with --array NAME",
                known()
            )));
        }
    };
    let found = file.read(&member)?;
    Ok((format!("{shown}, array {member}"), found.shape.clone(), numbers(&found, path)?))
}

fn numbers(found: &NumpyArray, path: &Path) -> Result<Vec<f64>> {
    Ok(found.to_f64(path)?)
}
