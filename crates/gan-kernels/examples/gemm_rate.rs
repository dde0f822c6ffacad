//! GEMM rate.
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use faer::{Accum, Mat, Par};
fn main() {
    for th in [1usize, 2] {
        for n in [1024usize, 2048] {
            let a = Mat::<f32>::from_fn(n, n, |i, j| ((i * 7919 + j * 104729) % 1000) as f32 / 500.0 - 1.0);
            let b = a.transpose().to_owned();
            let mut c = Mat::<f32>::zeros(n, n);
            let mut best = f64::MAX;
            for _ in 0..10 {
                let t = std::time::Instant::now();
                faer::linalg::matmul::matmul(c.as_mut(), Accum::Replace, a.as_ref(), b.as_ref(), 1.0, if th == 1 { Par::Seq } else { Par::rayon(2) });
                best = best.min(t.elapsed().as_secs_f64());
            }
            println!("{th} threads {n}: {:.0} GF/s", 2.0 * (n as f64).powi(3) / best / 1e9);
        }
    }
}
