//! Features that were made before, found again by what they were made of: contents, network, way.
//!
//! The key is a hash of the images' contents in their order, the network's weights, the protocol
//! and this program's version; names, dates and folders do not count. A file is written whole or
//! not at all, and one that is damaged is made again. Whoever needs the space may delete them all.

use crate::collector::Extracted;
use crate::collector::{Collected, Keep};
use crate::extract::ExtractOptions;
use crate::feature_file::FeatureFile;
use crate::receipt::{Origin, PROGRAM, Receipt};
use crate::statistics::Statistics;
use crate::weights::{cache_folder, hexadecimal};
use crate::{Error, Result};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Where features are kept, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureCache {
    folder: Option<PathBuf>,
}

/// What a cached pass was made of.
#[derive(Debug, Clone)]
pub struct CacheKey {
    hash: String,
    origin: Origin,
    n: u64,
}

impl CacheKey {
    /// The key of a pass over `n` images with these contents ([`Look::content`](crate::Look)).
    pub fn new(content: &str, n: u64, origin: &Origin, options: &ExtractOptions) -> Self {
        let wanted = &options.wanted;
        let of = json!({
            "program": PROGRAM,
            "content": content,
            "origin": origin.to_json(),
            "keep": if options.keep == Keep::Features { "features" } else { "moments" },
            "logits": wanted.logits,
            "spatial": wanted.spatial,
        });
        let hash = hexadecimal(&Sha256::digest(of.to_string()));
        Self { hash, origin: origin.clone(), n }
    }
}

impl FeatureCache {
    /// The `features` folder in the user's cache: `$GAN_CACHE`, or the system's place. Nothing is
    /// kept where there is no such place.
    pub fn user() -> Self {
        Self { folder: cache_folder().map(|folder| folder.join("features")) }
    }

