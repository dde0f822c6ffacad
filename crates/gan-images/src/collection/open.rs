//! Opening a collection: which images, in which part, of which classes.

use std::path::{Path, PathBuf};

use super::arrays::{self, Arrays, Images};
use super::classes::{Classes, by_folders, folders};
use super::image_zip::ImageZip;
use super::listing::{Listing, list_images, start_of};
use super::{
    Collection, LeftOut, OpenOptions, SourceKind, Split, Store, dataset_json, notes, parts,
};
use crate::arrays::pickle::pickle_problem;
use crate::{Error, Format, ImageStack, Result};

impl Collection {
    /// Opens a folder of image files, of IDX or of CIFAR-10's binary files, a zip archive of image
    /// files, or a single `.npz`, `.npy`, IDX or CIFAR-10 file.
    ///
    /// Images are what [`list_images`] finds, sorted by the bytes of their names. Sub-folders that
    /// are named as parts of the data are parts ([`Split::of_folder`]); others are classes, in the
    /// order of their names, unless StyleGAN's `dataset.json` says what the labels are.
    ///
    /// # Errors
    ///
    /// A path that is not there or is none of these, a part that the data do not have, or a
    /// `dataset.json` that cannot be read. A folder without an image is no error here.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        options.held_out.check()?;
        if path.is_dir() {
            let mut listing = list_images(path)?;
            listing.below(path);
            if let Some(mut found) = arrays::folder(path, &listing, options.split)? {
                found.notes.extend(notes::beside_arrays(found.kind, &listing));
                return Self::of_arrays(path, found, options);
            }
            let read = |file: &Path| crate::decode::read_file(&path.join(file));
            return Self::of_listing(path, SourceKind::Folder, listing, &read, options, None);
        }
        let (start, _) = start_of(path).map_err(Error::io(path, "open"))?;
        if let Some(problem) = pickle_problem(&start) {
            return Err(Error::format(path, problem));
        }
        if let Some(found) = arrays::file(path, &start, &options.arrays)? {
            if matches!(found.images, Images::Stack(ref stack) if stack.count == 0) {
                return Err(Error::format(path, "holds 0 images (expected at least 1)"));
            }
            return Self::of_arrays(path, found, options);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if start.starts_with(b"PK") {
            let (zip, listing) = ImageZip::open(path)?;
            let zip = std::sync::Arc::new(zip);
            let reader = zip.clone();
            let read = move |file: &Path| reader.read(file);
            return Self::of_listing(path, SourceKind::Zip, listing, &read, options, Some(zip));
        }
        Err(Error::format(
            path,
            if name.ends_with(".npz") || name.ends_with(".zip") {
                "not a zip archive, in spite of its name; fetch it again"
            } else if Format::of(&start).is_some() {
                "a single image; give the folder that holds the images"
            } else {
                "not recognized (expected .npz, .npy, .zip, an IDX file, CIFAR-10's .bin, or a folder)"
            },
        ))
    }

    fn of_arrays(path: &Path, found: Arrays, options: &OpenOptions) -> Result<Self> {
        let Arrays { kind, images, labels, class_names, mut notes, own_parts } = found;
        let mut store = match images {
            Images::Stack(stack) => Store::Stack(stack),
            Images::Npz(count) => Store::Npz(count),
        };
        let mut labels = labels;
        if !own_parts && options.split != Split::All {
            let stack = match store {
                Store::Stack(stack) => stack,
                _ => crate::read_npz_with(path, &options.arrays)?.0,
            };
            let names: Vec<Vec<u8>> =
                (0..stack.count).map(|index| index.to_string().into_bytes()).collect();
            let taken = by_rule(path, &names, options, &mut notes)?;
            labels = labels.map(|labels| taken.iter().map(|&i| labels[i]).collect());
            store = Store::Stack(select(&stack, &taken)?);
        }
        Ok(Self {
            path: path.to_owned(),
            kind,
            store,
            labels,
            class_names,
            own_parts,
            notes,
            left_out: Vec::new(),
            problems: Vec::new(),
        })
    }

