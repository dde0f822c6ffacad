//! Figures to pixels: layout, axes, legend and series, antialiased.

use tiny_skia::{
    FillRule, LineCap, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform,
};

use crate::text::{Direction, Font, draw_text};
use crate::ticks::{Ticks, usable_range};
use crate::{Error, Figure, Image, Result, Series, Style};

const INK: [u8; 3] = [45, 50, 60];
const FRAME: [u8; 3] = [140, 146, 156];
const RULE: [u8; 3] = [232, 234, 238];
/// Smallest figure that has room for its axes.
const LEAST: (usize, usize) = (160, 120);
/// Share of the data's span that is left free around it.
const MARGIN: f64 = 0.04;
const GAP: f32 = 8.0;

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
    draw_legend(&mut canvas, figure, &axes);

    let pixels = canvas.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Image::new(width, height, 3, pixels)
}

/// The plot's rectangle in pixels and the ranges it shows.
struct Axes {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    x: (f64, f64),
    y: (f64, f64),
    x_ticks: Ticks,
    y_ticks: Ticks,
}

impl Axes {
    fn new(figure: &Figure, width: f32, height: f32) -> Self {
        let x = figure
            .x_range
            .map_or_else(|| data_range(figure, |p| p.0, false), |(a, b)| usable_range(a, b));
        let y = figure
            .y_range
            .map_or_else(|| data_range(figure, |p| p.1, true), |(a, b)| usable_range(a, b));
        let line = Font::Plain.height() as f32;

        let mut top = GAP * 1.5;
        if !figure.title.is_empty() {
            top += Font::Title.height() as f32 + GAP;
        }
        top += legend_rows(figure, width) as f32 * (line + 4.0);
        let mut bottom = height - GAP * 1.5 - line;
        if !figure.x_label.is_empty() {
            bottom -= line + GAP * 0.75;
        }
        let bottom = bottom.max(top + 20.0);
        let y_ticks = Ticks::new(y.0, y.1, ((bottom - top) / 55.0).max(2.0) as usize);
        let widest =
            y_ticks.values.iter().map(|v| Font::Plain.width(&y_ticks.label(*v))).max().unwrap_or(0);
        let mut left = GAP * 2.0 + widest as f32;
        if !figure.y_label.is_empty() {
            left += line + GAP * 0.5;
        }
        let left = left.min(width / 2.0);
        let right = width - GAP * 2.5;
        let x_ticks = Ticks::new(x.0, x.1, ((right - left) / 90.0).max(2.0) as usize);
        Self { left, top, right, bottom, x, y, x_ticks, y_ticks }
    }

    /// Where `(x, y)` lies on the canvas; kept within a few canvases of it.
    fn place(&self, (x, y): (f64, f64)) -> (f32, f32) {
        let share =
            |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)).clamp(-10.0, 11.0) as f32;
        let (width, height) = (self.right - self.left, self.bottom - self.top);
        (self.left + share(x, self.x) * width, self.bottom - share(y, self.y) * height)
    }

    fn clip(&self, width: u32, height: u32) -> Option<Mask> {
        let mut mask = Mask::new(width, height)?;
        let inside = Rect::from_ltrb(self.left, self.top, self.right, self.bottom)?;
        mask.fill_path(
            &PathBuilder::from_rect(inside),
            FillRule::Winding,
            true,
            Transform::identity(),
        );
        Some(mask)
    }

    fn draw_rules(&self, canvas: &mut Pixmap) {
        for &value in &self.x_ticks.values {
            let x = middle(self.place((value, 0.0)).0);
            stroke(canvas, segment((x, self.top), (x, self.bottom)), RULE, 1.0, None);
        }
        for &value in &self.y_ticks.values {
            let y = middle(self.place((0.0, value)).1);
            stroke(canvas, segment((self.left, y), (self.right, y)), RULE, 1.0, None);
        }
    }

    fn draw_frame(&self, canvas: &mut Pixmap, figure: &Figure) {
        let (left, right) = (middle(self.left), middle(self.right));
        let (top, bottom) = (middle(self.top), middle(self.bottom));
        stroke(canvas, segment((left, top), (left, bottom)), FRAME, 1.0, None);
        stroke(canvas, segment((left, bottom), (right, bottom)), FRAME, 1.0, None);
        let line = Font::Plain.height();
        for &value in &self.x_ticks.values {
            let x = middle(self.place((value, 0.0)).0);
            stroke(canvas, segment((x, bottom), (x, bottom + 4.0)), FRAME, 1.0, None);
            let label = self.x_ticks.label(value);
            let width = Font::Plain.width(&label);
            let at = (x as i32 - width / 2).min(canvas.width() as i32 - width - 1);
            draw_text(canvas, &label, Font::Plain, INK, (at, bottom as i32 + 6), Direction::Right);
        }
        for &value in &self.y_ticks.values {
            let y = middle(self.place((0.0, value)).1);
            stroke(canvas, segment((left - 4.0, y), (left, y)), FRAME, 1.0, None);
            let label = self.y_ticks.label(value);
            let at = (left as i32 - 7 - Font::Plain.width(&label), y as i32 - line / 2);
            draw_text(canvas, &label, Font::Plain, INK, at, Direction::Right);
        }
        let center =
            |low: f32, high: f32, text: &str| (low + high) as i32 / 2 - Font::Plain.width(text) / 2;
        let below = canvas.height() as i32 - line - GAP as i32 / 2;
        let at = (center(left, right, &figure.x_label), below);
        draw_text(canvas, &figure.x_label, Font::Plain, INK, at, Direction::Right);
        let beside = (top + bottom) as i32 / 2 + Font::Plain.width(&figure.y_label) / 2;
        draw_text(
            canvas,
            &figure.y_label,
            Font::Plain,
            INK,
            (GAP as i32 / 2, beside),
            Direction::Up,
        );
        let at = (self.left as i32, GAP as i32);
        draw_text(canvas, &figure.title, Font::Title, INK, at, Direction::Right);
    }
}

