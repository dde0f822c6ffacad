//! Samples as rows of numbers, images averaged down to what shows whether they differ.

use crate::Result;
use candle_core::{DType, Tensor};

/// Largest side that images are compared at.
const SIDE: usize = 16;

/// Rows of numbers, one a sample.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub values: Vec<f32>,
    pub width: usize,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    pub fn each(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width.max(1))
    }

    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }
}

/// Samples `(n, …)` as rows, images averaged over squares.
pub(super) fn rows(t: &Tensor) -> Result<Rows> {
    let n = t.dim(0)?;
    let values = t.detach().to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
    let width = values.len() / n.max(1);
    let &[_, _, h, w] = t.dims() else { return Ok(Rows { values, width }) };
    let block = h.max(w).div_ceil(SIDE).max(1);
    if block == 1 {
        return Ok(Rows { values, width });
    }
    let (rows, columns) = (h.div_ceil(block), w.div_ceil(block));
    let planes = width / (h * w).max(1);
    let mut small = Vec::with_capacity(n * planes * rows * columns);
    for plane in values.chunks_exact((h * w).max(1)) {
        for (top, left) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r * block, c * block)))
        {
            let (bottom, right) = ((top + block).min(h), (left + block).min(w));
            let lines = (top..bottom).map(|y| &plane[y * w + left..y * w + right]);
            let sum: f32 = lines.flatten().sum();
            small.push(sum / ((bottom - top) * (right - left)) as f32);
        }
    }
    Ok(Rows { values: small, width: planes * rows * columns })
}

/// `‖a − b‖²`.
pub(super) fn squared(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

/// Euclidean distances to every row.
pub(super) fn distances<'a>(from: &'a [f32], to: &'a Rows) -> impl Iterator<Item = f64> + 'a {
    to.each().map(move |row| squared(from, row).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn images_are_averaged_over_squares() {
        let values: Vec<f32> = (0..2 * 20 * 20).map(|i| (i / 400) as f32).collect();
        let t = Tensor::from_vec(values, (1, 2, 20, 20), &Device::Cpu).unwrap();
        let rows = rows(&t).unwrap();
        assert_eq!((rows.width, rows.len()), (200, 1));
        assert!(rows.values[..100].iter().all(|v| *v == 0.0));
        assert!(rows.values[100..].iter().all(|v| *v == 1.0));
        let odd = Tensor::ones((3, 1, 33, 17), DType::F32, &Device::Cpu).unwrap();
        let odd = super::rows(&odd).unwrap();
        assert_eq!((odd.width, odd.len()), (11 * 6, 3));
        assert!(odd.values.iter().all(|v| (*v - 1.0).abs() < 1e-6));
    }
}
