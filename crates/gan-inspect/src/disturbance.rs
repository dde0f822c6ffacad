//! The disturbances that a score should notice (Heusel et al. 2017, arXiv 1706.08500, appendix A1).

use crate::{Error, Result};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Sides in pixels of the images that the paper's lengths are meant for: CelebA at 64×64.
const PAPER_SIDE: f64 = 64.0;
/// Rectangles an image.
const RECTANGLES: usize = 5;

/// What is done to images; each by an amount α that is 0 for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// `(1 − α)·X + α·N`, N noise that is scaled to the whole range, α to 0.75.
    Noise,
    /// Convolution with a Gaussian of standard deviation α, to 4, in pixels of an image of 64; the
    /// edge is repeated outside.
    Blur,
    /// Five black rectangles at random places, sides α of the image's, to 0.75.
    Rectangles,
    /// `θ' = θ + α·e^(−5r/(ρ ln 2))` about the middle, ρ = 25 pixels of an image of 64, α to 4;
    /// bilinear between pixels.
    Swirl,
    /// A share α of the pixels, to 0.3, black or white.
    SaltAndPepper,
    /// A share α of the images, to 0.75, is replaced by others: see [`replaced`].
    Contamination,
}

impl Disturbance {
    /// All six, in the paper's order.
    pub const ALL: [Self; 6] = [
        Self::Noise,
        Self::Blur,
        Self::Rectangles,
        Self::Swirl,
        Self::SaltAndPepper,
        Self::Contamination,
    ];

    /// A name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Noise => "Gaussian noise",
            Self::Blur => "Gaussian blur",
            Self::Rectangles => "black rectangles",
            Self::Swirl => "swirl",
            Self::SaltAndPepper => "salt and pepper",
            Self::Contamination => "contamination",
        }
    }

    /// The paper's strongest α.
    pub fn most(self) -> f64 {
        match self {
            Self::Noise | Self::Rectangles | Self::Contamination => 0.75,
            Self::Blur | Self::Swirl => 4.0,
            Self::SaltAndPepper => 0.3,
        }
    }

    /// Disturbs one image in place: `(channels, height, width)` in `[-1, 1]`. `seed` is the image's
    /// own. Contamination leaves single images alone.
    ///
    /// # Errors
    /// A shape that does not fit the values, an α below 0 or not finite.
    pub fn apply(self, values: &mut [f32], shape: [usize; 3], alpha: f64, seed: u64) -> Result<()> {
        if values.len() != shape.iter().product::<usize>() || values.is_empty() {
            let found = values.len();
            return Err(Error::argument(format!("{found} values of an image of shape {shape:?}")));
        }
        if !(alpha >= 0.0 && alpha.is_finite()) {
            return Err(Error::argument(format!("a disturbance by {alpha}: expected 0 or more")));
        }
        if alpha == 0.0 {
            return Ok(());
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let pixels = PAPER_SIDE.recip() * shape[1].min(shape[2]) as f64;
        match self {
            Self::Noise => noise(values, alpha as f32, &mut rng),
            Self::Blur => blur(values, shape, alpha * pixels),
            Self::Rectangles => rectangles(values, shape, alpha, &mut rng),
            Self::Swirl => swirl(values, shape, alpha, 25.0 * pixels),
            Self::SaltAndPepper => salt_and_pepper(values, shape, alpha, &mut rng),
            Self::Contamination => {}
        }
        Ok(())
    }
}

/// Which of `count` images are replaced at a share of `alpha`: at a larger share the same and more.
pub fn replaced(count: usize, alpha: f64, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    all.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    all.truncate((alpha.clamp(0.0, 1.0) * count as f64).round() as usize);
    all
}

/// A foreign image, `(channels, height, width)` in `[-1, 1]`: stripes of a random direction, width
/// and place, with a little noise; for contamination where no other data are at hand.
pub fn stripes(shape: [usize; 3], seed: u64) -> Vec<f32> {
    let [channels, height, width] = shape;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let angle = rng.random::<f32>() * std::f32::consts::PI;
    let period = width as f32 * (0.12 + 0.4 * rng.random::<f32>());
    let phase = rng.random::<f32>() * std::f32::consts::TAU;
    let mut out = Vec::with_capacity(channels * height * width);
    for _ in 0..channels {
        let shift = if channels > 1 { rng.random::<f32>() } else { 0.0 };
        for y in 0..height {
            for x in 0..width {
                let along = x as f32 * angle.cos() + y as f32 * angle.sin();
                let wave = (std::f32::consts::TAU * (along / period + shift) + phase).sin();
                out.push((wave + 0.1 * rng.sample::<f32, _>(StandardNormal)).clamp(-1.0, 1.0));
            }
        }
    }
    out
}

