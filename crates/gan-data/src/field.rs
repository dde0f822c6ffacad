//! What a sample consists of: fields with names, each an image, a point, a class, words or numbers.

use serde::{Deserialize, Serialize};

/// The name of a field of images.
pub const IMAGE: &str = "image";
/// The name of a field of points.
pub const POINT: &str = "point";
/// The name of a field of classes.
pub const CLASS: &str = "class";

/// One part of every sample of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is asked for by: `image`, `point`, `class`, …
    pub name: String,
    /// What it holds.
    #[serde(flatten)]
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FieldKind {
    /// Pixels in `[-1, 1]`.
    Image {
        /// `[channels, height, width]`.
        shape: [usize; 3],
    },
    /// Raw coordinates.
    Point {
        /// `[dimensions]`.
        shape: [usize; 1],
    },
    /// One of several classes, as a number in `0..count`.
    Class {
        /// How many there are.
        count: usize,
        /// One name a class; empty where they have none.
        names: Vec<String>,
    },
    /// Words of a text, as numbers into a vocabulary.
    Tokens {
        /// The words; the first stands for "no word" and fills what a shorter text leaves.
        vocabulary: Vec<String>,
        /// Words of the longest text.
        longest: usize,
    },
    /// Numbers with names, such as attributes.
    Vector {
        /// One name a number.
        names: Vec<String>,
    },
}

/// Where [`crate::Dataset::read`] writes a field of a sample.
#[derive(Debug, PartialEq)]
pub enum Slot<'a> {
    /// Of images, points and vectors.
    Reals(&'a mut [f32]),
    /// Of classes and tokens.
    Numbers(&'a mut [u32]),
}

/// A field of several samples, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of images, points and vectors.
    Reals(Vec<f32>),
    /// Of classes and tokens.
    Numbers(Vec<u32>),
}

impl Field {
    /// The images of a data set.
    pub fn image(shape: [usize; 3]) -> Self {
        Self { name: IMAGE.to_owned(), kind: FieldKind::Image { shape } }
    }

    /// The points of a data set.
    pub fn point(dimensions: usize) -> Self {
        Self { name: POINT.to_owned(), kind: FieldKind::Point { shape: [dimensions] } }
    }

    /// The classes of a data set; `names` is empty where they have none.
    pub fn class(count: usize, names: Vec<String>) -> Self {
        Self { name: CLASS.to_owned(), kind: FieldKind::Class { count, names } }
    }

    /// Shape of one sample's value; a class has none.
    pub fn shape(&self) -> Vec<usize> {
        match &self.kind {
            FieldKind::Image { shape } => shape.to_vec(),
            FieldKind::Point { shape } => shape.to_vec(),
            FieldKind::Class { .. } => Vec::new(),
            FieldKind::Tokens { longest, .. } => vec![*longest],
            FieldKind::Vector { names } => vec![names.len()],
        }
    }

    /// Values of one sample.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether a sample has no value of it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Room for this field of so many samples.
    pub fn values(&self, samples: usize) -> Values {
        let len = self.len() * samples;
        match self.kind {
            FieldKind::Class { .. } | FieldKind::Tokens { .. } => Values::Numbers(vec![0; len]),
            _ => Values::Reals(vec![0.0; len]),
        }
    }

    /// In words, such as `image (3×64×64)` or `class (10)`.
    pub fn words(&self) -> String {
        let shape: Vec<String> = self.shape().iter().map(usize::to_string).collect();
        let inside = match &self.kind {
            FieldKind::Class { count, .. } => count.to_string(),
            FieldKind::Tokens { vocabulary, longest } => {
                format!("up to {longest} words of {}", vocabulary.len())
            }
            _ => shape.join("×"),
        };
        format!("{} ({inside})", self.name)
    }
}

impl Values {
    /// Where each of `samples` samples goes, whose fields are of `len` values.
    pub(crate) fn slots(&mut self, samples: usize, len: usize) -> Vec<Slot<'_>> {
        fn parts<T>(
            mut all: &mut [T],
            samples: usize,
            len: usize,
        ) -> impl Iterator<Item = &mut [T]> {
            (0..samples).map_while(move |_| all.split_off_mut(..len))
        }
        match self {
            Self::Reals(values) => parts(values, samples, len).map(Slot::Reals).collect(),
            Self::Numbers(values) => parts(values, samples, len).map(Slot::Numbers).collect(),
        }
    }
}

impl Slot<'_> {
    /// How many values it takes.
    pub fn len(&self) -> usize {
        match self {
            Self::Reals(values) => values.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    /// Whether it takes none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The fields of labeled or unlabeled samples of this shape: images where it has three axes, points
/// elsewhere.
pub fn fields_of(shape: &[usize], classes: Option<usize>) -> Vec<Field> {
    let first = match *shape {
        [channels, height, width] => Field::image([channels, height, width]),
        _ => Field::point(shape.iter().product()),
    };
    std::iter::once(first).chain(classes.map(|n| Field::class(n, Vec::new()))).collect()
}

/// How data that have a field of this name are laid out on disk, in a sentence.
pub fn layout(name: &str) -> &'static str {
    match name {
        IMAGE => {
            "images are a folder or zip of image files, or arrays of them (.npy, .npz, IDX, CIFAR-10)"
        }
        POINT => "points are drawn from a density, such as toy:ring",
        CLASS => {
            "classes are sub-folders of a folder of images, one each, or labels beside an array \
             (IDX, CIFAR-10, an .npz with `labels`), and mnist and toy:ring have them"
        }
        _ => "no data that this version opens have it",
    }
}

/// Shape of the first field, an image or a point; of anything else none.
pub fn shape_of_first(fields: &[Field]) -> &[usize] {
    match fields.first().map(|field| &field.kind) {
        Some(FieldKind::Image { shape }) => shape,
        Some(FieldKind::Point { shape }) => shape,
        _ => &[],
    }
}

/// How many classes the first field of classes has, and their names.
pub fn classes(fields: &[Field]) -> Option<(usize, &[String])> {
    fields.iter().find_map(|field| match &field.kind {
        FieldKind::Class { count, names } => Some((*count, names.as_slice())),
        _ => None,
    })
}

/// The name of a class, or its number where `names` has none for it.
pub fn class_name(names: &[String], class: u32) -> String {
    names.get(class as usize).cloned().unwrap_or_else(|| class.to_string())
}
