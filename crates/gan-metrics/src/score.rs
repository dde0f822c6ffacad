//! All scores of one set against another, with the receipt that says what was computed from what.

mod fids;
mod reduced;

use crate::class_fid::{ClassFid, fid_by_class};
use crate::fid::{Fid, FidOptions, SquareRoot};
use crate::fid_spread::{FidInfinity, FidInterval};
use crate::inception_score::{
    InceptionScore, SplitRule, inception_score, mode_score, usable_splits,
};
use crate::kid::{Kid, KidOptions, kid, mmd_squared};
use crate::neighbors::{Memorization, memorization};
use crate::prdc::{Prdc, PrdcOptions, prdc};
use crate::prdc_sides::PrdcSides;
use crate::protocol::Protocol;
use crate::receipt::check_alike;
use crate::scored_set::ScoredSet;
use crate::{Error, FeatureMatrix, Result};
use gan_info::Kernel;

/// Which scores are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metrics {
    /// FID, and sFID where both sides have spatial features.
    pub fid: bool,
    /// KID.
    pub kid: bool,
    /// The unbiased MMD² of all features under KID's kernel.
    pub mmd: bool,
    /// Inception score, and the mode score where there is a second side.
    pub inception: bool,
    /// Precision, recall, density and coverage.
    pub prdc: bool,
    /// The share of copies and authenticity.
    pub memorization: bool,
    /// FID by class.
    pub by_class: bool,
}

/// How scores are computed.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreOptions {
    /// Which.
    pub metrics: Metrics,
    /// Leave out what cannot be had (with a note), instead of failing.
    pub lenient: bool,
    /// The protocol whose conventions hold where the sets do not say.
    pub protocol: Protocol,
    /// Subsets of KID; its seed is also that of shuffles, intervals and extrapolation.
    pub kid: KidOptions,
    /// Splits of the Inception score.
    pub splits: usize,
    /// Balls of precision and recall.
    pub prdc: PrdcOptions,
    /// How many of each side precision and recall compare.
    pub prdc_sides: PrdcSides,
    /// How FID's root is found.
    pub root: SquareRoot,
    /// Replicates of FID's bootstrap interval at 95 %; 0 for none.
    pub bootstrap: usize,
    /// Whether FID is extrapolated to endless images.
    pub infinity: bool,
    /// Compare unlike sets.
    pub force: bool,
}

impl Default for ScoreOptions {
    /// FID, KID, the Inception score and precision with its relatives, as pytorch-fid prepares images;
    /// what cannot be had is left out with a note.
    fn default() -> Self {
        let metrics =
            Metrics { fid: true, kid: true, inception: true, prdc: true, ..Metrics::default() };
        Self { lenient: true, ..Self::new(metrics, Protocol::PytorchFid) }
    }
}

impl ScoreOptions {
    /// The usual choices of a protocol.
    pub fn new(metrics: Metrics, protocol: Protocol) -> Self {
        let prdc = match protocol {
            Protocol::TorchFidelity => PrdcOptions::TORCH_FIDELITY,
            _ => PrdcOptions::PRDC,
        };
        Self {
            metrics,
            lenient: false,
            protocol,
            kid: KidOptions::default(),
            splits: 10,
            prdc,
            prdc_sides: PrdcSides::All,
            root: SquareRoot::Accurate,
            bootstrap: 0,
            infinity: false,
            force: false,
        }
    }

    fn fid(&self) -> FidOptions {
        FidOptions { root: self.root, single_mean: self.protocol.averages_in_single() }
    }

    fn split_rule(&self) -> SplitRule {
        let seed = self.kid.seed;
        match self.protocol {
            Protocol::TorchFidelity => SplitRule::Shuffled { seed },
            Protocol::Torchmetrics => SplitRule::Chunks { seed },
            _ => SplitRule::InOrder,
        }
    }
}

/// What came out. Scores that were not asked for, or cannot be had, are missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores {
    /// FID.
    pub fid: Option<Fid>,
    /// Its interval at 95 %.
    pub interval: Option<FidInterval>,
    /// Its extrapolation.
    pub infinity: Option<FidInfinity>,
    /// FID of spatial features.
    pub sfid: Option<Fid>,
    /// KID.
    pub kid: Option<Kid>,
    /// The unbiased MMD² of all features under KID's kernel.
    pub mmd: Option<f64>,
    /// Inception score.
    pub inception: Option<InceptionScore>,
    /// Mode score.
    pub mode_score: Option<f64>,
    /// Precision and the like.
    pub prdc: Option<Prdc>,
    /// Copies.
    pub memorization: Option<Memorization>,
    /// FID by class.
    pub classes: Vec<ClassFid>,
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// What was computed from less than was asked for, or from so little that its number says
    /// little; somebody who reads the numbers should read this.
    pub reduced: Vec<String>,
}

