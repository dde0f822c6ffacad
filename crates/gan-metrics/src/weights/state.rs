//! Weights of one network in memory, checked against its layout, and their fingerprint.

use crate::inception::Layout;
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Values of a tensor in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// All tensors of one Inception network under the names of pytorch-fid's file.
#[derive(Clone, PartialEq)]
pub struct State {
    layout: Layout,
    /// Widths of the fully connected layers, the classes last.
    head: Vec<usize>,
    arrays: BTreeMap<String, Array>,
}

impl fmt::Debug for State {
    /// Without the millions of values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layout, head, arrays } = self;
        write!(f, "State {{ {layout}, head {head:?}, {} tensors }}", arrays.len())
    }
}

impl State {
    /// Weights made by a function of a tensor's name and shape, in the order of
    /// [`Layout::tensors`]: random or formula-made networks for tests and timings.
    ///
    /// # Errors
    /// Where `values` returns another number of values than the shape has.
    pub fn made(
        layout: Layout,
        head: &[usize],
        mut values: impl FnMut(&str, &[usize]) -> Vec<f32>,
    ) -> Result<Self> {
        let mut arrays = BTreeMap::new();
        for (name, shape) in layout.tensors(head) {
            let values = values(&name, &shape);
            let expected: usize = shape.iter().product();
            if values.len() != expected {
                return Err(Error::argument(format!(
                    "{} values for {name}: its shape {shape:?} has {expected}",
                    values.len()
                )));
            }
            arrays.insert(name, Array { shape, values });
        }
        Ok(Self { layout, head: head.to_vec(), arrays })
    }

    /// Tensors whose names and shapes have been checked.
    pub(super) fn checked(
        layout: Layout,
        head: Vec<usize>,
        arrays: BTreeMap<String, Array>,
    ) -> Self {
        Self { layout, head, arrays }
    }

    /// Which Inception it is.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Widths of the fully connected layers, the number of classes last.
    pub fn head(&self) -> &[usize] {
        &self.head
    }

    /// The values of a tensor in row-major order.
    ///
    /// # Errors
    /// Where there is no such tensor or its shape is another one.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<&[f32]> {
        match self.arrays.get(name) {
            Some(array) if array.shape == shape => Ok(&array.values),
            Some(array) => Err(Error::argument(format!(
                "the weights' {name}: expected shape {shape:?}, found {:?}",
                array.shape
            ))),
            None => Err(Error::argument(format!("the weights: {name} is missing"))),
        }
    }

    /// SHA-256 of layout, names, shapes and values (f32, little-endian) in the order of names.
    ///
    /// The same weights have the same hash whatever file they come from.
    pub fn hash(&self) -> String {
        fingerprint(self.layout.name(), &self.arrays)
    }

    pub(super) fn arrays(&self) -> &BTreeMap<String, Array> {
        &self.arrays
    }
}

/// Two digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a layout's name and of tensors: names, shapes and values (f32, little-endian) in the
/// order of names.
pub(crate) fn fingerprint(layout: &str, arrays: &BTreeMap<String, Array>) -> String {
    let mut sha = Sha256::new();
    sha.update(format!("gan-metrics weights 1\n{layout}\n"));
    let mut bytes = Vec::new();
    for (name, array) in arrays {
        sha.update(format!("{name} {:?}\n", array.shape));
        bytes.clear();
        bytes.extend(array.values.iter().flat_map(|v| v.to_le_bytes()));
        sha.update(&bytes);
    }
    hexadecimal(&sha.finalize())
}
