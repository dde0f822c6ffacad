//! What is there and what is broken: the report behind `gan data check`.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use gan_images::{Format, Image, ImageStack, Mode};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::arrays::Arrays;
use crate::files::{BadFile, Files, reason};
use crate::recognize::{Source, recognize};
use crate::shape::{Target, check_options};
use crate::sheet::{Sheet, draw_points};
use crate::stacked::Stacked;
use crate::texture::Texture;
use crate::toy::Toy;
use crate::{Dataset, Kind, LoadOptions, Result, class_name};

/// Sizes that a report lists.
const TOP_SIZES: usize = 8;
/// Below this the covariance of Inception's 2,048 features cannot have full rank.
const FEW: usize = 2048;
/// Points of a toy set that are looked at.
const MAX_POINTS: usize = 100_000;
/// Stacked digits that are looked at.
const MAX_STACKS: usize = 5000;
/// Crops of a texture that are looked at.
const MAX_CROPS: usize = 1000;

/// What [`check`] found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// The spec that was checked.
    pub spec: String,
    /// How it was recognized.
    pub kind: Kind,
    /// Good samples.
    pub count: usize,
    /// The shape that training would see, or nothing if sizes differ and no size was asked for.
    pub shape: Option<Vec<usize>>,
    /// Sizes found, most frequent first, at most eight: `("64x48", 120)` is width × height.
    pub sizes: Vec<(String, usize)>,
    /// Different sizes found.
    pub distinct_sizes: usize,
    /// Color modes found (`grey`, `grey+alpha`, `rgb`, `rgba`, `palette`) with their counts.
    pub modes: Vec<(String, usize)>,
    /// File formats found (`png`, `jpeg`, `webp`, …) with their counts; empty for arrays.
    pub formats: Vec<(String, usize)>,
    /// Classes with their counts, in label order; empty without labels.
    pub classes: Vec<(String, usize)>,
    /// Samples that equal an earlier one exactly.
    pub duplicates: usize,
    /// Every file that cannot be used.
    pub bad: Vec<BadFile>,
    /// Image files of formats that are not read, with the format.
    pub left_out: Vec<(PathBuf, String)>,
    /// What was taken in one way where another was possible, and what was left out.
    pub notes: Vec<String>,
    /// What a careful person should know before training on these data.
    pub warnings: Vec<String>,
    /// Up to 64 evenly spaced samples; for points a scatter plot or a histogram.
    #[serde(skip)]
    pub sheet: Option<Image>,
}

/// Reads everything that `spec` names and reports what is there.
///
/// Files are decoded one at a time; toy sets are judged by their first 100,000 points.
///
/// # Errors
///
/// Data that cannot be opened at all; single bad files of a folder or zip are in the report instead.
pub fn check(spec: &str, options: &LoadOptions) -> Result<CheckReport> {
    check_options(options)?;
    match recognize(spec, options, true)? {
        Source::Toy(toy) => check_points(&toy),
        Source::Texture(texture) => check_texture(spec, &texture, options),
        Source::Arrays(arrays) => check_arrays(spec, arrays, options),
        Source::Stacked(stacked) => check_stacked(spec, &stacked, options),
        Source::Files(files) => check_files(spec, &files, options),
    }
}

fn check_points(toy: &Toy) -> Result<CheckReport> {
    let info = toy.info();
    let mut tally = Tally::default();
    let mut point = vec![0.0; info.shape().iter().product()];
    for index in 0..info.len.min(MAX_POINTS) {
        let label = toy.labeled(index, &mut point)?;
        let bytes: Vec<u8> = point.iter().flat_map(|value| value.to_le_bytes()).collect();
        tally.add(&bytes, label);
    }
    let mut report = tally.report(info.kind, &info.spec, info.class_names());
    report.count = info.len;
    report.duplicates = 0; // equal numbers are chance, not copies
    report.warnings.retain(|warning| !warning.starts_with("all samples"));
    report.shape = Some(info.shape().to_vec());
    report.sheet = Some(draw_points(toy)?);
    Ok(report)
}

