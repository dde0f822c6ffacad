//! Layers do what their papers say, and only the active player's parameters are tracked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batch_wise;

use candle_core::{DType, Device, Tensor};
use gan_kernels::conv::Conv2d;
use gan_layers::{
    BatchNorm, Conv, ConvTranspose, Embedding, Init, Linear, ParamStore, Pass, StepRng, dropout,
};

fn store() -> ParamStore {
    ParamStore::new(3, DType::F64, &Device::Cpu)
}

fn noise(shape: &[usize]) -> Tensor {
    StepRng::new(9, 0).normal("latent", shape, DType::F64, &Device::Cpu).unwrap()
}

fn pass<T>(train: bool, f: impl FnOnce(&mut Pass<'_>) -> T) -> T {
    f(&mut Pass { train, rng: &mut StepRng::new(1, 1) })
}

fn flat(t: &Tensor) -> Vec<f64> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn a_parameters_start_depends_on_its_name_and_seed_alone() {
    let init = Init::DCGAN;
    let mut a = store();
    let first = a.param("g.a.weight", &[4], init).unwrap();
    let mut b = store();
    b.param("g.other.weight", &[4], init).unwrap();
    let second = b.param("g.a.weight", &[4], init).unwrap();
    assert_eq!(flat(&first.get()), flat(&second.get()));
    let mut c = ParamStore::new(4, DType::F64, &Device::Cpu);
    assert_ne!(flat(&first.get()), flat(&c.param("g.a.weight", &[4], init).unwrap().get()));
    assert!(a.param("g.a.weight", &[4], init).unwrap_err().to_string().contains("exists already"));
}

#[test]
fn initialisers_have_their_moments() {
    let moments = |init: Init| {
        let t = flat(&init.tensor(1, "x", &[40_000], DType::F64, &Device::Cpu).unwrap());
        let mean = t.iter().sum::<f64>() / t.len() as f64;
        (mean, (t.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / t.len() as f64).sqrt())
    };
    let (mean, std) = moments(Init::Normal { mean: 1.0, std: 0.02 });
    assert!((mean - 1.0).abs() < 1e-3 && (std - 0.02).abs() < 1e-3);
    let (mean, std) = moments(Init::fan_in(25));
    assert!(mean.abs() < 5e-3 && (std - 0.2 / 3f64.sqrt()).abs() < 2e-3);
    assert_eq!(moments(Init::Constant(0.5)), (0.5, 0.0));
}

#[test]
fn only_the_active_prefix_gets_gradients() {
    let mut s = store();
    let g = Linear::new(&mut s, "g.fc", (2, 3), Init::fan_in(2), true, false).unwrap();
    let d = Linear::new(&mut s, "d.fc", (3, 1), Init::fan_in(3), true, false).unwrap();
    let x = noise(&[4, 2]);
    let run = |s: &ParamStore| {
        let y = pass(true, |p| d.forward(&g.forward(&x, p)?, p)).unwrap();
        let grads = y.sum_all().unwrap().backward().unwrap();
        s.owned(&[""])
            .filter(|(_, p)| grads.get(p.var()).is_some())
            .map(|(n, _)| n.to_owned())
            .collect::<Vec<_>>()
    };
    s.activate(&["g."]);
    assert_eq!(run(&s), ["g.fc.bias", "g.fc.weight"]);
    s.activate(&["d."]);
    assert_eq!(run(&s), ["d.fc.bias", "d.fc.weight"]);
    let both = s.also_active(&["g."], || Ok(run(&s))).unwrap();
    assert_eq!(both.len(), 4);
    assert_eq!(run(&s), ["d.fc.bias", "d.fc.weight"]);
    assert_eq!(s.count(&["g."]), 9);
}

#[test]
fn spectral_norm_bounds_the_largest_singular_value() {
    let mut s = store();
    let layer =
        Linear::new(&mut s, "d.fc", (6, 4), Init::Normal { mean: 0.0, std: 3.0 }, false, true)
            .unwrap();
    for _ in 0..200 {
        pass(true, |p| layer.forward(&noise(&[2, 6]), p)).unwrap();
    }
    // W/σ as the images of the unit vectors; its Gram matrix has largest eigenvalue 1.
    let eye = Tensor::eye(6, DType::F64, &Device::Cpu).unwrap();
    let w = pass(false, |p| layer.forward(&eye, p)).unwrap();
    let gram = gan_kernels::linear::matmul(&w.t().unwrap().contiguous().unwrap(), &w).unwrap();
    let mut v = noise(&[4, 1]);
    let mut top = 0.0;
    for _ in 0..500 {
        let next = gan_kernels::linear::matmul(&gram, &v).unwrap();
        top = flat(&next.sqr().unwrap().sum_all().unwrap())[0].sqrt();
        v = (next / top).unwrap();
    }
    assert!((top - 1.0).abs() < 1e-6, "largest eigenvalue {top}");
    // Its iteration rests while another player trains, and in evaluation.
    let u = |s: &ParamStore| {
        flat(&s.tensors().find(|(n, _)| *n == "d.fc.spectral_u").unwrap().1.copy().unwrap())
    };
    let before = u(&s);
    s.activate(&["g."]);
    pass(true, |p| layer.forward(&noise(&[2, 6]), p)).unwrap();
    assert_eq!(before, u(&s));
}

#[test]
fn batch_norm_follows_statistics_only_in_its_players_steps() {
    let mut s = store();
    let bn = BatchNorm::new(&mut s, "g.bn", 2).unwrap();
    let x = (noise(&[64, 2]) * 3.0).unwrap().affine(1.0, 5.0).unwrap();
    let running = |s: &ParamStore| {
        flat(&s.tensors().find(|(n, _)| *n == "g.bn.running_mean").unwrap().1.copy().unwrap())
    };
    s.activate(&["d."]);
    pass(true, |p| bn.forward(&x, p)).unwrap();
    assert_eq!(running(&s), [0.0, 0.0]);
    s.activate(&["g."]);
    for _ in 0..200 {
        pass(true, |p| bn.forward(&x, p)).unwrap();
    }
    assert!(running(&s).iter().all(|m| (m - 5.0).abs() < 1.5));
    // With settled statistics, evaluation equals training up to the unbiased variance.
    let (a, b) =
        (pass(true, |p| bn.forward(&x, p)).unwrap(), pass(false, |p| bn.forward(&x, p)).unwrap());
    let gap = flat(&(a - b).unwrap()).iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    assert!(gap < 0.05, "{gap}");
}

#[test]
fn dropout_keeps_the_mean_and_rests_in_evaluation() {
    let x = Tensor::ones((200, 100), DType::F64, &Device::Cpu).unwrap();
    let y = pass(true, |p| dropout(&x, 0.3, p)).unwrap();
    let values = flat(&y);
    let kept = values.iter().filter(|v| **v > 0.0).count() as f64 / values.len() as f64;
    assert!((kept - 0.7).abs() < 0.02);
    assert!(values.iter().all(|v| *v == 0.0 || (*v - 1.0 / 0.7).abs() < 1e-6));
    assert_eq!(flat(&pass(false, |p| dropout(&x, 0.3, p)).unwrap()), flat(&x));
    assert!(pass(true, |p| dropout(&x, 1.0, p)).is_err());
}

#[test]
fn shapes() {
    let mut s = store();
    let up = ConvTranspose::new(&mut s, "g.up", (3, 5), 4, Conv2d::new(2, 1), Init::DCGAN, true)
        .unwrap();
    let down =
        Conv::new(&mut s, "d.down", (5, 2), 4, Conv2d::new(2, 1), Init::DCGAN, true, true).unwrap();
    let x = noise(&[2, 3, 7, 7]);
    let y = pass(true, |p| up.forward(&x, p)).unwrap();
    assert_eq!(y.dims(), [2, 5, 14, 14]);
    assert_eq!(pass(true, |p| down.forward(&y, p)).unwrap().dims(), [2, 2, 7, 7]);
    let e = Embedding::new(&mut s, "g.embed", 10, 6).unwrap();
    let labels = Tensor::new(&[1u32, 9, 1], &Device::Cpu).unwrap();
    let rows = e.forward(&labels).unwrap().to_vec2::<f64>().unwrap();
    assert!(rows.len() == 3 && rows[0] == rows[2] && rows[0] != rows[1]);
    assert!(e.forward(&Tensor::new(&[10u32], &Device::Cpu).unwrap()).is_err());
}
