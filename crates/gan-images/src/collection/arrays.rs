//! Array files as collections: IDX, CIFAR-10, npz and npy, alone or in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::listing::Listing;
use super::sort::{ArrayKind, names_idx};
use super::split::Split;
use crate::arrays::cifar::count_records;
use crate::arrays::idx::look;
use crate::arrays::npy_fields::MAGIC;
use crate::{
    ArrayOptions, CIFAR10_NAMES, Error, ImageStack, NpzFile, Result, SourceKind, is_npz,
    read_cifar, read_idx_images, read_idx_labels, read_npy_images, read_npz_with,
};

/// What an array file holds.
pub(crate) struct Arrays {
    pub(crate) kind: SourceKind,
    /// The images, or how many an npz has that is read one image at a time.
    pub(crate) images: Images,
    pub(crate) labels: Option<Vec<u32>>,
    pub(crate) class_names: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// Whether the data have parts of their own, of which one is here.
    pub(crate) own_parts: bool,
}

/// The images of an array file.
pub(crate) enum Images {
    Stack(ImageStack),
    /// Bytes with channels last, still in the file.
    Npz(usize),
}

impl Arrays {
    fn of(kind: SourceKind, images: ImageStack, labels: Option<Vec<u32>>) -> Self {
        let (class_names, notes) = (Vec::new(), Vec::new());
        Self { kind, images: Images::Stack(images), labels, class_names, notes, own_parts: false }
    }
}

/// The arrays that a folder is made of; nothing where neither IDX images nor CIFAR files lie in it.
/// IDX files count by content, CIFAR files, which have no signature, by name.
pub(crate) fn folder(path: &Path, listing: &Listing, split: Split) -> Result<Option<Arrays>> {
    let idx = in_folder(listing, ArrayKind::IdxImages);
    if !idx.is_empty() {
        return idx_folder(path, &idx, &in_folder(listing, ArrayKind::IdxLabels), split).map(Some);
    }
    for folder in [path.to_owned(), path.join("cifar-10-batches-bin")] {
        let (train, test) = cifar_files(&folder)?;
        if train.is_empty() && test.is_empty() {
            continue;
        }
        let files = match split {
            Split::Test => test,
            Split::Val => return Err(no_val(&folder, "CIFAR-10")),
            _ => train,
        };
        let mut found = cifar(&folder, &files, split)?;
        found.own_parts = true;
        return Ok(Some(found));
    }
    Ok(None)
}

/// The arrays of one file that begins with `start`; nothing where it is none.
pub(crate) fn file(path: &Path, start: &[u8], options: &ArrayOptions) -> Result<Option<Arrays>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let len = fs::metadata(path).map_err(Error::io(path, "read"))?.len();
    if start.starts_with(b"PK") {
        return is_npz(path)?.then(|| npz(path, options)).transpose();
    }
    if start.starts_with(MAGIC) {
        let images = read_npy_images(path, options)?;
        return Ok(Some(Arrays::of(SourceKind::Npy, images, None)));
    }
    let idx = look(start, len);
    if idx.as_ref().is_some_and(|header| header.fits) {
        return idx_file(path, labels_beside(path)).map(Some);
    }
    if let Some(count) = count_records(path, len)? {
        let mut found = cifar(path, &[path.to_owned()], Split::All)?;
        if !is_cifar_name(&name) {
            found.notes.push(format!(
                "the file has no signature: its length and the byte before each image fit \
                 {count} records of CIFAR-10's binary files, so it is taken for one"
            ));
        }
        return Ok(Some(found));
    }
    // What these were meant as is plain; reading them says what is wrong.
    if idx.is_some() || start.starts_with(&[0x1f, 0x8b]) || names_idx(path) {
        return idx_file(path, None).map(Some);
    }
    if name.ends_with(".bin") {
        return cifar(path, &[path.to_owned()], Split::All).map(Some);
    }
    Ok(None)
}

fn npz(path: &Path, options: &ArrayOptions) -> Result<Arrays> {
    let mut file = NpzFile::open(path)?;
    let notes = file.choices();
    if options.range.is_none()
        && let Some([count, ..]) = file.image_shape()?
    {
        let labels = file.labels_for(count)?;
        let stack = ImageStack::new([0, 1, 1, 1], Vec::new())?;
        let arrays = Arrays::of(SourceKind::Npz, stack, labels);
        return Ok(Arrays { images: Images::Npz(count), notes, ..arrays });
    }
    let (images, labels) = read_npz_with(path, options)?;
    Ok(Arrays { notes, ..Arrays::of(SourceKind::Npz, images, labels) })
}

/// Files in `folder`, not below it, in the order of their names.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::io(folder, "list")(source)),
    };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    Ok(names)
}

/// The array files of one kind in a folder, not below it.
fn in_folder(listing: &Listing, kind: ArrayKind) -> Vec<String> {
    let found = listing.arrays.iter().filter(|(path, is)| *is == kind && is_direct(path));
    let mut names: Vec<String> =
        found.filter_map(|(path, _)| path.to_str().map(str::to_owned)).collect();
    // A file beside its own packed copy counts once.
    let plain = names.clone();
    names.retain(|name| {
        !name.strip_suffix(".gz").is_some_and(|stem| plain.iter().any(|other| other == stem))
    });
    names
}

