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
        // The sample normalised by the statistics of the reference batch with it added.
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

#[test]
fn minibatch_discrimination_follows_its_equation_and_sees_every_sample() {
    let mut s = store();
    let layer = MinibatchDiscrimination::new(&mut s, "d.minibatch", 4, 3, 2).unwrap();
    let tensor = s.tensors().next().unwrap().1.clone();
    tensor.set(&(tensor.as_detached_tensor() * 20.0).unwrap()).unwrap();
    let x = noise(&[5, 4]);
    let y = layer.forward(&x).unwrap();
    assert_eq!(y.dims(), [5, 7]);
    let m = x.matmul(&tensor).unwrap().to_vec2::<f64>().unwrap();
    let y = y.to_vec2::<f64>().unwrap();
    for i in 0..5 {
        for b in 0..3 {
            let distance =
                |j: usize| (0..2).map(|c| (m[i][2 * b + c] - m[j][2 * b + c]).abs()).sum::<f64>();
            let o: f64 = (0..5).map(|j| (-distance(j)).exp()).sum();
            assert!((y[i][4 + b] - o).abs() < 1e-12);
        }
    }
    assert_eq!(moved_by(&x, 2, &|x| layer.forward(x).unwrap()), [true; 5]);
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
    let mut s = store();
    let layer = MinibatchDiscrimination::new(&mut s, "d.minibatch", 4, 3, 2).unwrap();
    let tensor = s.tensors().next().unwrap().1.clone();
    tensor.set(&(tensor.as_detached_tensor() * 20.0).unwrap()).unwrap();
    let error = gradient_error(&noise(&[5, 4]), &|x| layer.forward(x).unwrap());
    assert!(error < 1e-7, "{error}");
}
