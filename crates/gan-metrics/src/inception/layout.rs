//! The three published forms of Inception-v3 and the tensors that each one has.

use std::fmt;
use std::str::FromStr;

/// Which Inception-v3: they differ in poolings, classes and where their weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// The graph of 2015-12-05 that FID, KID and IS are defined on: 1008 logits, averages that do
    /// not count padding, a max pooling in the last block. pytorch-fid and torch-fidelity.
    Fid,
    /// torchvision's `inception_v3`: 1000 logits, averages that count padding.
    Torchvision,
    /// Keras' `InceptionV3`: averages that do not count padding, and a head of one or more dense
    /// layers.
    Keras,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fid, Self::Torchvision, Self::Keras];

    /// Its name in files, receipts and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fid => "fid-inception",
            Self::Torchvision => "torchvision-inception",
            Self::Keras => "keras-inception",
        }
    }

    /// The usual head: 1008 classes, 1000 classes, 1000 classes.
    pub fn usual_head(self) -> &'static [usize] {
        match self {
            Self::Fid => &[1008],
            Self::Torchvision | Self::Keras => &[1000],
        }
    }
}

/// The name of the head's layer `index` of `count`.
pub(crate) fn head_name(index: usize, count: usize) -> String {
    if count == 1 { "fc".to_owned() } else { format!("fc{}", index + 1) }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|layout| layout.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there is no layout `{text}`; expected one of {names}")
        })
    }
}
