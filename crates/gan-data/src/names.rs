//! The names of data sets, and what to say about a name that is none.

use std::path::Path;

use crate::Error;

/// The names after `toy:`.
pub(crate) const TOYS: [&str; 5] = ["gaussian", "mixture", "ring", "grid", "swiss-roll"];
/// The name of the texture that is made here.
pub(crate) const HONEYCOMB: &str = "honeycomb";

/// All names that a spec may have besides paths.
pub(crate) fn known() -> Vec<String> {
    let toys = TOYS.iter().map(|toy| format!("toy:{toy}"));
    let texture = [format!("texture:{HONEYCOMB}")];
    let names = ["mnist", "stacked-mnist", "fashion-mnist"].map(str::to_owned);
    names.into_iter().chain(toys).chain(texture).collect()
}

/// The error for a spec that is neither a name nor an existing path, with the nearest name.
pub(crate) fn unknown(spec: &str) -> Error {
    let known = known();
    let name = spec.split('?').next().unwrap_or(spec);
    let looks_like_path = Path::new(spec).components().count() > 1 && !spec.starts_with("toy:");
    let nearest = known
        .iter()
        .map(|candidate| (nearness(name, candidate), candidate))
        .filter(|(nearness, _)| *nearness >= 0.7 && !looks_like_path)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = nearest.map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"));
    Error::UnknownSpec { spec: spec.to_owned(), hint, known: known.join(", ") }
}

/// Similarity in [0, 1], also to the part after `toy:`, so that `ring` finds `toy:ring`.
fn nearness(name: &str, candidate: &str) -> f64 {
    let short = candidate.strip_prefix("toy:").unwrap_or(candidate);
    let compare = |other| strsim::jaro_winkler(&name.to_lowercase(), other);
    compare(candidate).max(compare(short))
}