/// What the data span along one axis, with some air; an axis that bars and areas stand on begins
/// at zero.
fn data_range(figure: &Figure, pick: impl Fn(&(f64, f64)) -> f64, standing: bool) -> (f64, f64) {
    let (mut low, mut high, mut stands) = (f64::INFINITY, f64::NEG_INFINITY, false);
    for series in &figure.series {
        for point in series.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            low = low.min(pick(point));
            high = high.max(pick(point));
        }
        stands |= standing && matches!(series.style, Style::Bars | Style::Area);
    }
    if stands {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    let (low, high) = usable_range(low, high);
    let air = (high - low) * MARGIN;
    let low = if stands && low == 0.0 { low } else { low - air };
    let high = if stands && high == 0.0 { high } else { high + air };
    (low, high)
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
                stroke(canvas, polyline(&run), series.color, 2.0, clip);
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

/// Bars as wide as the least distance between neighbours allows.
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

/// The entries of the legend as `(column in pixels, row, series)`, laid out to fit `width`.
fn legend(figure: &Figure, width: f32) -> Vec<(f32, usize, &Series)> {
    let (mut x, mut row, mut entries) = (0.0, 0, Vec::new());
    for series in figure.series.iter().filter(|series| !series.name.is_empty()) {
        let entry = 24.0 + Font::Plain.width(&series.name) as f32 + 2.0 * GAP;
        if x > 0.0 && x + entry > width - 80.0 {
            (x, row) = (0.0, row + 1);
        }
        entries.push((x, row, series));
        x += entry;
    }
    entries
}

fn legend_rows(figure: &Figure, width: f32) -> usize {
    legend(figure, width).last().map_or(0, |(_, row, _)| row + 1)
}

fn draw_legend(canvas: &mut Pixmap, figure: &Figure, axes: &Axes) {
    let line = Font::Plain.height() as f32;
    let rows = legend_rows(figure, canvas.width() as f32) as f32;
    for (x, row, series) in legend(figure, canvas.width() as f32) {
        let (x, y) = (axes.left + x, axes.top - GAP * 0.5 - (rows - row as f32) * (line + 4.0));
        let middle = y + line / 2.0;
        match series.style {
            Style::Line => {
                stroke(canvas, segment((x, middle), (x + 18.0, middle)), series.color, 2.5, None)
            }
            Style::Points => fill(
                canvas,
                PathBuilder::from_circle(x + 9.0, middle, 4.0),
                series.color,
                0.9,
                None,
            ),
            Style::Bars | Style::Area => {
                let patch = Rect::from_xywh(x + 2.0, middle - 6.0, 14.0, 12.0);
                fill(canvas, patch.map(PathBuilder::from_rect), series.color, 0.8, None);
            }
        }
        draw_text(
            canvas,
            &series.name,
            Font::Plain,
            INK,
            (x as i32 + 24, y as i32),
            Direction::Right,
        );
    }
}

/// The middle of the pixel that holds `v`, where a line of width 1 is sharp.
fn middle(v: f32) -> f32 {
    v.floor() + 0.5
}

fn segment(from: (f32, f32), to: (f32, f32)) -> Option<Path> {
    polyline(&[from, to])
}

fn polyline(points: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    path.finish()
}

/// The region between a line and the height `floor`.
fn area(points: &[(f32, f32)], floor: f32) -> Option<Path> {
    let (first, last) = (points.first()?, points.last()?);
    let mut path = PathBuilder::new();
    path.move_to(first.0, floor);
    for &(x, y) in points {
        path.line_to(x, y);
    }
    path.line_to(last.0, floor);
    path.close();
    path.finish()
}

fn stroke(
    canvas: &mut Pixmap,
    path: Option<Path>,
    color: [u8; 3],
    width: f32,
    clip: Option<&Mask>,
) {
    let stroke =
        Stroke { width, line_cap: LineCap::Butt, line_join: LineJoin::Round, ..Stroke::default() };
    if let Some(path) = path {
        canvas.stroke_path(&path, &paint(color, 1.0), &stroke, Transform::identity(), clip);
    }
}

fn fill(
    canvas: &mut Pixmap,
    path: Option<Path>,
    color: [u8; 3],
    opacity: f32,
    clip: Option<&Mask>,
) {
    if let Some(path) = path {
        canvas.fill_path(
            &path,
            &paint(color, opacity),
            FillRule::Winding,
            Transform::identity(),
            clip,
        );
    }
}

fn paint([r, g, b]: [u8; 3], opacity: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, (opacity * 255.0).round() as u8);
    paint.anti_alias = true;
    paint
}
