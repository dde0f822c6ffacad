//! Pooling, upsampling and padding against loops, with gradients.

use crate::differences::{close, prove, tensor, values};
use crate::naive;
use candle_core::{Device, Tensor};
use gan_kernels::pool::{Pool, avg_pool2d, max_pool2d};
use gan_kernels::resample::{Padding, pad2d, upsample_bilinear2d, upsample_nearest2d};
use gan_kernels::with_composed;
use proptest::prelude::*;

fn flat(t: &Tensor) -> Vec<f64> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pooling_equals_the_loop(
        n in 1usize..4, c in 1usize..3, h in 1usize..9, w in 1usize..9,
        kernel in [1usize..4, 1usize..4], stride in [1usize..4, 1usize..4],
        padding in [0usize..2, 0usize..2], count_include_pad: bool, seed in 0u64..100,
    ) {
        let pool = Pool { kernel, stride, padding, count_include_pad };
        let x = values(n * c * h * w, seed);
        let t = Tensor::from_slice(&x, (n, c, h, w), &Device::Cpu).unwrap();
        let mean = avg_pool2d(&t, &pool);
        prop_assume!(mean.is_ok());
        let (a, m) = naive::pool2d(&x, [n, c, h, w], &pool);
        close("average", &flat(&mean.unwrap()), &a, 1e-12);
        close("maximum", &flat(&max_pool2d(&t, &pool).unwrap()), &m, 0.0);
        with_composed(|| {
            close("average, composed", &flat(&avg_pool2d(&t, &pool).unwrap()), &a, 1e-12);
            close("maximum, composed", &flat(&max_pool2d(&t, &pool).unwrap()), &m, 0.0);
        });
    }

    #[test]
    fn resampling_equals_the_formula(
        h in 1usize..7, w in 1usize..7, oh in 1usize..9, ow in 1usize..9, corners: bool,
    ) {
        let x = values(h * w, 3);
        let t = Tensor::from_slice(&x, (1, 1, h, w), &Device::Cpu).unwrap();
        let nearest: Vec<f64> =
            (0..oh * ow).map(|o| x[(o / ow * h / oh) * w + o % ow * w / ow]).collect();
        close("nearest", &flat(&upsample_nearest2d(&t, (oh, ow)).unwrap()), &nearest, 0.0);
        let at = |o: usize, out: usize, size: usize| -> f64 {
            if corners {
                if out == 1 { 0.0 } else { o as f64 * (size as f64 - 1.0) / (out as f64 - 1.0) }
            } else {
                ((o as f64 + 0.5) * size as f64 / out as f64 - 0.5).clamp(0.0, size as f64 - 1.0)
            }
        };
        let bilinear: Vec<f64> = (0..oh * ow).map(|o| {
            let (y, z) = (at(o / ow, oh, h), at(o % ow, ow, w));
            let (y0, z0) = (y.floor() as usize, z.floor() as usize);
            let (y1, z1) = ((y0 + 1).min(h - 1), (z0 + 1).min(w - 1));
            let (fy, fz) = (y - y.floor(), z - z.floor());
            (1.0 - fy) * ((1.0 - fz) * x[y0 * w + z0] + fz * x[y0 * w + z1])
                + fy * ((1.0 - fz) * x[y1 * w + z0] + fz * x[y1 * w + z1])
        }).collect();
        let ours = upsample_bilinear2d(&t, (oh, ow), corners).unwrap();
        close("bilinear", &flat(&ours), &bilinear, 1e-12);
    }

    #[test]
    fn padding_equals_the_formula(
        h in 2usize..6, w in 2usize..6, by in [0usize..4, 0usize..4, 0usize..4, 0usize..4],
    ) {
        let x = values(h * w, 5);
        let t = Tensor::from_slice(&x, (1, 1, h, w), &Device::Cpu).unwrap();
        let (oh, ow) = (h + by[0] + by[1], w + by[2] + by[3]);
        let get = |y: isize, z: isize| x[y as usize * w + z as usize];
        let signed = |o: usize| (o / ow) as isize - by[0] as isize;
        let across = |o: usize| (o % ow) as isize - by[2] as isize;
        let inside = |y: isize, size: usize| (0..size as isize).contains(&y);
        let mirror = |y: isize, size: usize| {
            let last = size as isize - 1;
            if y < 0 { -y } else if y > last { 2 * last - y } else { y }
        };
        let zero: Vec<f64> = (0..oh * ow).map(|o| {
            let (y, z) = (signed(o), across(o));
            if inside(y, h) && inside(z, w) { get(y, z) } else { 0.0 }
        }).collect();
        close("zero", &flat(&pad2d(&t, by, Padding::Zero).unwrap()), &zero, 0.0);
        let edge: Vec<f64> = (0..oh * ow)
            .map(|o| get(signed(o).clamp(0, h as isize - 1), across(o).clamp(0, w as isize - 1)))
            .collect();
        close("replicate", &flat(&pad2d(&t, by, Padding::Replicate).unwrap()), &edge, 0.0);
        let reflected = pad2d(&t, by, Padding::Reflect);
        if by[0].max(by[1]) < h && by[2].max(by[3]) < w {
            let expected: Vec<f64> =
                (0..oh * ow).map(|o| get(mirror(signed(o), h), mirror(across(o), w))).collect();
            close("reflect", &flat(&reflected.unwrap()), &expected, 0.0);
        } else {
            prop_assert!(reflected.is_err());
        }
    }
}

