//! Scores as a table for people, and those of several protocols as one object.

use crate::output::table;
use gan_metrics::{Protocol, ScoredSet, Scores};
use serde_json::{Map, Value};

/// One object: that of the first protocol, and where there are several, each by name.
pub fn joined(objects: Vec<(Protocol, &Value)>) -> Value {
    let Some((_, first)) = objects.first() else { return Value::Null };
    let mut object = (*first).clone();
    if objects.len() > 1
        && let Some(map) = object.as_object_mut()
    {
        let by_name: Map<String, Value> =
            objects.iter().map(|(p, o)| (p.name().to_owned(), (*o).clone())).collect();
        map.insert("protocols".to_owned(), by_name.into());
    }
    object
}

/// A table of the scores and what they were made of.
pub fn text(object: &Value, scores: &Scores, a: &ScoredSet, b: Option<&ScoredSet>) -> String {
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut row = |name: &str, value: String| rows.push([name.to_owned(), value]);
    if let Some(fid) = &scores.fid {
        let interval = scores.interval.as_ref();
        let interval = interval
            .map_or_else(String::new, |i| format!("  (95 %: {:.4} to {:.4})", i.low, i.high));
        row("FID", format!("{:.6}{interval}", fid.value));
    }
    if let Some(infinity) = &scores.infinity {
        row("FID of endless images", format!("{:.4}", infinity.value));
    }
    if let Some(sfid) = &scores.sfid {
        row("sFID", format!("{:.6}", sfid.value));
    }
    if let Some(kid) = &scores.kid {
        let spread = kid.spread().map_or_else(String::new, |std| format!(" ± {std:.7}"));
        let (subsets, size) = (kid.subsets, kid.subset_size);
        let subsets =
            if subsets == 1 { "1 subset".to_owned() } else { format!("{subsets} subsets") };
        row("KID", format!("{:.7}{spread}  ({subsets} of {size})", kid.mean));
    }
    if let Some(mmd) = scores.mmd {
        row("MMD²", format!("{mmd:.7}"));
    }
    if let Some(inception) = &scores.inception {
        let spread = inception.spread().map_or_else(String::new, |std| format!(" ± {std:.5}"));
        let splits = match inception.splits {
            1 => "1 split".to_owned(),
            splits => format!("{splits} splits"),
        };
        row("Inception score", format!("{:.5}{spread}  ({splits})", inception.mean));
        row("ln IS of all images", format!("{:.5} nats", inception.mutual_information));
    }
    if let Some(mode) = scores.mode_score {
        row("mode score", format!("{mode:.5}"));
    }
    if let Some(prdc) = &scores.prdc {
        row("precision", format!("{:.5}", prdc.precision));
        row("recall", format!("{:.5}", prdc.recall));
        row("density", format!("{:.5}", prdc.density));
        let of = [a.receipt.n, b.map_or(0, |b| b.receipt.n)];
        let taken = match of == [prdc.samples, prdc.real] {
            true => String::new(),
            false => format!("  ({} and {} of the images)", prdc.samples, prdc.real),
        };
        row("coverage", format!("{:.5}{taken}", prdc.coverage));
    }
    if let Some(memorization) = &scores.memorization {
        row("copies", format!("{:.2} %", 100.0 * memorization.share));
        row("authenticity", format!("{:.5}", memorization.authenticity));
    }
    for class in &scores.classes {
        let value =
            class.fid.as_ref().map_or("too few images".to_owned(), |f| format!("{:.4}", f.value));
        row(
            &format!("FID of {}", class.class),
            format!("{value}  ({} and {})", class.n[0], class.n[1]),
        );
    }
    let n = |set: &ScoredSet| match set.receipt.n {
        0 => "unknown".to_owned(),
        n => n.to_string(),
    };
    row(
        "images",
        match b {
            Some(b) => format!("{} against {}", n(a), n(b)),
            None => n(a),
        },
    );
    let made = &object["receipt"];
    let mut how = vec![made["protocol"].as_str().unwrap_or_default().to_owned()];
    if let Some(layout) = made["extractor"]["layout"].as_str() {
        let hash = made["extractor"]["sha256"].as_str().unwrap_or_default();
        how.push(format!("{layout} {}", hash.get(..12).unwrap_or(hash)));
        how.push(format!("tap {}", made["tap"]));
    }
    row("receipt", how.join(", "));
    table(&rows)
}
