//! Walking over the images of a collection.

use std::ops::Range;
use std::path::PathBuf;

use super::{Collection, Store};
use crate::{Decoding, Image, ImageStack, NpzFile, Result, read_npz};

/// One image as it was found.
#[derive(Debug)]
pub struct Visited {
    /// Its place in the collection.
    pub index: usize,
    /// What stands for it in messages.
    pub name: PathBuf,
    /// Its pixels, or why there are none.
    pub image: Result<Image>,
}

impl Collection {
    /// Calls `visit` with the images of `range` in order; stops where it gives `false`. Holds one
    /// image at a time, or one array where the file allows no less.
    ///
    /// # Errors
    ///
    /// An array that ends early. An unreadable image is no error here: `visit` is told.
    pub fn visit(
        &self,
        range: Range<usize>,
        how: &Decoding,
        visit: &mut dyn FnMut(Visited) -> bool,
    ) -> Result<()> {
        if let Store::Npz(_) = self.store {
            let mut file = NpzFile::open(&self.path)?;
            return file.visit_images(&mut |index, image| {
                let name = self.display_path(index);
                let go_on =
                    !range.contains(&index) || visit(Visited { index, name, image: Ok(image) });
                go_on && index + 1 < range.end
            });
        }
        for index in range {
            let (name, image) = (self.display_path(index), self.image(index, how));
            if !visit(Visited { index, name, image }) {
                break;
            }
        }
        Ok(())
    }

    /// The images as one array; nothing where they are files.
    ///
    /// # Errors
    ///
    /// An array that cannot be read.
    pub fn into_stack(self) -> Result<Option<ImageStack>> {
        match self.store {
            Store::Stack(stack) => Ok(Some(stack)),
            Store::Npz(_) => Ok(Some(read_npz(&self.path)?.0)),
            Store::Folder(_) | Store::Zip(..) => Ok(None),
        }
    }
}