    fn of_listing(
        path: &Path,
        kind: SourceKind,
        listing: Listing,
        read: &dyn Fn(&Path) -> Result<Vec<u8>>,
        options: &OpenOptions,
        zip: Option<std::sync::Arc<ImageZip>>,
    ) -> Result<Self> {
        let images = &listing.images;
        let all: Vec<Vec<&[u8]>> = images.iter().map(|image| folders(image)).collect();
        let choice = parts::choose(&all, options.split).map_err(|why| Error::format(path, why))?;
        let mut said = Vec::new();
        let (taken, level, own_parts) = match choice {
            Some(choice) => {
                said.extend(choice.notes);
                (choice.taken, choice.level, choice.level.is_some())
            }
            None => {
                let names = || images.iter().map(|f| f.as_os_str().as_encoded_bytes().to_vec());
                let taken = match options.split {
                    Split::All => (0..images.len()).collect(),
                    _ => by_rule(path, &names().collect::<Vec<_>>(), options, &mut said)?,
                };
                (taken, None, false)
            }
        };
        // Classes are those of all parts, so that a label means the same in each.
        let classes = match labels_file(path, &listing, &taken, read)? {
            Some(classes) => classes,
            None => of_folders(&all, level, &taken),
        };
        said.extend(classes.note);
        said.extend(notes::of_listing(&listing));
        let files: Vec<PathBuf> = taken.iter().map(|&index| images[index].clone()).collect();
        if files.is_empty() {
            said.extend(notes::of_nothing(&listing));
        }
        let left_out = listing.foreign.into_iter();
        Ok(Self {
            path: path.to_owned(),
            kind,
            store: match zip {
                Some(zip) => Store::Zip(zip, files),
                None => Store::Folder(files),
            },
            labels: classes.labels,
            class_names: classes.names,
            own_parts,
            notes: said,
            left_out: left_out.map(|(path, format)| LeftOut { path, format }).collect(),
            problems: listing.problems,
        })
    }
}

/// The samples of a part that the rule sets apart.
fn by_rule(
    path: &Path,
    names: &[Vec<u8>],
    options: &OpenOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>> {
    let OpenOptions { split, held_out, .. } = options;
    if *split == Split::Val {
        let problem = "has no part val: no sub-folder is named so, and the rule that holds samples \
                       out makes the parts train and test";
        return Err(Error::format(path, problem));
    }
    if names.len() < 2 {
        let problem = format!("{} images: none can be held out (expected 2 or more)", names.len());
        return Err(Error::format(path, problem));
    }
    let held = held_out.choose(names);
    let count = held_out.count(names.len());
    notes.push(format!(
        "the data have no part {split} of their own: {count} of {} images are held out as part \
         test, by seed {}, the others are part train",
        names.len(),
        held_out.seed
    ));
    let wanted = *split == Split::Test;
    Ok((0..names.len()).filter(|&index| held[index] == wanted).collect())
}

/// Some images of a stack.
fn select(stack: &ImageStack, taken: &[usize]) -> Result<ImageStack> {
    let size = stack.image_len();
    let mut pixels = Vec::with_capacity(size * taken.len());
    for &index in taken {
        pixels.extend_from_slice(&stack.pixels[index * size..(index + 1) * size]);
    }
    ImageStack::new([taken.len(), stack.height, stack.width, stack.channels], pixels)
}

/// Classes by folders, those that name parts left out.
fn of_folders(all: &[Vec<&[u8]>], level: Option<usize>, taken: &[usize]) -> Classes {
    let without = |folders: &Vec<&[u8]>| -> Vec<Vec<u8>> {
        let kept = folders.iter().enumerate().filter(|(depth, _)| Some(*depth) != level);
        kept.map(|(_, name)| name.to_vec()).collect()
    };
    let owned: Vec<Vec<Vec<u8>>> = all.iter().map(without).collect();
    let below: Vec<Vec<&[u8]>> =
        owned.iter().map(|f| f.iter().map(Vec::as_slice).collect()).collect();
    let found = by_folders(&below);
    let labels = found.labels.map(|labels| taken.iter().map(|&index| labels[index]).collect());
    Classes { labels, ..found }
}

/// Labels of StyleGAN's file, where one lies in the deepest folder that all taken images share.
fn labels_file(
    path: &Path,
    listing: &Listing,
    taken: &[usize],
    read: &dyn Fn(&Path) -> Result<Vec<u8>>,
) -> Result<Option<Classes>> {
    let images: Vec<&PathBuf> = taken.iter().map(|&index| &listing.images[index]).collect();
    let is_above = |file: &&PathBuf| {
        let folder = file.parent().unwrap_or(Path::new(""));
        file.file_name().is_some_and(|name| name == dataset_json::NAME)
            && images.iter().all(|image| image.starts_with(folder))
    };
    let deepest = listing.others.iter().filter(is_above).max_by_key(|f| f.components().count());
    let Some(file) = deepest.filter(|_| !images.is_empty()) else { return Ok(None) };
    let folder = file.parent().unwrap_or(Path::new(""));
    let below: Vec<PathBuf> = images
        .iter()
        .map(|image| image.strip_prefix(folder).map(Path::to_owned).unwrap_or_default())
        .collect();
    let text = String::from_utf8_lossy(&read(file)?).into_owned();
    let name = path.join(file);
    let found = dataset_json::classes(&text, &name, &below)?;
    Ok(found.map(|mut classes| {
        if classes.labels.is_some() {
            let note = format!("labels are those of {}", file.display());
            let more = classes.note.map_or(String::new(), |more| format!("; {more}"));
            classes.note = Some(format!("{note}{more}"));
        }
        classes
    }))
}
