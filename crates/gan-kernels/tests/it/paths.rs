//! Every instruction set's path, and every way through a backward pass, against the plain one.

use crate::differences::{close, close_tensors, tensor};
use candle_core::{DType, Device, Tensor, Var};
use gan_kernels::activation::Then;
use gan_kernels::conv::{Conv2d, conv_transpose2d_then, conv2d, conv2d_then};
use gan_kernels::isa::{Isa, with_isa};
use gan_kernels::linear::{linear_then, matmul, matmul_nt};
use gan_kernels::norm::batch_norm_with_moments;
use gan_kernels::{gradients, second_order};
use proptest::prelude::*;

const ALL: [Isa; 4] = [Isa::Baseline, Isa::Avx2, Isa::Avx512, Isa::Amx];

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn single(t: &Tensor) -> Tensor {
    t.to_dtype(DType::F32).unwrap()
}

/// Largest tolerable error of a sum of `terms` products of values up to 1, in single precision.
fn tolerance(terms: usize) -> f64 {
    1e-6 * (terms as f64).sqrt().max(1.0)
}

/// Values in [-1, 1] without any order (SplitMix64). [`crate::differences::values`] are a regular
/// sequence: in long sums of their products the signs do not cancel on the way, only at the end, and
/// rounding then errs by more than [`tolerance`] has for it.
fn unordered(dims: &[usize], seed: u64) -> Tensor {
    let count: usize = dims.iter().product();
    let value = |i: u64| {
        let mut x = (seed << 32 | i).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ x >> 31) as f64 / u64::MAX as f64 * 2.0 - 1.0
    };
    let values: Vec<f64> = (0..count as u64).map(value).collect();
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A matrix of 32 columns is read where it lies, without a copy.
    #[test]
    fn products_on_every_instruction_set(
        m in 1usize..40, k in 1usize..70, n in prop_oneof![1usize..80, Just(32)], seed in 0u64..1000,
    ) {
        let (a, b) = (tensor(&[m, k], seed), tensor(&[k, n], seed + 1));
        let exact = flat(&matmul(&a, &b).unwrap());
        let turned = b.t().unwrap().contiguous().unwrap();
        for isa in ALL {
            with_isa(isa, || {
                let y = matmul(&single(&a), &single(&b)).unwrap();
                close(isa.name(), &flat(&y), &exact, tolerance(k));
                let y = matmul_nt(&single(&a), &single(&turned)).unwrap();
                close(isa.name(), &flat(&y), &exact, tolerance(k));
            });
        }
    }

    /// Channel counts on both sides of a tile's sizes, batches on both sides of sixteen.
    #[test]
    fn convolutions_on_every_instruction_set(
        n in 1usize..36, c in 1usize..40, o in 1usize..40, size in [2usize..9, 2usize..9],
        kernel in [1usize..5, 1usize..5], stride in 1usize..3, padding in 0usize..2,
        seed in 0u64..1000,
    ) {
        let how = Conv2d::new(stride, padding);
        prop_assume!(how.output(size, kernel).is_ok());
        let x = unordered(&[n, c, size[0], size[1]], seed);
        let w = unordered(&[o, c, kernel[0], kernel[1]], seed + 1);
        let (vx, vw) = (Var::from_tensor(&x).unwrap(), Var::from_tensor(&w).unwrap());
        let run = |x: &Tensor, w: &Tensor| {
            let y = conv2d(x, w, None, &how).unwrap();
            let g = unordered(y.dims(), seed + 2).to_dtype(y.dtype()).unwrap();
            (y.clone(), (y * g).unwrap().sum_all().unwrap())
        };
        let (y, loss) = run(vx.as_tensor(), vw.as_tensor());
        let exact = loss.backward().unwrap();
        let taps = c * kernel[0] * kernel[1];
        for isa in ALL {
            with_isa(isa, || {
                let (sx, sw) = (Var::from_tensor(&single(&x)).unwrap(), Var::from_tensor(&single(&w)).unwrap());
                let (sy, loss) = run(sx.as_tensor(), sw.as_tensor());
                close(isa.name(), &flat(&sy), &flat(&y), tolerance(taps));
                let grads = loss.backward().unwrap();
                let positions = n * y.dim(2).unwrap() * y.dim(3).unwrap();
                let terms = [(&sx, &vx, o * kernel[0] * kernel[1]), (&sw, &vw, positions)];
                for (ours, theirs, terms) in terms {
                    let (ours, theirs) = (grads.get(ours).unwrap(), exact.get(theirs).unwrap());
                    close(isa.name(), &flat(ours), &flat(theirs), tolerance(terms));
                }
            });
        }
    }
}

