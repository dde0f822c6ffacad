//! Images in memory as one side of a score: what a generator has just made.
//!
//! On the host: images are prepared there, and a network moves them where its weights are.

use crate::collector::{Collector, Keep};
use crate::extract::ExtractOptions;
use crate::extractor::{Extractor, Wanted};
use crate::feature_cache::{CacheKey, FeatureCache};
use crate::protocol::{Preparer, Protocol};
use crate::receipt::Origin;
use crate::scored_set::ScoredSet;
use crate::{Error, Result};
use candle_core::{DType, Device, Tensor};
use gan_images::Image;

/// Collects features of images that come a batch at a time.
pub struct ImageSet<'a> {
    extractor: &'a dyn Extractor,
    protocol: Protocol,
    wanted: Wanted,
    keep: Keep,
    preparer: Preparer,
    collector: Collector,
}

impl<'a> ImageSet<'a> {
    /// An empty set; `wanted` and `keep` say what is made of its images.
    pub fn new(
        extractor: &'a dyn Extractor,
        protocol: Protocol,
        wanted: Wanted,
        keep: Keep,
    ) -> Self {
        let preparer = Preparer::new(protocol, extractor.input());
        let collector = Collector::new(protocol, &wanted, keep);
        Self { extractor, protocol, wanted, keep, preparer, collector }
    }

    /// A set that can be scored in every way the network allows: its widest features, and logits
    /// and spatial features where it has them.
    pub fn of_everything(extractor: &'a dyn Extractor, protocol: Protocol) -> Self {
        Self::new(extractor, protocol, everything(extractor), Keep::Features)
    }

    /// Adds a batch of images, `(n, channels, height, width)` floats in `[0, 1]`, 1 or 3 channels
    /// and any size.
    ///
    /// # Errors
    /// Another shape, values that are not finite, or what the network refuses.
    pub fn add(&mut self, images: &Tensor) -> Result<()> {
        let (n, channels, height, width) = images.dims4()?;
        let images = images.to_device(&Device::Cpu)?.to_dtype(DType::F32)?;
        let values = images.flatten_all()?.to_vec1::<f32>()?;
        let each = channels * height * width;
        let shape = [channels, height, width];
        let mut ready = vec![0.0; n * self.preparer.values()];
        let outs = ready.chunks_exact_mut(self.preparer.values().max(1));
        for (image, out) in values.chunks_exact(each.max(1)).zip(outs) {
            self.preparer.unit_floats(image, shape, out)?;
        }
        self.extract(n, ready)
    }

    /// Adds images of bytes, of any sizes.
    ///
    /// # Errors
    /// What the network refuses.
    pub fn add_images(&mut self, images: &[Image]) -> Result<()> {
        let mut ready = vec![0.0; images.len() * self.preparer.values()];
        let outs = ready.chunks_exact_mut(self.preparer.values().max(1));
        for (image, out) in images.iter().zip(outs) {
            self.preparer.image(image, out)?;
        }
        self.extract(images.len(), ready)
    }

    fn extract(&mut self, n: usize, ready: Vec<f32>) -> Result<()> {
        if n == 0 {
            return Ok(());
        }
        let spec = self.extractor.input();
        let shape = (n, spec.channels, spec.size[0], spec.size[1]);
        let images = Tensor::from_vec(ready, shape, &Device::Cpu)?;
        self.collector.add(&self.extractor.extract(&images, &self.wanted)?)
    }

    /// What was kept of `n` images with these contents (any hash of all that they depend on), in
    /// place of adding them again.
    pub fn find(
        &self,
        cache: &FeatureCache,
        content: &str,
        n: u64,
        source: &str,
    ) -> Option<ScoredSet> {
        let found = cache.load(&self.key(content, n), &self.options())?;
        Some(ScoredSet::of_extracted(found, source, self.origin()))
    }

    /// As [`ImageSet::finish`], and keeps the features under these contents; a cache that cannot
    /// be written is no error.
    ///
    /// # Errors
    /// No image.
    pub fn finish_and_keep(
        self,
        source: &str,
        cache: &FeatureCache,
        content: &str,
    ) -> Result<ScoredSet> {
        let (key, origin) = (self.key(content, self.collector.count()), self.origin());
        let found = self.collector.finish(&[], None);
        if found.n == 0 {
            return Err(Error::argument(format!("{source}: no images to score")));
        }
        let _ = cache.store(&key, &found);
        Ok(ScoredSet::of_extracted(found, source, origin))
    }

    fn origin(&self) -> Origin {
        Origin::new(self.protocol, self.extractor, self.wanted.tap)
    }

    fn options(&self) -> ExtractOptions {
        let (protocols, wanted, keep) = (vec![self.protocol], self.wanted, self.keep);
        ExtractOptions { protocols, wanted, keep, batch: 1, skip_bad: false }
    }

    fn key(&self, content: &str, n: u64) -> CacheKey {
        CacheKey::new(content, n, &self.origin(), &self.options())
    }

    /// The set, for [`score`](crate::score()). `source` stands in receipts and messages.
    ///
    /// # Errors
    /// No image.
    pub fn finish(self, source: &str) -> Result<ScoredSet> {
        let origin = self.origin();
        let found = self.collector.finish(&[], None);
        if found.n == 0 {
            return Err(Error::argument(format!("{source}: no images to score")));
        }
        Ok(ScoredSet::of_extracted(found, source, origin))
    }
}

/// All that a network can say about an image.
pub fn everything(extractor: &dyn Extractor) -> Wanted {
    let tap = extractor.taps().last().copied().unwrap_or_default();
    Wanted { tap, logits: extractor.classes() > 0, spatial: extractor.has_spatial() }
}