/// The first of the stacks, as arrays are checked; most of a thousand classes would not be seen.
fn check_stacked(spec: &str, stacked: &Stacked, options: &LoadOptions) -> Result<CheckReport> {
    let info = stacked.info();
    let mut report = check_arrays(spec, stacked.first(MAX_STACKS)?, options)?;
    report.kind = info.kind;
    report.count = info.len;
    Ok(report)
}

/// A texture is judged by its first crops; there are as many more as anybody wants.
fn check_texture(spec: &str, texture: &Texture, options: &LoadOptions) -> Result<CheckReport> {
    let len = texture.info().len;
    let crops = (0..len.min(MAX_CROPS)).map(|i| texture.crop(i)).collect::<Result<Vec<_>>>()?;
    let images = ImageStack::from_images(&crops)?;
    let arrays = Arrays::new(Kind::Texture, images);
    let mut report = check_arrays(spec, arrays, options)?;
    report.count = len;
    report.duplicates = 0; // two crops at one place are chance, not copies
    Ok(report)
}

fn check_arrays(spec: &str, arrays: Arrays, options: &LoadOptions) -> Result<CheckReport> {
    let len = options.limit.unwrap_or(usize::MAX).min(arrays.images.count);
    let arrays = arrays.part(0..len)?;
    let (size, channels) = ((arrays.images.width, arrays.images.height), arrays.images.channels);
    let target = Target::new(options, size, channels == 1);
    let mut tally = Tally::default();
    let mut sheet = Sheet::new(len, Some(target));
    for index in 0..len {
        let Some((image, label)) = arrays.image(index) else { continue };
        tally.add(&image.pixels, label);
        sheet.offer(index, image)?;
    }
    let mut report = tally.report(arrays.kind, spec, &arrays.class_names);
    report.shape = Some(target.shape().to_vec());
    let mode = match channels {
        1 => "grey",
        3 => "rgb",
        _ => "rgba",
    };
    report.modes = vec![(mode.to_owned(), len)];
    report.sheet = sheet.draw()?;
    report.notes.clone_from(&arrays.notes);
    report.set_sizes(&[(size, len)], options);
    Ok(report)
}

