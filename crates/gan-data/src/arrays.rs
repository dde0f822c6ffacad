//! Images held in memory: MNIST, IDX, CIFAR, npz and npy.

use std::ops::Range;

use gan_images::{Collection, Image, ImageStack};

use crate::dataset::write_labeled;
use crate::shape::Target;
use crate::{DataInfo, Dataset, Error, Field, Kind, LoadOptions, Result, Slot};

/// Images that are resized at once up to this many bytes; above, each time they are read.
const FIT_AT_ONCE: usize = 1 << 28;

/// What an array file holds, before size and channels apply.
pub(crate) struct Arrays {
    pub(crate) kind: Kind,
    pub(crate) images: ImageStack,
    pub(crate) labels: Option<Vec<u32>>,
    pub(crate) class_names: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) own_parts: bool,
}

impl Arrays {
    /// Images without labels that no path holds.
    pub(crate) fn new(kind: Kind, images: ImageStack) -> Self {
        let (class_names, notes) = (Vec::new(), Vec::new());
        Self { kind, images, labels: None, class_names, notes, own_parts: false }
    }

    /// An array file.
    pub(crate) fn of_collection(found: Collection) -> Result<Self> {
        let (kind, path) = (Kind::of_source(found.kind()), found.path().to_owned());
        let labels = found.labels().map(<[u32]>::to_vec);
        let (class_names, notes) = (found.class_names().to_vec(), found.notes().to_vec());
        let own_parts = found.own_parts();
        let images = found.into_stack()?.ok_or_else(|| Error::Unusable {
            path,
            problem: "holds files, not an array".to_owned(),
        })?;
        Ok(Self { kind, images, labels, class_names, notes, own_parts })
    }

    /// The samples of `range`.
    pub(crate) fn part(mut self, range: Range<usize>) -> Result<Self> {
        let len = self.images.image_len();
        let range = range.start.min(self.images.count)..range.end.min(self.images.count);
        self.images.pixels.truncate(range.end * len);
        self.images.pixels.drain(..range.start * len);
        self.images.count = range.len();
        self.labels = self.labels.map(|labels| labels[range].to_vec());
        Ok(self)
    }

    pub(crate) fn image(&self, index: usize) -> Option<(Image, Option<u32>)> {
        let label = self.labels.as_ref().and_then(|labels| labels.get(index)).copied();
        Some((self.images.get(index)?, label))
    }

    /// Number of classes: that of the names, or the largest label and one.
    pub(crate) fn classes(&self) -> Option<usize> {
        let most = self.labels.as_ref()?.iter().max().map_or(0, |most| *most as usize + 1);
        Some(most.max(self.class_names.len()))
    }
}

/// [`Arrays`] in the shape that was asked for.
pub(crate) struct ArrayDataset {
    info: DataInfo,
    arrays: Arrays,
    target: Target,
}

impl ArrayDataset {
    pub(crate) fn new(spec: &str, arrays: Arrays, options: &LoadOptions) -> Result<Self> {
        let len = options.limit.unwrap_or(usize::MAX).min(arrays.images.count);
        let mut arrays = arrays.part(0..len)?;
        let ImageStack { width, height, channels, .. } = arrays.images;
        let target = Target::new(options, (width, height), channels == 1);
        let shape = target.shape();
        let changes = shape != [channels, height, width];
        if changes && shape.iter().product::<usize>().saturating_mul(len) <= FIT_AT_ONCE {
            let images: gan_images::Result<Vec<Image>> = (0..len)
                .filter_map(|index| arrays.images.get(index))
                .map(|image| target.apply(image))
                .collect();
            arrays.images = ImageStack::from_images(&images?)?;
        }
        let mut fields = vec![Field::image(shape)];
        let classes = arrays.classes();
        fields.extend(classes.map(|count| Field::class(count, arrays.class_names.clone())));
        let info = DataInfo::new(spec, arrays.kind, len, fields);
        let notes = arrays.notes.clone();
        let info = DataInfo { own_parts: arrays.own_parts, notes, ..info };
        Ok(Self { info, arrays, target })
    }

    /// `[channels, height, width]` of each image.
    pub(crate) fn shape(&self) -> [usize; 3] {
        self.target.shape()
    }
}

impl Dataset for ArrayDataset {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        write_labeled(&self.info, index, out, |values| {
            let Some((image, label)) = self.arrays.image(index) else { return Ok(None) };
            self.target.apply(image)?.write_planes(values)?;
            Ok(label)
        })
    }
}
