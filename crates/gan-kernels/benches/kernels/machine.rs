//! The machine's own rates: a large matrix product, and a copy.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;

/// Rows, inner size and columns of the products; the best of them is the machine's rate.
const SHAPES: [[usize; 3]; 4] =
    [[1024, 1024, 1024], [2048, 512, 2048], [1536, 1536, 1536], [2048, 2048, 2048]];

const REPEATS: usize = 9;

/// GFLOP/s of faer's f32 product: the median of the repeats of each shape, of the best shape.
pub fn gemm(threads: usize) -> f64 {
    let par = if threads > 1 { Par::rayon(threads) } else { Par::Seq };
    let rate = |[m, k, n]: [usize; 3]| {
        let a = Mat::<f32>::from_fn(m, k, |i, j| ((i * 7 + j * 3) % 17) as f32 / 17.0 - 0.5);
        let b = Mat::<f32>::from_fn(k, n, |i, j| ((i * 5 + j * 11) % 13) as f32 / 13.0 - 0.5);
        let mut c = Mat::<f32>::zeros(m, n);
        let ms = median(|| {
            matmul(&mut c, Accum::Replace, &a, &b, 1.0, par);
            black_box(&c);
        });
        2e-6 * (m * k * n) as f64 / ms
    };
    SHAPES.into_iter().map(rate).fold(0.0, f64::max)
}

/// GB/s, read and written together, of copying 64 MiB with all threads.
pub fn copy() -> f64 {
    const LEN: usize = 16 << 20;
    // Large enough that handing out the pieces costs nothing beside copying them.
    const PIECE: usize = 1 << 18;
    let from = vec![1.5f32; LEN];
    let mut to = vec![0.5f32; LEN];
    let ms = median(|| {
        to.par_chunks_mut(PIECE)
            .zip(from.par_chunks(PIECE))
            .for_each(|(t, f)| t.copy_from_slice(f));
        black_box(&to);
    });
    2e-6 * (LEN * size_of::<f32>()) as f64 / ms
}

fn median(mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[REPEATS / 2]
}
