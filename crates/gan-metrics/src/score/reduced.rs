//! What was computed from less than was asked for, or from too little: a sentence each.

use super::{ScoreOptions, Scores};
use crate::class_fid::ClassFid;
use crate::feature_matrix::count;
use crate::inception_score::LEAST_SPLIT;
use crate::prdc_sides::expected_coverage;
use crate::scored_set::ScoredSet;

/// Replicates of which a tail of 2.5 % is one.
const ENOUGH_REPLICATES: usize = 40;
/// Names of classes that a sentence lists.
const LISTED: usize = 5;

/// The sentences, in the order of the scores.
pub(super) fn reduced(
    scores: &Scores,
    a: &ScoredSet,
    b: Option<&ScoredSet>,
    options: &ScoreOptions,
) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(interval) = &scores.interval
        && interval.replicates.len() < ENOUGH_REPLICATES
    {
        all.push(format!(
            "FID's interval comes from {} replicates, too few to have one in each tail of 2.5 % \
             (take {ENOUGH_REPLICATES} or more, better 100)",
            interval.replicates.len()
        ));
    }
    if let (Some(infinity), Some(features)) = (&scores.infinity, &a.pool.features)
        && let Some((fewest, _)) = infinity.points.first()
        && *fewest <= features.width()
    {
        all.push(format!(
            "FID of endless images is extrapolated from {fewest} to {}: FID falls as 1/N only where \
             images outnumber the {} features",
            count(features.rows()),
            features.width()
        ));
    }
    if let Some(kid) = &scores.kid {
        let (found, asked) = (kid.subset_size, options.kid.subset_size);
        if found < asked {
            all.push(format!("KID over subsets of {found} images, not {asked}: there are no more"));
        }
        if kid.whole && kid.subsets > 1 {
            all.push(format!(
                "KID without its ±: each of the {} subsets is all images of both sides",
                kid.subsets
            ));
        }
    }
    if let (Some(inception), Some(logits)) = (&scores.inception, &a.logits) {
        let (images, classes) = (logits.rows(), logits.width());
        if inception.splits < options.splits {
            all.push(format!(
                "Inception score over {}, not {}: there are {} and each split needs {LEAST_SPLIT} \
                 or more (one image scores 1, whatever it shows)",
                splits(inception.splits),
                options.splits,
                count(images),
            ));
        }
        if images < classes {
            all.push(format!(
                "Inception score and mode score of {} are at most {images}, though the network has \
                 {classes} classes",
                count(images)
            ));
        }
    }
    if let Some(prdc) = &scores.prdc
        && prdc.real != prdc.samples
    {
        let (real, samples, k) = (prdc.real as usize, prdc.samples as usize, options.prdc.k);
        let least = real.min(samples);
        all.push(format!(
            "precision, recall, density and coverage of {} against {real}: they are defined for \
             equal numbers, and samples of the reference's own law would reach a coverage of {:.3} \
             here, {:.3} with {least} of each (--equal-sides takes as many of each)",
            count(samples),
            expected_coverage(real, samples, k),
            expected_coverage(least, least, k),
        ));
    }
    let width = [Some(a), b].into_iter().flatten().find_map(|set| set.pool.features.as_ref());
    all.extend(few_in_classes(&scores.classes, width.map_or(0, |features| features.width())));
    all
}

/// `1 split` or `5 splits`.
fn splits(count: usize) -> String {
    if count == 1 { "1 split".to_owned() } else { format!("{count} splits") }
}

/// Classes that have no FID, and those whose FID is of few images.
fn few_in_classes(classes: &[ClassFid], width: usize) -> Vec<String> {
    let named = |chosen: Vec<&ClassFid>| {
        let mut names: Vec<&str> =
            chosen.iter().take(LISTED).map(|class| class.class.as_str()).collect();
        if chosen.len() > LISTED {
            names.push("…");
        }
        (chosen.len(), names.join(", "))
    };
    let fewest = |class: &&ClassFid| class.n[0].min(class.n[1]);
    let of = classes.len();
    let mut all = Vec::new();
    let (none, names) = named(classes.iter().filter(|class| class.fid.is_none()).collect());
    if none > 0 {
        all.push(format!(
            "FID by class without {none} of {of} classes, of which a side has fewer than 2 images: \
             {names}"
        ));
    }
    let few = classes.iter().filter(|class| class.fid.is_some() && fewest(class) <= width);
    let (few, names) = named(few.collect());
    if few > 0 {
        all.push(format!(
            "FID of {few} of {of} classes is of no more images than the {width} features and far \
             above its value for endless images: {names} (compare classes of equal numbers only)"
        ));
    }
    all
}
