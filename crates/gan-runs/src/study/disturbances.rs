//! What scores make of disturbed images, dropped classes and few samples.

use crate::error::{Context, Result, refused};
use crate::study::score_list::{scores, seen};
use gan_data::{Dataset, LoadOptions};
use gan_images::Image;
use gan_inspect::disturbance::{Disturbance, replaced, stripes};
use gan_metrics::{Extractor, FeatureMatrix, ScoredSet};
use gan_statistics::mean_and_deviation;
use std::sync::Arc;

/// Draws of each sample size.
pub const REPEATS: usize = 5;
/// Smallest number of images a side.
const LEAST: usize = 50;

/// Scores at one place of a curve.
pub struct Place {
    /// Where: a strength, or a number of classes.
    pub at: f64,
    /// The scores, in the order of [`super::score_list::NAMES`].
    pub scores: [f64; 8],
}

/// A disturbance, and scores at rising strength, from none.
pub type Curve = (Disturbance, Vec<Place>);
/// A number of images, and each score's mean and deviation over draws of so many.
pub type OfSize = (usize, [(f64, f64); 8]);

/// The images of a study.
pub struct Images {
    /// Where they are from.
    pub data: Arc<dyn Dataset>,
    /// Data whose images contaminate; stripes do where there are none.
    foreign: Option<Arc<dyn Dataset>>,
    /// `[channels, height, width]`.
    shape: [usize; 3],
    /// Images a side.
    pub count: usize,
    seed: u64,
}

/// What a study has found.
pub struct Found {
    /// One for each disturbance.
    pub curves: Vec<Curve>,
    /// With only the first classes left, from all of them down; empty where data have none.
    pub classes: Vec<Place>,
    /// With fewer images.
    pub sizes: Vec<OfSize>,
}

/// Scores one half of the images, disturbed by each kind at so many rising `strengths`, robbed of
/// classes and made smaller, against the other half. `told` hears of each kind, strength and FID.
///
/// # Errors
/// Images that cannot be read, and what scores report.
pub fn disturbances(
    images: &Images,
    network: &dyn Extractor,
    strengths: u64,
    told: &mut dyn FnMut(Disturbance, f64, f64),
) -> Result<Found> {
    // Even numbers are the reference, odd ones are disturbed: data may be sorted.
    let reference = images.side(network, 0, &mut |_, _| Ok(()))?;
    let clean = images.side(network, 1, &mut |_, _| Ok(()))?;
    let first = scores(&clean, &reference)?;
    let mut curves = Vec::new();
    for kind in Disturbance::ALL {
        let mut places = vec![Place { at: 0.0, scores: first }];
        for step in 1..=strengths {
            let alpha = kind.most() * step as f64 / strengths as f64;
            let disturbed = images.disturbed(network, kind, alpha)?;
            let scores = scores(&disturbed, &reference)?;
            places.push(Place { at: alpha, scores });
            told(kind, alpha, scores[0]);
        }
        curves.push((kind, places));
    }
    let classes = dropped_classes(images, &clean, &reference)?;
    let sizes = sizes(&clean, &reference, images.seed)?;
    Ok(Found { curves, classes, sizes })
}

impl Images {
    /// `count` images a side of `data`, or half of them where these are fewer; `foreign` is the spec of
    /// data whose images contaminate.
    ///
    /// # Errors
    /// Points; fewer than 50 images a side; foreign images of another shape.
    pub fn open(
        data: Arc<dyn Dataset>,
        foreign: Option<&str>,
        count: usize,
        seed: u64,
    ) -> Result<Self> {
        let info = data.info();
        let shape: [usize; 3] = info.shape().try_into().map_err(|_| {
            refused(format!("{}: these are points; only images can be disturbed so", info.spec))
        })?;
        let count = count.min(info.len / 2);
        if count < LEAST {
            return Err(refused(format!(
                "{count} images a side: expected {LEAST} at least, and twice as many in the data"
            )));
        }
        let foreign = foreign.map(|spec| foreign_images(spec, shape)).transpose()?;
        Ok(Self { data, foreign, shape, count, seed })
    }

    /// What the network sees of every second image from `start`, after `change`.
    fn side(
        &self,
        network: &dyn Extractor,
        start: usize,
        change: &mut dyn FnMut(usize, &mut [f32]) -> Result<()>,
    ) -> Result<ScoredSet> {
        let mut values = vec![0.0; self.shape.iter().product()];
        let mut image = |k: usize| -> Result<Image> {
            self.data.labeled(self.index(start, k), &mut values)?;
            change(k, &mut values)?;
            Ok(Image::from_planes(&values, self.shape)?)
        };
        seen(network, self.count, &mut image, &self.data.info().spec)
    }

