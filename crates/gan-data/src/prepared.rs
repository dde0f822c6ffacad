//! Pictures that are decoded and resized once: kept in memory, or in a file where they do not fit.

use std::path::Path;
use std::sync::OnceLock;

use crate::cache_file::{CacheFile, Hash};

/// Most bytes of pictures of one data set that are kept in memory, where the machine has four times
/// as many; more are kept in a file.
const MEMORY: u64 = 1 << 30;

/// Pictures of one size by their place; each is decoded once, whoever asks first.
///
/// What is kept are the bytes that decoding and resizing gave, so that nobody can tell whether a
/// picture was decoded or kept.
pub(crate) enum Prepared {
    /// Every picture is decoded each time; why, where that was not asked for.
    Nothing(Option<String>),
    /// One a place.
    Memory(Vec<OnceLock<Box<[u8]>>>),
    /// In a file that outlives the program, with the hash of each source once it is known.
    File(CacheFile, Vec<OnceLock<Hash>>),
}

impl Prepared {
    /// Room for `count` pictures of `size` bytes: in memory where they come to no more than
    /// `memory` bytes, else in a file under `key` in `folder`.
    pub(crate) fn new(
        (count, size): (usize, usize),
        memory: u64,
        folder: Option<&Path>,
        key: impl FnOnce() -> Hash,
    ) -> Self {
        if (count as u64).saturating_mul(size as u64) <= memory {
            return Self::Memory((0..count).map(|_| OnceLock::new()).collect());
        }
        let Some(folder) = folder else {
            return Self::Nothing(Some("the system names no cache folder".to_owned()));
        };
        match CacheFile::open(folder, key(), count, size) {
            Ok(file) => Self::File(file, (0..count).map(|_| OnceLock::new()).collect()),
            Err(error) => Self::Nothing(Some(format!("{}: {error}", folder.display()))),
        }
    }

    /// The bytes of picture `index`, where they are kept. `source` hashes the file that it is decoded
    /// from, and is asked once, and only where they are kept in a file.
    pub(crate) fn get<E>(
        &self,
        index: usize,
        source: impl FnOnce() -> Result<Hash, E>,
    ) -> Result<Option<Vec<u8>>, E> {
        Ok(match self {
            Self::Nothing(_) => None,
            Self::Memory(all) => all.get(index).and_then(OnceLock::get).map(|bytes| bytes.to_vec()),
            Self::File(file, sources) => {
                let Some(place) = sources.get(index) else { return Ok(None) };
                let hash = match place.get() {
                    Some(hash) => *hash,
                    None => source()?,
                };
                file.get(index, place.get_or_init(|| hash))
            }
        })
    }

    /// Keeps the bytes of picture `index`, for which [`Prepared::get`] was asked before.
    pub(crate) fn put(&self, index: usize, bytes: &[u8]) {
        match self {
            Self::Nothing(_) => {}
            Self::Memory(all) => {
                if let Some(place) = all.get(index) {
                    // Another thread may have been faster, with the same bytes.
                    let _ = place.set(bytes.into());
                }
            }
            Self::File(file, sources) => {
                if let Some(source) = sources.get(index).and_then(OnceLock::get) {
                    file.put(index, source, bytes);
                }
            }
        }
    }

    /// What somebody should be told before any picture is read.
    pub(crate) fn note(&self) -> Option<String> {
        match self {
            Self::Nothing(why) => why.as_ref().map(|why| {
                format!("image files are decoded in every epoch: no file can be kept ({why})")
            }),
            Self::Memory(_) => None,
            Self::File(file, _) => Some(format!(
                "decoded pictures are kept in {}, {:.1} GB when full; --no-cache keeps none",
                file.path().display(),
                file.len() as f64 / 1e9
            )),
        }
    }

    /// What somebody should be told afterwards.
    pub(crate) fn later_note(&self) -> Option<String> {
        let Self::File(file, _) = self else { return None };
        let why = file.failed()?;
        Some(format!(
            "{}: cannot be written ({why}): pictures that are not in it are decoded in every epoch; \
             make room, or name another folder by GAN_CACHE",
            file.path().display()
        ))
    }
}

/// Most bytes of pictures that are kept in memory: 1 GiB, or a quarter of what the machine has where
/// the system tells and that is less.
pub(crate) fn memory() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kilobytes = total.and_then(|total| total.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.map_or(MEMORY, |kilobytes| MEMORY.min(kilobytes.saturating_mul(1024) / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_memory_is_found_in_the_file_by_the_source_alone() {
        let folder = tempfile::tempdir().unwrap();
        let open = |memory| Prepared::new((4, 3), memory, Some(folder.path()), || [1; 32]);
        assert!(matches!(open(12), Prepared::Memory(_)));
        let get = |kept: &Prepared, source: Hash| kept.get(2, || Ok::<_, ()>(source)).unwrap();
        let first = open(11);
        assert_eq!(get(&first, [5; 32]), None);
        first.put(2, b"abc");
        assert!(first.note().unwrap().contains("0.0 GB when full"));
        assert_eq!(
            (get(&open(11), [5; 32]), get(&open(11), [6; 32])),
            (Some(b"abc".to_vec()), None)
        );
        // Known by now: the file that it came from is not read again.
        assert_eq!(first.get(2, || Err("gone")), Ok(Some(b"abc".to_vec())));
        assert_eq!(open(11).get(2, || Err("gone")), Err("gone"));
        let nowhere = Prepared::new((4, 3), 0, Some(&folder.path().join("a\0b")), || [1; 32]);
        assert!(nowhere.note().unwrap().contains("decoded in every epoch"));
    }
}
