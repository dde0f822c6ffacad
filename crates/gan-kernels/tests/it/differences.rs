//! Central finite differences in f64 for gradients of the first and the second order.

use candle_core::{DType, Device, Result, Tensor, Var};
use gan_kernels::{second_order, with_composed};

/// Reproducible values without a random crate: a Weyl sequence folded into [-1, 1], no ties.
pub fn values(count: usize, seed: u64) -> Vec<f64> {
    (0..count)
        .map(|i| {
            let x = ((i as f64 + 1.0) * 0.754_877_666_246_692_7 + seed as f64 * 0.569_840_290_998)
                .fract();
            2.0 * x - 1.0
        })
        .collect()
}

pub fn tensor(dims: &[usize], seed: u64) -> Tensor {
    Tensor::from_vec(values(dims.iter().product(), seed), dims, &Device::Cpu).unwrap()
}

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

pub fn close(what: &str, a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len(), "{what}: lengths");
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!(
            (x - y).abs() <= tolerance * (1.0 + x.abs().max(y.abs())),
            "{what}: entry {i}: {x} against {y}"
        );
    }
}

pub fn close_tensors(what: &str, a: &Tensor, b: &Tensor, tolerance: f64) {
    assert_eq!(a.dims(), b.dims(), "{what}: shapes");
    close(what, &flat(a), &flat(b), tolerance);
}

type Op<'a> = &'a dyn Fn(&[Tensor]) -> Result<Tensor>;

/// A scalar that depends on every output in a curved way, so that second orders are not zero.
fn scalar(op: Op<'_>, inputs: &[Tensor]) -> Result<Tensor> {
    let y = op(inputs)?;
    let weights = tensor(y.dims(), 77);
    (y.mul(&weights)? + y.sqr()?.affine(0.5, 0.0)?)?.sum_all()
}

fn gradients(op: Op<'_>, inputs: &[Tensor]) -> Vec<Tensor> {
    let vars: Vec<Var> = inputs.iter().map(|t| Var::from_tensor(t).unwrap()).collect();
    let tracked: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let grads = scalar(op, &tracked).unwrap().backward().unwrap();
    vars.iter().map(|v| grads.get(v).cloned().unwrap_or(v.zeros_like().unwrap())).collect()
}

/// `⟨∇f(x), directions⟩` with its graph alive, and the vars it depends on.
fn slope(op: Op<'_>, inputs: &[Tensor]) -> (Tensor, Vec<Var>) {
    let vars: Vec<Var> = inputs.iter().map(|t| Var::from_tensor(t).unwrap()).collect();
    let tracked: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let grads = scalar(op, &tracked).unwrap().backward().unwrap();
    let mut total = Tensor::zeros((), DType::F64, &Device::Cpu).unwrap();
    for (i, var) in vars.iter().enumerate() {
        if let Some(g) = grads.get(var) {
            let direction = tensor(g.dims(), 900 + i as u64);
            total = (total + g.mul(&direction).unwrap().sum_all().unwrap()).unwrap();
        }
    }
    (total, vars)
}

/// `∂f/∂inputs` by central differences, with step `h`.
fn numeric(f: &dyn Fn(&[Tensor]) -> f64, inputs: &[Tensor], h: f64) -> Vec<Vec<f64>> {
    let mut out = Vec::new();
    for at in 0..inputs.len() {
        let base = flat(&inputs[at]);
        let mut grad = Vec::new();
        for i in 0..base.len() {
            let moved = |by: f64| {
                let mut data = base.clone();
                data[i] += by;
                let mut all = inputs.to_vec();
                all[at] = Tensor::from_vec(data, inputs[at].dims(), &Device::Cpu).unwrap();
                f(&all)
            };
            grad.push((moved(h) - moved(-h)) / (2.0 * h));
        }
        out.push(grad);
    }
    out
}

fn prove_branch(name: &str, op: Op<'_>, inputs: &[Tensor]) {
    let h = 1e-5;
    let value = |x: &[Tensor]| scalar(op, x).unwrap().to_scalar::<f64>().unwrap();
    for (i, (exact, numeric)) in
        gradients(op, inputs).iter().zip(numeric(&value, inputs, h)).enumerate()
    {
        close(&format!("{name}: gradient of input {i}"), &flat(exact), &numeric, 1e-7);
    }
    let (total, vars) = slope(op, inputs);
    let second = total.backward().unwrap();
    let slope_at = |x: &[Tensor]| slope(op, x).0.to_scalar::<f64>().unwrap();
    for (i, (var, numeric)) in vars.iter().zip(numeric(&slope_at, inputs, h)).enumerate() {
        let exact = second.get(var).map_or(vec![0.0; numeric.len()], flat);
        close(&format!("{name}: second gradient of input {i}"), &exact, &numeric, 1e-6);
    }
}

/// Proves first and second derivatives of both branches, and that the branches agree.
pub fn prove(name: &str, op: Op<'_>, inputs: &[Tensor]) {
    second_order::enable().unwrap();
    prove_branch(name, op, inputs);
    let fast = op(inputs).unwrap();
    with_composed(|| {
        prove_branch(&format!("{name} (composed)"), op, inputs);
        close_tensors(&format!("{name}: branches"), &fast, &op(inputs).unwrap(), 1e-12);
    });
}