    /// The k-th image of a side, spread over all of the data.
    fn index(&self, start: usize, k: usize) -> usize {
        2 * (k * (self.data.info().len / 2) / self.count) + start
    }

    /// What it sees of the disturbed side.
    fn disturbed(
        &self,
        network: &dyn Extractor,
        kind: Disturbance,
        alpha: f64,
    ) -> Result<ScoredSet> {
        let mut gone = vec![false; self.count];
        if kind == Disturbance::Contamination {
            replaced(self.count, alpha, self.seed).into_iter().for_each(|k| gone[k] = true);
        }
        self.side(network, 1, &mut |k, values| {
            let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(k as u64);
            match (gone[k], &self.foreign) {
                (true, Some(foreign)) => {
                    foreign.labeled(k % foreign.info().len, values)?;
                }
                (true, None) => values.copy_from_slice(&stripes(self.shape, seed)),
                (false, _) => kind.apply(values, self.shape, alpha, seed)?,
            }
            Ok(())
        })
    }

    /// The classes of a side's images, where the data have labels.
    fn labels(&self, start: usize) -> Result<Option<Vec<u32>>> {
        let mut values = vec![0.0; self.shape.iter().product()];
        let mut all = Vec::with_capacity(self.count);
        for k in 0..self.count {
            match self.data.labeled(self.index(start, k), &mut values)? {
                Some(label) => all.push(label),
                None => return Ok(None),
            }
        }
        Ok(Some(all))
    }
}

/// Data whose images contaminate those of this shape.
fn foreign_images(spec: &str, shape: [usize; 3]) -> Result<Arc<dyn Dataset>> {
    let [channels, size, _] = shape;
    let options =
        LoadOptions { size: Some(size), channels: Some(channels), ..LoadOptions::default() };
    let foreign = gan_data::open(spec, &options).context("--foreign")?;
    let found = foreign.info().shape();
    if found != shape {
        return Err(refused(format!("--foreign {spec}: images of {found:?}, expected {shape:?}")));
    }
    Ok(foreign)
}

/// A set of some rows of another.
fn subset(set: &ScoredSet, rows: &[usize]) -> Result<Option<ScoredSet>> {
    let Some(features) = &set.pool.features else { return Ok(None) };
    let pick = |m: &FeatureMatrix| m.select(rows);
    let mut part = set.clone();
    part.pool.features = Some(pick(features)?);
    part.pool.statistics = None;
    part.logits = set.logits.as_ref().map(pick).transpose()?;
    part.receipt.n = rows.len() as u64;
    Ok(Some(part))
}

/// Scores with only the first classes left, from all of them down to one.
fn dropped_classes(
    images: &Images,
    clean: &ScoredSet,
    reference: &ScoredSet,
) -> Result<Vec<Place>> {
    let Some(labels) = images.labels(1)? else { return Ok(Vec::new()) };
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    let mut places = Vec::new();
    for left in (1..=classes).rev() {
        let rows: Vec<usize> = (0..labels.len()).filter(|k| labels[*k] < left).collect();
        if rows.len() < LEAST {
            break;
        }
        if let Some(part) = subset(clean, &rows)? {
            places.push(Place { at: f64::from(left), scores: scores(&part, reference)? });
        }
    }
    Ok(places)
}

/// Scores of random parts of the clean side: how far they lie on average, and how they spread.
fn sizes(clean: &ScoredSet, reference: &ScoredSet, seed: u64) -> Result<Vec<OfSize>> {
    let all = clean.receipt.n as usize;
    let mut out = Vec::new();
    let mut size = all;
    let mut counts = Vec::new();
    while size >= LEAST.max(all / 16) {
        counts.push(size);
        size /= 2;
    }
    for size in counts.into_iter().rev() {
        let mut each: Vec<[f64; 8]> = Vec::new();
        for repeat in 0..REPEATS {
            if size == all && repeat > 0 {
                break;
            }
            let rows = replaced(all, size as f64 / all as f64, seed ^ (repeat as u64 + 1));
            if let Some(part) = subset(clean, &rows)? {
                each.push(scores(&part, reference)?);
            }
        }
        let of = |i: usize| mean_and_deviation(&each.iter().map(|s| s[i]).collect::<Vec<_>>());
        out.push((size, std::array::from_fn(of)));
    }
    Ok(out)
}
