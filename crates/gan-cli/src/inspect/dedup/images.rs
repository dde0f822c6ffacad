//! The images that `gan dedup` compares: the data's and planted copies, levelled and in several forms.

use crate::failure::usage;
use anyhow::Result;
use candle_core::{DType, Device, Tensor};
use gan_data::Dataset;
use gan_inspect::binary_codes::Pair;
use gan_layers::StepRng;
use gan_train::Game;

/// Images that are encoded together.
const BATCH: usize = 256;
/// Most that contrast is raised by: a nearly blank image must not become its own noise.
const MOST_GAIN: f64 = 4.0;

/// All images, the data's and the planted ones after them.
pub struct Images<'a> {
    pub data: &'a dyn Dataset,
    pub shape: [usize; 3],
    /// Copies, each with the number of the image that it was made of.
    pub planted: Vec<(usize, Vec<f32>)>,
}

impl Images<'_> {
    pub fn len(&self) -> usize {
        self.data.info().len + self.planted.len()
    }

    pub fn read(&self, k: usize, out: &mut [f32]) -> Result<()> {
        match k.checked_sub(self.data.info().len) {
            Some(planted) => out.copy_from_slice(&self.planted[planted].1),
            None => {
                self.data.labeled(k, out)?;
            }
        }
        Ok(())
    }

    /// Whether a pair is a planted copy and what it was made of.
    pub fn is_planted(&self, pair: &Pair) -> bool {
        match pair.b.checked_sub(self.data.info().len) {
            Some(planted) => self.planted[planted].0 == pair.a,
            None => false,
        }
    }

    /// Codes of all images, rows of values: first of them as they are, then moved by up to `shift`
    /// pixels in every direction. Before, each is brought to the data's usual brightness and
    /// contrast, so that neither counts.
    pub fn encoded(&self, game: &dyn Game, shift: isize, device: &Device) -> Result<Vec<Vec<f32>>> {
        let [channels, height, width] = self.shape;
        let size = channels * height * width;
        let usual = self.usual()?;
        let moves = moves(shift);
        let mut all = vec![Vec::new(); moves.len()];
        game.params().freeze();
        let encoder = game.inside().encoder.ok_or_else(|| usage("this model has no codes"))?;
        for start in (0..self.len()).step_by(BATCH) {
            let count = BATCH.min(self.len() - start);
            let mut still = vec![0.0; count * size];
            for (k, out) in still.chunks_exact_mut(size).enumerate() {
                self.read(start + k, out)?;
                level(out, usual);
            }
            for (by, codes) in moves.iter().zip(&mut all) {
                let mut values = Vec::with_capacity(still.len());
                still.chunks_exact(size).for_each(|x| values.extend(moved(x, self.shape, *by)));
                let x = Tensor::from_vec(values, (count, channels, height, width), device)?;
                let found = encoder.encode(&x, None)?;
                codes.extend(found.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
            }
        }
        Ok(all)
    }

    /// The mean over the data of images' means and deviations.
    fn usual(&self) -> Result<(f64, f64)> {
        let mut values = vec![0.0; self.shape.iter().product()];
        let (mut means, mut deviations) = (0.0, 0.0);
        let count = self.data.info().len;
        for k in 0..count {
            self.data.labeled(k, &mut values)?;
            let (mean, deviation) = moments(&values);
            means += mean;
            deviations += deviation;
        }
        Ok((means / count as f64, deviations / count as f64))
    }
}

fn moments(values: &[f32]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let square = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    (mean, square.sqrt())
}

/// Brings an image to a mean and a deviation.
fn level(values: &mut [f32], (usual, contrast): (f64, f64)) {
    let (mean, deviation) = moments(values);
    let gain = if deviation > 0.0 { (contrast / deviation).min(MOST_GAIN) } else { 1.0 };
    values.iter_mut().for_each(|v| *v = ((f64::from(*v) - mean) * gain + usual) as f32);
}

/// Moves of up to so many pixels, none first.
fn moves(most: isize) -> Vec<(isize, isize)> {
    let line = || -most..=most;
    let mut all: Vec<_> = line().flat_map(|down| line().map(move |right| (down, right))).collect();
    all.sort_by_key(|(down, right)| down.abs() + right.abs());
    all
}

