//! Accuracy of convolution paths against f64.
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use candle_core::{DType, Device, Tensor};
use gan_kernels::conv::{Conv2d, conv2d};
use gan_kernels::isa::{Isa, with_isa};
fn rnd(shape: &[usize], seed: u64) -> Tensor {
    let n: usize = shape.iter().product();
    let mut s = seed;
    let v: Vec<f32> = (0..n).map(|_| { s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (s >> 40) as f32 / 8388608.0 - 1.0 }).collect();
    Tensor::from_vec(v, shape, &Device::Cpu).unwrap()
}
fn main() {
    for (c, k) in [(1usize, 1usize), (1, 4), (3, 4), (16, 1), (32, 1), (16, 4), (64, 4), (256, 4)] {
        let (x, w) = (rnd(&[16, c, 8, 8], 1), rnd(&[16, c, k, k], 2));
        let how = Conv2d::default();
        let exact = conv2d(&x.to_dtype(DType::F64).unwrap(), &w.to_dtype(DType::F64).unwrap(), None, &how).unwrap();
        let rms = exact.sqr().unwrap().mean_all().unwrap().to_scalar::<f64>().unwrap().sqrt();
        let err = |isa| { let y = with_isa(isa, || conv2d(&x, &w, None, &how).unwrap()).to_dtype(DType::F64).unwrap(); (y - &exact).unwrap().sqr().unwrap().mean_all().unwrap().to_scalar::<f64>().unwrap().sqrt() / rms };
        let (a, b, d) = (err(Isa::Amx), err(Isa::Avx512), err(Isa::Baseline));
        println!("K {}: amx {a:.2e} avx512 {b:.2e} baseline {d:.2e} ratio {:.2} {:.2}", c * k * k, a / b, a / d);
    }
}
