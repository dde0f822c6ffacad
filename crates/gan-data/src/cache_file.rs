//! A file of pictures of one size, each with a checksum, that any number of programs may fill.
//!
//! A picture's place follows from its number, and its bytes from the key and from the bytes of the
//! file that it was decoded from, so that two programs that write one place write the same. What is
//! cut, foreign, damaged or of a file that has changed has a wrong checksum and is made again. Places
//! are read and written where they are and not mapped: mapping needs unsafe code, and a file that
//! another program shortens would end this one.

use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use sha2::{Digest, Sha256};

/// Bytes of a checksum before each picture.
const SUM: usize = 8;

/// A hash of 256 bits.
pub(crate) type Hash = [u8; 32];

/// See the module.
pub(crate) struct CacheFile {
    path: PathBuf,
    file: Mutex<File>,
    key: Hash,
    count: usize,
    size: usize,
    /// Why the first write failed that did, as on a full disk; nothing is written after it.
    failed: OnceLock<String>,
}

impl CacheFile {
    /// The file of `count` pictures of `size` bytes under `key` in `folder`, which need not exist.
    pub(crate) fn open(folder: &Path, key: Hash, count: usize, size: usize) -> io::Result<Self> {
        create_dir_all(folder)?;
        let name: String = key[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(name);
        let mut how = OpenOptions::new();
        let file = how.read(true).write(true).create(true).truncate(false).open(&path)?;
        Ok(Self { path, file: Mutex::new(file), key, count, size, failed: OnceLock::new() })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of it when all pictures are there.
    pub(crate) fn len(&self) -> u64 {
        self.offset(self.count)
    }

    /// Why nothing is written any more, where that is so.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.get().map(String::as_str)
    }

    /// The bytes of picture `index`, decoded from a file of this hash, where they are there and whole.
    pub(crate) fn get(&self, index: usize, source: &Hash) -> Option<Vec<u8>> {
        let mut place = vec![0; SUM + self.size];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.offset(index))).ok()?;
            file.read_exact(&mut place).ok()?;
        }
        let bytes = place.split_off(SUM);
        (place == self.sum(source, &bytes)).then_some(bytes)
    }

    /// Writes the bytes of picture `index`, decoded from a file of this hash.
    pub(crate) fn put(&self, index: usize, source: &Hash, bytes: &[u8]) {
        if bytes.len() != self.size || self.failed.get().is_some() {
            return;
        }
        let place = [&self.sum(source, bytes), bytes].concat();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let start = file.seek(SeekFrom::Start(self.offset(index)));
        if let Err(error) = start.and_then(|_| file.write_all(&place)) {
            // Another thread's reason is as good.
            let _ = self.failed.set(error.to_string());
        }
    }

    fn offset(&self, index: usize) -> u64 {
        index as u64 * (SUM + self.size) as u64
    }

    fn sum(&self, source: &Hash, bytes: &[u8]) -> [u8; SUM] {
        let hash = Sha256::new().chain_update(self.key).chain_update(source).chain_update(bytes);
        let hash = hash.finalize();
        std::array::from_fn(|i| hash[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Hash = [7; 32];

    #[test]
    fn pictures_survive_and_what_is_cut_foreign_damaged_or_changed_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let open = |key| CacheFile::open(&folder.path().join("new"), [key; 32], 5, 6).unwrap();
        let file = open(1);
        assert_eq!(file.get(0, &SOURCE), None);
        file.put(3, &SOURCE, b"abcdef");
        file.put(1, &SOURCE, b"ghijkl");
        file.put(2, &SOURCE, b"too long");
        assert_eq!(open(1).get(3, &SOURCE).unwrap(), b"abcdef");
        assert_eq!(open(1).get(1, &SOURCE).unwrap(), b"ghijkl");
        assert_eq!((open(1).get(2, &SOURCE), open(1).get(4, &SOURCE)), (None, None));
        assert_eq!(open(1).get(3, &[8; 32]), None);
        assert_eq!((file.len(), file.failed()), (5 * 14, None));

        // Another key's file under this name.
        std::fs::copy(file.path(), open(2).path()).unwrap();
        assert_eq!(open(2).get(3, &SOURCE), None);
        let mut bytes = std::fs::read(file.path()).unwrap();
        bytes[3 * 14 + 9] ^= 1;
        std::fs::write(file.path(), &bytes).unwrap();
        assert_eq!(open(1).get(3, &SOURCE), None);
        assert_eq!(open(1).get(1, &SOURCE).unwrap(), b"ghijkl");
        std::fs::write(file.path(), &bytes[..20]).unwrap();
        assert_eq!(open(1).get(1, &SOURCE), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_remembered_and_what_is_there_stays_readable() {
        let full = File::options().read(true).write(true).open("/dev/full").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let open = || CacheFile::open(folder.path(), [1; 32], 5, 6).unwrap();
        open().put(3, &SOURCE, b"abcdef");
        let file = CacheFile { file: Mutex::new(full), ..open() };
        file.put(1, &SOURCE, b"ghijkl");
        assert!(file.failed().unwrap().contains("space"), "{:?}", file.failed());
        assert_eq!(open().get(3, &SOURCE).unwrap(), b"abcdef");
    }
}
