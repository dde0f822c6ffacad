//! Strokes and fills on a canvas, antialiased.

use tiny_skia::{
    FillRule, LineCap, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Stroke, Transform,
};

/// Color of text.
pub(crate) const INK: [u8; 3] = [45, 50, 60];
/// Pixels between the parts of a figure.
pub(crate) const GAP: f32 = 8.0;

/// The middle of the pixel that holds `v`, where a line of width 1 is sharp.
pub(crate) fn middle(v: f32) -> f32 {
    v.floor() + 0.5
}

pub(crate) fn segment(from: (f32, f32), to: (f32, f32)) -> Option<Path> {
    polyline(&[from, to])
}

pub(crate) fn polyline(points: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    path.finish()
}

/// The region between a line and the height `floor`.
pub(crate) fn area(points: &[(f32, f32)], floor: f32) -> Option<Path> {
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

pub(crate) fn stroke(
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

pub(crate) fn fill(
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