#[test]
fn gradients() {
    let x = tensor(&[2, 2, 5, 4], 1);
    for pool in [
        Pool::square(2),
        Pool { kernel: [3, 2], stride: [1, 2], padding: [1, 1], count_include_pad: false },
        Pool { kernel: [3, 3], stride: [2, 1], padding: [1, 1], count_include_pad: true },
    ] {
        prove("average pool", &|t| avg_pool2d(&t[0], &pool), &[x.clone()]);
        prove("max pool", &|t| max_pool2d(&t[0], &pool), &[x.clone()]);
    }
    prove("nearest", &|t| upsample_nearest2d(&t[0], (10, 8)), &[x.clone()]);
    prove("nearest, odd", &|t| upsample_nearest2d(&t[0], (7, 3)), &[x.clone()]);
    prove("bilinear", &|t| upsample_bilinear2d(&t[0], (9, 7), false), &[x.clone()]);
    prove("bilinear corners", &|t| upsample_bilinear2d(&t[0], (9, 7), true), &[x.clone()]);
    for padding in [Padding::Zero, Padding::Reflect, Padding::Replicate] {
        prove("padding", &|t| pad2d(&t[0], [1, 2, 3, 0], padding), &[x.clone()]);
    }
}

#[test]
fn a_skip_connection_keeps_its_gradient() {
    // Candle's own nearest upsampling overwrites what had been accumulated.
    let op = |t: &[Tensor]| {
        let up = upsample_nearest2d(&t[0], (4, 4))?;
        let back = avg_pool2d(&up, &Pool::square(2))?;
        back.mul(&t[0])? + t[0].sqr()?
    };
    prove("skip", &op, &[tensor(&[1, 2, 2, 2], 3)]);
}

#[test]
fn ties_go_to_the_first_in_reading_order() {
    let run = || {
        let x = candle_core::Var::from_tensor(
            &Tensor::ones((1, 1, 2, 2), candle_core::DType::F64, &Device::Cpu).unwrap(),
        )
        .unwrap();
        let y = max_pool2d(x.as_tensor(), &Pool::square(2)).unwrap();
        flat(y.sum_all().unwrap().backward().unwrap().get(&x).unwrap())
    };
    assert_eq!(run(), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(with_composed(run), [1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn windows_that_do_not_fit_are_named() {
    let x = tensor(&[1, 1, 3, 3], 1);
    let e = max_pool2d(&x, &Pool::square(4)).unwrap_err().to_string();
    assert!(e.contains("window of 4") && e.contains("3 pixels"), "{e}");
    let none = Pool { stride: [0, 1], ..Pool::square(2) };
    assert!(avg_pool2d(&x, &none).is_err());
    assert!(upsample_nearest2d(&x, (0, 3)).is_err());
}