    /// A cache in this folder.
    pub fn at(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()) }
    }

    /// No cache.
    pub fn off() -> Self {
        Self { folder: None }
    }

    fn path(&self, key: &CacheKey, part: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}.{part}.npz", key.hash)))
    }

    /// What was kept under this key; nothing where there is nothing, or it is damaged.
    pub fn load(&self, key: &CacheKey, options: &ExtractOptions) -> Option<Extracted> {
        let good = |receipt: &Option<Receipt>| {
            receipt.as_ref().is_some_and(|r| r.origin.as_ref() == Some(&key.origin) && r.n == key.n)
        };
        let features = |part: &str| {
            let file = FeatureFile::read(&self.path(key, part)?).ok()?;
            (good(&file.receipt) && file.features.rows() as u64 == key.n).then_some(file)
        };
        let statistics = |part: &str| {
            let file = Statistics::read(&self.path(key, part)?).ok()?;
            good(&file.receipt).then_some(Statistics { receipt: None, ..file })
        };
        let collected = |features: Option<FeatureFile>, statistics: Option<Statistics>| {
            let features = features.map(|file| file.features);
            (features.is_some() || statistics.is_some())
                .then_some(Collected { features, statistics })
        };
        let (pool, moments) = (features("pool"), statistics("moments"));
        let logits = features("logits").map(|file| file.features);
        let spatial = collected(features("spatial"), statistics("spatial-moments"));
        let whole = match options.keep {
            Keep::Features => pool.is_some(),
            Keep::Moments => moments.is_some(),
        };
        if !whole
            || (options.wanted.logits && logits.is_none())
            || (options.wanted.spatial && spatial.is_none())
        {
            return None;
        }
        Some(Extracted {
            protocol: key.origin.protocol,
            n: key.n,
            skipped: Vec::new(),
            pool: collected(pool, moments)?,
            logits,
            spatial,
            labels: None,
        })
    }

    /// Keeps what was extracted. What left images out is not kept, nor is anything where there is
    /// no cache.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn store(&self, key: &CacheKey, found: &Extracted) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        if !found.skipped.is_empty() || found.n != key.n {
            return Ok(());
        }
        fs::create_dir_all(folder).map_err(Error::io(folder, "create"))?;
        let receipt = Some(Receipt::new(key.n, "cache", Some(key.origin.clone())));
        let file = |part: &str, features: &crate::FeatureMatrix| {
            let Some(path) = self.path(key, part) else { return Ok(()) };
            let (features, receipt) = (features.clone(), receipt.clone());
            FeatureFile { features, logits: None, receipt }.write(&path)
        };
        let moments = |part: &str, statistics: &Statistics| {
            let Some(path) = self.path(key, part) else { return Ok(()) };
            Statistics { receipt: receipt.clone(), ..statistics.clone() }.write(&path)
        };
        if let Some(logits) = &found.logits {
            file("logits", logits)?;
        }
        let parts = [
            Some(("pool", "moments", &found.pool)),
            found.spatial.as_ref().map(|s| ("spatial", "spatial-moments", s)),
        ];
        // The pool comes last: what is cut short is not found.
        for (rows, sums, collected) in parts.into_iter().flatten().rev() {
            if let Some(features) = &collected.features {
                file(rows, features)?;
            }
            if let Some(statistics) = &collected.statistics {
                moments(sums, statistics)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FeatureMatrix, Protocol, Wanted};

    fn options(keep: Keep) -> ExtractOptions {
        let wanted = Wanted { tap: 2, logits: true, spatial: false };
        let protocols = vec![Protocol::PytorchFid];
        ExtractOptions { protocols, wanted, keep, batch: 4, skip_bad: false }
    }

    fn origin(protocol: Protocol) -> Origin {
        Origin { protocol, layout: "test".to_owned(), hash: "00".to_owned(), tap: 2 }
    }

    fn extracted(keep: Keep) -> Extracted {
        let features = FeatureMatrix::from_f32(2, vec![1.0, 2.0, 3.0, 5.0, 4.0, 4.0]).unwrap();
        let statistics = match keep {
            Keep::Features => None,
            Keep::Moments => Some(Statistics::of_features(&features).unwrap()),
        };
        let logits = Some(features.clone());
        let features = (keep == Keep::Features).then_some(features);
        let pool = Collected { features, statistics };
        let protocol = Protocol::PytorchFid;
        Extracted { protocol, n: 3, skipped: vec![], pool, logits, spatial: None, labels: None }
    }

    #[test]
    fn what_was_kept_is_found_under_the_same_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FeatureCache::at(&folder.path().join("new"));
        for keep in [Keep::Features, Keep::Moments] {
            let key = |content: &str, protocol| {
                CacheKey::new(content, 3, &origin(protocol), &options(keep))
            };
            let own = key("abc", Protocol::PytorchFid);
            assert_eq!(cache.load(&own, &options(keep)), None);
            cache.store(&own, &extracted(keep)).unwrap();
            assert_eq!(cache.load(&own, &options(keep)), Some(extracted(keep)));
            assert_eq!(cache.load(&key("abd", Protocol::PytorchFid), &options(keep)), None);
            assert_eq!(cache.load(&key("abc", Protocol::CleanFid), &options(keep)), None);
            assert_eq!(FeatureCache::off().load(&own, &options(keep)), None);
        }
    }

    #[test]
    fn damaged_files_are_made_again_and_incomplete_passes_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FeatureCache::at(folder.path());
        let key = CacheKey::new("abc", 3, &origin(Protocol::PytorchFid), &options(Keep::Features));
        let mut partial = extracted(Keep::Features);
        partial.skipped.push("a.png: bad".to_owned());
        cache.store(&key, &partial).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        cache.store(&key, &extracted(Keep::Features)).unwrap();
        let pool = cache.path(&key, "pool").unwrap();
        let bytes = fs::read(&pool).unwrap();
        fs::write(&pool, &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(cache.load(&key, &options(Keep::Features)), None);
    }
}
