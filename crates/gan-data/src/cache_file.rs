//! A file of pictures of one size, each with a checksum, that any number of programs may fill.
//!
//! A picture's place follows from its number, and its bytes from the key, so that two programs that
//! write one place write the same. What is cut, foreign or damaged has a wrong checksum and is made
//! again. Places are read and written where they are and not mapped: mapping needs unsafe code, and a
//! file that another program shortens would end this one.

use std::fs::{File, OpenOptions, create_dir_all};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

/// Bytes of a checksum before each picture.
const SUM: usize = 8;

/// See the module.
pub(crate) struct CacheFile {
    path: PathBuf,
    file: File,
    key: [u8; 32],
    count: usize,
    size: usize,
    /// Set by the first write that fails, as on a full disk; nothing is written after it.
    full: AtomicBool,
}

impl CacheFile {
    /// The file of `count` pictures of `size` bytes under `key` in the user's cache folder; nothing
    /// where there is no such folder or the file cannot be made.
    pub(crate) fn open(key: [u8; 32], count: usize, size: usize) -> Option<Self> {
        Self::open_in(&gan_images::cache_folder()?.join("pictures"), key, count, size)
    }

    fn open_in(folder: &Path, key: [u8; 32], count: usize, size: usize) -> Option<Self> {
        create_dir_all(folder).ok()?;
        let name: String = key[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(name);
        let mut how = OpenOptions::new();
        let file = how.read(true).write(true).create(true).truncate(false).open(&path).ok()?;
        Some(Self { path, file, key, count, size, full: AtomicBool::new(false) })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of it when all pictures are there.
    pub(crate) fn len(&self) -> u64 {
        self.offset(self.count)
    }

    /// The bytes of picture `index`, where they are there and whole.
    pub(crate) fn get(&self, index: usize) -> Option<Vec<u8>> {
        let mut place = vec![0; SUM + self.size];
        read_at(&self.file, &mut place, self.offset(index)).ok()?;
        let bytes = place.split_off(SUM);
        (place == self.sum(index, &bytes)).then_some(bytes)
    }

    /// Writes the bytes of picture `index`.
    pub(crate) fn put(&self, index: usize, bytes: &[u8]) {
        if bytes.len() != self.size || self.full.load(Ordering::Relaxed) {
            return;
        }
        let place = [&self.sum(index, bytes), bytes].concat();
        if write_at(&self.file, &place, self.offset(index)).is_err() {
            // Training goes on without it.
            self.full.store(true, Ordering::Relaxed);
        }
    }

    fn offset(&self, index: usize) -> u64 {
        index as u64 * (SUM + self.size) as u64
    }

    /// Of the key and the place too, so that a file under another key has none that is right.
    fn sum(&self, index: usize, bytes: &[u8]) -> [u8; SUM] {
        let hash = Sha256::new().chain_update(self.key).chain_update((index as u64).to_le_bytes());
        let hash = hash.chain_update(bytes).finalize();
        std::array::from_fn(|i| hash[i])
    }
}

#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Elsewhere nothing is kept in files.
#[cfg(not(unix))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn write_at(_: &File, _: &[u8], _: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn pictures_survive_and_what_is_cut_foreign_or_damaged_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let open = |key| CacheFile::open_in(folder.path(), [key; 32], 5, 6).unwrap();
        let file = open(1);
        assert_eq!(file.get(0), None);
        file.put(3, b"abcdef");
        file.put(1, b"ghijkl");
        file.put(2, b"too long");
        assert_eq!(open(1).get(3).unwrap(), b"abcdef");
        assert_eq!(open(1).get(1).unwrap(), b"ghijkl");
        assert_eq!((open(1).get(2), open(1).get(4)), (None, None));
        assert_eq!(file.len(), 5 * 14);

        // Another key's file under this name.
        std::fs::copy(file.path(), open(2).path()).unwrap();
        assert_eq!(open(2).get(3), None);
        let mut bytes = std::fs::read(file.path()).unwrap();
        bytes[3 * 14 + 9] ^= 1;
        std::fs::write(file.path(), &bytes).unwrap();
        assert_eq!((open(1).get(3), open(1).get(1).unwrap()), (None, b"ghijkl".to_vec()));
        std::fs::write(file.path(), &bytes[..20]).unwrap();
        assert_eq!(open(1).get(1), None);
    }
}
