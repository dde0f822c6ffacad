//! The forms that samples are written in: a grid, a folder of PNGs, NumPy's arrays, lines of points.

use crate::failure::usage;
use anyhow::{Context, Result};
use candle_core::{DType, Tensor};
use clap::ValueEnum;
use gan_images::{ImageStack, write_atomically, write_npz};
use gan_runs::draw::Plan;
use gan_train::{Sample, images, picture, picture_by_class};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// More images than this make no picture that anybody can look at.
pub const MOST_IN_GRID: usize = 4096;

/// In which form samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One picture of all samples.
    Grid,
    /// A folder of PNG files, 00000.png and on.
    Folder,
    /// NumPy's zipped arrays, bytes.
    Npz,
    /// Points, one a line.
    Csv,
}

impl Format {
    /// The form that a path's ending asks for.
    pub fn of(path: &Path) -> Self {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("png") => Self::Grid,
            Some("npz") => Self::Npz,
            Some("csv") => Self::Csv,
            _ => Self::Folder,
        }
    }

    /// As the command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Folder => "folder",
            Self::Npz => "npz",
            Self::Csv => "csv",
        }
    }
}

/// Refuses to write over what is there.
pub fn refuse_existing(path: &Path, format: Format, force: bool) -> Result<()> {
    let refuse = |what: &str| {
        Err(usage(format!("--out {}: {what}; choose another, or --force", path.display())))
    };
    match (format, path.is_dir()) {
        (Format::Folder, _) => refuse_folder(path, force),
        (_, true) => {
            let (path, name) = (path.display(), format.name());
            Err(usage(format!("--out {path}: expected a file for {name}, found a folder")))
        }
        _ if path.exists() && !force => refuse("this file exists"),
        _ => Ok(()),
    }
}

/// Refuses a folder to write into that is a file, or has files in it already.
pub fn refuse_folder(path: &Path, force: bool) -> Result<()> {
    let path_text = path.display();
    if !path.is_dir() {
        return match path.exists() {
            true => Err(usage(format!("--out {path_text}: expected a folder, found a file"))),
            false => Ok(()),
        };
    }
    let mut inside = fs::read_dir(path).with_context(|| path_text.to_string())?;
    match inside.next() {
        Some(_) if !force => Err(usage(format!(
            "--out {path_text}: this folder is not empty; choose another, or --force"
        ))),
        _ => Ok(()),
    }
}

/// Collects samples chunk by chunk and writes them.
pub struct Writer {
    format: Format,
    path: PathBuf,
    written: usize,
    tensors: Vec<Tensor>,
    bytes: Vec<u8>,
    shape: [usize; 3],
    lines: String,
}

impl Writer {
    /// A writer to `path`; nothing is written yet.
    pub fn new(format: Format, path: &Path) -> Self {
        let (tensors, bytes, lines) = (Vec::new(), Vec::new(), String::new());
        Self { format, path: path.to_owned(), written: 0, tensors, bytes, shape: [0; 3], lines }
    }

    /// Takes the next chunk.
    pub fn take(&mut self, sample: &Sample) -> Result<()> {
        match (self.format, sample) {
            (Format::Grid, _) => self.tensors.push(sample.tensor().clone()),
            (Format::Csv, Sample::Points(t)) => {
                for row in t.to_dtype(DType::F32)?.to_vec2::<f32>()? {
                    let cells: Vec<String> = row.iter().map(f32::to_string).collect();
                    writeln!(self.lines, "{}", cells.join(","))?;
                }
            }
            (Format::Csv, _) => {
                return Err(usage("images are no points: choose a .png, .npz or folder as --out"));
            }
            (Format::Folder, Sample::Images(t)) => {
                if self.written == 0 {
                    let path = &self.path;
                    fs::create_dir_all(path).with_context(|| path.display().to_string())?;
                }
                for image in images(t)? {
                    let path = self.path.join(format!("{:05}.png", self.written));
                    fs::write(&path, image.to_png()?)
                        .with_context(|| format!("{}: cannot write", path.display()))?;
                    self.written += 1;
                }
            }
            (Format::Npz, Sample::Images(t)) => {
                for image in images(t)? {
                    self.shape = [image.height, image.width, image.channels];
                    self.bytes.extend(image.pixels);
                    self.written += 1;
                }
            }
            (Format::Folder | Format::Npz, _) => {
                return Err(usage("points are no images: choose a .csv or .png as --out"));
            }
        }
        Ok(())
    }

    /// Writes what was collected; `names` are those of the plan's classes, and `real` are points to
    /// show behind generated ones.
    pub fn finish(self, plan: &Plan, names: &[String], real: Option<&Tensor>) -> Result<()> {
        match self.format {
            Format::Folder => {}
            Format::Grid => {
                let all = Tensor::cat(&self.tensors, 0)?;
                let sample =
                    if all.rank() == 4 { Sample::Images(all) } else { Sample::Points(all) };
                let classes = plan.labels_of(0..plan.count).unwrap_or_default();
                let image = match &sample {
                    Sample::Images(_) => picture_by_class(&sample, &classes, names)?,
                    _ => picture(&sample, real)?,
                };
                image.write_png(&self.path)?;
            }
            Format::Npz => {
                let [height, width, channels] = self.shape;
                let stack = ImageStack::new([self.written, height, width, channels], self.bytes)?;
                let labels = plan.labels_of(0..self.written);
                write_npz(&self.path, &stack, labels.as_deref())?;
            }
            Format::Csv => {
                write_atomically(&self.path, |file| file.write_all(self.lines.as_bytes()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_follows_from_the_ending() {
        let forms = ["a.png", "a.NPZ", "a.csv", "a", "a.d/"].map(|p| Format::of(Path::new(p)));
        use Format::{Csv, Folder, Grid, Npz};
        assert_eq!(forms, [Grid, Npz, Csv, Folder, Folder]);
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        assert!(refuse_existing(&file, Format::Grid, false).is_ok());
        assert!(refuse_existing(folder.path(), Format::Folder, false).is_ok());
        fs::write(&file, "x").unwrap();
        let refused = |path: &Path, format, force| {
            refuse_existing(path, format, force).err().map(|e| e.to_string()).unwrap_or_default()
        };
        assert!(refused(&file, Format::Grid, false).contains("this file exists"));
        assert_eq!(refused(&file, Format::Grid, true), "");
        assert!(refused(folder.path(), Format::Folder, false).contains("not empty"));
        assert_eq!(refused(folder.path(), Format::Folder, true), "");
        assert!(refused(&file, Format::Folder, true).contains("found a file"));
        assert!(refused(folder.path(), Format::Npz, true).contains("found a folder"));
    }
}