fn noise(values: &mut [f32], alpha: f32, rng: &mut ChaCha8Rng) {
    let draws: Vec<f32> = values.iter().map(|_| rng.sample(StandardNormal)).collect();
    let low = draws.iter().copied().fold(f32::INFINITY, f32::min);
    let high = draws.iter().copied().fold(f32::NEG_INFINITY, f32::max).max(low + f32::EPSILON);
    for (value, draw) in values.iter_mut().zip(draws) {
        let scaled = 2.0 * (draw - low) / (high - low) - 1.0;
        *value = (1.0 - alpha) * *value + alpha * scaled;
    }
}

fn blur(values: &mut [f32], [_, height, width]: [usize; 3], std: f64) {
    // Four deviations on either side hold all but 6·10⁻⁵ of the mass, as scipy's filter does.
    let reach = (4.0 * std).ceil() as i64;
    let weight = |d: i64| (-0.5 * (d as f64 / std).powi(2)).exp();
    let total: f64 = (-reach..=reach).map(weight).sum();
    let weights: Vec<f32> = (-reach..=reach).map(|d| (weight(d) / total) as f32).collect();
    let pass = |line: &[f32]| -> Vec<f32> {
        let last = line.len() as i64 - 1;
        let at = |i: i64| line[i.clamp(0, last) as usize];
        (0..=last)
            .map(|i| weights.iter().zip(-reach..=reach).map(|(w, d)| w * at(i + d)).sum())
            .collect()
    };
    for plane in values.chunks_exact_mut(height * width) {
        for row in plane.chunks_exact_mut(width) {
            row.copy_from_slice(&pass(row));
        }
        for x in 0..width {
            let column: Vec<f32> = (0..height).map(|y| plane[y * width + x]).collect();
            for (y, value) in pass(&column).into_iter().enumerate() {
                plane[y * width + x] = value;
            }
        }
    }
}

fn rectangles(
    values: &mut [f32],
    [_, height, width]: [usize; 3],
    alpha: f64,
    rng: &mut ChaCha8Rng,
) {
    let side = |of: usize| ((alpha * of as f64).round() as usize).clamp(1, of);
    let (tall, wide) = (side(height), side(width));
    for _ in 0..RECTANGLES {
        let (top, left) = (rng.random_range(0..=height - tall), rng.random_range(0..=width - wide));
        for plane in values.chunks_exact_mut(height * width) {
            for row in plane.chunks_exact_mut(width).skip(top).take(tall) {
                row[left..left + wide].fill(-1.0);
            }
        }
    }
}

