//! A look at images before the work: what is there, and what would spoil a score.

use crate::Result;
use crate::feature_matrix::count;
use crate::image_source::ImageSource;
use gan_images::Format;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Fewer images than this make FID unreliable whatever the features' width; the width of its
/// usual features.
const ENOUGH: usize = 2048;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Images looked at, the unreadable ones included.
    pub n: usize,
    /// Images whose header cannot be read, with the reason.
    pub bad: Vec<String>,
    /// Files by format; empty for arrays.
    pub formats: BTreeMap<Format, usize>,
    /// Images by width and height; empty for arrays, which have one size.
    pub sizes: BTreeMap<[usize; 2], usize>,
    /// Images that are the same as an earlier one, to the byte.
    pub duplicates: usize,
    /// The number of classes, where there are labels and they come sorted.
    pub sorted_classes: Option<usize>,
    /// What was taken in one way where another was possible, what was left out, and what looks
    /// wrong.
    pub notes: Vec<String>,
    /// SHA-256 of the contents in their order: names and dates do not count.
    pub content: String,
}

/// Looks at the images of `range`: one pass over their bytes, which gives the checksum, the headers
/// and the duplicates.
///
/// [`extract`](crate::extract) reads the same bytes a second time. One pass cannot do: the cache knows
/// features by the checksum, so that it must be there before the work that a hit saves, the warnings
/// come before the work too, and keeping every file in memory until then would take as much as the
/// files. The second pass usually finds them in the system's cache.
///
/// # Errors
/// An array that ends early.
pub fn look(
    source: &ImageSource,
    range: Range<usize>,
    progress: &mut dyn FnMut(usize),
) -> Result<Look> {
    let mut found = Look {
        n: range.len(),
        bad: source.problems().to_vec(),
        formats: BTreeMap::new(),
        sizes: BTreeMap::new(),
        duplicates: 0,
        sorted_classes: source.labels().and_then(|labels| sorted(&labels[range.clone()])),
        notes: source.notes().to_vec(),
        content: String::new(),
    };
    let (mut seen, mut all) = (HashSet::new(), Sha256::new());
    all.update(source.reading());
    let (first, mut done, mut deep) = (range.start, 0, Vec::new());
    source.glance(range, &mut |glance| {
        all.update(glance.hash);
        found.duplicates += usize::from(!seen.insert(glance.hash));
        match glance.header {
            Some(Ok(header)) => {
                deep.extend(header.deep.then_some(first + done));
                *found.formats.entry(header.format).or_default() += 1;
                *found.sizes.entry([header.width, header.height]).or_default() += 1;
            }
            Some(Err(reason)) => found.bad.push(reason),
            None => {}
        }
        done += 1;
        progress(done);
        true
    })?;
    found.notes.extend(source.dark(&deep, found.n));
    found.content = all.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(found)
}

/// How many classes there are, if images come class after class.
fn sorted(labels: &[String]) -> Option<usize> {
    let classes: HashSet<&String> = labels.iter().collect();
    let runs = 1 + labels.windows(2).filter(|pair| pair[0] != pair[1]).count();
    // As many runs as classes is sorted; a few more is nearly so.
    (classes.len() > 1 && runs < 2 * classes.len() && labels.len() >= 2 * runs)
        .then_some(classes.len())
}

