//! The legend of a figure: a mark and a name for each series, in rows above the axes.

use tiny_skia::{PathBuilder, Pixmap, Rect};

use crate::draw::pen::{GAP, INK, fill, segment, stroke};
use crate::draw::text::{Direction, Font, draw_text};
use crate::{Figure, Series, Style};

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

/// Rows of text that the legend takes in a figure of `width` pixels.
pub(crate) fn legend_rows(figure: &Figure, width: f32) -> usize {
    legend(figure, width).last().map_or(0, |(_, row, _)| row + 1)
}

/// Draws the legend above axes whose corner is at `(left, top)`.
pub(crate) fn draw_legend(canvas: &mut Pixmap, figure: &Figure, (left, top): (f32, f32)) {
    let line = Font::Plain.height() as f32;
    let rows = legend_rows(figure, canvas.width() as f32) as f32;
    for (x, row, series) in legend(figure, canvas.width() as f32) {
        let (x, y) = (left + x, top - GAP * 0.5 - (rows - row as f32) * (line + 4.0));
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
