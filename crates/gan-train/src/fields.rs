//! Tensors with names: a batch of samples, or what generated samples are to be like.

use candle_core::{Device, Result, Tensor, bail};
use gan_data::CLASS;

/// Fields of several samples, each `(n, …)`.
///
/// A batch has the fields of its data, the samples themselves first: images `(n, channels, height,
/// width)` in `[-1, 1]` or points `(n, dims)`, classes `(n,)` of `u32`, tokens `(n, longest)` of
/// `u32`, vectors `(n, length)`. What a generator is [given](crate::Generator::generate) are fields
/// too, without the samples.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, Tensor)>);

/// The samples that a player's loss sees.
pub type Batch = Fields;

impl Fields {
    /// No fields: nothing is given.
    pub fn none() -> Self {
        Self::default()
    }

    /// A batch of nothing but samples; the field is `image` or `point`, by their rank.
    pub fn of(real: Tensor) -> Self {
        let name = if real.rank() == 4 { gan_data::IMAGE } else { gan_data::POINT };
        Self::none().with(name, real)
    }

    /// Classes, one a sample, and nothing else.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn of_classes(classes: &[u32], device: &Device) -> Result<Self> {
        Ok(Self::none().with(CLASS, Tensor::new(classes, device)?))
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, name: &str, field: Tensor) -> Self {
        self.0.push((name.to_owned(), field));
        self
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, field)| field)
    }

    /// The field of this name, which the model cannot do without.
    ///
    /// # Errors
    /// Where there is none; the message says which there are.
    pub fn need(&self, name: &str) -> Result<&Tensor> {
        let Some(field) = self.get(name) else {
            let found = self.names().collect::<Vec<_>>().join(", ");
            let found = if found.is_empty() { "none".to_owned() } else { found };
            bail!("the batch has no field `{name}` (its fields: {found})")
        };
        Ok(field)
    }

    /// The samples of a batch: its first field.
    ///
    /// # Errors
    /// Where there is no field.
    pub fn real(&self) -> Result<&Tensor> {
        let Some((_, first)) = self.0.first() else {
            bail!("a batch without fields: expected samples")
        };
        Ok(first)
    }

    /// The classes, one a sample, where there are any.
    ///
    /// # Errors
    /// Where they are no whole numbers.
    pub fn classes(&self) -> Result<Option<Vec<u32>>> {
        self.get(CLASS).map(|field| field.to_vec1::<u32>()).transpose()
    }

    /// Part `index` of `of` equally large ones, one after the other.
    ///
    /// # Errors
    /// A number of samples that does not divide into so many.
    pub fn part(&self, index: usize, of: usize) -> Result<Self> {
        let mut part = Self::none();
        for (name, field) in self.iter() {
            let samples = field.dim(0)?;
            if of == 0 || !samples.is_multiple_of(of) {
                bail!("{name}: {samples} samples do not divide into {of} equal parts")
            }
            let count = samples / of;
            part = part.with(name, field.narrow(0, index * count, count)?.contiguous()?);
        }
        Ok(part)
    }

    /// The names of the fields, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(name, field)| (name.as_str(), field))
    }

    /// The number of samples; 0 without fields.
    ///
    /// # Errors
    /// Where the first field has no axis.
    pub fn len(&self) -> Result<usize> {
        self.0.first().map_or(Ok(0), |(_, field)| field.dim(0))
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;

    #[test]
    fn fields_are_found_by_name() {
        let points = Tensor::arange(0f32, 6.0, &Device::Cpu).unwrap().reshape((3, 2)).unwrap();
        let classes = Tensor::new(&[7u32, 8, 9], &Device::Cpu).unwrap();
        let batch = Fields::of(points).with(CLASS, classes);
        assert_eq!(batch.names().collect::<Vec<_>>(), ["point", "class"]);
        assert_eq!((batch.len().unwrap(), batch.classes().unwrap()), (3, Some(vec![7, 8, 9])));
        let points = batch.real().unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(points, [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]);
        let told = batch.need("text").unwrap_err().to_string();
        assert!(told.contains("no field `text` (its fields: point, class)"), "{told}");
        let images = Tensor::zeros((1, 1, 2, 2), DType::F32, &Device::Cpu).unwrap();
        assert_eq!(Fields::of(images).names().collect::<Vec<_>>(), ["image"]);
        assert!(Fields::none().real().is_err() && Fields::none().classes().unwrap().is_none());
    }
}
