//! Layers that know of other samples: virtual batch norm, which knows a fixed batch only, and
//! minibatch discrimination, which must know them all.

use crate::{flat, noise, pass, store};
use candle_core::{Device, Tensor, Var};
use gan_layers::{MinibatchDiscrimination, Norm, Normalization, ParamStore};

fn layer(store: &mut ParamStore, kind: Normalization, channels: usize) -> Norm {
    Norm::new(kind, store, "d.norm", channels).unwrap().unwrap()
}

/// The largest difference between the exact gradient of `Σ w·f(x)` and the numeric one.
fn gradient_error(x: &Tensor, f: &dyn Fn(&Tensor) -> Tensor) -> f64 {
    let weigh = |x: &Tensor| {
        let y = f(x);
        let count = y.elem_count();
        let w: Vec<f64> = (0..count).map(|i| (i as f64 * 2.3).sin()).collect();
        let w = Tensor::from_vec(w, y.dims(), &Device::Cpu).unwrap();
        (y * w).unwrap().sum_all().unwrap()
    };
    let var = Var::from_tensor(x).unwrap();
    let exact = flat(weigh(var.as_tensor()).backward().unwrap().get(&var).unwrap());
    let start = flat(x);
    let mut worst: f64 = 0.0;
    for i in 0..start.len() {
        let at = |by: f64| {
            let mut moved = start.clone();
            moved[i] += by;
            let x = Tensor::from_vec(moved, x.dims(), &Device::Cpu).unwrap();
            weigh(&x).to_scalar::<f64>().unwrap()
        };
        worst = worst.max((exact[i] - (at(1e-6) - at(-1e-6)) / 2e-6).abs());
    }
    worst
}

/// Which samples of the output move when sample `k` of the input moves.
fn moved_by(x: &Tensor, k: usize, f: &dyn Fn(&Tensor) -> Tensor) -> Vec<bool> {
    let n = x.dim(0).unwrap();
    let mut rows: Vec<Tensor> = (0..n).map(|i| x.narrow(0, i, 1).unwrap()).collect();
    rows[k] = (&rows[k] + 0.1).unwrap();
    let (before, after) = (f(x), f(&Tensor::cat(&rows, 0).unwrap()));
    let row = |t: &Tensor, i: usize| flat(&t.narrow(0, i, 1).unwrap());
    (0..n).map(|i| row(&before, i) != row(&after, i)).collect()
}

#[test]
fn virtual_batch_norm_is_batch_norm_of_the_reference_and_the_sample() {
    let mut s = store();
    let norm = layer(&mut s, Normalization::VirtualBatch, 3);
    let x = (noise(&[7, 3, 2, 2]) * 2.0).unwrap();
    let y = pass(true, |p| norm.forward(&x, 5, p)).unwrap();
    for sample in 5..7 {
        // The sample normalized by the statistics of the reference batch with it added.
        let union =
            Tensor::cat(&[&x.narrow(0, 0, 5).unwrap(), &x.narrow(0, sample, 1).unwrap()], 0)
                .unwrap();
        let expected = gan_kernels::norm::normalize(&union, 1e-5).unwrap();
        let expected = flat(&expected.narrow(0, 5, 1).unwrap());
        for (a, b) in flat(&y.narrow(0, sample, 1).unwrap()).iter().zip(expected) {
            assert!((a - b).abs() < 1e-12, "{a} and {b}");
        }
    }
    let refused = pass(true, |p| norm.forward(&x, 0, p)).unwrap_err().to_string();
    assert!(refused.contains("reference batch of 2"), "{refused}");
}

#[test]
fn only_the_reference_batch_moves_other_samples() {
    let mut s = store();
    let norm = layer(&mut s, Normalization::VirtualBatch, 2);
    let x = noise(&[6, 2, 3, 3]);
    let f = |x: &Tensor| pass(true, |p| norm.forward(x, 3, p)).unwrap();
    assert_eq!(moved_by(&x, 4, &f), [false, false, false, false, true, false]);
    assert_eq!(moved_by(&x, 1, &f), [true; 6]);
    for kind in [Normalization::Layer, Normalization::Instance] {
        let mut s = store();
        let norm = layer(&mut s, kind, 2);
        let f = |x: &Tensor| pass(true, |p| norm.forward(x, 0, p)).unwrap();
        assert_eq!(moved_by(&x, 1, &f), [false, true, false, false, false, false], "{kind:?}");
    }
}

/// What virtual batch norm is for (arXiv 1606.03498, section 3.5): with batch norm a sample's output
/// depends on the company it is in.
#[test]
fn a_sample_in_other_company_comes_out_as_before_under_virtual_batch_norm_only() {
    let (count, reference) = (16, 8);
    let old = noise(&[count, 4, 2, 2]);
    let rest = (old.narrow(0, reference + 1, count - reference - 1).unwrap() * 3.0).unwrap();
    let rest = (rest + 1.0).unwrap();
    let new = Tensor::cat(&[&old.narrow(0, 0, reference + 1).unwrap(), &rest], 0).unwrap();
    let moved = |kind: Normalization, before: usize, from: usize| {
        let mut s = store();
        let norm = layer(&mut s, kind, 4);
        let of = |x: &Tensor| {
            let x = x.narrow(0, from, count - from).unwrap().contiguous().unwrap();
            let y = pass(true, |p| norm.forward(&x, before, p)).unwrap();
            flat(&y.narrow(0, reference - from, 1).unwrap())
        };
        let (a, b) = (of(&old), of(&new));
        let square = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>();
        let change = square(&mut a.iter().zip(&b).map(|(a, b)| a - b));
        (change / square(&mut a.iter().copied())).sqrt()
    };
    assert_eq!(moved(Normalization::VirtualBatch, reference, 0), 0.0);
    let batch = moved(Normalization::Batch, 0, reference);
    assert!(batch > 0.5, "{batch}");
}

