//! A folder or zip of image files as data, each decoded when it is read first.

use gan_images::{Image, cache_folder};

use crate::dataset::write_labeled;
use crate::files::Files;
use crate::prepared::{Prepared, memory};
use crate::shape::Target;
use crate::{DataInfo, Dataset, Error, Field, LoadOptions, Result, Slot};

/// [`Files`] in the shape that was asked for.
pub(crate) struct FileDataset {
    info: DataInfo,
    files: Files,
    target: Target,
    prepared: Prepared,
    skip_bad: bool,
}

impl FileDataset {
    pub(crate) fn new(spec: &str, files: Files, options: &LoadOptions) -> Result<Self> {
        if files.entries.is_empty() {
            return Err(files.empty());
        }
        let target = files.target(options).ok_or_else(|| {
            let sizes = files.sizes();
            let shown: Vec<String> =
                sizes.iter().take(3).map(|((w, h), n)| format!("{w}x{h}: {n}")).collect();
            let more = if sizes.len() > 3 { ", …" } else { "" };
            Error::Unusable {
                path: files.collection.path().to_owned(),
                problem: format!(
                    "images of {} sizes ({}{more}); pass --size N to bring them to one",
                    sizes.len(),
                    shown.join(", ")
                ),
            }
        })?;
        let mut fields = vec![Field::image(target.shape())];
        if files.collection.labels().is_some() {
            let names = files.class_names();
            fields.push(Field::class(names.len(), names.to_vec()));
        }
        let info = DataInfo::new(spec, files.kind, files.entries.len(), fields);
        let [channels, height, width] = target.shape();
        let prepared = match options.no_cache {
            true => Prepared::Nothing(None),
            false => {
                let room = (info.len, channels * height * width);
                let folder = cache_folder().map(|folder| folder.join("pictures"));
                Prepared::new(room, memory(), folder.as_deref(), || files.key(&target))
            }
        };
        let own_parts = files.collection.own_parts();
        let notes = files.notes.iter().cloned().chain(prepared.note()).collect();
        let info = DataInfo { own_parts, notes, ..info };
        Ok(Self { info, files, target, prepared, skip_bad: options.skip_bad })
    }

    fn read_one(&self, index: usize, out: &mut [f32]) -> Result<Option<u32>> {
        let entry = &self.files.entries[index];
        if let Some(pixels) = self.prepared.get(index, || self.files.source(index))? {
            let [channels, height, width] = self.target.shape();
            Image::new(width, height, channels, pixels)?.write_planes(out)?;
            return Ok(entry.label);
        }
        let image = self.target.apply(self.files.image(index)?)?;
        let found = [image.channels, image.height, image.width];
        if found != self.target.shape() {
            return Err(Error::Unusable {
                path: entry.path.clone(),
                problem: format!(
                    "decoded as {found:?} (expected {:?}): it changed since it was listed",
                    self.target.shape()
                ),
            });
        }
        image.write_planes(out)?;
        self.prepared.put(index, &image.pixels);
        Ok(entry.label)
    }
}

impl Dataset for FileDataset {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        write_labeled(&self.info, index, out, |values| self.read_good(index, values))
    }

    fn later_notes(&self) -> Vec<String> {
        self.prepared.later_note().into_iter().collect()
    }
}

impl FileDataset {
    fn read_good(&self, index: usize, out: &mut [f32]) -> Result<Option<u32>> {
        let mut result = self.read_one(index, out);
        // A body can be bad where the header was good: take the next good file, and its label.
        for offset in 1..self.info.len {
            if result.is_ok() || !self.skip_bad {
                break;
            }
            if let Ok(label) = self.read_one((index + offset) % self.info.len, out) {
                result = Ok(label);
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_images::{Collection, OpenOptions};
    use std::path::Path;

    /// The pictures of `folder`, kept in a file of `cache` or not at all.
    fn opened(folder: &Path, cache: Option<&Path>) -> FileDataset {
        let options = LoadOptions { size: Some(8), no_cache: true, ..LoadOptions::default() };
        let collection = Collection::open(folder, &OpenOptions::default()).unwrap();
        let files = Files::open(collection, &options, false).unwrap();
        let data = FileDataset::new("here", files, &options).unwrap();
        let room = (data.info.len, 8 * 8 * 3);
        let prepared = match cache {
            Some(cache) => Prepared::new(room, 0, Some(cache), || data.files.key(&data.target)),
            None => Prepared::Nothing(None),
        };
        FileDataset { prepared, ..data }
    }

    fn all(data: &FileDataset) -> Vec<f32> {
        let mut values = vec![0.0; 5 * 8 * 8 * 3];
        for (index, out) in values.chunks_exact_mut(8 * 8 * 3).enumerate() {
            data.labeled(index, out).unwrap();
        }
        values
    }

    #[test]
    fn pictures_kept_in_a_file_are_those_that_decoding_gives_in_every_run() {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |number: usize, seed: usize| {
            let pixels = (0..9 * 12 * 3).map(|i| (i * (seed + 3) % 256) as u8).collect();
            let image = Image::new(9, 12, 3, pixels).unwrap();
            image.write_png(&folder.path().join(format!("{number}.png"))).unwrap();
        };
        (0..5).for_each(|number| write(number, number));
        let expected = all(&opened(folder.path(), None));
        let first = opened(folder.path(), Some(cache.path()));
        assert_eq!((all(&first), all(&first)), (expected.clone(), expected.clone()));
        assert_eq!(all(&opened(folder.path(), Some(cache.path()))), expected);
        let kept = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(kept.metadata().unwrap().len(), 5 * (8 + 8 * 8 * 3));

        // Another picture under an old name, and a run that was cut while it wrote.
        write(2, 77);
        let changed = all(&opened(folder.path(), None));
        assert_ne!(changed, expected);
        assert_eq!(all(&opened(folder.path(), Some(cache.path()))), changed);
        let file = std::fs::File::options().write(true).open(kept.path()).unwrap();
        file.set_len(500).unwrap();
        assert_eq!(all(&opened(folder.path(), Some(cache.path()))), changed);
    }
}
