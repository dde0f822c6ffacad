//! NumPy's `.npz` and `.npy` as images and perhaps labels.

use std::path::Path;

use crate::arrays::npz_file::{NpzFile, read_npy_as};
use crate::arrays::npz_write::{Member, write_members};
use crate::arrays::pickle::Meant;
use crate::{ArrayOptions, Error, ImageStack, Result};

/// Reads images and, if they are there, labels, with the usual [`ArrayOptions`].
///
/// # Errors
///
/// As [`read_npz_with`].
pub fn read_npz(path: &Path) -> Result<(ImageStack, Option<Vec<u32>>)> {
    read_npz_with(path, &ArrayOptions::default())
}

/// Reads images and, if they are there, labels.
///
/// Images are the member `arr_0`, `images` or `x`, or the only member: numbers of any type, 3
/// dimensions `(count, height, width)` or 4 with channels last or second, in C's or Fortran's order.
/// `options` says how numbers become bytes. Labels are the member `labels` or `y` of shape `(count,)`
/// or `(count, 1)`, or `arr_1` of shape `(count,)`: whole numbers from 0 to 65,535.
///
/// # Errors
///
/// A file that cannot be read, has no member for images, holds an array of another shape or type, or
/// numbers outside the range, has as many labels as images not, or a range that is none.
pub fn read_npz_with(
    path: &Path,
    options: &ArrayOptions,
) -> Result<(ImageStack, Option<Vec<u32>>)> {
    let mut file = NpzFile::open(path)?;
    let images = file.images_member()?;
    let (array, name) = file.read_named(&images, Meant::Images)?;
    let stack = array.into_stack(&name, options)?;
    let labels = file.labels_for(stack.count)?;
    Ok((stack, labels))
}

/// Reads the images of a `.npy` file: an array of numbers with 3 or 4 dimensions, as
/// [`read_npz_with`] reads them from an `.npz`.
///
/// # Errors
///
/// A file that cannot be read or is no array of numbers, one of another shape (where it has 2
/// dimensions, the message says how to reshape it), numbers outside the range, or a range that is
/// none.
pub fn read_npy_images(path: &Path, options: &ArrayOptions) -> Result<ImageStack> {
    read_npy_as(path, Meant::Images)?.into_stack(path, options)
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