fn swirl(values: &mut [f32], [_, height, width]: [usize; 3], alpha: f64, extent: f64) {
    let (middle_y, middle_x) = ((height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0);
    for plane in values.chunks_exact_mut(height * width) {
        let before = plane.to_vec();
        // Outside, the edge is repeated.
        let pixel = |y: i64, x: i64| {
            let (y, x) = (y.clamp(0, height as i64 - 1), x.clamp(0, width as i64 - 1));
            f64::from(before[y as usize * width + x as usize])
        };
        for (i, value) in plane.iter_mut().enumerate() {
            let (y, x) = ((i / width) as f64 - middle_y, (i % width) as f64 - middle_x);
            let (radius, angle) = (y.hypot(x), y.atan2(x));
            let turned = angle + alpha * (-5.0 * radius / (2f64.ln() * extent)).exp();
            let (y, x) = (middle_y + radius * turned.sin(), middle_x + radius * turned.cos());
            let (top, left) = (y.floor(), x.floor());
            let (v, u) = (y - top, x - left);
            let (top, left) = (top as i64, left as i64);
            let upper = (1.0 - u) * pixel(top, left) + u * pixel(top, left + 1);
            let lower = (1.0 - u) * pixel(top + 1, left) + u * pixel(top + 1, left + 1);
            *value = ((1.0 - v) * upper + v * lower) as f32;
        }
    }
}

fn salt_and_pepper(
    values: &mut [f32],
    [_, height, width]: [usize; 3],
    alpha: f64,
    rng: &mut ChaCha8Rng,
) {
    for place in 0..height * width {
        // Both are drawn each time, so that at a larger α the same pixels and more are hit.
        let (hit, white) = (rng.random::<f64>() < alpha, rng.random::<bool>());
        if hit {
            for plane in values.chunks_exact_mut(height * width) {
                plane[place] = if white { 1.0 } else { -1.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 3] = [1, 28, 28];

    fn image() -> Vec<f32> {
        (0..784).map(|i| if (i / 28 / 4 + i % 28 / 4) % 2 == 0 { 0.8 } else { -0.9 }).collect()
    }

    fn disturbed(kind: Disturbance, alpha: f64, seed: u64) -> Vec<f32> {
        let mut values = image();
        kind.apply(&mut values, SHAPE, alpha, seed).unwrap();
        values
    }

    #[test]
    fn more_is_further_away_and_everything_stays_in_range() {
        for kind in &Disturbance::ALL[..5] {
            assert_eq!(disturbed(*kind, 0.0, 1), image());
            let mut before = 0.0;
            for part in [0.25, 0.5, 1.0] {
                let moved = disturbed(*kind, part * kind.most(), 1);
                assert!(moved.iter().all(|v| (-1.0 - 1e-6..=1.0 + 1e-6).contains(v)), "{kind:?}");
                let away: f32 = moved.iter().zip(image()).map(|(a, b)| (a - b).powi(2)).sum();
                assert!(away > before, "{kind:?} at {part}: {away} after {before}");
                before = away;
                assert_eq!(moved, disturbed(*kind, part * kind.most(), 1));
            }
        }
        assert_eq!(disturbed(Disturbance::Contamination, 0.5, 1), image());
        assert!(Disturbance::Noise.apply(&mut [0.0; 3], SHAPE, 0.5, 1).is_err());
        assert!(Disturbance::Noise.apply(&mut image(), SHAPE, f64::NAN, 1).is_err());
    }

    #[test]
    fn each_does_what_it_says() {
        let changed = |kind, alpha| {
            let moved = disturbed(kind, alpha, 3);
            moved.iter().zip(image()).filter(|(a, b)| *a != b).count() as f64 / 784.0
        };
        assert!((changed(Disturbance::SaltAndPepper, 0.3) - 0.3).abs() < 0.05);
        // Five of 6×6 pixels, which may overlap; no pixel was quite black before.
        let black = changed(Disturbance::Rectangles, 0.2);
        assert!((36.0 / 784.0..=5.0 * 36.0 / 784.0).contains(&black), "{black}");
        // Blur keeps the mean but near the edge, swirl the middle of a round image.
        let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
        assert!((mean(&disturbed(Disturbance::Blur, 2.0, 3)) - mean(&image())).abs() < 0.05);
        let mut round: Vec<f32> = (0..784)
            .map(|i| {
                let (y, x) = ((i / 28) as f32 - 13.5, (i % 28) as f32 - 13.5);
                (-(y * y + x * x) / 60.0).exp()
            })
            .collect();
        let before = round.clone();
        Disturbance::Swirl.apply(&mut round, SHAPE, 4.0, 0).unwrap();
        assert!(round.iter().zip(&before).all(|(a, b)| (a - b).abs() < 0.02));
        // All noise: nothing of the image is left, and the whole range is taken.
        let noise = disturbed(Disturbance::Noise, 1.0, 3);
        let (low, high) = noise.iter().fold((9f32, -9f32), |(l, h), v| (l.min(*v), h.max(*v)));
        assert_eq!((low, high), (-1.0, 1.0));
    }

    #[test]
    fn replaced_images_are_the_same_and_more() {
        let (few, many) = (replaced(100, 0.25, 7), replaced(100, 0.75, 7));
        assert_eq!((few.len(), many.len()), (25, 75));
        assert_eq!(few, many[..25]);
        let foreign = stripes([3, 20, 20], 5);
        assert_eq!(foreign.len(), 1200);
        assert!(foreign.iter().all(|v| v.abs() <= 1.0) && foreign != stripes([3, 20, 20], 6));
    }
}
