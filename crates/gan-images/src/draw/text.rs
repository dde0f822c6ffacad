//! Text in figures: Noto Sans Mono from a table of bitmaps.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};
use tiny_skia::Pixmap;

/// The two kinds of text a figure has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Font {
    /// Numbers, labels, legend: 16 pixels high.
    Plain,
    /// The title: bold, 20 pixels high.
    Title,
}

impl Font {
    fn parts(self) -> (FontWeight, RasterHeight) {
        match self {
            Self::Plain => (FontWeight::Regular, RasterHeight::Size16),
            Self::Title => (FontWeight::Bold, RasterHeight::Size20),
        }
    }

    /// Height of a line in pixels.
    pub(crate) fn height(self) -> i32 {
        self.parts().1.val() as i32
    }

    /// Width of `text` in pixels.
    pub(crate) fn width(self, text: &str) -> i32 {
        let (weight, height) = self.parts();
        (text.chars().count() * get_raster_width(weight, height)).min(1 << 20) as i32
    }
}

/// Which way text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From left to right; the position is the upper left corner.
    Right,
    /// From the bottom to the top; the position is the lower left corner.
    Up,
}

/// Blends `text` into `canvas`, which is opaque; what lies outside is cut off. Characters beyond
/// Latin-1 are drawn as `?`.
pub(crate) fn draw_text(
    canvas: &mut Pixmap,
    text: &str,
    font: Font,
    color: [u8; 3],
    (x, y): (i32, i32),
    direction: Direction,
) {
    let (weight, height) = font.parts();
    let (canvas_width, canvas_height) = (canvas.width() as i32, canvas.height() as i32);
    let mut along = 0;
    for character in text.chars() {
        let raster =
            get_raster(character, weight, height).or_else(|| get_raster('?', weight, height));
        let Some(raster) = raster else { continue };
        for (row, line) in raster.rows().enumerate() {
            for (column, &cover) in line.iter().enumerate() {
                let (i, j) = (along + column as i32, row as i32);
                let (px, py) = match direction {
                    Direction::Right => (x.saturating_add(i), y.saturating_add(j)),
                    Direction::Up => (x.saturating_add(j), y.saturating_sub(i)),
                };
                if cover > 0 && (0..canvas_width).contains(&px) && (0..canvas_height).contains(&py)
                {
                    let at = (py * canvas_width + px) as usize * 4;
                    blend(&mut canvas.data_mut()[at..at + 3], color, cover);
                }
            }
        }
        along += raster.width() as i32;
        if along > canvas_width.max(canvas_height) * 2 {
            break; // far outside
        }
    }
}

fn blend(pixel: &mut [u8], color: [u8; 3], cover: u8) {
    let cover = u32::from(cover);
    for (under, over) in pixel.iter_mut().zip(color) {
        *under = ((u32::from(*under) * (255 - cover) + u32::from(over) * cover + 127) / 255) as u8;
    }
}
