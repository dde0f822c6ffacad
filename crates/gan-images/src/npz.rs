//! NumPy's `.npz` as images and perhaps labels.

use std::path::Path;

use crate::idx::interleave;
use crate::npy::image_shape;
use crate::npz_file::NpzFile;
use crate::npz_write::{Member, write_members};
use crate::{Error, ImageStack, Result};

/// Reads images and, if they are there, labels.
///
/// Images are the member `arr_0`, `images` or `x`, or the only member: bytes or floats, 3
/// dimensions `(count, height, width)` or 4 with channels last or second. Floats are taken to be in
/// `[0, 1]`, `[-1, 1]` or `[0, 255]`, the first of these that holds them all. Labels are the
/// one-dimensional member `labels`, `y` or `arr_1`: integers from 0 to 65,535.
///
/// # Errors
///
/// A file that cannot be read, has no member for images, holds an array of another shape or type,
/// or has as many labels as images not.
pub fn read_npz(path: &Path) -> Result<(ImageStack, Option<Vec<u32>>)> {
    let mut file = NpzFile::open(path)?;
    let images = file.images_member()?;
    let (array, name) = file.read_named(&images)?;
    let (shape, planar) = image_shape(&array.shape, &name)?;
    let [count, height, width, channels] = shape;
    let pixels = array.into_pixels(&name)?;
    let pixels = if planar { interleave(&pixels, height * width, channels) } else { pixels };
    let stack = ImageStack::new([count, height, width, channels], pixels)
        .map_err(|error| Error::format(&name, error.to_string()))?;

    let labels = file.labels_for(count)?;
    Ok((stack, labels))
}

/// Writes images as `arr_0`, bytes `(count, height, width, channels)`, and labels as `arr_1`, 64 bit
/// integers; stored, as `numpy.savez` does. The same input gives the same bytes.
///
/// # Errors
///
/// As many labels as images not, or a file that cannot be written; the old file stays then.
pub fn write_npz(path: &Path, images: &ImageStack, labels: Option<&[u32]>) -> Result<()> {
    if let Some(labels) = labels
        && labels.len() != images.count
    {
        return Err(Error::argument(format!(
            "{} labels for {} images (expected equal counts)",
            labels.len(),
            images.count
        )));
    }
    let ImageStack { count, height, width, channels, .. } = images;
    let shape = [*count, *height, *width, *channels];
    let mut members: Vec<Member<'_>> = vec![("arr_0", "|u1", &shape, &images.pixels)];
    let labels = labels.map(|labels| -> Vec<u8> {
        labels.iter().flat_map(|&label| i64::from(label).to_le_bytes()).collect()
    });
    if let Some(labels) = &labels {
        members.push(("arr_1", "<i8", &shape[..1], labels));
    }
    write_members(path, &members)
}
