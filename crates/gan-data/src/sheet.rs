//! Pictures of data: contact sheets of images, scatter plots and histograms of points.

use gan_images::{Figure, Fit, Image, Series, Style, draw, grid};

use crate::shape::Target;
use crate::{Dataset, Result};

/// Images on a sheet.
const MOST: usize = 64;
/// Columns of a full sheet.
const COLUMNS: usize = 8;
/// White pixels between images.
const GAP: usize = 2;
/// Smaller images are enlarged by a whole factor up to about this side.
const SMALL: usize = 64;
/// Larger images, and those of mixed sizes, are brought to squares of this side.
const LARGE: usize = 128;
/// Points of a scatter plot.
const SCATTER: usize = 4_000;
/// Points and bars of a histogram.
const HISTOGRAM: (usize, usize) = (50_000, 80);
/// Color of points and bars.
const BLUE: [u8; 3] = [38, 98, 186];

/// Collects evenly spaced images while all are read once.
pub(crate) struct Sheet {
    total: usize,
    target: Option<Target>,
    tiles: Vec<Image>,
}

impl Sheet {
    /// A sheet of `total` images; those of mixed sizes have no `target`.
    pub(crate) fn new(total: usize, target: Option<Target>) -> Self {
        Self { total, target, tiles: Vec::new() }
    }

    /// Takes image `index` if it is due; a bad image's place goes to the next good one.
    pub(crate) fn offer(&mut self, index: usize, image: Image) -> Result<()> {
        let wanted = self.total.min(MOST);
        if self.tiles.len() >= wanted || index < self.tiles.len() * self.total / wanted {
            return Ok(());
        }
        let image = match self.target {
            Some(target) => target.apply(image)?,
            None => image.to_channels(3)?,
        };
        let image = if image.channels == 4 { image.to_channels(3)? } else { image };
        let side = image.width.max(image.height);
        self.tiles.push(if self.target.is_none() || side > LARGE {
            image.fit(LARGE, Fit::Pad)?
        } else {
            enlarge(&image, SMALL / side)?
        });
        Ok(())
    }

    /// The sheet, if there is any image.
    pub(crate) fn draw(self) -> Result<Option<Image>> {
        if self.tiles.is_empty() {
            return Ok(None);
        }
        Ok(Some(grid(&self.tiles, COLUMNS, GAP)?))
    }
}

/// Repeats every pixel `factor` times in both directions.
fn enlarge(image: &Image, factor: usize) -> Result<Image> {
    if factor < 2 {
        return Ok(image.clone());
    }
    let mut pixels = Vec::with_capacity(image.pixels.len() * factor * factor);
    for row in image.pixels.chunks_exact(image.width * image.channels) {
        let wide: Vec<u8> =
            row.chunks_exact(image.channels).flat_map(|pixel| pixel.repeat(factor)).collect();
        pixels.extend(wide.repeat(factor));
    }
    Ok(Image::new(image.width * factor, image.height * factor, image.channels, pixels)?)
}

/// A scatter plot of points in the plane, a histogram of numbers.
pub(crate) fn draw_points(dataset: &dyn Dataset) -> Result<Image> {
    let info = dataset.info();
    let plane = info.shape() == [2];
    let most = if plane { SCATTER } else { HISTOGRAM.0 };
    let mut point = vec![0.0; info.shape().iter().product()];
    let mut points = Vec::new();
    for index in 0..info.len.min(most) {
        dataset.labeled(index, &mut point)?;
        let coordinate = |axis: usize| point.get(axis).map_or(0.0, |v| f64::from(*v));
        points.push((coordinate(0), coordinate(1)));
    }
    let mut figure =
        Figure { title: info.spec.clone(), x_label: "x".to_owned(), ..Figure::default() };
    let shown = points.len();
    let (style, points) = if plane {
        figure.y_label = "y".to_owned();
        (Style::Points, points)
    } else {
        figure.y_label = "density".to_owned();
        (Style::Bars, histogram(&points))
    };
    let name = format!("{shown} of {} samples", info.len);
    figure.series.push(Series { name, color: BLUE, style, points });
    Ok(draw(&figure, if plane { 640 } else { 800 }, if plane { 640 } else { 500 })?)
}

/// Middles of bars and the density in them: the bars' areas sum to one.
fn histogram(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let low = points.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
    let width = (high - low) / HISTOGRAM.1 as f64;
    if width.is_nan() || width <= 0.0 {
        return vec![(low, 1.0)];
    }
    let mut counts = vec![0_usize; HISTOGRAM.1];
    for (x, _) in points {
        counts[(((x - low) / width) as usize).min(HISTOGRAM.1 - 1)] += 1;
    }
    let share = 1.0 / (points.len() as f64 * width);
    counts
        .iter()
        .enumerate()
        .map(|(i, n)| (low + (i as f64 + 0.5) * width, *n as f64 * share))
        .collect()
}
