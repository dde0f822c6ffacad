//! PyTorch's `.pth` files: the zip form since 1.6, and the stream of pickles before it.

use super::pickle::{self, Value};
use super::state::Array;
use super::torch_tensors::{ALLOWED, View, state_dict, storages};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use zip::{CompressionMethod, ZipArchive};

/// Bytes of a pickle that is read at all: Inception's has about 100 kB.
const LONGEST_PICKLE: u64 = 8 << 20;
/// The first value in a file of the old form.
const MAGIC: i128 = 0x1950_a86a_20f9_469c_fc6c;
const OLD_PROTOCOL: i128 = 1001;

/// An open file with its table of tensors; numbers are read one tensor at a time.
pub(super) struct Pth<R> {
    path: PathBuf,
    tensors: BTreeMap<String, View>,
    place: Place<R>,
}

enum Place<R> {
    /// Entries are called `PREFIXdata/KEY`.
    Zip { archive: ZipArchive<R>, prefix: String },
    /// Where each storage's numbers begin in the file.
    Stream { file: R, starts: BTreeMap<String, u64> },
}

impl Pth<BufReader<File>> {
    /// Reads the table of tensors.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        Self::new(path, BufReader::new(file))
    }
}

impl<R: Read + Seek> Pth<R> {
    /// Reads the table of tensors; `path` is what messages call the file.
    pub fn new(path: &Path, mut file: R) -> Result<Self> {
        let mut magic = [0; 4];
        let zipped = file.read_exact(&mut magic).is_ok() && magic.starts_with(b"PK");
        file.rewind().map_err(Error::io(path, "read"))?;
        let opened = if zipped { zip_form(path, file) } else { old_form(path, file) };
        opened.map_err(|problem| match problem {
            Problem::Io(source) => Error::io(path, "read")(source),
            Problem::Found(problem) => Error::format(path, problem),
        })
    }

    /// Names and shapes.
    pub fn listing(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, view)| (name.as_str(), view.shape.as_slice()))
    }

    /// The numbers of one tensor.
    pub fn load(&mut self, name: &str) -> Result<Array> {
        let path = &self.path;
        let wrong = |problem: String| Error::format(path, format!("{name}: {problem}"));
        let view = self.tensors.get(name).ok_or_else(|| wrong("is missing".to_owned()))?;
        let (storage, size) = (&view.storage, view.storage.number.size());
        let length = storage.count.checked_mul(size).ok_or_else(|| wrong("too large".into()))?;
        let bytes = match &mut self.place {
            Place::Zip { archive, prefix } => {
                zipped_bytes(archive, &format!("{prefix}data/{}", storage.key), length)
                    .map_err(wrong)?
            }
            Place::Stream { file, starts } => {
                let start = starts
                    .get(&storage.key)
                    .and_then(|start| start.checked_add((storage.start * size) as u64))
                    .ok_or_else(|| wrong(format!("storage {} is missing", storage.key)))?;
                file.seek(SeekFrom::Start(start)).map_err(Error::io(path, "read"))?;
                // Its length has been checked against the file's.
                let mut bytes = vec![0; length];
                file.read_exact(&mut bytes).map_err(Error::io(path, "read"))?;
                bytes
            }
        };
        Ok(Array { shape: view.shape.clone(), values: view.gather(&bytes) })
    }
}

enum Problem {
    Io(std::io::Error),
    Found(String),
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self::Found(problem)
    }
}

impl From<std::io::Error> for Problem {
    fn from(source: std::io::Error) -> Self {
        Self::Io(source)
    }
}

fn zip_form<R: Read + Seek>(path: &Path, file: R) -> std::result::Result<Pth<R>, Problem> {
    let mut archive = ZipArchive::new(file)
        .map_err(|e| format!("not a whole zip archive ({e}); fetch it again"))?;
    let pickle = archive
        .file_names()
        .filter_map(|name| name.ok().map(|name| name.into_owned()))
        .find(|name| name == "data.pkl" || name.ends_with("/data.pkl"))
        .ok_or_else(|| "a zip archive without `data.pkl`: no file of PyTorch's".to_owned())?;
    let prefix = pickle.trim_end_matches("data.pkl").to_owned();
    if archive.index_for_name(&format!("{prefix}constants.pkl")).is_some() {
        return Err(Problem::Found(
            "a TorchScript program; save the network's `state_dict()` instead".to_owned(),
        ));
    }
    if archive.index_for_name(&format!("{prefix}byteorder")).is_some() {
        let order = zipped_entry(&mut archive, &format!("{prefix}byteorder"), 16)?;
        if order != b"little" {
            return Err(Problem::Found("numbers in big-endian order".to_owned()));
        }
    }
    let bytes = zipped_entry(&mut archive, &pickle, LONGEST_PICKLE)?;
    let tensors = state_dict(&pickle::read(&bytes, ALLOWED)?)?;
    Ok(Pth { path: path.to_owned(), tensors, place: Place::Zip { archive, prefix } })
}

/// An entry of up to `most` bytes.
fn zipped_entry<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
    most: u64,
) -> std::result::Result<Vec<u8>, String> {
    let entry = archive.by_name(name).map_err(|e| format!("its entry {name}: {e}"))?;
    // Without compression no entry is larger than the file.
    if entry.compression() != CompressionMethod::Stored {
        return Err(format!("its entry {name} is compressed, which PyTorch never does"));
    }
    if entry.size() != entry.compressed_size() || entry.size() > most {
        return Err(format!("its entry {name}: {} bytes, expected {most} at most", entry.size()));
    }
    let size = entry.size();
    let mut bytes = Vec::new();
    entry.take(size).read_to_end(&mut bytes).map_err(|e| format!("its entry {name}: {e}"))?;
    Ok(bytes)
}