impl Look {
    /// What somebody should know before the work, a sentence each. `fid` is the width of the
    /// features where a FID is asked for, `in_order` whether an Inception score over splits in the
    /// images' order is.
    pub fn warnings(&self, name: &str, fid: Option<usize>, in_order: bool) -> Vec<String> {
        let mut all = Vec::new();
        let width = fid.unwrap_or_default();
        let enough = ENOUGH.max(width);
        if fid.is_some() && self.n < enough {
            let images = count(self.n);
            all.push(match self.n < width {
                true => format!(
                    "{name}: {images}, fewer than the {width} features: FID is far above its \
                     value for endless images (use {enough} or more, or `--tap` with fewer features)"
                ),
                false => format!(
                    "{name}: {images}; FID is biased upwards below {enough}: compare with scores \
                     of as many images only"
                ),
            });
        }
        if self.formats.len() > 1 && self.formats.keys().any(|format| format.is_lossy()) {
            let upper = |format: &Format| format.name().to_uppercase();
            let each: Vec<String> =
                self.formats.iter().map(|(format, n)| format!("{n} {}", upper(format))).collect();
            all.push(format!(
                "{name}: {} files: compression shows in FID; both sides should be stored in the \
                 same way",
                each.join(" and ")
            ));
        }
        if self.sizes.len() > 1 {
            let largest = self.sizes.iter().max_by_key(|(_, n)| **n);
            let usual = largest
                .map_or_else(String::new, |([w, h], n)| format!(", most often {w}x{h} ({n})"));
            all.push(format!(
                "{name}: {} sizes{usual}: all are brought to the network's size, which distorts \
                 and blurs them differently",
                self.sizes.len()
            ));
        }
        if self.duplicates > 0 {
            all.push(format!(
                "{name}: {} the same as an earlier one, byte for byte",
                are(self.duplicates)
            ));
        }
        if let (Some(classes), true) = (self.sorted_classes, in_order) {
            all.push(format!(
                "{name}: images come sorted into {classes} classes: the Inception score over splits \
                 in order is far too low (shuffle them, or take ln_is, which minds no order)"
            ));
        }
        all.extend(self.notes.iter().map(|note| format!("{name}: {note}")));
        all
    }
}

fn are(images: usize) -> String {
    if images == 1 { "1 image is".to_owned() } else { format!("{images} images are") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_images::{Image, ImageStack, write_npz};
    use std::fs;

    fn labels(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn sorted_labels_are_seen() {
        assert_eq!(sorted(&labels("aaabbbccc")), Some(3));
        assert_eq!(sorted(&labels("aaabbbbba")), Some(2));
        assert_eq!(sorted(&labels("abcabcabcab")), None);
        assert_eq!(sorted(&labels("aaaa")), None);
        assert_eq!(sorted(&labels("ab")), None);
    }

    #[test]
    fn a_mixed_folder_is_described() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for class in ["cats", "dogs"] {
            fs::create_dir(at(class)).unwrap();
            for i in 0..3u8 {
                let image = Image::filled(4 + usize::from(i / 2), 4, &[i, 0, 0]).unwrap();
                image.write_png(&at(&format!("{class}/{i}.png"))).unwrap();
            }
        }
        fs::write(at("dogs/z.jpg"), b"not an image").unwrap();
        fs::write(at("dogs/z.heic"), b"x").unwrap();
        let source = ImageSource::open(folder.path()).unwrap();
        let found = look(&source, 0..source.len(), &mut |_| {}).unwrap();
        assert_eq!((found.n, found.duplicates), (7, 3));
        assert!(found.notes[0].contains("1 image is left out"), "{:?}", found.notes);
        assert_eq!(found.sorted_classes, Some(2));
        assert!(found.bad.len() == 1 && found.bad[0].contains("z.jpg"), "{:?}", found.bad);
        assert_eq!(found.sizes, BTreeMap::from([([4, 4], 4), ([5, 4], 2)]));
        let text = found.warnings("x", Some(64), true).join("\n");
        for part in ["7 images, fewer than the 64", "2 sizes", "3 images are the same", "sorted"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = found.warnings("x", None, false).join("\n");
        assert!(!text.contains("sorted") && !text.contains("fewer"), "{text}");
        // The key follows the contents, not the names.
        fs::rename(at("cats/2.png"), at("cats/9.png")).unwrap();
        let source = ImageSource::open(folder.path()).unwrap();
        assert_eq!(look(&source, 0..7, &mut |_| {}).unwrap().content, found.content);
        Image::filled(4, 4, &[9, 9, 9]).unwrap().write_png(&at("cats/0.png")).unwrap();
        assert_ne!(look(&source, 0..7, &mut |_| {}).unwrap().content, found.content);
    }

    #[test]
    fn shards_of_an_array_cover_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npz");
        let pixels = (0..7 * 4).map(|i| i as u8).collect();
        write_npz(&path, &ImageStack::new([7, 2, 2, 1], pixels).unwrap(), None).unwrap();
        let source = ImageSource::open(&path).unwrap();
        let mut seen = Vec::new();
        for part in 1..=3 {
            let range = source.shard([part, 3]);
            source
                .visit(range, &mut |index, found| {
                    assert_eq!(usize::from(found.image.unwrap().pixels[0]), 4 * index);
                    seen.push(index);
                    true
                })
                .unwrap();
        }
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6]);
        assert!(source.shard([1, 8]).is_empty());
    }
}
