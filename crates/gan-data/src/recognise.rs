//! From a spec to its data: names first, then paths by what they contain.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use gan_images::{
    CIFAR10_NAMES, ImageStack, read_cifar, read_idx_images, read_idx_labels, read_npz,
};

use crate::arrays::Arrays;
use crate::files::Files;
use crate::stacked::{self, Stacked};
use crate::texture::Texture;
use crate::toy::Toy;
use crate::{Error, Kind, LoadOptions, Result, Split, mnist, names};

/// Where Debian's package puts Fashion-MNIST.
const FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";
/// Fashion-MNIST's classes, by label.
const FASHION_NAMES: [&str; 10] = [
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
];

/// What a spec names, before size and channels apply.
pub(crate) enum Source {
    Toy(Box<Toy>),
    Texture(Box<Texture>),
    Arrays(Arrays),
    Stacked(Box<Stacked>),
    Files(Files),
}

/// Finds the data of `spec`; `tolerant` leaves unreadable files out.
pub(crate) fn recognise(spec: &str, options: &LoadOptions, tolerant: bool) -> Result<Source> {
    let path = Path::new(spec);
    if spec == "mnist" {
        mnist::load(options.split).map(Source::Arrays)
    } else if spec == stacked::NAME {
        let digits = mnist::load(options.split)?;
        Stacked::new(digits, options).map(|data| Source::Stacked(Box::new(data)))
    } else if spec == "fashion-mnist" {
        fashion_mnist(Path::new(FASHION_MNIST), options.split).map(Source::Arrays)
    } else if spec.starts_with("toy:") {
        Toy::new(spec, options.split, options.limit).map(|toy| Source::Toy(Box::new(toy)))
    } else if spec.starts_with("texture:") {
        Texture::new(spec, options).map(|texture| Source::Texture(Box::new(texture)))
    } else if path.is_dir() {
        folder(path, options, tolerant)
    } else if path.exists() {
        only_all(path, options.split)?;
        file(path, options, tolerant)
    } else {
        Err(names::unknown(spec))
    }
}

fn fashion_mnist(folder: &Path, split: Split) -> Result<Arrays> {
    if !folder.is_dir() {
        return Err(Error::NotInstalled {
            path: folder.to_owned(),
            remedy: "install it with `apt install dataset-fashion-mnist`".to_owned(),
        });
    }
    let mut arrays = idx_folder(folder, &idx_images(folder)?, split)?;
    arrays.kind = Kind::FashionMnist;
    arrays.class_names = FASHION_NAMES.map(str::to_owned).to_vec();
    Ok(arrays)
}

/// A folder of IDX files, of CIFAR files, or of images.
fn folder(path: &Path, options: &LoadOptions, tolerant: bool) -> Result<Source> {
    let idx = idx_images(path)?;
    if !idx.is_empty() {
        return idx_folder(path, &idx, options.split).map(Source::Arrays);
    }
    for folder in [path.to_owned(), path.join("cifar-10-batches-bin")] {
        let (train, test) = cifar_files(&folder)?;
        if !train.is_empty() || !test.is_empty() {
            let files = if options.split == Split::Test { test } else { train };
            return cifar(&folder, &files, options.split).map(Source::Arrays);
        }
    }
    let root = match options.split {
        Split::All => path.to_owned(),
        split => path.join(split.to_string()),
    };
    if !root.is_dir() {
        return Err(Error::Unusable {
            path: path.to_owned(),
            problem: format!(
                "has no sub-folder {} to take as that split; make one, or use split all",
                options.split
            ),
        });
    }
    Files::folder(&root, tolerant, options.limit).map(Source::Files)
}

