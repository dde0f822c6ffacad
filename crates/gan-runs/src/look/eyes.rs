//! A network that sees images: their features, and their classes where it knows any.

use crate::error::{Result, refused};
use crate::nearest::{Nearest, nearest_rows};
use candle_core::{Device, Tensor};
use gan_data::Dataset;
use gan_images::Image;
use gan_metrics::{Extractor, Preparer, Protocol, Wanted};

/// Images that go through the network together.
const BATCH: usize = 64;

/// The network.
pub struct Eyes {
    network: Box<dyn Extractor>,
    preparer: Preparer,
}

/// What it sees of images.
#[derive(Debug, Default)]
pub struct Seen {
    /// `(n, width)`.
    pub features: Vec<f32>,
    /// `(n, classes)`; empty where it knows none.
    pub logits: Vec<f32>,
}

impl Eyes {
    /// Any network, its images resized as pytorch-fid does.
    pub fn of(network: Box<dyn Extractor>) -> Self {
        let preparer = Preparer::new(Protocol::PytorchFid, network.input());
        Self { network, preparer }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.network.layout()
    }

    /// The features' width.
    pub fn width(&self) -> usize {
        self.network.taps().last().copied().unwrap_or_default()
    }

    /// How many classes it knows.
    pub fn classes(&self) -> usize {
        self.network.classes()
    }

    /// What it sees of these images.
    ///
    /// # Errors
    /// Images that the network cannot take.
    pub fn see(&mut self, images: &[Image]) -> Result<Seen> {
        let wanted = Wanted { tap: self.width(), logits: self.classes() > 0, spatial: false };
        let [height, width] = self.network.input().size;
        let channels = self.network.input().channels;
        let mut seen = Seen::default();
        for batch in images.chunks(BATCH) {
            let size = self.preparer.values();
            let mut values = vec![0.0; batch.len() * size];
            for (image, out) in batch.iter().zip(values.chunks_exact_mut(size)) {
                self.preparer.image(image, out)?;
            }
            let shape = (batch.len(), channels, height, width);
            // On the host: networks of scores take their images from there and move them themselves.
            let images = Tensor::from_vec(values, shape, &Device::Cpu)?;
            let found = self.network.extract(&images, &wanted)?;
            seen.features.extend(found.pool.flatten_all()?.to_vec1::<f32>()?);
            if let Some(logits) = found.logits {
                seen.logits.extend(logits.flatten_all()?.to_vec1::<f32>()?);
            }
        }
        Ok(seen)
    }

    /// The class of each image; the first of equals.
    ///
    /// # Errors
    /// Those of [`Eyes::see`].
    pub fn classify(&mut self, images: &[Image]) -> Result<Vec<u32>> {
        let logits = self.see(images)?.logits;
        let best = |row: &[f32]| {
            let first = (0, f32::NEG_INFINITY);
            row.iter().enumerate().fold(first, |b, (i, v)| if *v > b.1 { (i, *v) } else { b }).0
        };
        Ok(logits.chunks_exact(self.classes().max(1)).map(|row| best(row) as u32).collect())
    }

    /// The `k` images of the data nearest to each row of features. The data's features exist a batch
    /// at a time; `progress` is told how many images more were seen.
    ///
    /// # Errors
    /// Data that are points, or samples that cannot be read.
    pub fn nearest(
        &mut self,
        data: &dyn Dataset,
        features: &[f32],
        k: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<Nearest>>> {
        let info = data.info();
        let shape: [usize; 3] = info
            .shape()
            .try_into()
            .map_err(|_| refused(format!("{}: points have no images", info.spec)))?;
        let width = self.width();
        let mut values = vec![0.0; shape.iter().product()];
        nearest_rows(data, features, width, k, &mut |range, out| {
            // So many decoded images at a time as go through the network together.
            for (part, out) in range.clone().step_by(BATCH).zip(out.chunks_mut(BATCH * width)) {
                let part = part..(part + BATCH).min(range.end);
                let mut images = Vec::with_capacity(part.len());
                for index in part.clone() {
                    data.labeled(index, &mut values)?;
                    images.push(Image::from_planes(&values, shape)?);
                }
                out.copy_from_slice(&self.see(&images)?.features);
                progress(part.len());
            }
            Ok(())
        })
    }
}
