//! Scores and their receipt as one JSON object, with the keys that scripts rely on.

use crate::fid::Fid;
use crate::receipt::PROGRAM;
use crate::score::{Metrics, ScoreOptions, Scores};
use crate::scored_set::ScoredSet;
use serde_json::{Map, Value, json};

/// The object: a key for every score that was asked for (`null` where it cannot be had), `n_a`,
/// `n_b` and `receipt`.
///
/// Keys: `fid`, `fid_low`, `fid_high`, `fid_infinity`, `sfid`, `kid_mean`, `kid_std`, `mmd`,
/// `is_mean`, `is_std`, `is_splits`, `ln_is`, `mode_score`, `precision`, `recall`, `density`,
/// `coverage`, `memorization`, `authenticity`, `classes`, `notes` (what was left out), `reduced` (what
/// was computed from less than was asked for). `kid_std` and `is_std` are `null` where there is no
/// spread: a single subset or split, or subsets that are all images.
pub fn to_json(
    scores: &Scores,
    options: &ScoreOptions,
    a: &ScoredSet,
    b: Option<&ScoredSet>,
) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Option<f64>| map.insert(key.to_owned(), number(value));
    let Metrics { fid, kid, mmd, inception, prdc, memorization, by_class } = options.metrics;
    if fid {
        put("fid", scores.fid.as_ref().map(|f| f.value));
        if options.bootstrap > 0 {
            put("fid_low", scores.interval.as_ref().map(|i| i.low));
            put("fid_high", scores.interval.as_ref().map(|i| i.high));
        }
        if options.infinity {
            put("fid_infinity", scores.infinity.as_ref().map(|i| i.value));
        }
        if let Some(sfid) = &scores.sfid {
            put("sfid", Some(sfid.value));
        }
    }
    if kid {
        put("kid_mean", scores.kid.map(|k| k.mean));
        put("kid_std", scores.kid.and_then(|k| k.spread()));
    }
    if mmd {
        put("mmd", scores.mmd);
    }
    if inception {
        put("is_mean", scores.inception.map(|i| i.mean));
        put("is_std", scores.inception.and_then(|i| i.spread()));
        put("ln_is", scores.inception.map(|i| i.mutual_information));
        put("mode_score", scores.mode_score);
    }
    if prdc {
        put("precision", scores.prdc.map(|p| p.precision));
        put("recall", scores.prdc.map(|p| p.recall));
        put("density", scores.prdc.map(|p| p.density));
        put("coverage", scores.prdc.map(|p| p.coverage));
    }
    if memorization {
        put("memorization", scores.memorization.as_ref().map(|m| m.share));
        put("authenticity", scores.memorization.as_ref().map(|m| m.authenticity));
    }
    if by_class {
        let class = |c: &crate::ClassFid| json!({ "class": c.class, "n_a": c.n[0], "n_b": c.n[1], "fid": number(c.fid.as_ref().map(|f| f.value)) });
        map.insert("classes".to_owned(), scores.classes.iter().map(class).collect());
    }
    if inception {
        let splits = scores.inception.map(|i| i.splits);
        map.insert("is_splits".to_owned(), splits.map_or(Value::Null, Value::from));
    }
    map.insert("n_a".to_owned(), count(a));
    map.insert("n_b".to_owned(), b.map_or(Value::Null, count));
    if !scores.notes.is_empty() {
        map.insert("notes".to_owned(), json!(scores.notes));
    }
    if !scores.reduced.is_empty() {
        map.insert("reduced".to_owned(), json!(scores.reduced));
    }
    map.insert("receipt".to_owned(), receipt(scores, options, a, b));
    map.into()
}

/// How many images, or nothing where a statistics file does not say.
fn count(set: &ScoredSet) -> Value {
    if set.receipt.n == 0 { Value::Null } else { set.receipt.n.into() }
}

/// A number that JSON can hold.
fn number(value: Option<f64>) -> Value {
    value.filter(|v| v.is_finite()).map_or(Value::Null, Value::from)
}

/// Everything that the numbers depend on.
fn receipt(scores: &Scores, options: &ScoreOptions, a: &ScoredSet, b: Option<&ScoredSet>) -> Value {
    let mut map = Map::new();
    map.insert("program".into(), PROGRAM.into());
    let origin = a.receipt.origin.as_ref().or(b.and_then(|b| b.receipt.origin.as_ref()));
    match origin.map(|origin| origin.to_json()) {
        Some(Value::Object(origin)) => map.extend(origin),
        _ => {
            map.insert("protocol".into(), options.protocol.name().into());
        }
    }
    map.insert("seed".into(), options.kid.seed.into());
    if let Some(fid) = &scores.fid {
        map.insert("fid".into(), fid_receipt(fid));
    }
    if let Some(interval) = &scores.interval {
        map.insert(
            "bootstrap".into(),
            json!({ "replicates": interval.replicates.len(), "level": 0.95 }),
        );
    }
    if let Some(kid) = &scores.kid {
        map.insert("kid".into(), json!({ "subsets": kid.subsets, "subset_size": kid.subset_size }));
    }
    if let Some(inception) = &scores.inception {
        map.insert("splits".into(), inception.splits.into());
    }
    if let Some(prdc) = &scores.prdc {
        let (k, closed) = (options.prdc.k, options.prdc.closed);
        let inside = if closed { "<=" } else { "<" };
        let (sides, n_a, n_b) = (options.prdc_sides.name(), prdc.samples, prdc.real);
        map.insert(
            "prdc".into(),
            json!({ "k": k, "inside": inside, "sides": sides, "n_a": n_a, "n_b": n_b }),
        );
    }
    map.insert("forced".into(), options.force.into());
    map.insert("a".into(), a.receipt.to_json());
    map.insert("b".into(), b.map_or(Value::Null, |b| b.receipt.to_json()));
    map.into()
}

fn fid_receipt(fid: &Fid) -> Value {
    json!({
        "square_root": fid.form,
        "rounding": fid.rounding,
        "imaginary": fid.imaginary,
        "mean": if fid.single_mean { "f32" } else { "f64" },
        "ddof": 1,
    })
}
