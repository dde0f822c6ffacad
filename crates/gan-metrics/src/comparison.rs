//! The second task in one call: samples in one path, real images in another, all scores.

use crate::inception_score::neighbor_agreement;
use crate::network_choice::NetworkChoice;
use crate::score::{ScoreOptions, Scores, score};
use crate::score_json::to_json;
use crate::scored_set::ScoredSet;
use crate::sets::{SetOptions, Told, sets};
use crate::{Error, Result};
use serde_json::Value;
use std::path::Path;

/// Scores with what they were computed from.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The scores.
    pub scores: Scores,
    /// One object with the scores and the receipt, as [`to_json`] makes it.
    pub object: Value,
    /// What somebody who reads the numbers should know, a sentence each.
    pub remarks: Vec<String>,
}

/// Scores the samples of one path against the real images of another: folders, zips, npz or IDX files
/// of images, or files of features or statistics ([`Input::open`](crate::Input::open)). Computes with
/// all cores and keeps features in the user's cache.
///
/// # Errors
/// What is no input, images that cannot be read, unlike sets, a network that is not there, and what a
/// score refuses where `score` is not lenient.
pub fn compare(
    samples: &Path,
    real: &Path,
    network: &NetworkChoice,
    score: &ScoreOptions,
) -> Result<Comparison> {
    let mut warnings = Vec::new();
    let mut told = |told: Told<'_>| {
        if let Told::Warning(text) = told {
            warnings.push(text.to_owned());
        }
    };
    let options = SetOptions { network: network.clone(), ..SetOptions::of(score) };
    let made = sets(&[samples, real], &options, &mut told)?.pop().unwrap_or_default();
    let [samples, real] = made.as_slice() else {
        return Err(Error::argument(format!("{} sets (expected two)", made.len())));
    };
    let mut comparison = Comparison::of(samples, Some(real), score, Vec::new())?;
    comparison.remarks.splice(0..0, warnings);
    Ok(comparison)
}

impl Comparison {
    /// Scores samples `a` against the reference `b`; `known` is what else speaks against the numbers,
    /// and joins [`Scores::reduced`].
    ///
    /// # Errors
    /// As [`score`].
    pub fn of(
        a: &ScoredSet,
        b: Option<&ScoredSet>,
        options: &ScoreOptions,
        known: Vec<String>,
    ) -> Result<Self> {
        let mut scores = score(a, b, options)?;
        scores.reduced.extend(known);
        let object = to_json(&scores, options, a, b);
        let left_out = scores.notes.iter().map(|note| format!("left out: {note}"));
        let mut remarks: Vec<String> = left_out.chain(scores.reduced.iter().cloned()).collect();
        remarks.extend(in_order(&scores, options, a));
        remarks.extend(imaginary(&scores));
        Ok(Self { scores, object, remarks })
    }
}

/// That images which follow one another are of one class, where splits are in order.
fn in_order(scores: &Scores, options: &ScoreOptions, a: &ScoredSet) -> Option<String> {
    let logits = a.logits.as_ref().filter(|logits| logits.rows() >= 100)?;
    // Of images with labels it was said before the work.
    if scores.inception.is_none() || options.protocol.shuffles_splits() || a.labels.is_some() {
        return None;
    }
    let (found, expected) = neighbor_agreement(logits);
    // Far more alike than chance: half way from chance to always.
    (found > 0.5 * (1.0 + expected) && expected < 0.9).then(|| {
        "images that follow one another are of one class: the Inception score over splits in order \
         is far too low (shuffle them, or take ln_is, which minds no order)"
            .to_owned()
    })
}

/// That the eigenvalues' roots were complex.
fn imaginary(scores: &Scores) -> Option<String> {
    let fid = scores.fid.as_ref().filter(|fid| fid.imaginary > 1e-3)?;
    Some(format!(
        "the eigenvalues' roots have imaginary parts of {:.1e}: leave out --square-root eigenvalues \
         for a root that is exact",
        fid.imaginary
    ))
}