fn check_files(spec: &str, files: &Files, options: &LoadOptions) -> Result<CheckReport> {
    let target = files.target(options);
    let mut tally = Tally::default();
    let mut sheet = Sheet::new(files.entries.len(), target);
    let mut bad = files.bad.clone();
    let (mut modes, mut formats, mut sizes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (index, entry) in files.entries.iter().enumerate() {
        match files.image(index) {
            Ok(image) => {
                let size = entry.size_of(&image);
                let shape = [size.0, size.1, image.channels];
                let shape: Vec<u8> = shape.iter().flat_map(|side| side.to_le_bytes()).collect();
                tally.add(&[shape.as_slice(), image.pixels.as_slice()].concat(), entry.label);
                *modes.entry(entry.header.mode).or_insert(0) += 1;
                *formats.entry(entry.header.format).or_insert(0) += 1;
                *sizes.entry(size).or_insert(0) += 1;
                sheet.offer(index, image)?;
            }
            Err(error) => {
                bad.push(BadFile { path: entry.path.clone(), reason: reason(&error, &entry.path) })
            }
        }
    }
    bad.sort_by(|a, b| a.path.cmp(&b.path));
    if tally.count == 0 && bad.is_empty() {
        return Err(files.empty());
    }
    let mut report = tally.report(files.kind, spec, files.class_names());
    report.shape = target.map(|target| target.shape().to_vec());
    report.modes =
        modes.into_iter().map(|(mode, n): (Mode, usize)| (mode.name().to_owned(), n)).collect();
    let lossy = formats.keys().any(|format: &Format| format.is_lossy());
    report.formats = formats
        .into_iter()
        .map(|(format, n): (Format, usize)| (format.name().to_owned(), n))
        .collect();
    if report.formats.len() > 1 && lossy {
        let names: Vec<String> =
            report.formats.iter().map(|(name, _)| name.to_uppercase()).collect();
        report.warnings.push(format!(
            "{} files are mixed: a discriminator can learn the compression's traces",
            names.join(" and ")
        ));
    }
    report.notes.clone_from(&files.notes);
    report.left_out =
        files.left_out().iter().map(|f| (f.path.clone(), f.format.to_owned())).collect();
    if !bad.is_empty() {
        report
            .warnings
            .push(format!("{} files cannot be used; --skip-bad leaves them out", bad.len()));
    }
    report.bad = bad;
    report.sheet = sheet.draw()?;
    let mut sizes: Vec<((usize, usize), usize)> = sizes.into_iter().collect();
    sizes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    report.set_sizes(&sizes, options);
    Ok(report)
}

impl CheckReport {
    fn set_sizes(&mut self, sizes: &[((usize, usize), usize)], options: &LoadOptions) {
        self.sizes =
            sizes.iter().take(TOP_SIZES).map(|((w, h), n)| (format!("{w}x{h}"), *n)).collect();
        self.distinct_sizes = sizes.len();
        match options.size {
            None if sizes.len() > 1 => {
                self.warnings
                    .push(format!("{} different sizes: training needs --size N", sizes.len()));
            }
            Some(size) => {
                let small: usize =
                    sizes.iter().filter(|((w, h), _)| (*w).min(*h) < size).map(|(_, n)| n).sum();
                if small > 0 {
                    self.warnings.push(format!(
                        "{small} images are smaller than {size} pixels and get enlarged"
                    ));
                }
            }
            None => {}
        }
    }
}

/// What is counted over all samples of any kind.
#[derive(Default)]
struct Tally {
    count: usize,
    hashes: HashSet<[u8; 32]>,
    labels: BTreeMap<u32, usize>,
    last_label: Option<u32>,
    unsorted: bool,
}

impl Tally {
    fn add(&mut self, bytes: &[u8], label: Option<u32>) {
        self.count += 1;
        self.hashes.insert(Sha256::digest(bytes).into());
        if let Some(label) = label {
            *self.labels.entry(label).or_insert(0) += 1;
            self.unsorted |= self.last_label.is_some_and(|last| last > label);
            self.last_label = Some(label);
        }
    }

    fn report(self, kind: Kind, spec: &str, class_names: &[String]) -> CheckReport {
        let mut warnings = Vec::new();
        if self.count < FEW && kind != Kind::Toy {
            warnings.push(format!("{} samples, fewer than {FEW}: FID on so few says little (its covariance is singular)", self.count));
        }
        if self.count > 1 && self.hashes.len() == 1 {
            warnings.push("all samples are equal".to_owned());
        }
        if self.labels.len() > 1 && !self.unsorted {
            warnings.push(
                "samples are sorted by class: --limit would take the first classes only".to_owned(),
            );
        }
        let most = self.labels.values().max().copied().unwrap_or(0);
        let least = self.labels.values().min().copied().unwrap_or(0);
        if most > 10 * least {
            warnings.push(format!("classes are uneven: from {least} to {most} samples"));
        }
        let missing =
            (0..class_names.len() as u32).filter(|label| !self.labels.contains_key(label)).count();
        if missing > 0 && !self.labels.is_empty() {
            warnings.push(format!("{missing} of {} classes have no sample", class_names.len()));
        }
        let name = |label| class_name(class_names, label);
        CheckReport {
            spec: spec.to_owned(),
            kind,
            count: self.count,
            shape: None,
            sizes: Vec::new(),
            distinct_sizes: 0,
            modes: Vec::new(),
            formats: Vec::new(),
            classes: self.labels.iter().map(|(label, count)| (name(*label), *count)).collect(),
            duplicates: self.count - self.hashes.len(),
            bad: Vec::new(),
            left_out: Vec::new(),
            notes: Vec::new(),
            warnings,
            sheet: None,
        }
    }
}
