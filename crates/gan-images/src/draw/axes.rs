//! The axes of a figure: layout, ranges, rules, numbers and labels.

use tiny_skia::{FillRule, Mask, PathBuilder, Pixmap, Rect, Transform};

use crate::draw::legend::legend_rows;
use crate::draw::pen::{GAP, INK, middle, segment, stroke};
use crate::draw::text::{Direction, Font, draw_text};
use crate::draw::ticks::{Ticks, usable_range};
use crate::{Figure, Style};

const FRAME: [u8; 3] = [140, 146, 156];
const RULE: [u8; 3] = [232, 234, 238];
/// Share of the data's span that is left free around it.
const MARGIN: f64 = 0.04;

/// The plot's rectangle in pixels and the ranges it shows.
pub(crate) struct Axes {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
    x: (f64, f64),
    y: (f64, f64),
    x_ticks: Ticks,
    y_ticks: Ticks,
}

impl Axes {
    pub(crate) fn new(figure: &Figure, width: f32, height: f32) -> Self {
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
    pub(crate) fn place(&self, (x, y): (f64, f64)) -> (f32, f32) {
        let share =
            |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)).clamp(-10.0, 11.0) as f32;
        let (width, height) = (self.right - self.left, self.bottom - self.top);
        (self.left + share(x, self.x) * width, self.bottom - share(y, self.y) * height)
    }

    pub(crate) fn clip(&self, width: u32, height: u32) -> Option<Mask> {
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

    pub(crate) fn draw_rules(&self, canvas: &mut Pixmap) {
        for &value in &self.x_ticks.values {
            let x = middle(self.place((value, 0.0)).0);
            stroke(canvas, segment((x, self.top), (x, self.bottom)), RULE, 1.0, None);
        }
        for &value in &self.y_ticks.values {
            let y = middle(self.place((0.0, value)).1);
            stroke(canvas, segment((self.left, y), (self.right, y)), RULE, 1.0, None);
        }
    }

    pub(crate) fn draw_frame(&self, canvas: &mut Pixmap, figure: &Figure) {
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
        let fits =
            |font: Font| font.width(&figure.title) <= canvas.width() as i32 - self.left as i32;
        let (font, left) = match (fits(Font::Title), fits(Font::Plain)) {
            (true, _) => (Font::Title, self.left as i32),
            (false, true) => (Font::Plain, self.left as i32),
            (false, false) => (Font::Plain, 2),
        };
        draw_text(canvas, &figure.title, font, INK, (left, GAP as i32), Direction::Right);
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
