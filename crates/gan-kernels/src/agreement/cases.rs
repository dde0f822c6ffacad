//! Every function of the crate once or more, on small inputs that reach its corners.

use crate::activation::{self, Then};
use crate::conv::{self, Conv2d};
use crate::pool::{self, Pool};
use crate::resample::{self, Padding};
use crate::update::{self, Adam};
use crate::{alike, bernoulli, channel, linear, loss, norm, softmax};
use candle_core::{Result, Tensor, Var};

/// A function on inputs of given shapes.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) shapes: &'static [&'static [usize]],
    /// How often it can be differentiated: 0, 1 or 2.
    pub(super) orders: u8,
    pub(super) run: fn(&[Tensor]) -> Result<Tensor>,
}

type Run = fn(&[Tensor]) -> Result<Tensor>;

const fn twice(name: &'static str, shapes: &'static [&'static [usize]], run: Run) -> Case {
    Case { name, shapes, orders: 2, run }
}

const fn constant(name: &'static str, shapes: &'static [&'static [usize]], run: Run) -> Case {
    Case { name, shapes, orders: 0, run }
}

/// A batch of images whose sides are neither equal nor even.
const IMAGES: &[usize] = &[2, 4, 9, 8];
const STEP: Adam = Adam { lr: 1e-3, beta1: 0.5, beta2: 0.9, eps: 1e-8, weight_decay: 0.01 };

fn groups() -> Conv2d {
    Conv2d { groups: 2, ..Conv2d::new(1, 1) }
}

fn uneven() -> Conv2d {
    Conv2d { stride: [2, 1], dilation: [1, 2], padding: [1, 0, 2, 1], groups: 1 }
}

/// A positive copy, for moments.
fn positive(x: &Tensor) -> Result<Var> {
    Var::from_tensor(&x.detach().sqr()?)
}

#[expect(clippy::disallowed_methods, reason = "the updates are operations too")]
pub(super) const CASES: &[Case] = &[
    twice("matmul", &[&[5, 7], &[7, 3]], |t| linear::matmul(&t[0], &t[1])),
    twice("matmul_nt", &[&[5, 7], &[3, 7]], |t| linear::matmul_nt(&t[0], &t[1])),
    twice("linear", &[&[5, 7], &[3, 7], &[3]], |t| linear::linear(&t[0], &t[1], Some(&t[2]))),
    twice("linear + leaky ReLU", &[&[5, 7], &[3, 7], &[3]], |t| {
        linear::linear_then(&t[0], &t[1], Some(&t[2]), Then::LeakyRelu(0.2))
    }),
    twice("conv2d, 3×3", &[IMAGES, &[3, 4, 3, 3], &[3]], |t| {
        conv::conv2d(&t[0], &t[1], Some(&t[2]), &Conv2d::new(1, 1))
    }),
    twice("conv2d, 4×4 by 2", &[IMAGES, &[3, 4, 4, 4]], |t| {
        conv::conv2d(&t[0], &t[1], None, &Conv2d::new(2, 1))
    }),
    twice("conv2d + leaky ReLU", &[IMAGES, &[3, 4, 4, 4], &[3]], |t| {
        conv::conv2d_then(&t[0], &t[1], Some(&t[2]), &Conv2d::new(2, 1), Then::LeakyRelu(0.2))
    }),
    twice("conv2d in groups", &[IMAGES, &[6, 2, 3, 3]], |t| {
        conv::conv2d(&t[0], &t[1], None, &groups())
    }),
    twice("conv2d, uneven", &[IMAGES, &[3, 4, 3, 2]], |t| {
        conv::conv2d(&t[0], &t[1], None, &uneven())
    }),
    twice("conv_transpose2d, 4×4 by 2", &[&[2, 4, 5, 3], &[4, 3, 4, 4], &[3]], |t| {
        conv::conv_transpose2d(&t[0], &t[1], Some(&t[2]), &Conv2d::new(2, 1), [0; 2])
    }),
    twice("conv_transpose2d, padded", &[&[2, 4, 5, 3], &[4, 3, 5, 5]], |t| {
        conv::conv_transpose2d(&t[0], &t[1], None, &Conv2d::new(2, 2), [1; 2])
    }),
    twice("conv_transpose2d in groups", &[&[2, 4, 5, 3], &[4, 3, 3, 3]], |t| {
        conv::conv_transpose2d(&t[0], &t[1], None, &groups(), [0; 2])
    }),
    twice("avg_pool2d", &[IMAGES], |t| pool::avg_pool2d(&t[0], &Pool::square(2))),
    twice("max_pool2d", &[IMAGES], |t| pool::max_pool2d(&t[0], &Pool::square(2))),
    twice("upsample_nearest2d", &[IMAGES], |t| resample::upsample_nearest2d(&t[0], (18, 12))),
    twice("upsample_bilinear2d", &[IMAGES], |t| {
        resample::upsample_bilinear2d(&t[0], (18, 12), false)
    }),
    twice("pad2d, zeros", &[IMAGES], |t| resample::pad2d(&t[0], [1, 2, 0, 3], Padding::Zero)),
    twice("pad2d, reflected", &[IMAGES], |t| {
        resample::pad2d(&t[0], [1, 2, 0, 3], Padding::Reflect)
    }),
    twice("batch_norm_train", &[IMAGES, &[4], &[4]], |t| {
        norm::batch_norm_train(&t[0], &t[1], &t[2], 1e-5)
    }),
    twice("batch norm + leaky ReLU", &[IMAGES, &[4], &[4]], |t| {
        Ok(norm::batch_norm_with_moments(&t[0], &t[1], &t[2], 1e-5, Then::LeakyRelu(0.2))?.0)
    }),
    twice("batch_norm_eval", &[IMAGES, &[4], &[4], &[4]], |t| {
        norm::batch_norm_eval(&t[0], &t[1], &t[2].sqr()?, &t[3], &t[1], 1e-5)
    }),
    twice("instance_norm", &[IMAGES], |t| norm::instance_norm(&t[0], 1e-5)),
    twice("group_norm", &[IMAGES], |t| norm::group_norm(&t[0], 2, 1e-5)),
    twice("layer_norm", &[&[5, 7]], |t| norm::layer_norm(&t[0], 1e-5)),
    twice("channel sum", &[IMAGES], |t| channel::sum(&t[0])),
    twice("channel mean", &[IMAGES], |t| channel::mean(&t[0])),
    twice("channel add", &[IMAGES, &[4]], |t| channel::add(&t[0], &t[1])),
    twice("channel mul", &[IMAGES, &[4]], |t| channel::mul(&t[0], &t[1])),
    twice("channel scale_shift", &[IMAGES, &[4], &[4]], |t| {
        channel::scale_shift(&t[0], &t[1], &t[2])
    }),
    twice("relu", &[IMAGES], |t| activation::relu(&t[0])),
    twice("leaky_relu", &[IMAGES], |t| activation::leaky_relu(&t[0], 0.2)),
    twice("tanh", &[IMAGES], |t| activation::tanh(&t[0])),
    twice("sigmoid", &[IMAGES], |t| activation::sigmoid(&t[0])),
    twice("softplus", &[IMAGES], |t| activation::softplus(&t[0])),
    twice("maxout", &[&[5, 12]], |t| activation::maxout(&t[0], 3)),
    twice("softmax", &[&[5, 7]], |t| softmax::softmax(&t[0])),
    twice("log_softmax", &[&[5, 7]], |t| softmax::log_softmax(&t[0])),
    twice("bce_with_logits", &[&[9]], |t| loss::bce_with_logits(&t[0], 0.9)),
    twice("bce_with_logits_each", &[&[9], &[9]], |t| {
        loss::bce_with_logits_each(&t[0], &t[1].detach().sqr()?)
    }),
    twice("alike", &[&[6, 3, 4]], |t| alike::alike(&t[0])),
    constant("draws of units", &[&[5, 7]], |t| {
        bernoulli::draw(&activation::sigmoid(&t[0])?, |_, levels| levels.fill(0.5))
    }),
    constant("adam", &[&[5, 7], &[5, 7], &[5, 7]], |t| {
        let (p, m, v) = (Var::from_tensor(&t[0])?, Var::from_tensor(&t[2])?, positive(&t[1])?);
        update::adam(&p, &t[1].detach(), &m, &v, &STEP, 3)?;
        Tensor::cat(&[p.as_detached_tensor(), m.as_detached_tensor(), v.as_detached_tensor()], 0)
    }),
    constant("rmsprop", &[&[5, 7], &[5, 7]], |t| {
        let (p, v) = (Var::from_tensor(&t[0])?, positive(&t[1])?);
        update::rmsprop(&p, &t[1].detach(), &v, 1e-3, 0.9, 1e-8)?;
        Tensor::cat(&[p.as_detached_tensor(), v.as_detached_tensor()], 0)
    }),
    constant("sgd", &[&[5, 7], &[5, 7], &[5, 7]], |t| {
        let (p, velocity) = (Var::from_tensor(&t[0])?, Var::from_tensor(&t[2])?);
        update::sgd(&p, &t[1].detach(), &velocity, 1e-2, 0.9)?;
        Tensor::cat(&[p.as_detached_tensor(), velocity.as_detached_tensor()], 0)
    }),
    constant("blend", &[&[5, 7], &[5, 7]], |t| {
        let p = Var::from_tensor(&t[0])?;
        update::blend(&p, &t[1].detach(), 0.9, 0.1)?;
        Ok(p.as_detached_tensor())
    }),
];
