//! Squared Euclidean distances between rows, tile by tile: exact to f64, in bounded memory.
//!
//! ‖x − y‖² = ‖x‖² + ‖y‖² − 2 x·y, with x·y from a GEMM in f64. Where most digits cancel, as
//! between two copies of an image, the sum of squared differences itself. A tile is computed by one
//! thread, so that the bits do not depend on how many there are.

use crate::FeatureMatrix;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;
use std::ops::Range;

/// Rows and columns of a tile.
const TILE: usize = 512;
/// Below this part of ‖x‖² + ‖y‖² a distance is computed again from differences.
const CANCELLED: f64 = 1e-9;

/// Squared distances between some rows of one matrix and some of another.
pub(crate) struct Tile<'a> {
    /// Rows of the first matrix.
    pub rows: Range<usize>,
    /// Rows of the second.
    pub columns: Range<usize>,
    /// ‖x − y‖² ≥ 0, `rows × columns`.
    pub squared: &'a [f64],
}

impl Tile<'_> {
    /// Row by row: the first matrix's row and its distances to `columns`.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.rows.clone().zip(self.squared.chunks_exact(self.columns.len().max(1)))
    }
}

/// A matrix cut into blocks of rows, with the squared length of each row.
struct Blocks<'a> {
    matrix: &'a FeatureMatrix,
    squares: Vec<f64>,
}

impl<'a> Blocks<'a> {
    fn new(matrix: &'a FeatureMatrix) -> Self {
        let squares: Vec<Vec<f64>> = (0..matrix.rows().div_ceil(TILE))
            .into_par_iter()
            .map(|block| {
                let values = matrix.block(range(matrix, block));
                values
                    .chunks_exact(matrix.width())
                    .map(|row| sum_of(row, row, |a, b| a * b))
                    .collect()
            })
            .collect();
        Self { matrix, squares: squares.concat() }
    }

    fn count(&self) -> usize {
        self.matrix.rows().div_ceil(TILE)
    }

    fn block(&self, block: usize) -> (Range<usize>, Vec<f64>) {
        let range = range(self.matrix, block);
        (range.clone(), self.matrix.block(range))
    }
}

fn range(matrix: &FeatureMatrix, block: usize) -> Range<usize> {
    block * TILE..((block + 1) * TILE).min(matrix.rows())
}

