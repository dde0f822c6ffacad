//! The game in a terminal: an image in colored half blocks, and a question.

use super::{Deck, answer};
use crate::failure::usage;
use crate::output::note;
use anyhow::{Context, Result};
use gan_images::Image;
use std::fmt::Write as _;
use std::io::{BufRead, Write};

/// Most columns of a terminal that an image takes.
const WIDEST: usize = 64;

/// Asks about every image; true where the answer is real.
pub fn play(deck: &Deck) -> Result<Vec<bool>> {
    let mut lines = std::io::stdin().lock().lines();
    let mut all = Vec::with_capacity(deck.images.len());
    for (k, image) in deck.images.iter().enumerate() {
        note(&blocks(image));
        loop {
            let mut err = std::io::stderr();
            let asked =
                write!(err, "{} of {}: real or generated (r/g)? ", k + 1, deck.images.len());
            asked.and_then(|()| err.flush()).context("stderr: cannot write")?;
            let Some(line) = lines.next() else {
                return Err(usage("stdin ended before the game: nothing was scored"));
            };
            if let Some(found) = answer(&line.context("stdin: cannot read")?) {
                all.push(found);
                break;
            }
        }
    }
    Ok(all)
}

/// An image as lines of ▀, each two pixels high: the upper as foreground, the lower as background.
fn blocks(image: &Image) -> String {
    let step = image.width.div_ceil(WIDEST).max(1);
    let pixel = |y: usize, x: usize| {
        let at = (y.min(image.height - 1) * image.width + x) * image.channels;
        match &image.pixels[at..at + image.channels] {
            [r, g, b, ..] => [*r, *g, *b],
            [grey, ..] => [*grey; 3],
            [] => [0; 3],
        }
    };
    let mut text = String::new();
    for y in (0..image.height).step_by(2 * step) {
        for x in (0..image.width).step_by(step) {
            let ([r, g, b], [r2, g2, b2]) = (pixel(y, x), pixel(y + step, x));
            let _ = write!(text, "\x1b[38;2;{r};{g};{b}m\x1b[48;2;{r2};{g2};{b2}m▀");
        }
        text.push_str("\x1b[0m\n");
    }
    text.pop();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_a_block() {
        let image = Image::new(2, 3, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let text = blocks(&image);
        assert_eq!(text.matches('▀').count(), 4);
        assert!(text.starts_with("\x1b[38;2;1;1;1m\x1b[48;2;3;3;3m▀"));
        assert_eq!(text.lines().count(), 2);
        let wide = Image::filled(200, 10, &[9, 9, 9]).unwrap();
        assert!(blocks(&wide).lines().all(|l| l.matches('▀').count() <= WIDEST));
    }
}
