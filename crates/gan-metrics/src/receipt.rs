//! What numbers were computed from, so that only like is compared with like.

use crate::{Error, Extractor, Protocol, Result};
use serde_json::{Map, Value, json};

/// This program's name and version, as receipts have it; and its JPEG decoder where that is not
/// the usual one, because pixels follow from it.
pub const PROGRAM: &str = if cfg!(feature = "libjpeg-turbo") {
    concat!("gan-metrics ", env!("CARGO_PKG_VERSION"), " with libjpeg-turbo")
} else {
    concat!("gan-metrics ", env!("CARGO_PKG_VERSION"))
};

/// How features were made. Two sets of them may be compared only if all of it is equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// How images were resized, scaled and averaged.
    pub protocol: Protocol,
    /// The network's architecture, such as `fid-inception`.
    pub layout: String,
    /// SHA-256 of its weights.
    pub hash: String,
    /// The width of the features.
    pub tap: usize,
}

impl Origin {
    /// Features of width `tap` from a network.
    pub fn new(protocol: Protocol, extractor: &dyn Extractor, tap: usize) -> Self {
        let (layout, hash) = (extractor.layout().to_owned(), extractor.hash().to_owned());
        Self { protocol, layout, hash, tap }
    }

    /// As a JSON object: protocol, resizer, extractor and tap.
    pub fn to_json(&self) -> Value {
        json!({
            "protocol": self.protocol.name(),
            "resizer": self.protocol.resizer().name(),
            "extractor": { "layout": self.layout, "sha256": self.hash },
            "tap": self.tap,
        })
    }

    fn from_json(value: &Value) -> Result<Self> {
        let text = |value: &Value, key: &str| {
            value[key].as_str().map(str::to_owned).ok_or_else(|| {
                Error::argument(format!(
                    "a receipt without {key:?}: it is damaged or of another program"
                ))
            })
        };
        let tap = value["tap"].as_u64().and_then(|tap| usize::try_from(tap).ok());
        Ok(Self {
            protocol: text(value, "protocol")?.parse()?,
            layout: text(&value["extractor"], "layout")?,
            hash: text(&value["extractor"], "sha256")?,
            tap: tap.ok_or_else(|| Error::argument("a receipt without \"tap\""))?,
        })
    }
}

/// What one set of features or statistics came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// How many images went in.
    pub n: u64,
    /// How many could not be read and were left out.
    pub skipped: u64,
    /// Where the images were, as it was written.
    pub source: String,
    /// Part i of k, counted from 1, where this is not the whole.
    pub shard: Option<[u64; 2]>,
    /// How features were made; nothing where they came in a file that does not say.
    pub origin: Option<Origin>,
    /// The program that made it.
    pub program: String,
}

impl Receipt {
    /// A receipt of this program for a whole set.
    pub fn new(n: u64, source: impl Into<String>, origin: Option<Origin>) -> Self {
        let (source, program) = (source.into(), PROGRAM.to_owned());
        Self { n, skipped: 0, source, shard: None, origin, program }
    }

