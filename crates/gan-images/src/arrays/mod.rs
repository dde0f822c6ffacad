//! Arrays of images in files: IDX, CIFAR-10 and NumPy's.

pub(crate) mod array_images;
pub(crate) mod cifar;
pub(crate) mod element_type;
pub(crate) mod idx;
pub(crate) mod inflate;
pub(crate) mod npy;
pub(crate) mod npy_fields;
pub(crate) mod npy_header;
pub(crate) mod npy_order;
pub(crate) mod npz;
pub(crate) mod npz_file;
pub(crate) mod npz_write;
pub(crate) mod pickle;
pub(crate) mod stack;
