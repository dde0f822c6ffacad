//! Near-duplicates in data, by an autoencoder's binary codes and a second look at pixels.
//!
//! Semantic hashing as in Radford et al. 2016 (arXiv 1511.06434), section 4.1: each value of a code
//! becomes a bit, above or below its median over the data, and images whose codes differ in a few
//! bits are candidates, which are then laid over each other.

use crate::error::{Result, refused};
use candle_core::{DType, Device, Tensor};
use gan_data::Dataset;
use gan_inspect::binary_codes::{BinaryCodes, Pair, distance, groups, medians, pairs_within};
use gan_inspect::registration::{least_unexplained, level, moments, moved, moves, soften, turned};
use gan_layers::StepRng;
use gan_train::Game;
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Images that are encoded together.
const BATCH: usize = 256;
/// Pairs that are looked at together.
const PAIRS: usize = 4096;
/// Shares left unexplained that [`Found::by_pixels`] tells of.
const SHARES: [f64; 8] = [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1];

/// All images, the data's and changed copies of some after them.
pub struct Collection<'a> {
    data: &'a dyn Dataset,
    shape: [usize; 3],
    /// Copies, each with the number of the image that it was made of.
    planted: Vec<(usize, Vec<f32>)>,
}

/// What counts as a near-duplicate.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bits in which candidates may differ.
    pub within: u32,
    /// Share of a picture's variance that its duplicate may leave unexplained, 0 to 1.
    pub apart: f64,
    /// Pixels that an image may be moved by.
    pub shift: u8,
}

/// Near-duplicates.
#[derive(Debug)]
pub struct Found {
    /// Bits of a code.
    pub bits: usize,
    /// The bits in which candidates differed at most.
    pub within: u32,
    /// Pairs of the data's own images with the share left unexplained, the least first.
    pub pairs: Vec<(Pair, f64)>,
    /// Groups of images that these pairs hold together, the largest first.
    pub groups: Vec<Vec<usize>>,
    /// What each number of bits comes to, from 0.
    pub by_bits: Vec<Point<u32>>,
    /// What candidates come to by the share left unexplained.
    pub by_pixels: Vec<Point<f64>>,
}

/// What a limit comes to.
#[derive(Debug, Clone, Copy)]
pub struct Point<T> {
    /// The limit.
    pub limit: T,
    /// Planted copies that are found with it.
    pub found: usize,
    /// Other pairs that are.
    pub others: usize,
}

impl<'a> Collection<'a> {
    /// The data's images, and `plant` changed copies of some of them.
    ///
    /// # Errors
    /// Refusals of points, of one image, and of more copies than images.
    pub fn new(data: &'a dyn Dataset, plant: usize, seed: u64) -> Result<Self> {
        let info = data.info();
        let shape = info.shape().try_into().map_err(|_| {
            refused(format!("{}: these are points; only images have near-duplicates", info.spec))
        })?;
        if info.len < 2 {
            return Err(refused(format!("{}: one image; a pair needs two", info.spec)));
        }
        if plant > info.len {
            return Err(refused(format!(
                "--plant {plant}: expected no more copies than images, {}",
                info.len
            )));
        }
        Ok(Self { data, shape, planted: planted(data, shape, plant, seed)? })
    }