    /// As a JSON object.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("program".into(), self.program.clone().into());
        map.insert("n".into(), self.n.into());
        map.insert("skipped".into(), self.skipped.into());
        map.insert("source".into(), self.source.clone().into());
        map.insert("shard".into(), self.shard.map(|[i, k]| format!("{i}/{k}")).into());
        if let Some(Value::Object(origin)) = self.origin.as_ref().map(Origin::to_json) {
            map.extend(origin);
        }
        map.into()
    }

    /// Reads what [`Receipt::to_json`] made.
    ///
    /// # Errors
    /// Keys that are missing or of another kind.
    pub fn from_json(value: &Value) -> Result<Self> {
        let number = |key: &str| {
            value[key].as_u64().ok_or_else(|| {
                Error::argument(format!(
                    "a receipt without {key:?}: it is damaged or of another program"
                ))
            })
        };
        let shard = match value["shard"].as_str() {
            Some(text) => Some(parse_shard(text)?),
            None => None,
        };
        let origin = match value.get("protocol") {
            Some(_) => Some(Origin::from_json(value)?),
            None => None,
        };
        Ok(Self {
            n: number("n")?,
            skipped: number("skipped")?,
            source: value["source"].as_str().unwrap_or_default().to_owned(),
            shard,
            origin,
            program: value["program"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

/// Reads `3/8`: part 3 of 8, counted from 1.
///
/// # Errors
/// Anything else, and parts beyond the last.
pub fn parse_shard(text: &str) -> Result<[u64; 2]> {
    let parts = text.split_once('/').and_then(|(i, k)| Some([i.parse().ok()?, k.parse().ok()?]));
    match parts {
        Some([i, k]) if (1..=k).contains(&i) => Ok([i, k]),
        _ => Err(Error::argument(format!(
            "shard {text:?} (expected such as 3/8: part 3 of 8, counted from 1)"
        ))),
    }
}

/// Where two origins differ, a phrase each; empty where they may be compared.
pub fn differences(a: &Origin, b: &Origin) -> Vec<String> {
    let mut all = Vec::new();
    let mut compare = |what: &str, a: &str, b: &str| {
        if a != b {
            all.push(format!("{what} {a} against {b}"));
        }
    };
    compare("protocol", a.protocol.name(), b.protocol.name());
    compare("extractor", &a.layout, &b.layout);
    compare("weights", short(&a.hash), short(&b.hash));
    compare("tap", &a.tap.to_string(), &b.tap.to_string());
    all
}

/// Refuses to compare what is unlike. Unknown origins pass: nobody can say that they differ.
///
/// # Errors
/// Where the two are known to differ, unless `force`; the message says in what.
pub fn check_alike(a: &Receipt, b: &Receipt, force: bool) -> Result<()> {
    let (Some(first), Some(second)) = (&a.origin, &b.origin) else { return Ok(()) };
    let unlike = differences(first, second);
    if unlike.is_empty() || force {
        return Ok(());
    }
    Err(Error::argument(format!(
        "{} with {}: they are unlike ({}), so that their distance would mean nothing; make both in \
         the same way, or compare them with --force",
        a.source,
        b.source,
        unlike.join(", ")
    )))
}

/// The first digits of a hash, for reading.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        let (layout, hash) = ("fid-inception".to_owned(), "ab".repeat(32));
        Origin { protocol: Protocol::CleanFid, layout, hash, tap: 2048 }
    }

    #[test]
    fn receipts_survive_json() {
        let mut receipt = Receipt::new(500, "photos/", Some(origin()));
        receipt.shard = Some([3, 8]);
        receipt.skipped = 2;
        assert_eq!(Receipt::from_json(&receipt.to_json()).unwrap(), receipt);
        assert_eq!(receipt.to_json()["resizer"], "pillow-bicubic");
        let plain = Receipt::new(1, "F.npy", None);
        assert_eq!(Receipt::from_json(&plain.to_json()).unwrap(), plain);
        for bad in [json!({}), json!({"n": -1, "skipped": 0}), json!([1]), json!(null)] {
            assert!(Receipt::from_json(&bad).is_err(), "{bad}");
        }
        let mut bad = receipt.to_json();
        bad["extractor"] = json!("x");
        assert!(Receipt::from_json(&bad).is_err());
    }

    #[test]
    fn unlike_ones_are_told_apart() {
        let a = Receipt::new(1, "a", Some(origin()));
        let other = Origin { protocol: Protocol::PytorchFid, tap: 768, ..origin() };
        let b = Receipt::new(1, "b", Some(other));
        let text = check_alike(&a, &b, false).unwrap_err().to_string();
        assert!(
            text.contains("protocol clean-fid against pytorch-fid, tap 2048 against 768"),
            "{text}"
        );
        assert!(check_alike(&a, &b, true).is_ok());
        assert!(check_alike(&a, &a, false).is_ok());
        assert!(check_alike(&a, &Receipt::new(1, "c", None), false).is_ok());
    }

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!(parse_shard("3/8").unwrap(), [3, 8]);
        for bad in ["0/8", "9/8", "3", "a/b", "3/0", "-1/2", ""] {
            assert!(parse_shard(bad).is_err(), "{bad}");
        }
    }
}
