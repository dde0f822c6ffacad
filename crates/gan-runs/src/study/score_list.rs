//! Every score of a network that this program carries, by name.

use crate::error::Result;
use gan_images::Image;
use gan_metrics::{
    Extractor, ImageSet, Metrics, PrdcSides, Protocol, ScoreOptions, ScoredSet, Scores, score,
};

/// How images are brought to the network; all sides of a study alike.
pub const PROTOCOL: Protocol = Protocol::PytorchFid;
/// Images that go through the network together.
const BATCH: usize = 64;

/// The scores' names, in the order of [`values`].
pub const NAMES: [&str; 8] =
    ["FID", "KID", "IS", "mode score", "precision", "recall", "density", "coverage"];

/// What the network sees of images, which come one after the other; `source` is what receipts call them.
///
/// # Errors
/// Those of `image`, and images that the network does not take.
pub fn seen(
    network: &dyn Extractor,
    count: usize,
    image: &mut dyn FnMut(usize) -> Result<Image>,
    source: &str,
) -> Result<ScoredSet> {
    let mut set = ImageSet::of_everything(network, PROTOCOL);
    let mut start = 0;
    while start < count {
        let end = (start + BATCH).min(count);
        let images = (start..end).map(&mut *image).collect::<Result<Vec<_>>>()?;
        set.add_images(&images)?;
        start = end;
    }
    Ok(set.finish(source)?)
}

/// All scores of images against a reference; NaN where one cannot be had.
///
/// # Errors
/// Sides that are not to be compared.
pub fn scores(samples: &ScoredSet, reference: &ScoredSet) -> Result<[f64; 8]> {
    let metrics =
        Metrics { fid: true, kid: true, inception: true, prdc: true, ..Metrics::default() };
    // Sides that were robbed of images are compared with as many: their coverage would fall with
    // their number alone.
    let options = ScoreOptions {
        lenient: true,
        prdc_sides: PrdcSides::Equal,
        ..ScoreOptions::new(metrics, PROTOCOL)
    };
    Ok(values(&score(samples, Some(reference), &options)?))
}

/// Scores in the order of [`NAMES`].
pub fn values(scores: &Scores) -> [f64; 8] {
    let prdc = |of: fn(&gan_metrics::Prdc) -> f64| scores.prdc.as_ref().map_or(f64::NAN, of);
    [
        scores.fid.as_ref().map_or(f64::NAN, |f| f.value),
        scores.kid.map_or(f64::NAN, |k| k.mean),
        scores.inception.map_or(f64::NAN, |i| i.mean),
        scores.mode_score.unwrap_or(f64::NAN),
        prdc(|p| p.precision),
        prdc(|p| p.recall),
        prdc(|p| p.density),
        prdc(|p| p.coverage),
    ]
}
