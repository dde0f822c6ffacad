//! Features as they come from a network, kept or summed up.

use crate::extractor::{Features, Wanted};
use crate::fid::FidSide;
use crate::protocol::Protocol;
use crate::statistics::{Moments, Statistics};
use crate::{FeatureMatrix, MomentSum, Result};
use candle_core::Tensor;

/// What came out of a pass in one protocol's way.
#[derive(Debug, Clone, PartialEq)]
pub struct Extracted {
    /// The way.
    pub protocol: Protocol,
    /// Images that went in.
    pub n: u64,
    /// Images left out because they cannot be read, with the reason.
    pub skipped: Vec<String>,
    /// The features.
    pub pool: Collected,
    /// Class logits, where they were wanted.
    pub logits: Option<FeatureMatrix>,
    /// Spatial features, where they were wanted.
    pub spatial: Option<Collected>,
    /// The class of each image that went in, where the source has classes.
    pub labels: Option<Vec<String>>,
}

/// What is kept of the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of them, as KID and precision need.
    Features,
    /// Mean and covariance, and the features themselves only as long as they are no more than
    /// their width: what FID needs.
    Moments,
}

/// Features of one kind, kept or summed up.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// All rows, where they were kept.
    pub features: Option<FeatureMatrix>,
    /// Mean and covariance, where features were not kept or FID is more accurate by them.
    pub statistics: Option<Statistics>,
}

impl Collected {
    /// The side of a FID: few features themselves, else their moments.
    pub fn side(&self) -> Option<FidSide<'_>> {
        match (&self.features, &self.statistics) {
            (Some(features), None) => Some(FidSide::Features(features)),
            (Some(few), Some(_)) if few.rows() <= few.width() => Some(FidSide::Features(few)),
            (_, Some(statistics)) => Some(FidSide::Statistics(statistics)),
            (None, None) => None,
        }
    }
}

/// Takes in features of one protocol.
pub(crate) struct Collector {
    protocol: Protocol,
    n: u64,
    pool: Gathered,
    logits: Option<FeatureMatrix>,
    spatial: Option<Gathered>,
    wants_logits: bool,
}

/// Features of one kind while they come in.
struct Gathered {
    features: Option<FeatureMatrix>,
    sum: Option<MomentSum>,
}

impl Gathered {
    fn new(width: usize, keep: Keep) -> Self {
        let sum = (keep == Keep::Moments).then(|| MomentSum::new(width));
        Self { features: Some(FeatureMatrix::empty(width)), sum }
    }

    fn add(&mut self, rows: &FeatureMatrix) -> Result<()> {
        if let Some(sum) = &mut self.sum {
            sum.push(rows)?;
        }
        if let (Some(features), Some(values)) = (&mut self.features, rows.as_f32()) {
            features.extend_f32(values)?;
            if self.sum.is_some() && features.rows() > features.width() {
                self.features = None;
            }
        }
        Ok(())
    }

    fn finish(self) -> Collected {
        let statistics = self.sum.map(|sum| Statistics::of_sums(sum, None, None));
        Collected { features: self.features, statistics }
    }
}

impl Collector {
    pub fn new(protocol: Protocol, wanted: &Wanted, keep: Keep) -> Self {
        let pool = Gathered::new(wanted.tap, keep);
        let wants_logits = wanted.logits;
        Self { protocol, n: 0, pool, logits: None, spatial: None, wants_logits }
    }

    pub fn add(&mut self, features: &Features) -> Result<()> {
        let pool = rows(&features.pool)?;
        self.n += pool.rows() as u64;
        self.pool.add(&pool)?;
        if let (true, Some(logits)) = (self.wants_logits, &features.logits) {
            let logits = rows(logits)?;
            let all = self.logits.get_or_insert_with(|| FeatureMatrix::empty(logits.width()));
            all.extend_f32(logits.as_f32().unwrap_or_default())?;
        }
        if let Some(spatial) = &features.spatial {
            let spatial = rows(spatial)?;
            // Never all of them: sFID needs no more than their moments.
            let new = || Gathered::new(spatial.width(), Keep::Moments);
            self.spatial.get_or_insert_with(new).add(&spatial)?;
        }
        Ok(())
    }

    /// Images that went in so far.
    pub fn count(&self) -> u64 {
        self.n
    }

    pub fn finish(self, skipped: &[String], labels: Option<&Vec<String>>) -> Extracted {
        let mut pool = self.pool.finish();
        let spatial = self.spatial.map(Gathered::finish);
        if let (Some(statistics), Some(spatial)) = (&mut pool.statistics, &spatial) {
            statistics.spatial = spatial.statistics.as_ref().map(|s| Moments::clone(&s.moments));
        }
        Extracted {
            protocol: self.protocol,
            n: self.n,
            skipped: skipped.to_vec(),
            pool,
            logits: self.logits,
            spatial,
            labels: labels.cloned(),
        }
    }
}

/// A tensor `(n, width)` as rows.
fn rows(tensor: &Tensor) -> Result<FeatureMatrix> {
    let (_, width) = tensor.dims2()?;
    FeatureMatrix::from_f32(width, tensor.flatten_all()?.to_vec1::<f32>()?)
}