/// The matrix unit works on bfloat16; three of them a value must be as good as `f32`.
#[test]
fn the_matrix_unit_is_as_accurate_as_single_precision() {
    for (c, k) in [(1, 4), (3, 4), (16, 3), (64, 4), (256, 4)] {
        let (x, w) = (tensor(&[16, c, 8, 8], 1), tensor(&[16, c, k, k], 2));
        let how = Conv2d::new(2, 1);
        // What single precision can hold, so that only the arithmetic is compared.
        let (sx, sw) = (single(&x), single(&w));
        let wide = |t: &Tensor| t.to_dtype(DType::F64).unwrap();
        let exact = flat(&conv2d(&wide(&sx), &wide(&sw), None, &how).unwrap());
        let error = |isa| {
            let y = flat(&with_isa(isa, || conv2d(&sx, &sw, None, &how).unwrap()));
            y.iter().zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        let (ours, direct) = (error(Isa::Amx), error(Isa::Baseline));
        assert!(ours <= 4.0 * direct, "{c} channels, kernel {k}: {ours:e} against {direct:e}");
    }
}

#[test]
fn a_sample_does_not_depend_on_its_batch() {
    let (x, w) = (single(&tensor(&[33, 5, 6, 7], 1)), single(&tensor(&[4, 5, 3, 3], 2)));
    let how = Conv2d::new(1, 1);
    let whole = conv2d(&x, &w, None, &how).unwrap();
    for at in [0, 15, 16, 32] {
        let alone = conv2d(&x.narrow(0, at, 1).unwrap(), &w, None, &how).unwrap();
        assert_eq!(flat(&alone), flat(&whole.narrow(0, at, 1).unwrap()), "image {at}");
    }
    let (x, w) = (single(&tensor(&[33, 300], 1)), single(&tensor(&[70, 300], 2)));
    let whole = matmul_nt(&x, &w).unwrap();
    let alone = matmul_nt(&x.narrow(0, 20, 1).unwrap(), &w).unwrap();
    assert_eq!(flat(&alone), flat(&whole.narrow(0, 20, 1).unwrap()));
}

type Layer = fn(&[Tensor]) -> candle_core::Result<Tensor>;

/// Layers with everything that can be fused into them, on three inputs.
fn fused() -> Vec<(&'static str, Vec<Tensor>, Layer)> {
    const THEN: Then = Then::LeakyRelu(0.2);
    vec![
        ("linear", vec![tensor(&[5, 4], 1), tensor(&[3, 4], 2), tensor(&[3], 3)], |t| {
            linear_then(&t[0], &t[1], Some(&t[2]), THEN)
        }),
        (
            "conv2d",
            vec![tensor(&[2, 3, 6, 5], 1), tensor(&[4, 3, 3, 3], 2), tensor(&[4], 3)],
            |t| conv2d_then(&t[0], &t[1], Some(&t[2]), &Conv2d::new(2, 1), THEN),
        ),
        (
            "conv_transpose2d",
            vec![tensor(&[2, 3, 3, 2], 1), tensor(&[3, 4, 4, 4], 2), tensor(&[4], 3)],
            |t| {
                let how = Conv2d::new(2, 1);
                conv_transpose2d_then(&t[0], &t[1], Some(&t[2]), &how, [0, 0], THEN)
            },
        ),
        ("batch norm", vec![tensor(&[3, 4, 2, 3], 1), tensor(&[4], 2), tensor(&[4], 3)], |t| {
            Ok(batch_norm_with_moments(&t[0], &t[1], &t[2], 1e-5, THEN)?.0)
        }),
        (
            "batch norm of columns",
            vec![tensor(&[7, 4], 1), tensor(&[4], 2), tensor(&[4], 3)],
            |t| Ok(batch_norm_with_moments(&t[0], &t[1], &t[2], 1e-5, Then::LeakyRelu(0.0))?.0),
        ),
    ]
}

#[test]
fn fused_layers_have_right_gradients() {
    for (name, inputs, op) in fused() {
        crate::differences::prove(name, &op, &inputs);
    }
}

/// A first-order pass takes shorter ways, and [`gradients::backward`] moves what Candle adds up.
#[test]
fn every_backward_pass_gives_the_same_gradients() {
    second_order::enable().unwrap();
    for (name, inputs, op) in fused() {
        let vars: Vec<Var> = inputs.iter().map(|t| Var::from_tensor(t).unwrap()).collect();
        let tracked: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
        // Used twice, by our operations and by Candle's, beside a parameter used by both.
        let y = op(&tracked).unwrap();
        let again = op(&tracked).unwrap();
        let loss = (y.sqr().unwrap() * again).unwrap().sum_all().unwrap();
        let loss = (loss + tracked[0].sqr().unwrap().sum_all().unwrap()).unwrap();
        let candle = loss.backward().unwrap();
        let moved = gradients::backward(&loss).unwrap();
        let first = second_order::without(|| gradients::backward(&loss)).unwrap();
        for var in &vars {
            let expected = candle.get(var).unwrap();
            close_tensors(name, moved.get(var).unwrap(), expected, 1e-12);
            close_tensors(name, first.get(var).unwrap(), expected, 1e-12);
        }
    }
}

#[test]
fn a_graph_can_be_walked_twice_and_dropped() {
    let x = Var::from_tensor(&Tensor::ones((3, 2), DType::F64, &Device::Cpu).unwrap()).unwrap();
    let w = tensor(&[2, 2], 1);
    let mut y = x.as_tensor().clone();
    for _ in 0..200 {
        y = linear_then(&y, &w, Some(&tensor(&[2], 2)), Then::LeakyRelu(0.5)).unwrap();
    }
    let loss = y.sum_all().unwrap();
    let (a, b) = (loss.backward().unwrap(), loss.backward().unwrap());
    close_tensors("twice", a.get(&x).unwrap(), b.get(&x).unwrap(), 0.0);
}

#[test]
fn what_cannot_be_fused_is_named() {
    let (x, w, b) = (tensor(&[2, 3], 1), tensor(&[4, 3], 2), tensor(&[3], 3));
    let error = linear_then(&x, &w, Some(&b), Then::Nothing).unwrap_err().to_string();
    assert!(error.contains("expected 4 biases"), "{error}");
    let error = linear_then(&x, &w, None, Then::LeakyRelu(-1.0)).unwrap_err().to_string();
    assert!(error.contains("slope of 0 or more"), "{error}");
}