/// A single file, by its first bytes.
fn file(path: &Path, options: &LoadOptions, tolerant: bool) -> Result<Source> {
    let unreadable =
        |source| gan_images::Error::Io { path: path.to_owned(), action: "read", source };
    let mut start = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let len = file.metadata().map_err(unreadable)?.len();
    file.take(8).read_to_end(&mut start).map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();

    if start.starts_with(b"PK") {
        if !name.ends_with(".npz") {
            return Files::zip(path, tolerant, options.limit).map(Source::Files);
        }
        let (images, labels) = read_npz(path)?;
        let arrays = Arrays { kind: Kind::Npz, images, labels, class_names: Vec::new() };
        arrays_or_empty(arrays, path).map(Source::Arrays)
    } else if start.starts_with(&[0, 0]) || start.starts_with(&[0x1f, 0x8b]) {
        idx_file(path).map(Source::Arrays)
    } else if name.ends_with(".npz") || name.ends_with(".zip") {
        Err(unusable(path, "not a zip archive, in spite of its name; fetch it again"))
    } else if start.starts_with(b"\x89PNG") || start.starts_with(&[0xff, 0xd8]) {
        Err(unusable(path, "a single image; give the folder that holds the images"))
    } else if name.ends_with(".bin") || (len > 0 && len % 3073 == 0) {
        cifar(path, &[path.to_owned()], Split::All).map(Source::Arrays)
    } else {
        Err(unusable(
            path,
            "not recognised (expected .npz, .zip, an IDX file, CIFAR-10's .bin, or a folder)",
        ))
    }
}

/// Files in `folder`, not below it, in the order of their names.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(
                gan_images::Error::Io { path: folder.to_owned(), action: "list", source }.into()
            );
        }
    };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    Ok(names)
}

/// The IDX image files of a folder, by their usual names.
fn idx_images(folder: &Path) -> Result<Vec<String>> {
    let mut names = names_in(folder)?;
    names.retain(|name| {
        let lower = name.to_lowercase();
        lower.contains("images")
            && (lower.contains("idx") || lower.contains("ubyte"))
            && !name.starts_with('.')
    });
    // A file beside its own packed copy counts once.
    let plain = names.clone();
    names.retain(|name| {
        !name.strip_suffix(".gz").is_some_and(|stem| plain.iter().any(|other| other == stem))
    });
    Ok(names)
}

/// The images of `split` among `names`, and their labels.
fn idx_folder(folder: &Path, names: &[String], split: Split) -> Result<Arrays> {
    let is_test = |name: &str| name.contains("t10k") || name.contains("test");
    let fits = |name: &&String| match split {
        Split::Test => is_test(name),
        Split::Train => name.contains("train"),
        Split::All => !is_test(name),
    };
    match names.iter().filter(fits).collect::<Vec<_>>()[..] {
        [name] => idx_file(&folder.join(name)),
        [] => Err(unusable(
            folder,
            &format!("no IDX images for split {split} among {}", names.join(", ")),
        )),
        [first, second, ..] => Err(unusable(
            folder,
            &format!(
                "several sets of IDX images ({first}, {second}, …); give the path of one file"
            ),
        )),
    }
}

/// IDX images, and the labels beside them if they are there.
fn idx_file(path: &Path) -> Result<Arrays> {
    let images = read_idx_images(path)?;
    let labels_path = labels_beside(path);
    let labels = labels_path.as_deref().map(read_idx_labels).transpose()?;
    let labels = labels.map(|labels| labels.into_iter().map(u32::from).collect());
    let arrays = Arrays { kind: Kind::Idx, images, labels, class_names: Vec::new() };
    arrays.check_labels(labels_path.as_deref().unwrap_or(path))?;
    arrays_or_empty(arrays, path)
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
        let fits = |name: &&String| name.starts_with(start) && name.ends_with(".bin");
        names.iter().filter(fits).map(|name| folder.join(name)).collect()
    };
    Ok((with("data_batch"), with("test_batch")))
}

fn cifar(root: &Path, files: &[PathBuf], split: Split) -> Result<Arrays> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for file in files {
        let (images, of) = read_cifar(file)?;
        pixels.extend(images.pixels);
        labels.extend(of);
    }
    if labels.is_empty() {
        return Err(unusable(
            root,
            &format!(
                "no CIFAR-10 files for split {split} (expected data_batch_*.bin or test_batch.bin)"
            ),
        ));
    }
    let images = ImageStack::new([labels.len(), 32, 32, 3], pixels)?;
    let class_names = CIFAR10_NAMES.map(str::to_owned).to_vec();
    Ok(Arrays { kind: Kind::Cifar, images, labels: Some(labels), class_names })
}

fn arrays_or_empty(arrays: Arrays, path: &Path) -> Result<Arrays> {
    if arrays.images.count == 0 {
        return Err(unusable(path, "holds 0 images (expected at least 1)"));
    }
    Ok(arrays)
}

fn only_all(path: &Path, split: Split) -> Result<()> {
    if split == Split::All {
        return Ok(());
    }
    Err(unusable(path, &format!("a single file has no split {split}; use split all")))
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::Unusable { path: path.to_owned(), problem: problem.to_owned() }
}
