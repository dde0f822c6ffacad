//! Pictures that are decoded and resized once: kept in memory, or in a file where they do not fit.

use std::sync::OnceLock;

use crate::cache_file::CacheFile;

/// Bytes of pictures that are kept in memory; more are kept in a file.
pub(crate) const MEMORY: u64 = 1 << 30;

/// Pictures of one size by their place; each is decoded once, whoever asks first.
///
/// What is kept are the bytes that decoding and resizing gave, so that nobody can tell whether a
/// picture was decoded or kept.
pub(crate) enum Prepared {
    /// Every picture is decoded each time.
    Nothing,
    /// One a place.
    Memory(Vec<OnceLock<Box<[u8]>>>),
    /// In a file that outlives the program.
    File(CacheFile),
}

impl Prepared {
    /// Room for `count` pictures of `size` bytes: in memory where they come to no more than
    /// `memory` bytes, else in a file under `key`, where one can be made.
    pub(crate) fn new(
        count: usize,
        size: usize,
        memory: u64,
        key: impl FnOnce() -> [u8; 32],
    ) -> Self {
        if (count as u64).saturating_mul(size as u64) <= memory {
            return Self::Memory((0..count).map(|_| OnceLock::new()).collect());
        }
        CacheFile::open(key(), count, size).map_or(Self::Nothing, Self::File)
    }

    /// The bytes of picture `index`, where they are kept.
    pub(crate) fn get(&self, index: usize) -> Option<Vec<u8>> {
        match self {
            Self::Nothing => None,
            Self::Memory(all) => Some(all.get(index)?.get()?.to_vec()),
            Self::File(file) => file.get(index),
        }
    }

    /// Keeps the bytes of picture `index`.
    pub(crate) fn put(&self, index: usize, bytes: &[u8]) {
        match self {
            Self::Nothing => {}
            Self::Memory(all) => {
                if let Some(place) = all.get(index) {
                    // Another thread may have been faster, with the same bytes.
                    let _ = place.set(bytes.into());
                }
            }
            Self::File(file) => file.put(index, bytes),
        }
    }

    /// What somebody should be told.
    pub(crate) fn note(&self) -> Option<String> {
        let Self::File(file) = self else { return None };
        Some(format!(
            "decoded pictures are kept in {}, {:.1} GB when full; --no-cache keeps none",
            file.path().display(),
            file.len() as f64 / 1e9
        ))
    }
}