/// A layer of 3 kernels of 2 dimensions on 4 features, and its tensors by name.
fn kernels() -> (ParamStore, MinibatchDiscrimination) {
    let mut s = store();
    let layer = MinibatchDiscrimination::new(&mut s, "d.minibatch", 4, 3, 2).unwrap();
    (s, layer)
}

fn stored(s: &ParamStore, name: &str) -> Vec<f64> {
    let name = format!("d.minibatch.{name}");
    let var = s.tensors().find(|(n, _)| *n == name).unwrap().1.copy().unwrap();
    var.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn minibatch_discrimination_follows_its_equation_and_sees_every_sample() {
    let (s, layer) = kernels();
    let x = noise(&[5, 4]);
    // Before the first batch, at it, and where training has moved each column's scale by itself.
    for turn in ["before", "at", "after"] {
        if turn == "after" {
            let (_, var) = s.tensors().find(|(n, _)| n.ends_with("log_scale")).unwrap();
            var.set(&(var.as_tensor() + noise(&[6]).abs().unwrap()).unwrap()).unwrap();
        }
        let y = pass(turn == "at", |p| layer.forward(&x, p)).unwrap();
        assert_eq!(y.dims(), [5, 7]);
        let (theta, scale) = (stored(&s, "tensor"), stored(&s, "log_scale"));
        let (bias, rows) = (stored(&s, "bias"), x.to_vec2::<f64>().unwrap());
        let y = y.to_vec2::<f64>().unwrap();
        let length = |k: usize| (0..4).map(|a| theta[6 * a + k].powi(2)).sum::<f64>().sqrt();
        let m = |i: usize, b: usize, c: usize| {
            let k = 2 * b + c;
            let sum: f64 = (0..4).map(|a| rows[i][a] * theta[6 * a + k]).sum();
            sum / length(k) * scale[k].exp()
        };
        let apart = |i, j, b| (0..2).map(|c| (m(i, b, c) - m(j, b, c)).abs()).sum::<f64>();
        for b in 0..3 {
            for (i, y) in y.iter().enumerate() {
                let others = (0..5).filter(|j| *j != i);
                let o: f64 = others.map(|j| (-apart(i, j, b)).exp()).sum();
                assert!((y[4 + b] - o - bias[b]).abs() < 1e-12);
            }
            let others = |i: usize| (0..5).filter(move |j| *j != i);
            let nearest = |i: usize| others(i).map(|j| apart(i, j, b)).fold(f64::MAX, f64::min);
            let half_mean = 0.5 * (0..5).map(nearest).sum::<f64>() / 5.0;
            let mean = y.iter().map(|y| y[4 + b]).sum::<f64>() / 5.0;
            match turn {
                // Nothing is measured outside training.
                "before" => assert_eq!((scale[2 * b], bias[b]), (0.0, -1.0)),
                "at" => assert!((half_mean - 1.0).abs() < 1e-12 && mean.abs() < 1e-12),
                _ => assert!(scale[2 * b] != scale[2 * b + 1]),
            }
        }
    }
    let seen = |x: &Tensor| pass(true, |p| layer.forward(x, p)).unwrap();
    assert_eq!(moved_by(&x, 2, &seen), [true; 5]);
}

#[test]
fn the_first_batch_alone_sets_the_scale() {
    let (s, layer) = kernels();
    let train = |x: &Tensor| pass(true, |p| layer.forward(x, p)).unwrap();
    train(&noise(&[1, 4]));
    assert_eq!(stored(&s, "ready"), [0.0], "one sample has no nearest");
    train(&noise(&[5, 4]));
    let first = stored(&s, "log_scale");
    train(&(noise(&[5, 4]) * 7.0).unwrap());
    assert_eq!((stored(&s, "log_scale"), stored(&s, "ready")), (first, vec![1.0]));
    // Features of thousands of numbers too: every sample is told apart, and none like all.
    let mut s = store();
    let wide = MinibatchDiscrimination::new(&mut s, "d.minibatch", 3136, 16, 5).unwrap();
    let y = pass(true, |p| wide.forward(&noise(&[64, 3136]), p)).unwrap();
    let o = y.narrow(1, 3136, 16).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    let spread = (o.iter().map(|v| v * v).sum::<f64>() / o.len() as f64).sqrt();
    assert!(spread > 0.01, "o is the same of every sample: {spread:e}");
    // A batch of one sample over and over has no distance; nothing is divided by it.
    let (_, layer) = kernels();
    let same = noise(&[1, 4]).repeat((5, 1)).unwrap();
    let y = pass(true, |p| layer.forward(&same, p)).unwrap();
    assert!(y.flatten_all().unwrap().to_vec1::<f64>().unwrap().iter().all(|v| v.is_finite()));
}

#[test]
fn gradients_by_finite_differences() {
    for kind in [Normalization::VirtualBatch, Normalization::Layer, Normalization::Instance] {
        for shape in [&[5, 2, 2, 2][..], &[5, 3][..]] {
            if kind == Normalization::Instance && shape.len() == 2 {
                continue;
            }
            let mut s = store();
            let norm = layer(&mut s, kind, shape[1]);
            let f = |x: &Tensor| pass(true, |p| norm.forward(x, 3, p)).unwrap();
            let error = gradient_error(&noise(shape), &f);
            assert!(error < 1e-7, "{kind:?} {shape:?}: {error}");
        }
    }
    let (_, layer) = kernels();
    let train = |x: &Tensor| pass(true, |p| layer.forward(x, p)).unwrap();
    train(&noise(&[5, 4]));
    let error = gradient_error(&noise(&[5, 4]), &train);
    assert!(error < 1e-7, "{error}");
}
