//! What data hold out: the part test beside the part train, where they have both.

use std::path::Path;

use gan_images::{Collection, Split};

use crate::recognize::is_named;
use crate::{LoadOptions, open};

/// The part of data that nothing is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldOutPart {
    /// Its samples; of toys and textures, which draw fresh ones, as many as there are to train on.
    pub samples: usize,
    /// Whether it is a part of the data's own, which costs the training part nothing.
    pub own: bool,
}

/// The part test of the data of `spec`, where it shares nothing with the part train. Reads no more
/// than what is there; `options` give the rule, their split and limit do not count.
///
/// Nothing where the data cannot be opened, where a part is missing, or where `train` means another
/// thing than all but `test`, as in a folder of classes one of which is called train.
pub fn held_out_part(spec: &str, options: &LoadOptions) -> Option<HeldOutPart> {
    let part = |split| LoadOptions { split, limit: None, ..*options };
    if is_named(spec) {
        let info = open(spec, &part(Split::Test)).ok()?.info().clone();
        return Some(HeldOutPart { samples: info.len, own: info.own_parts });
    }
    let found = |split| Collection::open(Path::new(spec), &part(split).opening()).ok();
    let (all, train, test) = (found(Split::All)?, found(Split::Train)?, found(Split::Test)?);
    let own = all.own_parts();
    let alike = train.own_parts() == own && test.own_parts() == own;
    // By the rule the parts make the whole; parts of its own are beside what `all` takes.
    let whole = if own { all.len() == train.len() } else { all.len() == train.len() + test.len() };
    (alike && whole).then_some(HeldOutPart { samples: test.len(), own })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_images::{Image, ImageStack, write_idx_images};

    fn of(paths: &[&str]) -> Option<HeldOutPart> {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, Image::filled(2, 2, &[7]).unwrap().to_png().unwrap()).unwrap();
        }
        held_out_part(folder.path().to_str().unwrap(), &LoadOptions::default())
    }

    #[test]
    fn names_have_parts_of_known_sizes() {
        let of = |spec| held_out_part(spec, &LoadOptions::default());
        assert_eq!(of("mnist"), Some(HeldOutPart { samples: 1000, own: false }));
        assert_eq!(of("toy:ring?n=300"), Some(HeldOutPart { samples: 300, own: true }));
        assert_eq!(of("nowhere"), None);
    }

    #[test]
    fn folders_have_parts_of_their_own_or_by_the_rule_or_none() {
        let twenty: Vec<String> = (0..20).map(|k| format!("{k}.png")).collect();
        let twenty: Vec<&str> = twenty.iter().map(String::as_str).collect();
        assert_eq!(of(&twenty), Some(HeldOutPart { samples: 2, own: false }));
        assert_eq!(of(&twenty[..1]), None);
        let own = ["train/1.png", "train/2.png", "test/1.png"];
        assert_eq!(of(&own), Some(HeldOutPart { samples: 1, own: true }));
        // Nothing to test on; the same part for both; a class that is called train.
        assert_eq!(of(&own[..2]), None);
        assert_eq!(of(&["val/1.png", "val/2.png"]), None);
        assert_eq!(of(&["train/1.png", "train/2.png", "cats/1.png", "cats/2.png"]), None);
    }

    #[test]
    fn a_single_idx_file_is_divided_by_the_rule() {
        let folder = tempfile::tempdir().unwrap();
        let stack = ImageStack::new([20, 2, 2, 1], vec![0; 80]).unwrap();
        let spec = folder.path().to_str().unwrap();
        for name in ["images-idx3-ubyte", "train-images-idx3-ubyte"] {
            let path = folder.path().join(name);
            write_idx_images(&path, &stack).unwrap();
            let found = held_out_part(spec, &LoadOptions::default());
            assert_eq!(found, Some(HeldOutPart { samples: 2, own: false }), "{name}");
            std::fs::remove_file(path).unwrap();
        }
    }
}
