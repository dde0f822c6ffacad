//! Minimal filtering against the loop, and its errors against those of direct sums.

use crate::differences::{close, values};
use crate::naive;
use candle_core::{DType, Device, Tensor, Var};
use gan_kernels::conv::{Conv2d, conv_transpose2d, conv2d};
use gan_kernels::gradients;
use gan_kernels::isa::{Isa, with_isa};
use proptest::prelude::*;

const PLAIN: [Isa; 3] = [Isa::Baseline, Isa::Avx2, Isa::Avx512];

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn single(t: &Tensor) -> Tensor {
    t.to_dtype(DType::F32).unwrap()
}

/// What a convolution comes to: results, and gradients of both sides for a gradient `g` of them.
fn all(x: &Tensor, w: &Tensor, g: &Tensor, how: &Conv2d) -> [Tensor; 3] {
    let (x, w) = (Var::from_tensor(x).unwrap(), Var::from_tensor(w).unwrap());
    let y = conv2d(&x, &w, None, how).unwrap();
    let loss = (&y * g).unwrap().sum_all().unwrap();
    let grads = gradients::backward(&loss).unwrap();
    [y.detach(), grads.get(&x).unwrap().clone(), grads.get(&w).unwrap().clone()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Channels and images on both sides of a tile's sizes, sizes that tiles do not fill, and padding
    /// that differs from side to side.
    #[test]
    fn strided_convolutions_equal_the_loop(
        n in 1usize..20, groups in 1usize..3, cg in 16usize..36, og in 16usize..36,
        h in 8usize..21, w in 8usize..21,
        padding in [0usize..4, 0usize..4, 0usize..4, 0usize..4], seed in 0u64..1000,
    ) {
        let how = Conv2d { stride: [2; 2], padding, groups, ..Conv2d::default() };
        let (n, c, o) = (n.min(40 / cg + 1), cg * groups, og * groups);
        let (xs, ws) = (values(n * c * h * w, seed), values(o * cg * 16, seed + 1));
        let [oh, ow] = how.output([h, w], [4, 4]).unwrap();
        let gs = values(n * o * oh * ow, seed + 2);
        let x = Tensor::from_slice(&xs, (n, c, h, w), &Device::Cpu).unwrap();
        let k = Tensor::from_slice(&ws, (o, cg, 4, 4), &Device::Cpu).unwrap();
        let g = Tensor::from_slice(&gs, (n, o, oh, ow), &Device::Cpu).unwrap();
        let y = naive::conv2d((&xs, [n, c, h, w]), (&ws, [o, cg, 4, 4]), &how);
        let gx = naive::conv_transpose2d((&gs, [n, o, oh, ow]), (&ws, [o, cg, 4, 4]), &how, [h, w]);
        let [found, found_x, found_w] = all(&x, &k, &g, &how);
        close("results", &flat(&found), &y, 1e-11);
        close("input gradient", &flat(&found_x), &gx, 1e-11);
        // ⟨g, x ∗ w⟩ is linear in w, so that w·∂w is the sum of g·y.
        let sum: f64 = flat(&found_w).iter().zip(&ws).map(|(a, b)| a * b).sum();
        let expected: f64 = gs.iter().zip(&y).map(|(a, b)| a * b).sum();
        prop_assert!((sum - expected).abs() < 1e-9 * (1.0 + expected.abs()));
        for isa in PLAIN {
            with_isa(isa, || {
                let [y32, gx32, gw32] = all(&single(&x), &single(&k), &single(&g), &how);
                close(isa.name(), &flat(&y32), &y, 1e-4);
                close(isa.name(), &flat(&gx32), &gx, 1e-4);
                close(isa.name(), &flat(&gw32), &flat(&found_w), 1e-4);
            });
        }
    }
}

/// One weight after the other: each gradient is the loop's result for that weight alone.
#[test]
fn weight_gradients_equal_the_loop() {
    let how = Conv2d::new(2, 1);
    let (n, c, o, h, w) = (3, 16, 17, 14, 9);
    let [oh, ow] = how.output([h, w], [4, 4]).unwrap();
    let (xs, gs) = (values(n * c * h * w, 5), values(n * o * oh * ow, 6));
    let x = Tensor::from_slice(&xs, (n, c, h, w), &Device::Cpu).unwrap();
    let g = Tensor::from_slice(&gs, (n, o, oh, ow), &Device::Cpu).unwrap();
    let k = Tensor::zeros((o, c, 4, 4), DType::F64, &Device::Cpu).unwrap();
    let found = flat(&all(&x, &k, &g, &how)[2]);
    for weight in (0..o * c * 16).step_by(37) {
        let mut ws = vec![0.0; o * c * 16];
        ws[weight] = 1.0;
        let y = naive::conv2d((&xs, [n, c, h, w]), (&ws, [o, c, 4, 4]), &how);
        let expected: f64 = gs.iter().zip(&y).map(|(a, b)| a * b).sum();
        assert!((found[weight] - expected).abs() < 1e-10, "{weight}: {} {expected}", found[weight]);
    }
}

/// Root mean square error of f32 against f64, of minimal filtering and of direct sums: a kernel of 5×5
/// whose last row and column are zeros is computed directly, and gives the same.
#[test]
fn errors_stay_near_those_of_direct_sums() {
    let how = Conv2d::new(2, 1);
    let more = Conv2d { padding: [1, 2, 1, 2], ..how };
    let (n, c, o, side) = (16, 64, 64, 16);
    let noise = |dims: &[usize], seed: u64| {
        let mut state = seed;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let count: usize = dims.iter().product();
        // Sums of uniforms are nearly normal.
        let values: Vec<f64> = (0..count).map(|_| draw() + draw() + draw() + draw()).collect();
        Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
    };
    let exactly = |t: &Tensor| single(t).to_dtype(DType::F64).unwrap();
    let wide = |w: &Tensor| w.pad_with_zeros(2, 0, 1).unwrap().pad_with_zeros(3, 0, 1).unwrap();
    for (data, x) in [
        ("noise", noise(&[n, c, side, side], 1)),
        ("bent at zero", noise(&[n, c, side, side], 2).relu().unwrap()),
        ("far from zero", (noise(&[n, c, side, side], 3) + 2.0).unwrap()),
    ] {
        let w = exactly(&(noise(&[o, c, 4, 4], 4) * 0.02).unwrap());
        let g = exactly(&noise(&[n, o, side / 2, side / 2], 5));
        let x = exactly(&x);
        let exact = all(&x, &wide(&w), &g, &more);
        for isa in PLAIN.into_iter().filter(|isa| *isa <= Isa::best()) {
            let (minimal, direct) = with_isa(isa, || {
                (
                    all(&single(&x), &single(&w), &single(&g), &how),
                    all(&single(&x), &wide(&single(&w)), &single(&g), &more),
                )
            });
            for (k, pass) in ["results", "input gradient", "weight gradient"].iter().enumerate() {
                let taps = |t: &Tensor| match (k, t.dims()) {
                    (2, [_, _, 5, 5]) => t.narrow(2, 0, 4).unwrap().narrow(3, 0, 4).unwrap(),
                    _ => t.clone(),
                };
                let error = |t: &Tensor| {
                    let pairs = flat(&taps(t)).into_iter().zip(flat(&taps(&exact[k])));
                    let squares: Vec<f64> = pairs.map(|(a, b)| (a - b).powi(2)).collect();
                    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
                };
                let (minimal, direct) = (error(&minimal[k]), error(&direct[k]));
                let ratio = minimal / direct;
                assert!(ratio < 4.0, "{data}, {}, {pass}: {minimal:e} {direct:e}", isa.name());
                assert!(minimal > 0.0 && ratio > 0.3, "{pass} is computed otherwise: {ratio}");
                eprintln!("RATIO {data} {} {pass} {ratio:.2}", isa.name());
            }
        }
    }
}

/// A transposed convolution is the adjoint of the convolution.
#[test]
fn transposed_convolutions_are_adjoint() {
    let how = Conv2d::new(2, 1);
    let x = Tensor::from_slice(&values(3 * 16 * 64, 1), (3, 16, 8, 8), &Device::Cpu).unwrap();
    let w = Tensor::from_slice(&values(16 * 20 * 16, 2), (16, 20, 4, 4), &Device::Cpu).unwrap();
    let y = conv_transpose2d(&x, &w, None, &how, [0, 0]).unwrap();
    assert_eq!(y.dims(), [3, 20, 16, 16]);
    let z = Tensor::from_slice(&values(3 * 20 * 256, 3), (3, 20, 16, 16), &Device::Cpu).unwrap();
    let back = conv2d(&z, &w, None, &how).unwrap();
    let dot =
        |a: &Tensor, b: &Tensor| (a * b).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
    assert!((dot(&y, &z) - dot(&x, &back)).abs() < 1e-9);
}
