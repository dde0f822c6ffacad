//! Operations that pass over memory: batch norm, activations, the optimizer's update.

use crate::report::{Group, Layer, Part, Work};
use crate::timing::{backward, numbers, time};
use candle_core::{Result, Tensor, Var};
use gan_kernels::activation::{leaky_relu, relu, sigmoid, softplus, tanh};
use gan_kernels::norm::batch_norm_train;
use gan_kernels::update::{Adam, adam};
use std::time::Duration;

/// DCGAN's hidden layers at 64 pixels, batch 64, and at 28, batch 128.
const HIDDEN: [[usize; 4]; 5] =
    [[64, 64, 32, 32], [64, 128, 16, 16], [64, 256, 8, 8], [64, 512, 4, 4], [128, 128, 7, 7]];

/// What an activation is applied to: a large layer, an image, and a layer of fc28.
const ACTIVATED: [&[usize]; 3] = [&[64, 64, 32, 32], &[64, 3, 64, 64], &[128, 512]];

type Activation = fn(&Tensor) -> Result<Tensor>;

const ACTIVATIONS: [(&str, Activation); 5] = [
    ("relu", relu),
    ("leaky_relu", |x| leaky_relu(x, 0.2)),
    ("tanh", tanh),
    ("sigmoid", sigmoid),
    ("softplus", softplus),
];

pub fn groups() -> Vec<Group> {
    let norms = HIDDEN
        .iter()
        .map(|shape| Layer::new(by(shape), Box::new(|budget| batch_norm(budget, shape))));
    let activations = ACTIVATIONS.into_iter().flat_map(|(name, f)| {
        ACTIVATED.into_iter().map(move |shape| {
            let measure = move |budget| activation(budget, f, shape);
            Layer::new(format!("{name} {}", by(shape)), Box::new(measure))
        })
    });
    let updates = [[512, 256, 4, 4], [64, 3, 4, 4]]
        .map(|shape| Layer::new(by(&shape), Box::new(move |budget| update(budget, &shape))));
    let group = |title, layers| Group { title, work: Work::Gbyte, layers };
    vec![
        group("batch norm", norms.collect()),
        group("activation", activations.collect()),
        group("adam", updates.into()),
    ]
}

fn by(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// Gigabytes in `arrays` arrays of f32 of one shape.
fn gigabytes(arrays: usize, shape: &[usize]) -> f64 {
    (arrays * shape.iter().product::<usize>() * size_of::<f32>()) as f64 * 1e-9
}

/// Forward reads x and writes y; backward reads x or y and the gradient, and writes one.
fn both(
    budget: Duration,
    shape: &[usize],
    plain: impl Fn() -> Result<Tensor>,
    tracked: &Tensor,
) -> Result<Vec<Part>> {
    let forward = time(budget, plain)?;
    Ok(vec![
        Part { name: "forward", work: gigabytes(2, shape), time: forward },
        Part { name: "backward", work: gigabytes(3, shape), time: backward(budget, tracked)? },
    ])
}

fn batch_norm(budget: Duration, shape: &[usize]) -> Result<Vec<Part>> {
    let (x, scale, shift) = (numbers(shape)?, numbers(&shape[1..2])?, numbers(&shape[1..2])?);
    let norm = |x: &Tensor, scale: &Tensor, shift: &Tensor| batch_norm_train(x, scale, shift, 1e-5);
    let vars = [&x, &scale, &shift].map(Var::from_tensor);
    let [xv, scale_v, shift_v] = vars;
    let y = norm(xv?.as_tensor(), scale_v?.as_tensor(), shift_v?.as_tensor())?;
    both(budget, shape, || norm(&x, &scale, &shift), &y)
}

fn activation(budget: Duration, f: Activation, shape: &[usize]) -> Result<Vec<Part>> {
    let x = numbers(shape)?;
    let y = f(Var::from_tensor(&x)?.as_tensor())?;
    both(budget, shape, || f(&x), &y)
}

/// Reads and writes the parameter and two moments, and reads the gradient.
#[expect(clippy::disallowed_methods, reason = "an update is timed, nothing is trained")]
fn update(budget: Duration, shape: &[usize]) -> Result<Vec<Part>> {
    let (p, g) = (Var::from_tensor(&numbers(shape)?)?, numbers(shape)?);
    let zeros = || Var::zeros(shape, g.dtype(), g.device());
    let (m, v) = (zeros()?, zeros()?);
    let how = Adam { lr: 2e-4, beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };
    let time = time(budget, || adam(&p, &g, &m, &v, &how, 1))?;
    Ok(vec![Part { name: "update", work: gigabytes(7, shape), time }])
}
