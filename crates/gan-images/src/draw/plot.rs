//! Figures to pixels: `draw`, and the series in their styles.

use tiny_skia::{Mask, PathBuilder, Pixmap, Rect};

use crate::draw::axes::Axes;
use crate::draw::legend::draw_legend;
use crate::draw::pen::{area, fill, polyline, stroke};
use crate::{Error, Figure, Image, Result, Series, Style};

/// Smallest figure that has room for its axes.
const LEAST: (usize, usize) = (160, 120);
/// Points from which lines are drawn thinly.
const DENSE: usize = 800;

/// Draws `figure` as an RGB image of `width` × `height` pixels; the same figure gives the same bytes.
///
/// # Errors
///
/// A size below 160 × 120, or one too large for an image.
pub fn draw(figure: &Figure, width: usize, height: usize) -> Result<Image> {
    let least = || {
        Error::argument(format!(
            "{width}x{height} pixels for a figure (expected at least {}x{})",
            LEAST.0, LEAST.1
        ))
    };
    if width < LEAST.0 || height < LEAST.1 {
        return Err(least());
    }
    crate::image::check_size(width, height)?;
    let mut canvas = Pixmap::new(width as u32, height as u32).ok_or_else(least)?;
    canvas.fill(tiny_skia::Color::WHITE);

    let axes = Axes::new(figure, width as f32, height as f32);
    axes.draw_rules(&mut canvas);
    let clip = axes.clip(width as u32, height as u32);
    for series in &figure.series {
        draw_series(&mut canvas, &axes, series, clip.as_ref());
    }
    axes.draw_frame(&mut canvas, figure);
    draw_legend(&mut canvas, figure, (axes.left, axes.top));

    let pixels = canvas.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Image::new(width, height, 3, pixels)
}

fn draw_series(canvas: &mut Pixmap, axes: &Axes, series: &Series, clip: Option<&Mask>) {
    let places: Vec<Option<(f32, f32)>> = series
        .points
        .iter()
        .map(|&(x, y)| (x.is_finite() && y.is_finite()).then(|| axes.place((x, y))))
        .collect();
    let floor = axes.place((0.0, 0.0)).1;
    match series.style {
        Style::Points => draw_points(canvas, &places, series.color, clip),
        Style::Bars => draw_bars(canvas, &places, axes, floor, series.color, clip),
        Style::Line | Style::Area => {
            for run in places.split(Option::is_none) {
                let run: Vec<(f32, f32)> = run.iter().flatten().copied().collect();
                if series.style == Style::Area {
                    fill(canvas, area(&run, floor), series.color, 0.22, clip);
                }
                // A line of more points than pixels is mostly noise; thin strokes keep it readable.
                let width = if run.len() > DENSE { 1.2 } else { 2.0 };
                stroke(canvas, polyline(&run), series.color, width, clip);
            }
        }
    }
}

/// Dots, smaller and fainter the more there are.
fn draw_points(
    canvas: &mut Pixmap,
    places: &[Option<(f32, f32)>],
    color: [u8; 3],
    clip: Option<&Mask>,
) {
    let (radius, opacity) = match places.len() {
        0..=100 => (4.0, 0.85),
        101..=1000 => (2.6, 0.7),
        1001..=5000 => (1.8, 0.5),
        _ => (1.2, 0.35),
    };
    for &(x, y) in places.iter().flatten() {
        fill(canvas, PathBuilder::from_circle(x, y, radius), color, opacity, clip);
    }
}

/// Bars as wide as the least distance between neighbors allows.
fn draw_bars(
    canvas: &mut Pixmap,
    places: &[Option<(f32, f32)>],
    axes: &Axes,
    floor: f32,
    color: [u8; 3],
    clip: Option<&Mask>,
) {
    let mut centers: Vec<f32> = places.iter().flatten().map(|place| place.0).collect();
    centers.sort_by(f32::total_cmp);
    let gaps = centers.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.01);
    let gap = gaps.fold((axes.right - axes.left) / 4.0, f32::min);
    let half = (gap * if gap > 4.0 { 0.45 } else { 0.5 }).max(0.5);
    for &(x, y) in places.iter().flatten() {
        let bar = Rect::from_ltrb(x - half, y.min(floor), x + half, y.max(floor));
        fill(canvas, bar.map(PathBuilder::from_rect), color, 0.85, clip);
    }
}
