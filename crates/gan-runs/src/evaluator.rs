//! Scoring a model's samples against its data: the network, the data's features, one evaluation.

use crate::dealt::dealt;
use crate::draw::{Plan, each};
use crate::error::{Context, Result, refused};
use crate::networks::{Network, Scoring, network};
use crate::parts::Part;
use gan_data::{Dataset, Kind};
use gan_images::Image;
use gan_metrics::{
    Comparison, Extractor, FeatureCache, ImageSet, Metrics, PrdcSides, Protocol, ScoreOptions,
    ScoredSet, Scores,
};
use gan_train::{Game, Sample, Trainer, images};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::time::Instant;

/// Images that go to the network together; changes no bit of the result.
const BATCH: usize = 32;
/// Samples unless told otherwise, where there are as many real images.
const USUAL: usize = 10_000;

/// Scores samples of models of one data set.
pub struct Evaluator {
    network: Network,
    protocol: Protocol,
    real: ScoredSet,
    labels: Option<Vec<u32>>,
    part: Part,
    count: usize,
    seed: u64,
}

/// One evaluation.
pub struct Evaluation {
    /// The scores.
    pub scores: Scores,
    /// One object with the scores, the step and the receipt: a line of the log.
    pub object: Value,
    /// What was left out, and what was computed from less than is usual, a sentence each.
    pub remarks: Vec<String>,
}

impl Evaluator {
    /// Opens the network and makes the features of a part of the data, or finds them in the cache.
    ///
    /// `count` samples are drawn under `seed`; as many as there are real images, up to 10,000,
    /// unless it says. `watch` is told how many images are done, and of how many.
    ///
    /// # Errors
    /// Points, data that no network at hand knows, fewer than two samples.
    pub fn open(
        scoring: &Scoring,
        part: Part,
        count: Option<u64>,
        seed: u64,
        watch: &mut dyn FnMut(usize, usize),
    ) -> Result<Self> {
        let dataset = part.data.as_ref();
        let info = dataset.info();
        if info.shape().len() != 3 {
            return Err(refused(format!(
                "evaluation: {} are points; only images are scored",
                info.spec
            )));
        }
        let network = network(scoring, dataset).context("evaluation")?;
        let protocol = scoring.protocol;
        let extractor = network.extractor.as_ref();
        let (real, labels) = real_set(dataset, extractor, (protocol, scoring.cache), watch)?;
        let usual = info.len.min(USUAL);
        let count = count.and_then(|n| usize::try_from(n).ok()).unwrap_or(usual);
        if count < 2 {
            return Err(refused(format!("evaluation: expected at least 2 samples, found {count}")));
        }
        Ok(Self { network, protocol, real, labels, part, count, seed })
    }

    /// Draws samples from the model and scores them. `watch` is told how many are done, and of how
    /// many.
    ///
    /// # Errors
    /// A model of points; what the network or the scores report.
    pub fn evaluate(
        &self,
        trainer: &Trainer,
        game: &dyn Game,
        watch: &mut dyn FnMut(usize, usize),
    ) -> Result<Evaluation> {
        let start = Instant::now();
        let dealt = dealt(game, self.labels.as_deref(), self.seed);
        let plan = Plan { seed: self.seed, labels: dealt.labels.clone(), ..Plan::of(self.count) };
        let mut set = ImageSet::of_everything(self.network.extractor.as_ref(), self.protocol);
        let mut done = 0;
        each(trainer, game, &plan, &mut |sample| -> Result<()> {
            let Sample::Images(tensor) = sample else {
                return Err(refused("evaluation: this model makes points; only images are scored"));
            };
            // As bytes, the way samples are written to files: the same scores as of those.
            set.add_images(&images(tensor)?)?;
            done += tensor.dim(0)?;
            watch(done, self.count);
            Ok(())
        })?;
        let source = format!("{} samples of step {}", self.count, trainer.step);
        let samples = set.finish(&source)?;
        let warning = self.network.warning.clone();
        let known = self.few(&samples).into_iter().chain(warning).chain(self.part.note()).collect();
        let options = scored_by(self.protocol);
        let found = Comparison::of(&samples, Some(&self.real), &options, known)?;
        let mut object = Map::new();
        object.insert("kind".into(), "eval".into());
        object.insert("step".into(), trainer.step.into());
        object.insert("seconds".into(), start.elapsed().as_secs_f64().into());
        object.insert("sample_seed".into(), self.seed.into());
        object.insert("split".into(), self.part.split.to_string().into());
        object.insert("held_out".into(), self.part.held_out.into());
        object.insert("compared_with".into(), self.part.words().into());
        object.insert("labels".into(), dealt.object(self.count));
        object.insert("network".into(), self.network.extractor.layout().into());
        object.insert("network_because".into(), self.network.why.clone().into());
        if let Value::Object(rest) = found.object {
            object.extend(rest);
        }
        Ok(Evaluation { scores: found.scores, object: object.into(), remarks: found.remarks })
    }