fn zipped_bytes<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
    length: usize,
) -> std::result::Result<Vec<u8>, String> {
    let bytes = zipped_entry(archive, name, length as u64)?;
    if bytes.len() != length {
        return Err(format!("its entry {name}: {length} bytes expected, {} found", bytes.len()));
    }
    Ok(bytes)
}

/// Magic number, protocol, description of the system, the object, keys; then for each key a count
/// and its numbers.
fn old_form<R: Read + Seek>(path: &Path, mut file: R) -> std::result::Result<Pth<R>, Problem> {
    let size = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut head = Vec::new();
    file.by_ref().take(LONGEST_PICKLE).read_to_end(&mut head)?;
    let mut at = 0;
    let mut next = || -> std::result::Result<pickle::Pickle, Problem> {
        let rest = head.get(at..).unwrap_or(&[]);
        let read = pickle::read(rest, ALLOWED).map_err(|e| format!("after byte {at}, {e}"))?;
        at += read.length;
        Ok(read)
    };
    let magic = next().map_err(|_| {
        "neither a zip archive nor a stream of pickles: expected a `.pth` file of PyTorch's"
            .to_owned()
    })?;
    if *magic.get(magic.root) != Value::Int(MAGIC) {
        return Err(Problem::Found("a pickle, but not one of PyTorch's".to_owned()));
    }
    let protocol = next()?;
    if *protocol.get(protocol.root) != Value::Int(OLD_PROTOCOL) {
        return Err(Problem::Found("a form of `.pth` that is not known".to_owned()));
    }
    next()?;
    let object = next()?;
    let keys = next()?;
    let (tensors, known) = (state_dict(&object)?, storages(&object)?);
    let Value::List(keys_in_order) = keys.get(keys.root) else {
        return Err(Problem::Found("expected a list of storages after the object".to_owned()));
    };
    let mut starts = BTreeMap::new();
    let mut at = at as u64;
    for id in keys_in_order {
        let Value::Text(key) = keys.get(*id) else {
            return Err(Problem::Found("a storage whose name is no text".to_owned()));
        };
        let (number, count) =
            known.get(key).ok_or_else(|| format!("storage {key} belongs to no tensor"))?;
        file.seek(SeekFrom::Start(at))?;
        let mut found = [0; 8];
        file.read_exact(&mut found)
            .map_err(|_| format!("cut short at {size} bytes, before storage {key}"))?;
        if u64::from_le_bytes(found) != *count as u64 {
            return Err(Problem::Found(format!(
                "storage {key}: {count} numbers expected, {} announced",
                u64::from_le_bytes(found)
            )));
        }
        let start = at + 8;
        at = (*count as u64)
            .checked_mul(number.size() as u64)
            .and_then(|length| start.checked_add(length))
            .filter(|end| *end <= size)
            .ok_or_else(|| format!("cut short at {size} bytes, within storage {key}"))?;
        starts.insert(key.clone(), start);
    }
    if at != size {
        return Err(Problem::Found(format!("{} bytes too many at its end", size - at)));
    }
    Ok(Pth { path: path.to_owned(), tensors, place: Place::Stream { file, starts } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join("pth").join(name)
    }

    /// The tensors of `make_pth.py`: name, shape, and the first number with the step to the next.
    const EXPECTED: &[(&str, &[usize], f32)] = &[
        ("plain", &[2, 3, 4], 0.125),
        ("transposed", &[3, 5], 0.125),
        ("permuted", &[2, 3, 4], 0.125),
        ("inside", &[4, 6], 0.125),
        ("shared_all", &[30], 0.125),
        ("shared_part", &[10], 0.125),
        ("scalar", &[], 0.125),
        ("empty", &[0, 3], 0.125),
        ("half", &[5], 0.125),
        ("brain", &[5], 0.125),
        ("double", &[5], 0.125),
        ("long", &[5], 1.0),
        ("parameter", &[2, 2], 0.125),
    ];

    #[test]
    fn both_forms_in_every_protocol_give_the_same_tensors() {
        let forms = (2..=5).flat_map(|p| [format!("zip{p}.pth"), format!("old{p}.pth")]);
        for name in forms.chain(["checkpoint.pth".to_owned()]) {
            let mut file = Pth::open(&golden(&name)).unwrap();
            assert_eq!(file.listing().count(), EXPECTED.len(), "{name}");
            for (tensor, shape, step) in EXPECTED {
                let found = file.load(tensor).unwrap();
                let count = shape.iter().product();
                let values: Vec<f32> = (0..count).map(|i| i as f32 * step).collect();
                assert_eq!((&found.shape[..], found.values), (*shape, values), "{name}: {tensor}");
            }
        }
    }

    fn error(name: &str) -> String {
        Pth::open(&golden(name)).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_pickled_module_is_refused_by_name_and_an_expanded_view_too() {
        let error_of_module = error("module.pth");
        assert!(error_of_module.contains("`torch.nn.modules.linear.Linear`"), "{error_of_module}");
        assert!(error_of_module.contains("nothing was executed"), "{error_of_module}");
        let error = error("expanded.pth");
        assert!(error.contains("a: shape [2, 9]") && error.contains("contiguous"), "{error}");
    }

    #[test]
    fn every_truncation_of_both_forms_is_an_error_that_names_the_file() {
        for name in ["zip2.pth", "old2.pth"] {
            let whole = std::fs::read(golden(name)).unwrap();
            for length in 0..whole.len() {
                let part = std::io::Cursor::new(&whole[..length]);
                let error = Pth::new(Path::new(name), part).map(|_| ()).unwrap_err().to_string();
                assert!(error.starts_with(name), "{length}: {error}");
            }
        }
    }
}
