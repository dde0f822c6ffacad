//! Samples as pictures: a grid of images, a cloud of points, a histogram.

use crate::{Error, Result, Sample, Sheet};
use candle_core::{DType, Tensor};
use gan_data::class_name;
use gan_images::{Figure, Image, Series, Style, draw, named_grid};
use std::collections::BTreeMap;

/// Blue for what was generated, gray for what is real.
const FAKE: [u8; 3] = [31, 119, 180];
const REAL: [u8; 3] = [170, 170, 170];
/// More classes than these have no room for names.
const MOST_NAMED: usize = 100;

/// Each image of a `(n, channels, height, width)` tensor in `[-1, 1]`.
///
/// # Errors
/// Where the tensor has another shape.
pub fn images(t: &Tensor) -> Result<Vec<Image>> {
    let (n, c, h, w) = t.dims4()?;
    let values = t.detach().to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
    let size = c * h * w;
    (0..n).map(|i| Ok(Image::from_planes(&values[i * size..(i + 1) * size], [c, h, w])?)).collect()
}

/// A picture of samples: images in a square grid; points in two dimensions as a cloud over the
/// real ones; in one dimension as histograms.
///
/// # Errors
/// Where the samples have no picture.
pub fn picture(sample: &Sample, real: Option<&Tensor>) -> Result<Image> {
    match sample {
        Sample::Images(t) => {
            let images = images(t)?;
            rows_of(&images, square(images.len()), &[])
        }
        Sample::Points(t) => {
            let fake = rows(t)?;
            let real = real.map(rows).transpose()?;
            let dims = |rows: &[Vec<f64>]| rows.first().map(Vec::len);
            if let (Some(fake), Some(real)) = (dims(&fake), real.as_deref().and_then(dims))
                && fake != real
            {
                let what = format!("generated points have {fake} dims, real ones {real}");
                return Err(Error::Config(what));
            }
            let figure = match t.dim(1)? {
                1 => histogram(&fake, real.as_deref()),
                _ => cloud(&fake, real.as_deref()),
            };
            Ok(draw(&figure, 640, if t.dim(1)? == 1 { 400 } else { 640 })?)
        }
    }
}

/// A picture of samples of these `classes`, one a sample, that have `names`, one a class: each class of
/// images has rows of its own, with its name before the first. Points, classes without names, and
/// samples of more than 100 classes are drawn as by [`picture`], without names.
///
/// # Errors
/// As [`picture`].
pub fn picture_by_class(sample: &Sample, classes: &[u32], names: &[String]) -> Result<Image> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, class) in classes.iter().enumerate() {
        members.entry(*class).or_default().push(number);
    }
    let Sample::Images(t) = sample else { return picture(sample, None) };
    let all = images(t)?;
    if names.is_empty() || members.len() > MOST_NAMED || classes.len() != all.len() {
        return picture(sample, None);
    }
    let largest = members.values().map(Vec::len).max().unwrap_or(0);
    let columns = square(all.len()).min(largest);
    let (mut tiles, mut rows) = (Vec::new(), Vec::new());
    for (class, members) in members {
        for (row, part) in members.chunks(columns).enumerate() {
            rows.push(if row == 0 { class_name(names, class) } else { String::new() });
            tiles.extend(part.iter().map(|number| all[*number].clone()));
            let image = &all[0];
            let blank = Image::filled(image.width, image.height, &vec![255; image.channels])?;
            tiles.extend(std::iter::repeat_n(blank, columns - part.len()));
        }
    }
    rows_of(&tiles, columns, &rows)
}

/// The picture of a sheet.
///
/// # Errors
/// Where it holds no images.
pub fn sheet(sheet: &Sheet) -> Result<Image> {
    rows_of(&images(&sheet.images)?, sheet.columns, &[])
}

/// Columns of a square grid.
fn square(images: usize) -> usize {
    (images as f64).sqrt().ceil() as usize
}

/// Images in rows that may have names, small ones enlarged.
fn rows_of(images: &[Image], columns: usize, names: &[String]) -> Result<Image> {
    if images.first().is_some_and(|i| i.width <= 32 && images.len() <= 256) {
        let large = images.iter().map(|i| i.enlarge(2)).collect::<Result<Vec<_>, _>>()?;
        return Ok(named_grid(&large, columns, 4, names)?);
    }
    Ok(named_grid(images, columns, 2, names)?)
}

fn rows(t: &Tensor) -> Result<Vec<Vec<f64>>> {
    if t.rank() != 2 || t.dim(1)? == 0 {
        let what = format!("points need a shape (n, dims), found {:?}", t.dims());
        return Err(Error::Config(what));
    }
    let dims = t.dim(1)?;
    Ok(gan_kernels::read::values(t)?.chunks(dims).map(<[f64]>::to_vec).collect())
}

fn cloud(fake: &[Vec<f64>], real: Option<&[Vec<f64>]>) -> Figure {
    let points = |rows: &[Vec<f64>]| rows.iter().map(|r| (r[0], r[1])).collect::<Vec<_>>();
    let mut series = Vec::new();
    let mut figure = Figure::default();
    if let Some(real) = real {
        let points = points(real);
        let range = |get: fn(&(f64, f64)) -> f64| {
            let all = points.iter().map(get);
            let low = all.clone().fold(f64::INFINITY, f64::min);
            let high = all.fold(f64::NEG_INFINITY, f64::max);
            let margin = 0.25 * (high - low).max(1e-6);
            (low - margin, high + margin)
        };
        (figure.x_range, figure.y_range) = (Some(range(|p| p.0)), Some(range(|p| p.1)));
        series.push(Series { name: "real".into(), color: REAL, style: Style::Points, points });
    }
    let style = Style::Points;
    series.push(Series { name: "generated".into(), color: FAKE, style, points: points(fake) });
    figure.series = series;
    figure
}

fn histogram(fake: &[Vec<f64>], real: Option<&[Vec<f64>]>) -> Figure {
    let values = |rows: &[Vec<f64>]| rows.iter().map(|r| r[0]).collect::<Vec<_>>();
    let fake = values(fake);
    let real = real.map(values);
    let all = || fake.iter().chain(real.iter().flatten()).copied();
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max).max(low + 1e-6);
    const BINS: usize = 60;
    let width = (high - low) / BINS as f64;
    let density = |values: &[f64]| {
        let mut counts = [0usize; BINS];
        for v in values {
            counts[(((v - low) / width) as usize).min(BINS - 1)] += 1;
        }
        let scale = 1.0 / (values.len().max(1) as f64 * width);
        let at = |i: usize| low + (i as f64 + 0.5) * width;
        counts.iter().enumerate().map(|(i, c)| (at(i), *c as f64 * scale)).collect::<Vec<_>>()
    };
    let mut series = Vec::new();
    if let Some(real) = &real {
        let points = density(real);
        series.push(Series { name: "real".into(), color: REAL, style: Style::Area, points });
    }
    let points = density(&fake);
    series.push(Series { name: "generated".into(), color: FAKE, style: Style::Area, points });
    Figure { y_label: "density".into(), series, ..Figure::default() }
}