    /// Channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn own(&self) -> usize {
        self.data.info().len
    }

    fn len(&self) -> usize {
        self.own() + self.planted.len()
    }

    /// Reads image `k`, a copy where it is past the data.
    ///
    /// # Errors
    /// A sample that cannot be read.
    pub fn read(&self, k: usize, out: &mut [f32]) -> Result<()> {
        match k.checked_sub(self.own()) {
            Some(planted) => out.copy_from_slice(&self.planted[planted].1),
            None => {
                self.data.labeled(k, out)?;
            }
        }
        Ok(())
    }

    /// Whether a pair is a planted copy and what it was made of.
    fn is_planted(&self, pair: &Pair) -> bool {
        match pair.b.checked_sub(self.own()) {
            Some(planted) => self.planted[planted].0 == pair.a,
            None => false,
        }
    }

    /// Near-duplicates by the codes of a model with an encoder. `go_on` is asked now and then with
    /// how many candidates there are; the search ends with nothing where it says to break off.
    ///
    /// # Errors
    /// A refusal of a model without codes, samples that cannot be read, and limits that two million
    /// pairs keep.
    pub fn search(
        &self,
        game: &dyn Game,
        limits: Limits,
        device: &Device,
        go_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Found>> {
        let values = self.encoded(game, isize::from(limits.shift), device)?;
        let bits = values[0].len() / self.len();
        // Thresholds of the data alone, as they are: what is planted or moved must not set them.
        let thresholds = medians(&values[0][..self.own() * bits], bits)?;
        let forms: Vec<BinaryCodes> =
            values.iter().map(|v| BinaryCodes::new(v, &thresholds)).collect::<Result<_, _>>()?;
        let within = limits.within.min(bits as u32);
        let pairs = pairs_within(&forms, within)?;
        let by_bits = self.by_bits(&forms, &pairs, within);
        let Some(mut looked) = self.looked_at(&pairs, usize::from(limits.shift), go_on)? else {
            return Ok(None);
        };
        looked.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let by_pixels = self.by_pixels(&looked, limits.apart);
        let own = |(pair, apart): &(Pair, f64)| pair.b < self.own() && *apart <= limits.apart;
        looked.retain(own);
        let found: Vec<Pair> = looked.iter().map(|(pair, _)| *pair).collect();
        let groups = groups(self.own(), &found);
        Ok(Some(Found { bits, within, pairs: looked, groups, by_bits, by_pixels }))
    }

    /// Codes of all images, rows of values: first of them as they are, then moved by up to `shift`
    /// pixels in every direction. Before, each is brought to the data's usual brightness and
    /// contrast, so that neither counts.
    fn encoded(&self, game: &dyn Game, shift: isize, device: &Device) -> Result<Vec<Vec<f32>>> {
        let [channels, height, width] = self.shape;
        let size = channels * height * width;
        let usual = self.usual()?;
        let moves = moves(shift);
        let mut all = vec![Vec::new(); moves.len()];
        game.params().freeze();
        let encoder = game.inside().encoder.ok_or_else(|| refused("this model has no codes"))?;
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
        let count = self.own();
        for k in 0..count {
            self.data.labeled(k, &mut values)?;
            let (mean, deviation) = moments(&values);
            means += mean;
            deviations += deviation;
        }
        Ok((means / count as f64, deviations / count as f64))
    }

    /// Each pair and the share of the first picture's variance that the second leaves unexplained.
    fn looked_at(
        &self,
        pairs: &[Pair],
        shift: usize,
        go_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Vec<(Pair, f64)>>> {
        let size = self.shape.iter().product();
        let mut all = Vec::with_capacity(pairs.len());
        for part in pairs.chunks(PAIRS) {
            if go_on(pairs.len()).is_break() {
                return Ok(None);
            }
            let mut values = vec![0.0; 2 * part.len() * size];
            for (pair, both) in part.iter().zip(values.chunks_exact_mut(2 * size)) {
                let (a, b) = both.split_at_mut(size);
                self.read(pair.a, a)?;
                self.read(pair.b, b)?;
                soften(a, self.shape);
                soften(b, self.shape);
            }
            let apart: Vec<f64> = values
                .par_chunks_exact(2 * size)
                .map(|both| least_unexplained(&both[..size], &both[size..], self.shape, shift))
                .collect();
            all.extend(part.iter().copied().zip(apart));
        }
        Ok(Some(all))
    }

    fn by_bits(&self, forms: &[BinaryCodes], pairs: &[Pair], within: u32) -> Vec<Point<u32>> {
        let to_source =
            |(k, (from, _)): (usize, &(usize, Vec<f32>))| distance(forms, *from, self.own() + k);
        let planted: Vec<u32> = self.planted.iter().enumerate().map(to_source).collect();
        let others = |within: u32| {
            pairs.iter().filter(|p| p.distance <= within && !self.is_planted(p)).count()
        };
        let point = |limit: u32| Point {
            limit,
            found: planted.iter().filter(|d| **d <= limit).count(),
            others: others(limit),
        };
        (0..=within).map(point).collect()
    }

    fn by_pixels(&self, looked: &[(Pair, f64)], most: f64) -> Vec<Point<f64>> {
        let point = |limit: f64| {
            let near = || looked.iter().filter(|(_, apart)| *apart <= limit);
            let found = near().filter(|(p, _)| self.is_planted(p)).count();
            Point { limit, found, others: near().count() - found }
        };
        SHARES.into_iter().filter(|limit| *limit < most).chain([most]).map(point).collect()
    }
}

/// Changed copies of images that are spread over the data, each with the number of its image: moved
/// by up to a pixel across and down, turned by up to 3°, with 85 to 100 % of the brightness, and a
/// little noise. None of these is in whole pixels or steps, which would be too easy to find.
fn planted(
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
