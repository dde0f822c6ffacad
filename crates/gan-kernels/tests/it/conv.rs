//! Convolution and its adjoint against loops, in both precisions and both branches.

use crate::differences::{close, close_tensors, prove, tensor, values};
use crate::naive;
use candle_core::{DType, Device, Tensor};
use gan_kernels::conv::{Conv2d, conv_transpose2d, conv2d};
use gan_kernels::with_composed;
use proptest::prelude::*;

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

prop_compose! {
    fn geometry()(
        stride in [1usize..4, 1usize..4], dilation in [1usize..3, 1usize..3],
        padding in [0usize..3, 0usize..3, 0usize..3, 0usize..3], groups in 1usize..3,
    ) -> Conv2d {
        Conv2d { stride, dilation, padding, groups }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn conv2d_equals_the_loop(
        how in geometry(), n in 1usize..20, cg in 1usize..3, og in 1usize..3,
        h in 1usize..9, w in 1usize..9, kernel in [1usize..5, 1usize..5], seed in 0u64..1000,
    ) {
        let (c, o) = (cg * how.groups, og * how.groups);
        prop_assume!(how.output([h, w], kernel).is_ok());
        let (xs, ws) = (values(n * c * h * w, seed), values(o * cg * kernel[0] * kernel[1], seed + 1));
        let x = Tensor::from_slice(&xs, (n, c, h, w), &Device::Cpu).unwrap();
        let k = Tensor::from_slice(&ws, (o, cg, kernel[0], kernel[1]), &Device::Cpu).unwrap();
        let b = tensor(&[o], 5);
        let mut expected =
            naive::conv2d((&xs, [n, c, h, w]), (&ws, [o, cg, kernel[0], kernel[1]]), &how);
        let plane = expected.len() / (n * o);
        let bias = flat(&b);
        expected.iter_mut().enumerate().for_each(|(i, v)| *v += bias[i / plane % o]);
        let y = conv2d(&x, &k, Some(&b), &how).unwrap();
        close("f64", &flat(&y), &expected, 1e-12);
        let f32s = |t: &Tensor| t.to_dtype(DType::F32).unwrap();
        let y = conv2d(&f32s(&x), &f32s(&k), Some(&f32s(&b)), &how).unwrap();
        close("f32", &flat(&y), &expected, 1e-5);
        let y = with_composed(|| conv2d(&x, &k, Some(&b), &how)).unwrap();
        close("composed", &flat(&y), &expected, 1e-12);
    }

    #[test]
    fn conv_transpose2d_equals_the_loop(
        how in geometry(), n in 1usize..20, cg in 1usize..3, og in 1usize..3,
        h in 1usize..7, w in 1usize..7, kernel in [1usize..5, 1usize..5],
        extra in [0usize..2, 0usize..2], seed in 0u64..1000,
    ) {
        let c = cg * how.groups;
        let (xs, ws) = (values(n * c * h * w, seed), values(c * og * kernel[0] * kernel[1], seed + 1));
        let x = Tensor::from_slice(&xs, (n, c, h, w), &Device::Cpu).unwrap();
        let k = Tensor::from_slice(&ws, (c, og, kernel[0], kernel[1]), &Device::Cpu).unwrap();
        let result = conv_transpose2d(&x, &k, None, &how, extra);
        prop_assume!(result.is_ok());
        let y = result.unwrap();
        let size = [y.dim(2).unwrap(), y.dim(3).unwrap()];
        for axis in 0..2 {
            let inside = [h, w][axis];
            let full = (inside - 1) * how.stride[axis] + how.dilation[axis] * (kernel[axis] - 1) + 1;
            let pad = how.padding[2 * axis] + how.padding[2 * axis + 1];
            prop_assert_eq!(size[axis], full + extra[axis] - pad);
        }
        let expected = naive::conv_transpose2d(
            (&xs, [n, c, h, w]), (&ws, [c, og, kernel[0], kernel[1]]), &how, size);
        close("f64", &flat(&y), &expected, 1e-12);
        let f32s = |t: &Tensor| t.to_dtype(DType::F32).unwrap();
        let y = conv_transpose2d(&f32s(&x), &f32s(&k), None, &how, extra).unwrap();
        close("f32", &flat(&y), &expected, 1e-5);
        let y = with_composed(|| conv_transpose2d(&x, &k, None, &how, extra)).unwrap();
        close("composed", &flat(&y), &expected, 1e-12);
    }
}

/// Shapes that networks use, and those that Candle gets wrong: (x, out, kernel, geometry).
fn cases() -> Vec<([usize; 4], usize, [usize; 2], Conv2d)> {
    let sided = |padding| Conv2d { padding, ..Conv2d::default() };
    vec![
        ([2, 2, 8, 7], 3, [4, 4], Conv2d::new(2, 1)), // mixed parity at stride 2
        ([2, 3, 5, 5], 2, [3, 3], Conv2d::new(1, 1)),
        ([2, 2, 4, 6], 2, [1, 1], Conv2d::default()),
        ([1, 2, 5, 9], 2, [1, 7], sided([0, 0, 3, 3])),
        ([1, 2, 9, 4], 2, [7, 1], sided([3, 3, 0, 0])),
        ([6, 3, 1, 1], 4, [1, 1], Conv2d::default()),
        (
            [2, 4, 6, 5],
            4,
            [3, 3],
            Conv2d { stride: [2, 1], dilation: [1, 2], padding: [0, 1, 2, 0], groups: 2 },
        ),
        (
            [1, 1, 7, 7],
            2,
            [3, 3],
            Conv2d { dilation: [2, 2], padding: [2; 4], ..Conv2d::default() },
        ),
    ]
}

#[test]
fn conv2d_gradients() {
    for (x, o, k, how) in cases() {
        let w = [o, x[1] / how.groups, k[0], k[1]];
        let inputs = [tensor(&x, 1), tensor(&w, 2), tensor(&[o], 3)];
        let op = |t: &[Tensor]| conv2d(&t[0], &t[1], Some(&t[2]), &how);
        prove(&format!("conv2d {x:?} {how:?}"), &op, &inputs);
    }
}

#[test]
fn conv_transpose2d_gradients() {
    for (x, o, k, how) in cases() {
        let x = [x[0], x[1], x[2].min(3), x[3].min(3)];
        let w = [x[1], o / how.groups, k[0], k[1]];
        let inputs = [tensor(&x, 1), tensor(&w, 2)];
        let op = |t: &[Tensor]| conv_transpose2d(&t[0], &t[1], None, &how, [0, 0]);
        if op(&inputs).is_ok() {
            prove(&format!("conv_transpose2d {x:?} {how:?}"), &op, &inputs);
        }
    }
    // DCGAN's first layer and its later ones.
    let first = [tensor(&[3, 4, 1, 1], 1), tensor(&[4, 3, 4, 4], 2)];
    let op = |t: &[Tensor]| conv_transpose2d(&t[0], &t[1], None, &Conv2d::default(), [0, 0]);
    prove("1×1 to 4×4", &op, &first);
    let later = [tensor(&[2, 3, 3, 2], 1), tensor(&[3, 2, 4, 4], 2)];
    let op = |t: &[Tensor]| conv_transpose2d(&t[0], &t[1], None, &Conv2d::new(2, 1), [0, 1]);
    prove("doubling", &op, &later);
}

#[test]
fn untracked_sides_get_no_gradient() {
    let x = candle_core::Var::from_tensor(&tensor(&[1, 1, 4, 4], 1)).unwrap();
    let w = candle_core::Var::from_tensor(&tensor(&[1, 1, 3, 3], 2)).unwrap();
    let y = conv2d(&x.detach(), w.as_tensor(), None, &Conv2d::default()).unwrap();
    let grads = y.sum_all().unwrap().backward().unwrap();
    assert!(grads.get(&w).is_some());
    assert!(grads.get(&x).is_none());
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let error = |r: gan_kernels::Result<Tensor>| r.unwrap_err().to_string();
    let x = tensor(&[1, 3, 4, 4], 1);
    let e = error(conv2d(&x, &tensor(&[2, 2, 3, 3], 2), None, &Conv2d::default()));
    assert!(e.contains("3 channels") && e.contains("[2, 2, 3, 3]"), "{e}");
    let e = error(conv2d(&x, &tensor(&[2, 3, 5, 5], 2), None, &Conv2d::default()));
    assert!(e.contains("spans 5") && e.contains("does not fit 4"), "{e}");
    let zero = Conv2d { stride: [0, 1], ..Conv2d::default() };
    assert!(conv2d(&x, &tensor(&[2, 3, 3, 3], 2), None, &zero).is_err());
    let none = Conv2d { padding: [4; 4], ..Conv2d::default() };
    assert!(conv_transpose2d(&x, &tensor(&[3, 2, 3, 3], 2), None, &none, [0, 0]).is_err());
    assert!(
        conv_transpose2d(&x, &tensor(&[2, 2, 3, 3], 2), None, &Conv2d::default(), [0, 0]).is_err()
    );
}

#[test]
fn strided_inputs_are_read_as_they_are() {
    let x = tensor(&[2, 5, 4, 3], 1).transpose(1, 3).unwrap(); // (2, 3, 4, 5), not contiguous
    let w = tensor(&[2, 3, 3, 3], 2);
    let how = Conv2d::new(1, 1);
    let a = conv2d(&x, &w, None, &how).unwrap();
    let b = conv2d(&x.contiguous().unwrap(), &w, None, &how).unwrap();
    close_tensors("strided", &a, &b, 0.0);
}