impl Scores {
    /// Whether nothing could be had.
    pub fn is_empty(&self) -> bool {
        let (notes, reduced) = (self.notes.clone(), self.reduced.clone());
        let left_out = Self { notes, reduced, ..Self::default() };
        *self == left_out
    }
}

/// What cannot be had: an error, or a note.
struct LeftOut {
    lenient: bool,
    notes: Vec<String>,
}

impl LeftOut {
    /// A score that cannot be had is an error where it was asked for by name.
    fn attempt(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Err(error) if self.lenient => {
                self.notes.push(error.to_string());
                Ok(())
            }
            other => other,
        }
    }
}

/// Scores samples `a` against the reference `b`.
///
/// With too few images for the subsets of KID or the splits of the Inception score that `options`
/// ask for, there are smaller subsets and fewer splits; [`Scores::reduced`] says so.
///
/// # Errors
/// Unlike sets (unless forced), what a score refuses, and, unless `lenient`, a score for which a
/// side has no features, logits or labels.
pub fn score(a: &ScoredSet, b: Option<&ScoredSet>, options: &ScoreOptions) -> Result<Scores> {
    let mut scores = Scores::default();
    let metrics = options.metrics;
    if let Some(b) = b {
        check_alike(&a.receipt, &b.receipt, options.force)?;
    }
    let pair = |what: &str| {
        b.ok_or_else(|| {
            Error::argument(format!("{what} of one set (expected a second, the reference)"))
        })
    };
    let mut left_out = LeftOut { lenient: options.lenient, notes: Vec::new() };
    if metrics.fid {
        let found = pair("FID").and_then(|b| fids::fids(a, b, options, &mut left_out, &mut scores));
        left_out.attempt(found)?;
    }
    if metrics.kid {
        left_out.attempt(pair("KID").and_then(|b| {
            let (x, y) = (features(a, "KID")?, features(b, "KID")?);
            scores.kid = Some(kid(x, y, options.kid)?);
            Ok(())
        }))?;
    }
    if metrics.mmd {
        left_out.attempt(pair("MMD").and_then(|b| {
            let (x, y) = (features(a, "MMD")?, features(b, "MMD")?);
            let scale = 1.0 / x.width() as f64;
            let kernel = Kernel::Polynomial { degree: 3, scale, offset: 1.0 };
            scores.mmd = Some(mmd_squared(x, y, &kernel)?);
            Ok(())
        }))?;
    }
    if metrics.inception {
        left_out.attempt(logits(a).and_then(|own| {
            let (asked, rule) = (options.splits, options.split_rule());
            // None at all is for the score to refuse, in its own words.
            let splits = match usable_splits(own.rows(), asked, rule) {
                0 => asked,
                usable => usable,
            };
            scores.inception = Some(inception_score(own, splits, rule)?);
            if let Some(real) = b.and_then(|b| b.logits.as_ref()) {
                scores.mode_score = Some(mode_score(own, real)?);
            }
            Ok(())
        }))?;
    }
    if metrics.prdc {
        left_out.attempt(pair("precision and recall").and_then(|b| {
            let (fake, real) = (features(a, "precision")?, features(b, "recall")?);
            let seed = options.kid.seed.into();
            let (fake, real) = options.prdc_sides.taken(fake, real, seed)?;
            scores.prdc = Some(prdc(&real, &fake, options.prdc)?);
            Ok(())
        }))?;
    }
    if metrics.memorization {
        left_out.attempt(pair("copies").and_then(|b| {
            let (fake, real) = (features(a, "copies")?, features(b, "copies")?);
            scores.memorization = Some(memorization(fake, real)?);
            Ok(())
        }))?;
    }
    if metrics.by_class {
        left_out.attempt(pair("FID by class").and_then(|b| {
            let (x, y) = (features(a, "FID by class")?, features(b, "FID by class")?);
            let (la, lb) = (labels(a)?, labels(b)?);
            scores.classes = fid_by_class((x, la), (y, lb), options.fid())?;
            Ok(())
        }))?;
    }
    scores.notes = left_out.notes;
    scores.reduced = reduced::reduced(&scores, a, b, options);
    Ok(scores)
}

fn features<'a>(set: &'a ScoredSet, what: &str) -> Result<&'a FeatureMatrix> {
    set.pool.features.as_ref().ok_or_else(|| {
        Error::argument(format!(
            "{}: mean and covariance alone for {what} (expected images or features)",
            set.receipt.source
        ))
    })
}

fn logits(set: &ScoredSet) -> Result<&FeatureMatrix> {
    set.logits.as_ref().ok_or_else(|| {
        Error::argument(format!(
            "{}: no class logits for an Inception score (expected images and a network that \
             classifies, or a file of features with `logits`)",
            set.receipt.source
        ))
    })
}

fn labels(set: &ScoredSet) -> Result<&[String]> {
    set.labels.as_deref().ok_or_else(|| {
        Error::argument(format!(
            "{}: no classes for FID by class (expected a folder for each class, or an npz or IDX \
             file with labels)",
            set.receipt.source
        ))
    })
}
