//! One side of a score: images that went through a network, features from a file, or statistics.

use crate::array_kind::{Form, Holds, is_rows, of_npz};
use crate::collector::Collected;
use crate::collector::Extracted;
use crate::extract::{ExtractOptions, extract};
use crate::extractor::Extractor;
use crate::feature_cache::{CacheKey, FeatureCache};
use crate::feature_file::FeatureFile;
use crate::image_source::{ImageSource, SourceOptions};
use crate::look::{Look, look};
use crate::protocol::Protocol;
use crate::receipt::{Origin, Receipt};
use crate::statistics::Statistics;
use crate::{Error, FeatureMatrix, Result};
use gan_images::refuse_pickle;
use std::path::Path;

/// What a path holds.
#[derive(Debug)]
pub enum Input {
    /// Images.
    Images(Box<ImageSource>),
    /// Features of images, perhaps with logits.
    Features(Box<FeatureFile>),
    /// Mean and covariance.
    Statistics(Box<Statistics>),
}

impl Input {
    /// Finds out what is there, by content: a folder, a zip, an npz of images, of features or of
    /// statistics, a `.npy` of features (two dimensions) or of images (three or four), a
    /// `.safetensors` of features, or an IDX or CIFAR-10 file.
    ///
    /// An npz of statistics is known by the names of its arrays (see [`Statistics::read`]); where
    /// it holds images in `arr_0` too, as ADM's reference batches do, or `features`, these win:
    /// more scores can be had of them.
    ///
    /// # Errors
    /// Where nothing is there, or something else; a Python pickle is named as one and not opened.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &SourceOptions::default())
    }

    /// As [`Input::open`]; `options` say which images are taken and how they are read.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn open_with(path: &Path, options: &SourceOptions) -> Result<Self> {
        std::fs::metadata(path).map_err(Error::io(path, "open"))?;
        let features = || Ok(Self::Features(Box::new(FeatureFile::read(path)?)));
        if path.is_file() {
            refuse_pickle(path)?;
            match Form::of(path)? {
                Some(Form::Safetensors) => return features(),
                Some(Form::Npy) if is_rows(path)? => return features(),
                Some(Form::Npz) => match of_npz(path)? {
                    Holds::Features => return features(),
                    Holds::Statistics => {
                        return Ok(Self::Statistics(Box::new(Statistics::read(path)?)));
                    }
                    Holds::Images => {}
                },
                _ => {}
            }
        }
        Ok(Self::Images(Box::new(ImageSource::open_with(path, options)?)))
    }
}

/// One side of a score.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredSet {
    /// What it came from.
    pub receipt: Receipt,
    /// Features or their moments.
    pub pool: Collected,
    /// Class logits.
    pub logits: Option<FeatureMatrix>,
    /// Spatial features.
    pub spatial: Option<Collected>,
    /// The class of each image.
    pub labels: Option<Vec<String>>,
}

impl ScoredSet {
    /// Features from a file or of a network of one's own.
    pub fn of_features(file: FeatureFile, source: &str) -> Self {
        let n = file.features.rows() as u64;
        let receipt = file.receipt.unwrap_or_else(|| Receipt::new(n, source, None));
        let pool = Collected { features: Some(file.features), statistics: None };
        Self { receipt, pool, logits: file.logits, spatial: None, labels: None }
    }

    /// Statistics from a file.
    pub fn of_statistics(statistics: Statistics, source: &str) -> Self {
        let n = statistics.n.unwrap_or(0);
        let receipt = statistics.receipt.clone();
        let receipt = receipt.unwrap_or_else(|| Receipt::new(n, source, None));
        let spatial = statistics.spatial.clone().map(|moments| Collected {
            features: None,
            statistics: Some(Statistics {
                moments,
                single_mean: None,
                spatial: None,
                n: statistics.n,
                receipt: None,
            }),
        });
        let pool = Collected { features: None, statistics: Some(statistics) };
        Self { receipt, pool, logits: None, spatial, labels: None }
    }

