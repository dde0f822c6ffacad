//! One small figure a score, side by side.

use anyhow::Result;
use gan_images::{Figure, Image, Series, Style, draw, grid};

/// Width and height of a panel in pixels.
const SIZE: (usize, usize) = (400, 300);
/// Colors that are told apart: Okabe and Ito's.
pub const COLORS: [[u8; 3]; 6] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233]];

/// Panels in rows of `columns`.
pub fn panels(figures: &[Figure], columns: usize) -> Result<Image> {
    let images =
        figures.iter().map(|figure| draw(figure, SIZE.0, SIZE.1)).collect::<Result<Vec<_>, _>>()?;
    Ok(grid(&images, columns, 4)?)
}

/// A line with its points.
pub fn line(name: &str, color: [u8; 3], points: Vec<(f64, f64)>) -> [Series; 2] {
    let dots = Series { name: String::new(), color, style: Style::Points, points: points.clone() };
    [Series { name: name.into(), color, style: Style::Line, points }, dots]
}
