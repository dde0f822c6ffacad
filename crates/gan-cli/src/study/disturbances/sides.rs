//! The sides that `gan study disturbances` scores: disturbed, robbed of classes, made smaller.

use super::curve::{LEAST, OfSize, Place, REPEATS};
use crate::study::score_list::{scores, seen};
use anyhow::Result;
use gan_data::Dataset;
use gan_images::Image;
use gan_inspect::disturbance::{Disturbance, replaced, stripes};
use gan_metrics::{Extractor, FeatureMatrix, ScoredSet};
use gan_statistics::mean_and_deviation;
use std::sync::Arc;

/// The images of a study.
pub struct Images {
    pub data: Arc<dyn Dataset>,
    pub foreign: Option<Arc<dyn Dataset>>,
    pub shape: [usize; 3],
    pub count: usize,
    pub seed: u64,
}

impl Images {
    /// What the network sees of every second image from `start`, after `change`.
    pub fn side(
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

    pub fn disturbed(
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
pub fn dropped_classes(
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
pub fn sizes(clean: &ScoredSet, reference: &ScoredSet, seed: u64) -> Result<Vec<OfSize>> {
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