    pub(crate) fn of_extracted(found: Extracted, source: &str, origin: Origin) -> Self {
        let mut receipt = Receipt::new(found.n, source, Some(origin));
        receipt.skipped = found.skipped.len() as u64;
        let Extracted { pool, logits, spatial, labels, .. } = found;
        Self { receipt, pool, logits, spatial, labels }
    }

    /// The moments, for a statistics file.
    ///
    /// # Errors
    /// None for what came from images, features or statistics.
    pub fn statistics(&self) -> Result<Statistics> {
        let mut statistics = match (&self.pool.statistics, &self.pool.features) {
            (Some(statistics), _) => statistics.clone(),
            (None, Some(features)) => Statistics::of_features(features)?,
            (None, None) => return Err(Error::argument("neither features nor statistics")),
        };
        if let Some(spatial) = self.spatial.as_ref().and_then(|s| s.statistics.as_ref()) {
            statistics.spatial = Some(spatial.moments.clone());
        }
        statistics.receipt = Some(self.receipt.clone());
        Ok(statistics)
    }
}

/// Images that are about to be scored.
#[derive(Debug)]
pub struct Images {
    /// Where they are.
    pub source: ImageSource,
    /// Part i of k, counted from 1; all of them unless given.
    pub shard: Option<[u64; 2]>,
    /// What a look at them found.
    pub look: Look,
}

impl Images {
    /// Looks at images, or at a part of them, before the work.
    ///
    /// # Errors
    /// An array that ends early, or a part that holds no image.
    pub fn new(
        source: ImageSource,
        shard: Option<[u64; 2]>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self> {
        let range = shard.map_or(0..source.len(), |shard| source.shard(shard));
        if range.is_empty() {
            return Err(Error::format(
                source.path(),
                format!("{} images: too few for so many parts", source.len()),
            ));
        }
        let look = look(&source, range, progress)?;
        Ok(Self { source, shard, look })
    }

    /// Features of the images, one set for each protocol, from the cache where they are there.
    ///
    /// # Errors
    /// As [`extract`]. Links and folders that cannot be followed count as unreadable images.
    pub fn score(
        &self,
        extractor: &dyn Extractor,
        options: &ExtractOptions,
        cache: &FeatureCache,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<ScoredSet>> {
        let problems = self.source.problems();
        if let (Some(first), false) = (problems.first(), options.skip_bad) {
            return Err(Error::format(
                self.source.path(),
                format!(
                    "{} entries cannot be followed: {first} (mend or remove them, or leave them \
                     out with --skip-bad)",
                    problems.len()
                ),
            ));
        }
        let range = self.shard.map_or(0..self.source.len(), |shard| self.source.shard(shard));
        let n = range.len() as u64;
        let tap = options.wanted.tap;
        let origin = |protocol: Protocol| Origin::new(protocol, extractor, tap);
        let key = |protocol| CacheKey::new(&self.look.content, n, &origin(protocol), options);
        let mut all: Vec<Option<Extracted>> =
            options.protocols.iter().map(|p| cache.load(&key(*p), options)).collect();
        let missing: Vec<Protocol> = options
            .protocols
            .iter()
            .zip(&all)
            .filter_map(|(p, found)| found.is_none().then_some(*p))
            .collect();
        if !missing.is_empty() {
            let options = ExtractOptions { protocols: missing, ..options.clone() };
            let made = extract(&self.source, range.clone(), extractor, &options, progress)?;
            for found in &made {
                // A full disk costs the next run its time, not this one its result.
                let _ = cache.store(&key(found.protocol), found);
            }
            let mut made = made.into_iter();
            all.iter_mut().filter(|found| found.is_none()).for_each(|found| *found = made.next());
        }
        let name = self.source.path().display().to_string();
        let labels = self.source.labels().map(|labels| labels[range].to_vec());
        let sets = all.into_iter().flatten().map(|mut found| {
            if found.skipped.is_empty() {
                found.labels.clone_from(&labels);
            }
            let origin = origin(found.protocol);
            let mut set = ScoredSet::of_extracted(found, &name, origin);
            set.receipt.shard = self.shard;
            set.receipt.skipped += problems.len() as u64;
            set
        });
        Ok(sets.collect())
    }
}