    /// What to know of a FID of few samples; `gan-metrics` says it of images in files.
    fn few(&self, samples: &ScoredSet) -> Option<String> {
        let width = samples.pool.features.as_ref()?.width();
        let (count, real) = (self.count, self.part.data.info().len);
        if count < width {
            return Some(format!(
                "FID of {count} samples, fewer than the {width} features: it is far above its value \
                 for endless samples (use {width} or more)"
            ));
        }
        (real < width).then(|| {
            format!(
                "FID against {}, fewer than the {width} features: it is far above its value for \
                 endless data (--split names another part)",
                self.part.words()
            )
        })
    }
}

impl Evaluation {
    /// The scores in one line.
    pub fn line(&self) -> String {
        let mut parts = Vec::new();
        let scores = &self.scores;
        parts.extend(scores.fid.as_ref().map(|f| format!("FID {:.4}", f.value)));
        let usual = ScoreOptions::new(Metrics::default(), Protocol::PytorchFid);
        parts.extend(scores.kid.map(|k| {
            let few = k.subset_size < usual.kid.subset_size;
            let size = if few { format!(" (subsets of {})", k.subset_size) } else { String::new() };
            format!("KID {:.5}{size}", k.mean)
        }));
        parts.extend(scores.inception.map(|i| {
            let spread = i.spread().map_or_else(String::new, |std| format!(" ± {std:.3}"));
            let few = i.splits < usual.splits;
            let splits = if few { format!(" (splits: {})", i.splits) } else { String::new() };
            format!("IS {:.3}{spread}{splits}", i.mean)
        }));
        parts.extend(scores.prdc.map(|p| {
            let counts = [p.samples, p.real];
            let given = [&self.object["n_a"], &self.object["n_b"]].map(Value::as_u64);
            let cut = match counts.map(Some) == given {
                true => String::new(),
                false => format!(" (of {} and {})", p.samples, p.real),
            };
            format!(
                "precision {:.3} · recall {:.3} · density {:.3} · coverage {:.3}{cut}",
                p.precision, p.recall, p.density, p.coverage
            )
        }));
        parts.join(" · ")
    }
}

/// How samples are scored against real images: FID and KID of all of them, precision and its relatives
/// of as many of one side as of the other, as they are defined (arXiv 1904.06991, 2002.09797).
fn scored_by(protocol: Protocol) -> ScoreOptions {
    // A tiny data set has no precision, a network without classes no Inception score.
    let usual = ScoreOptions::new(ScoreOptions::default().metrics, protocol);
    ScoreOptions { lenient: true, prdc_sides: PrdcSides::Equal, ..usual }
}