/// An image moved by whole pixels; its edge is drawn out.
fn moved(
    x: &[f32],
    [channels, height, width]: [usize; 3],
    (down, right): (isize, isize),
) -> Vec<f32> {
    let at =
        |k: usize, by: isize, most: usize| (k as isize - by).clamp(0, most as isize - 1) as usize;
    let mut out = Vec::with_capacity(x.len());
    for c in 0..channels {
        for row in 0..height {
            let from = (c * height + at(row, down, height)) * width;
            out.extend((0..width).map(|column| x[from + at(column, right, width)]));
        }
    }
    out
}

/// Changed copies of images that are spread over the data, each with the number of its image: moved
/// by up to a pixel across and down, turned by up to 3°, with 85 to 100 % of the brightness, and a
/// little noise. None of these is in whole pixels or steps, which would be too easy to find.
pub fn planted(
    data: &dyn Dataset,
    shape: [usize; 3],
    count: usize,
    seed: u64,
) -> Result<Vec<(usize, Vec<f32>)>> {
    let mut draw = StepRng::new(seed, 0).uniforms("planted");
    let mut between = |low: f64, high: f64| low + (high - low) * draw();
    let mut values = vec![0.0; shape.iter().product()];
    let mut all = Vec::with_capacity(count);
    for k in 0..count {
        let from = k * data.info().len / count;
        data.labeled(from, &mut values)?;
        let by = (between(-1.0, 1.0), between(-1.0, 1.0));
        let mut copy = turned(&values, shape, between(-3.0, 3.0).to_radians(), by);
        let brightness = between(0.85, 1.0) as f32;
        for value in &mut copy {
            let noise = between(-0.05, 0.05) as f32;
            *value = ((*value + 1.0) * brightness - 1.0 + noise).clamp(-1.0, 1.0);
        }
        all.push((from, copy));
    }
    Ok(all)
}

/// An image turned about its middle and moved, between pixels linearly.
pub fn turned(
    x: &[f32],
    [channels, height, width]: [usize; 3],
    angle: f64,
    (down, right): (f64, f64),
) -> Vec<f32> {
    let (sin, cos) = angle.sin_cos();
    let middle = ((height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0);
    let mut out = Vec::with_capacity(x.len());
    for c in 0..channels {
        let at = |row: f64, column: f64| {
            let clamp = |k: f64, most: usize| k.clamp(0.0, most as f64 - 1.0) as usize;
            f64::from(x[(c * height + clamp(row, height)) * width + clamp(column, width)])
        };
        for place in 0..height * width {
            let row = (place / width) as f64 - middle.0 - down;
            let column = (place % width) as f64 - middle.1 - right;
            let (row, column) =
                (cos * row - sin * column + middle.0, sin * row + cos * column + middle.1);
            let (top, left) = (row.floor(), column.floor());
            let (v, h) = (row - top, column - left);
            let upper = (1.0 - h) * at(top, left) + h * at(top, left + 1.0);
            let lower = (1.0 - h) * at(top + 1.0, left) + h * at(top + 1.0, left + 1.0);
            out.push(((1.0 - v) * upper + v * lower) as f32);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brightness_and_contrast_do_not_count() {
        let mut one = vec![-1.0, 0.0, 0.5, 1.0];
        let mut other: Vec<f32> = one.iter().map(|v| 0.6 * v - 0.2).collect();
        level(&mut one, (-0.5, 0.4));
        level(&mut other, (-0.5, 0.4));
        assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-6), "{one:?} {other:?}");
        let (mean, deviation) = moments(&one);
        assert!((mean + 0.5).abs() < 1e-6 && (deviation - 0.4).abs() < 1e-6);
        let mut blank = vec![0.3; 4];
        level(&mut blank, (-0.5, 0.4));
        assert_eq!(blank, [-0.5; 4]);
    }

    #[test]
    fn whole_moves_are_exact_and_turns_leave_the_middle() {
        let x: Vec<f32> = (0..18).map(|k| k as f32).collect();
        let shape = [2, 3, 3];
        assert_eq!(moves(0), [(0, 0)]);
        assert_eq!((moves(1).len(), moves(1)[0], moves(2).len()), (9, (0, 0), 25));
        for by in moves(2) {
            let exact = turned(&x, shape, 0.0, (by.0 as f64, by.1 as f64));
            assert_eq!(moved(&x, shape, by), exact, "{by:?}");
        }
        let down = moved(&x, shape, (1, 0));
        assert_eq!(down[..6], [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
        let quarter = turned(&x, shape, std::f64::consts::FRAC_PI_2, (0.0, 0.0));
        let expected = [6.0, 3.0, 0.0, 7.0, 4.0, 1.0, 8.0, 5.0, 2.0];
        let near = quarter[..9].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(near, "{quarter:?}");
    }
}