/// Whether a path below a folder is a file directly in it.
fn is_direct(path: &Path) -> bool {
    path.components().count() == 1
}

/// The images of `split` among `names`, and their labels: those of the like name, or where there is
/// one file of images and one of labels, these.
fn idx_folder(folder: &Path, names: &[String], labels: &[String], split: Split) -> Result<Arrays> {
    let is_test = |name: &str| name.contains("t10k") || name.contains("test");
    // One file alone has no parts of its own: the rule divides it, unless it is named as one.
    let alone = names.len() == 1 && !is_test(&names[0]);
    let fits = |name: &&String| match split {
        _ if alone => true,
        Split::Test => is_test(name),
        Split::Train => name.contains("train"),
        Split::All => !is_test(name),
        Split::Val => false,
    };
    if split == Split::Val {
        return Err(no_val(folder, "IDX"));
    }
    match names.iter().filter(fits).collect::<Vec<_>>()[..] {
        [name] => {
            let path = folder.join(name);
            let (beside, mut note) = (labels_beside(&path), None);
            let beside = match (beside, labels) {
                (None, [only]) if names.len() == 1 => {
                    note = Some(format!("labels of {name} are those of {only}, its only neighbor"));
                    Some(folder.join(only))
                }
                (None, [_, ..]) => {
                    note = Some(format!(
                        "no labels are used: none of the files {} is named as {name} is",
                        labels.join(", ")
                    ));
                    None
                }
                (beside, _) => beside,
            };
            let mut found = idx_file(&path, beside)?;
            found.notes.extend(note);
            found.own_parts = names.len() > 1;
            if split == Split::All && found.own_parts {
                let others: Vec<&str> =
                    names.iter().filter(|n| *n != name).map(String::as_str).collect();
                let part = "--split test";
                found.notes.push(format!(
                    "{name} is taken, {} is left ({part} takes it)",
                    others.join(", ")
                ));
            }
            Ok(found)
        }
        [] => Err(Error::format(
            folder,
            format!("no IDX images for split {split} among {}", names.join(", ")),
        )),
        [first, second, ..] => Err(Error::format(
            folder,
            format!("several sets of IDX images ({first}, {second}, …); give the path of one file"),
        )),
    }
}

/// IDX images and their labels.
fn idx_file(path: &Path, labels_path: Option<PathBuf>) -> Result<Arrays> {
    let images = read_idx_images(path)?;
    let labels = labels_path.as_deref().map(read_idx_labels).transpose()?;
    let labels: Option<Vec<u32>> = labels.map(|labels| labels.into_iter().map(u32::from).collect());
    let (count, found) = (images.count, labels.as_ref().map_or(images.count, Vec::len));
    if count != found {
        return Err(Error::format(
            labels_path.as_deref().unwrap_or(path),
            format!(
                "{found} labels for {count} images; the two files do not belong together (expected \
                 equal counts)"
            ),
        ));
    }
    Ok(Arrays::of(SourceKind::Idx, images, labels))
}

/// `…images…idx3…` to `…labels…idx1…`, packed or not, if there is such a file.
fn labels_beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let labels = name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1");
    if labels == name {
        return None;
    }
    let plain = labels.strip_suffix(".gz").unwrap_or(&labels);
    [labels.clone(), plain.to_owned(), format!("{plain}.gz")]
        .into_iter()
        .map(|name| path.with_file_name(name))
        .find(|path| path.is_file())
}

/// CIFAR-10's training files and test files in `folder`.
fn cifar_files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let names = names_in(folder)?;
    let with = |start: &str| {
        let fits = |name: &&String| is_cifar_name(name) && name.starts_with(start);
        names.iter().filter(fits).map(|name| folder.join(name)).collect()
    };
    Ok((with("data"), with("test")))
}

/// Whether a file is named as CIFAR-10's are.
fn is_cifar_name(name: &str) -> bool {
    (name.starts_with("data_batch") || name.starts_with("test_batch")) && name.ends_with(".bin")
}

fn cifar(root: &Path, files: &[PathBuf], split: Split) -> Result<Arrays> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for file in files {
        let (images, of) = read_cifar(file)?;
        pixels.extend(images.pixels);
        labels.extend(of);
    }
    if labels.is_empty() {
        return Err(Error::format(
            root,
            format!(
                "no CIFAR-10 files for split {split} (expected data_batch_*.bin or test_batch.bin)"
            ),
        ));
    }
    let images = ImageStack::new([labels.len(), 32, 32, 3], pixels)?;
    let mut found = Arrays::of(SourceKind::Cifar, images, Some(labels));
    found.class_names = CIFAR10_NAMES.map(str::to_owned).to_vec();
    Ok(found)
}

fn no_val(folder: &Path, what: &str) -> Error {
    Error::format(folder, format!("{what} files have no part val (expected train, test or all)"))
}