/// The features of all the data, and their labels where they have some.
fn real_set(
    dataset: &dyn Dataset,
    network: &dyn Extractor,
    (protocol, cached): (Protocol, bool),
    watch: &mut dyn FnMut(usize, usize),
) -> Result<(ScoredSet, Option<Vec<u32>>)> {
    let info = dataset.info();
    let mut labels = info.classes().map(|_| Vec::with_capacity(info.len));
    let cache = if cached { FeatureCache::user() } else { FeatureCache::off() };
    let content = match cached {
        true => content(dataset, &mut labels)?,
        false => String::new(),
    };
    let mut set = ImageSet::of_everything(network, protocol);
    if let Some(found) = set.find(&cache, &content, info.len as u64, &info.spec) {
        return Ok((found, labels));
    }
    let mut done = 0;
    let mut batch = Vec::with_capacity(BATCH);
    // The hash has read the labels already.
    let mut read = if cached { None } else { labels.take() };
    each_image(dataset, &mut read, &mut |image| {
        batch.push(image);
        if batch.len() == BATCH {
            set.add_images(&batch)?;
            done += BATCH;
            watch(done, info.len);
            batch.clear();
        }
        Ok(())
    })?;
    set.add_images(&batch)?;
    watch(info.len, info.len);
    let set = set.finish_and_keep(&info.spec, &cache, &content).context("the data")?;
    Ok((set, labels.or(read)))
}

/// A hash of every image as it will be scored, with the labels beside.
fn content(dataset: &dyn Dataset, labels: &mut Option<Vec<u32>>) -> Result<String> {
    let mut hash = Sha256::new();
    // Files are decoded for this too: it costs little beside a network, nothing beside a hit.
    let many_files = matches!(dataset.info().kind, Kind::Folder | Kind::Zip);
    hash.update([u8::from(many_files)]);
    for side in dataset.info().shape() {
        hash.update((*side as u64).to_le_bytes());
    }
    each_image(dataset, labels, &mut |image| {
        hash.update(&image.pixels);
        Ok(())
    })?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Calls `take` with every image of the data, in order, and adds its label to `labels`.
fn each_image(
    dataset: &dyn Dataset,
    labels: &mut Option<Vec<u32>>,
    take: &mut dyn FnMut(Image) -> Result<()>,
) -> Result<()> {
    let info = dataset.info();
    let shape: [usize; 3] = info.shape().try_into().context("expected images, found points")?;
    let mut values = vec![0.0; shape.iter().product()];
    for index in 0..info.len {
        match (dataset.labeled(index, &mut values)?, labels.as_mut()) {
            (Some(label), Some(all)) => all.push(label),
            _ => *labels = None,
        }
        take(Image::from_planes(&values, shape)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_layers::StepRng;
    use gan_metrics::{FeatureFile, FeatureMatrix, expected_coverage};

    /// Draws of one law: points in a cube of three dimensions.
    fn draws(n: usize, seed: u64) -> ScoredSet {
        let mut next = StepRng::new(seed, 0).uniforms("law");
        let values = (0..3 * n).map(|_| next() as f32).collect();
        let features = FeatureMatrix::from_f32(3, values).unwrap();
        ScoredSet::of_features(FeatureFile { features, logits: None, receipt: None }, "draws")
    }

    #[test]
    fn seven_times_the_real_images_leave_coverage_as_it_is() {
        let (samples, real) = (draws(1000, 1), draws(7000, 2));
        let options = scored_by(Protocol::PytorchFid);
        let compared = Comparison::of(&samples, Some(&real), &options, Vec::new()).unwrap();
        let Comparison { scores, object, remarks } = compared;
        let found = scores.prdc.unwrap();
        // Draws of the law itself; four standard deviations of a share of a thousand.
        let expected = expected_coverage(1000, 1000, options.prdc.k);
        let spread = 4.0 * (expected * (1.0 - expected) / 1000.0).sqrt();
        assert!((found.coverage - expected).abs() < spread, "{found:?}");
        assert_eq!((found.samples, found.real), (1000, 1000));
        assert_eq!(object["n_b"], 7000);
        assert_eq!(object["receipt"]["prdc"]["n_b"], 1000);
        let line = Evaluation { scores, object, remarks }.line();
        assert!(line.contains(" (of 1000 and 1000)"), "{line}");
    }
}
