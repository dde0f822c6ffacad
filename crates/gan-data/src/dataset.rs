//! What a data set is: the `Dataset` trait, its description, and `open`.

use std::fmt;
use std::sync::Arc;

use gan_images::SourceKind;

use crate::{Error, Field, FieldKind, Result, Slot};

/// Samples reachable by index, from any thread, in any order.
pub trait Dataset: Send + Sync {
    /// What the data are.
    fn info(&self) -> &DataInfo;

    /// Writes sample `index` into `out`: a slot for each of [`DataInfo::fields`], in their order, of as
    /// many values as [`Field::len`] says. The same index always gives the same bytes.
    ///
    /// # Errors
    ///
    /// An index beyond the data, slots that do not fit the fields, or a file that cannot be decoded;
    /// the message names it.
    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()>;

    /// What happened since the data were opened that somebody should be told, a sentence each, such as
    /// a full disk; [`DataInfo::notes`] are of the opening.
    fn later_notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Data of another domain, whose samples belong to none of these: each has an order of its own.
    /// Their fields are [`DataInfo::beside`].
    fn unpaired(&self) -> &[Arc<dyn Dataset>] {
        &[]
    }

    /// Writes the first field of sample `index` into `out` and returns its class, where the data have
    /// classes.
    ///
    /// # Errors
    ///
    /// As [`Dataset::read`].
    fn labeled(&self, index: usize, out: &mut [f32]) -> Result<Option<u32>> {
        let fields = self.info().fields.get(1..).unwrap_or_default();
        let mut others: Vec<_> = fields.iter().map(|field| field.values(1)).collect();
        let mut slots = vec![Slot::Reals(out)];
        let rest = others.iter_mut().zip(fields);
        slots.extend(rest.flat_map(|(values, field)| values.slots(1, field.len())));
        self.read(index, &mut slots)?;
        let of_class = |field: &Field| matches!(field.kind, FieldKind::Class { .. });
        let class = fields.iter().position(of_class).and_then(|place| slots.get(place + 1));
        Ok(match class {
            Some(Slot::Numbers(values)) => values.first().copied(),
            _ => None,
        })
    }
}

/// What a data set holds.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(from = "crate::written::Written")]
pub struct DataInfo {
    /// The spec it was opened with.
    pub spec: String,
    /// How it was recognized.
    pub kind: Kind,
    /// Samples, after split and limit.
    pub len: usize,
    /// What each sample consists of; the first field is an image or a point.
    pub fields: Vec<Field>,
    /// The fields of domains that are not paired with the samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Field>,
    /// Whether the data have parts of their own, such as sub-folders or files for training and test,
    /// so that nothing of one lies in another.
    pub own_parts: bool,
    /// What was taken in one way where another was possible, what was left out, and what looks
    /// wrong: a sentence each that somebody should be told.
    pub notes: Vec<String>,
}

impl DataInfo {
    /// Data of `len` samples of these fields, without parts of their own and without notes.
    pub fn new(spec: &str, kind: Kind, len: usize, fields: Vec<Field>) -> Self {
        let (beside, notes) = (Vec::new(), Vec::new());
        Self { spec: spec.to_owned(), kind, len, fields, beside, own_parts: false, notes }
    }

    /// Every field, those of unpaired domains after the samples' own.
    pub fn all_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().chain(&self.beside)
    }

    /// Shape of the first field: `[channels, height, width]` of images, `[dimensions]` of points.
    pub fn shape(&self) -> &[usize] {
        crate::field::shape_of_first(&self.fields)
    }

    /// The number of classes, where the data have any; classes are numbers below it.
    pub fn classes(&self) -> Option<usize> {
        crate::field::classes(&self.fields).map(|(count, _)| count)
    }

    /// One name a class; empty where there are no classes or they have no names.
    pub fn class_names(&self) -> &[String] {
        crate::field::classes(&self.fields).map_or(&[], |(_, names)| names)
    }
}

/// What kind of data was recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// The embedded MNIST digits.
    Mnist,
    /// Debian's Fashion-MNIST.
    FashionMnist,
    /// Three of the embedded digits as the colors of one image.
    Stacked,
    /// Points drawn from a known density.
    Toy,
    /// Crops of one image.
    Texture,
    /// A folder of image files.
    Folder,
    /// A zip archive of image files.
    Zip,
    /// IDX files, plain or gzip.
    Idx,
    /// CIFAR-10's binary files.
    Cifar,
    /// NumPy's zipped arrays.
    Npz,
    /// One array of NumPy's.
    Npy,
}

impl Kind {
    /// Whether each sample is a file that has to be decoded.
    pub fn is_files(self) -> bool {
        matches!(self, Self::Folder | Self::Zip)
    }

    pub(crate) fn of_source(kind: SourceKind) -> Self {
        match kind {
            SourceKind::Zip => Self::Zip,
            SourceKind::Idx => Self::Idx,
            SourceKind::Cifar => Self::Cifar,
            SourceKind::Npz => Self::Npz,
            SourceKind::Npy => Self::Npy,
            _ => Self::Folder,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
            Self::Stacked => "stacked",
            Self::Toy => "toy",
            Self::Texture => "texture",
            Self::Folder => "folder",
            Self::Zip => "zip",
            Self::Idx => "idx",
            Self::Cifar => "cifar",
            Self::Npz => "npz",
            Self::Npy => "npy",
        })
    }
}

/// Refuses an index beyond the data, and slots that do not fit its fields.
pub(crate) fn check_access(info: &DataInfo, index: usize, out: &[Slot<'_>]) -> Result<()> {
    let given: Vec<usize> = out.iter().map(Slot::len).collect();
    let expected: Vec<usize> = info.fields.iter().map(Field::len).collect();
    let problem = if index >= info.len {
        format!("sample {index} of {} (expected 0 to {})", info.len, info.len.saturating_sub(1))
    } else if given != expected {
        let fields: Vec<String> = info.fields.iter().map(Field::words).collect();
        format!(
            "room for {given:?} values of a sample of {} (expected {expected:?})",
            fields.join(", ")
        )
    } else {
        return Ok(());
    };
    Err(Error::Access { spec: info.spec.clone(), problem })
}

/// Writes a sample of one field, and perhaps a class, by what `write` makes of the first field's room.
pub(crate) fn write_labeled(
    info: &DataInfo,
    index: usize,
    out: &mut [Slot<'_>],
    write: impl FnOnce(&mut [f32]) -> Result<Option<u32>>,
) -> Result<()> {
    check_access(info, index, out)?;
    let [Slot::Reals(values), rest @ ..] = out else { return Ok(()) };
    let label = write(values)?;
    if let ([Slot::Numbers(class)], Some(label)) = (rest, label) {
        class.fill(label);
    }
    Ok(())
}
