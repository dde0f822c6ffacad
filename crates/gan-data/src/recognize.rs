//! From a spec to its data: names first, then paths by what they contain.

use std::path::Path;

use gan_images::{Collection, OpenOptions, Split};

use crate::arrays::Arrays;
use crate::files::Files;
use crate::stacked::{self, Stacked};
use crate::texture::Texture;
use crate::toy::Toy;
use crate::{Error, Kind, LoadOptions, Result, mnist, names};

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
    Files(Box<Files>),
}

/// Finds the data of `spec`; `tolerant` leaves unreadable files out.
pub(crate) fn recognize(spec: &str, options: &LoadOptions, tolerant: bool) -> Result<Source> {
    let path = Path::new(spec);
    if options.split == Split::Val && is_named(spec) {
        let problem = format!("split val of {spec} (expected train, test or all)");
        return Err(Error::Option { problem });
    }
    if spec == "mnist" {
        mnist::load(options.split).map(Source::Arrays)
    } else if spec == stacked::NAME {
        let digits = mnist::load(options.split)?;
        Stacked::new(digits, options).map(|data| Source::Stacked(Box::new(data)))
    } else if spec == "fashion-mnist" {
        fashion_mnist(Path::new(FASHION_MNIST), options.split).map(Source::Arrays)
    } else if spec.starts_with("toy:") {
        Toy::new(spec, options.split, options.limit).map(|toy| Source::Toy(Box::new(toy)))
    } else if is_texture(spec) {
        Texture::new(spec, options).map(|texture| Source::Texture(Box::new(texture)))
    } else if path.exists() {
        collection(path, options, tolerant)
    } else {
        Err(names::unknown(spec))
    }
}

/// Whether a spec is a name, no path.
pub(crate) fn is_named(spec: &str) -> bool {
    let names = [stacked::NAME, "mnist", "fashion-mnist"];
    names.contains(&spec) || spec.starts_with("toy:") || is_texture(spec)
}

fn is_texture(spec: &str) -> bool {
    spec.starts_with("texture:")
}

fn fashion_mnist(folder: &Path, split: Split) -> Result<Arrays> {
    if !folder.is_dir() {
        return Err(Error::NotInstalled {
            path: folder.to_owned(),
            remedy: "install it with `apt install dataset-fashion-mnist`".to_owned(),
        });
    }
    let options = OpenOptions { split, ..OpenOptions::default() };
    let mut arrays = Arrays::of_collection(Collection::open(folder, &options)?)?;
    arrays.kind = Kind::FashionMnist;
    arrays.class_names = FASHION_NAMES.map(str::to_owned).to_vec();
    Ok(arrays)
}

/// What lies at a path, as every program of the workspace opens it.
fn collection(path: &Path, options: &LoadOptions, tolerant: bool) -> Result<Source> {
    let found = Collection::open(path, &options.opening())?;
    if found.holds_files() {
        return Ok(Source::Files(Box::new(Files::open(found, options, tolerant)?)));
    }
    Arrays::of_collection(found).map(Source::Arrays)
}
