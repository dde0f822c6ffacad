//! FID and what is made around it: sFID, the interval, the extrapolation.

use super::{LeftOut, ScoreOptions, Scores, features};
use crate::collector::Collected;
use crate::fid::fid;
use crate::fid_spread::{fid_infinity, fid_interval};
use crate::scored_set::ScoredSet;
use crate::{Error, Result};

/// Points of the extrapolation, as in arXiv 1911.07023; at least two images to each.
const POINTS: usize = 15;

/// Adds the scores; what stands beside FID is left out, or refused, by itself.
pub(super) fn fids(
    a: &ScoredSet,
    b: &ScoredSet,
    options: &ScoreOptions,
    left_out: &mut LeftOut,
    scores: &mut Scores,
) -> Result<()> {
    let side = |set: &'_ Collected, name: &str| -> Result<()> {
        set.side().map(drop).ok_or_else(|| Error::argument(format!("{name}: no features for FID")))
    };
    side(&a.pool, &a.receipt.source)?;
    side(&b.pool, &b.receipt.source)?;
    let (Some(x), Some(y)) = (a.pool.side(), b.pool.side()) else { return Ok(()) };
    scores.fid = Some(fid(x, y, options.fid()).map_err(|error| match error {
        // It knows the sides by number only.
        Error::Info(error) => Error::argument(format!(
            "{} (first) and {} (second) for FID: {error}",
            a.receipt.source, b.receipt.source
        )),
        other => other,
    })?);
    if let (Some(x), Some(y)) = (&a.spatial, &b.spatial)
        && let (Some(x), Some(y)) = (x.side(), y.side())
    {
        let found = fid(x, y, options.fid()).map(|found| scores.sfid = Some(found));
        left_out.attempt(found)?;
    }
    let seed = options.kid.seed.into();
    if options.bootstrap > 0 {
        let found = features(a, "FID's interval")
            .and_then(|own| fid_interval(own, y, options.fid(), options.bootstrap, 0.95, seed))
            .map(|found| scores.interval = Some(found));
        left_out.attempt(found)?;
    }
    if options.infinity {
        let found = features(a, "FID's extrapolation")
            .and_then(|own| fid_infinity(own, y, options.fid(), POINTS, seed))
            .map(|found| scores.infinity = Some(found));
        left_out.attempt(found)?;
    }
    Ok(())
}