/// Σ f(aᵢ, bᵢ) in eight running sums, added in a fixed order.
fn sum_of(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
    let (wide_a, wide_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = wide_a.remainder().iter().zip(wide_b.remainder());
    let tail: f64 = rest.map(|(a, b)| f(*a, *b)).sum();
    let mut lanes = [0.0; 8];
    for (a, b) in wide_a.zip(wide_b) {
        for lane in 0..8 {
            lanes[lane] += f(a[lane], b[lane]);
        }
    }
    lanes.iter().sum::<f64>() + tail
}

/// Calls `visit` with every tile of a block of `a`'s rows against all of `b`, in the order of the
/// columns, and gives each block's result in order. Blocks go to the threads of rayon's pool.
pub(crate) fn by_row_blocks<R: Send>(
    a: &FeatureMatrix,
    b: &FeatureMatrix,
    start: impl Fn(Range<usize>) -> R + Sync,
    visit: impl Fn(&mut R, &Tile<'_>) + Sync,
) -> Vec<R> {
    let (first, second) = (Blocks::new(a), Blocks::new(b));
    (0..first.count())
        .into_par_iter()
        .map(|block| {
            let (rows, x) = first.block(block);
            let mut result = start(rows.clone());
            let mut squared = Vec::new();
            for block in 0..second.count() {
                let (columns, y) = second.block(block);
                fill(
                    &mut squared,
                    (&x, &first.squares[rows.clone()]),
                    (&y, &second.squares[columns.clone()]),
                );
                visit(&mut result, &Tile { rows: rows.clone(), columns, squared: &squared });
            }
            result
        })
        .collect()
}

/// Calls `visit`, from any thread and in any order, with every tile of a matrix against itself
/// whose columns do not come before its rows: on and right of the diagonal.
pub(crate) fn within(matrix: &FeatureMatrix, visit: impl Fn(&Tile<'_>) + Sync) {
    let blocks = Blocks::new(matrix);
    let pairs: Vec<(usize, usize)> =
        (0..blocks.count()).flat_map(|i| (i..blocks.count()).map(move |j| (i, j))).collect();
    pairs.into_par_iter().for_each(|(i, j)| {
        let ((rows, x), (columns, y)) = (blocks.block(i), blocks.block(j));
        let mut squared = Vec::new();
        fill(
            &mut squared,
            (&x, &blocks.squares[rows.clone()]),
            (&y, &blocks.squares[columns.clone()]),
        );
        visit(&Tile { rows, columns, squared: &squared });
    });
}

/// Fills `out` with the squared distances of the rows of `x` and `y`, each with its squares.
fn fill(out: &mut Vec<f64>, (x, xx): (&[f64], &[f64]), (y, yy): (&[f64], &[f64])) {
    let (rows, columns) = (xx.len(), yy.len());
    out.resize(rows * columns, 0.0);
    let width = x.len() / rows.max(1);
    let a = MatRef::from_row_major_slice(x, rows, width);
    let b = MatRef::from_row_major_slice(y, columns, width);
    let products = MatMut::from_row_major_slice_mut(out, rows, columns);
    matmul(products, Accum::Replace, a, b.transpose(), 1.0, Par::Seq);
    for (i, line) in out.chunks_exact_mut(columns.max(1)).enumerate() {
        let mut least = f64::INFINITY;
        for (value, y2) in line.iter_mut().zip(yy) {
            let all = xx[i] + y2;
            *value = all - 2.0 * *value;
            least = least.min(*value - CANCELLED * all);
        }
        if least < 0.0 {
            let row = &x[i * width..(i + 1) * width];
            for ((value, y2), other) in line.iter_mut().zip(yy).zip(y.chunks_exact(width)) {
                if *value < CANCELLED * (xx[i] + y2) {
                    *value = sum_of(row, other, |a, b| (a - b) * (a - b));
                }
            }
        }
    }
}

/// The distance as the reference programs compare it: the root of a squared distance that was
/// rounded to f32 for features in f32.
pub(crate) fn rounded(single: bool) -> fn(f64) -> f64 {
    if single { |squared| f64::from((squared as f32).sqrt()) } else { |squared| squared.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::sync::Mutex;

    fn features(rows: usize, width: usize, seed: u64) -> FeatureMatrix {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values = (0..rows * width).map(|_| rng.random::<f32>()).collect();
        FeatureMatrix::from_f32(width, values).unwrap()
    }

    fn naive(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
    }

    #[test]
    fn every_pair_once_and_right() {
        let (a, b) = (features(600, 11, 1), features(1030, 11, 2));
        let (x, y) = (a.to_f64(), b.to_f64());
        let results = by_row_blocks(
            &a,
            &b,
            |rows| (rows, 0),
            |(_, seen), tile| {
                for (i, line) in tile.lines() {
                    for (j, found) in tile.columns.clone().zip(line) {
                        let exact = naive(&x[i * 11..(i + 1) * 11], &y[j * 11..(j + 1) * 11]);
                        assert!((found - exact).abs() < 1e-13, "{i} {j}");
                        *seen += 1;
                    }
                }
            },
        );
        assert_eq!(results.iter().map(|r| r.1).sum::<usize>(), 600 * 1030);
        assert_eq!(results[1].0, 512..600);
        let seen = Mutex::new(vec![0; 600 * 600]);
        within(&a, |tile| {
            for (i, line) in tile.lines() {
                for (j, found) in tile.columns.clone().zip(line) {
                    let exact = naive(&x[i * 11..(i + 1) * 11], &x[j * 11..(j + 1) * 11]);
                    assert!((found - exact).abs() < 1e-13);
                    seen.lock().unwrap()[i * 600 + j] += 1;
                }
            }
        });
        let seen = seen.into_inner().unwrap();
        assert!((0..600).all(|i| (i..600).all(|j| seen[i * 600 + j] == 1)));
    }

    #[test]
    fn copies_are_at_no_distance_at_all() {
        let far: Vec<f32> = features(3, 50, 1).as_f32().unwrap().iter().map(|v| v + 1e4).collect();
        let a = FeatureMatrix::from_f32(50, far.repeat(2)).unwrap();
        within(&a, |tile| {
            for (i, line) in tile.lines() {
                for (j, found) in line.iter().enumerate() {
                    assert_eq!(i % 3 == j % 3, *found == 0.0, "{i} {j} {found}");
                }
            }
        });
    }
}
