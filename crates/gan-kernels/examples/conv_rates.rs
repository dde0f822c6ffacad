//! Rates of the convolutions that networks use, beside the matrix product of the same machine.
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use candle_core::{Device, Result, Tensor, Var};
use gan_kernels::conv::{Conv2d, conv2d, conv_transpose2d};
use std::time::Instant;
fn rnd(shape: &[usize]) -> Tensor {
    let n: usize = shape.iter().product();
    let v: Vec<f32> = (0..n).map(|i| ((i as u64).wrapping_mul(6364136223846793005) >> 40) as f32 / 1.6e7 - 0.5).collect();
    Tensor::from_vec(v, shape, &Device::Cpu).unwrap()
}
fn med(mut f: impl FnMut() -> Result<()>) -> Result<f64> {
    f()?;
    let mut t: Vec<f64> = (0..7).map(|_| { let s = Instant::now(); f().unwrap(); s.elapsed().as_secs_f64() * 1e3 }).collect();
    t.sort_by(f64::total_cmp);
    Ok(t[3])
}
fn main() -> Result<()> {
    let th: usize = std::env::args().nth(1).map_or(2, |a| a.parse().unwrap());
    gan_kernels::start::threads(th)?;
    gan_kernels::start::keep_memory();
    println!("{:?}", gan_kernels::isa::Isa::current());
    for (n, c, o, h, k, s, p) in [(64, 64, 128, 32, 4, 2, 1), (64, 128, 256, 16, 4, 2, 1), (64, 256, 512, 8, 4, 2, 1), (64, 3, 64, 64, 4, 2, 1), (128, 64, 128, 14, 4, 2, 1), (128, 1, 64, 28, 4, 2, 1), (64,64,64,28,3,1,1),(8,32,64,147,3,1,1)] {
        let only = std::env::args().nth(2);
        if only.is_some_and(|o| o != format!("{n}x{c}")) { continue }
        let how = Conv2d::new(s, p);
        if let Some(k) = std::env::args().nth(3) {
            let [oh, _] = how.output([h, h], [4, 4])?;
            let (x, w, g) = (rnd(&[n, c, h, h]), rnd(&[o, c, 4, 4]), rnd(&[n, o, oh, oh]));
            let mut t: Vec<f64> = (0..60).map(|_| { let s = Instant::now(); if k == "f" { conv2d(&x, &w, None, &how).unwrap(); } else { conv_transpose2d(&g, &w, None, &how, [0, 0]).unwrap(); }; s.elapsed().as_secs_f64() * 1e3 }).collect(); t.sort_by(f64::total_cmp); println!("{n}x{c} {k}: min {:.2} q1 {:.2} med {:.2}", t[0], t[15], t[30]);
            return Ok(());
        }
        let [oh, _] = how.output([h, h], [k, k])?;
        let (x, w, g) = (rnd(&[n, c, h, h]), rnd(&[o, c, k, k]), rnd(&[n, o, oh, oh]));
        let gf = 2.0 * (n * c * o * k * k * oh * oh) as f64 / 1e6;
        let f = med(|| conv2d(&x, &w, None, &how).map(|_| ()))?;
        let b = med(|| conv_transpose2d(&g, &w, None, &how, [0, 0]).map(|_| ()))?;
        let wv = Var::from_tensor(&w)?;
        let y = conv2d(&x, wv.as_tensor(), None, &how)?;
        let l = (y * &g)?.sum_all()?;
        let all = med(|| l.backward().map(|_| ()))?;
        println!("{n}x{c}->{o} {h} k{k}s{s}: fwd {f:.2} ms {:.0} GF/s; igrad {b:.2} ms {:.0}; wgrad(+) {all:.2} {:.0}", gf / f, gf / b, gf / all);
    }
    Ok(())
}
