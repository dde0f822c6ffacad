//! Convolutions, transposed convolutions and linear layers: forward, and both gradients.

use crate::report::{Group, Layer, Part, Work};
use crate::timing::{Time, backward, numbers, time};
use candle_core::{Result, Tensor, Var};
use gan_kernels::conv::{Conv2d, conv_transpose2d, conv2d};
use gan_kernels::linear::{linear, matmul};
use std::time::Duration;

/// A square convolution without bias, or the transposed one.
#[derive(Clone, Copy)]
struct Convolution {
    batch: usize,
    /// Channels in and out.
    channels: [usize; 2],
    /// Side of the input.
    side: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    transposed: bool,
}

pub fn groups() -> Vec<Group> {
    let convolutions = |title, layers: Vec<Convolution>| Group {
        title,
        work: Work::Gflop,
        layers: layers.into_iter().map(Convolution::layer).collect(),
    };
    vec![
        convolutions("convolution", [discriminator64(), discriminator28()].concat()),
        convolutions("transposed convolution", [generator64(), generator28()].concat()),
        Group { title: "linear", work: Work::Gflop, layers: linears() },
    ]
}

/// Halvings with kernel 4, stride 2, padding 1, then one layer to one number.
fn discriminator(batch: usize, channels: &[usize], side: usize) -> Vec<Convolution> {
    let pairs = channels.windows(2).enumerate();
    let mut layers: Vec<Convolution> =
        pairs.map(|(at, c)| halving(batch, [c[0], c[1]], side >> at, false)).collect();
    let last = side >> layers.len();
    let inputs = channels[channels.len() - 1];
    layers.push(whole(batch, [inputs, 1], last, last, false));
    layers
}

/// One layer from 1×1, then doublings.
fn generator(batch: usize, latent: usize, channels: &[usize], start: usize) -> Vec<Convolution> {
    let first = whole(batch, [latent, channels[0]], 1, start, true);
    let doublings = channels.windows(2).enumerate();
    let doublings = doublings.map(|(at, c)| halving(batch, [c[0], c[1]], start << at, true));
    std::iter::once(first).chain(doublings).collect()
}

fn discriminator64() -> Vec<Convolution> {
    discriminator(64, &[3, 64, 128, 256, 512], 64)
}

fn generator64() -> Vec<Convolution> {
    generator(64, 100, &[512, 256, 128, 64, 3], 4)
}

fn discriminator28() -> Vec<Convolution> {
    discriminator(128, &[1, 64, 128], 28)
}

fn generator28() -> Vec<Convolution> {
    generator(128, 100, &[128, 64, 1], 7)
}

fn halving(batch: usize, channels: [usize; 2], side: usize, transposed: bool) -> Convolution {
    Convolution { batch, channels, side, kernel: 4, stride: 2, padding: 1, transposed }
}

/// A kernel as large as the larger of the two images, the other being 1×1.
fn whole(
    batch: usize,
    channels: [usize; 2],
    side: usize,
    kernel: usize,
    transposed: bool,
) -> Convolution {
    Convolution { batch, channels, side, kernel, stride: 1, padding: 0, transposed }
}

impl Convolution {
    fn layer(self) -> Layer {
        let Self { batch, channels: [inputs, outputs], side, kernel, stride, .. } = self;
        let name = format!("{batch} × {inputs}→{outputs} at {side}, k{kernel} s{stride}");
        Layer::new(name, Box::new(move |budget| self.measure(budget)))
    }

    fn measure(self, budget: Duration) -> Result<Vec<Part>> {
        let Self { batch, channels: [inputs, outputs], side, kernel, .. } = self;
        let how = Conv2d::new(self.stride, self.padding);
        // y = x ∗ w or its adjoint; the gradient in x is the other of the two.
        let adjoint = |x: &Tensor, w: &Tensor| conv_transpose2d(x, w, None, &how, [0, 0]);
        let direct = |x: &Tensor, w: &Tensor| conv2d(x, w, None, &how);
        let shape = if self.transposed { [inputs, outputs] } else { [outputs, inputs] };
        let x = numbers(&[batch, inputs, side, side])?;
        let w = numbers(&[shape[0], shape[1], kernel, kernel])?;
        let weight = Var::from_tensor(&w)?;
        let y = match self.transposed {
            true => adjoint(&x, weight.as_tensor())?,
            false => direct(&x, weight.as_tensor())?,
        };
        let g = numbers(y.dims())?;
        let (forward, input) = match self.transposed {
            true => (time(budget, || adjoint(&x, &w))?, time(budget, || direct(&g, &w))?),
            false => (time(budget, || direct(&x, &w))?, time(budget, || adjoint(&g, &w))?),
        };
        // A weight meets each value of the image that it steps over.
        let steps = if self.transposed { side } else { y.dim(3)? };
        let flop = 2 * batch * inputs * outputs * (kernel * steps).pow(2);
        Ok(three(flop, [forward, input, backward(budget, &y)?]))
    }
}

/// Each of them takes as many operations.
fn three(flop: usize, times: [Time; 3]) -> Vec<Part> {
    let names = ["forward", "input gradient", "weight gradient"];
    let part = |(name, time)| Part { name, work: flop as f64 * 1e-9, time };
    names.into_iter().zip(times).map(part).collect()
}

/// The layers of fc28 and of ring, and a product as large as those of the machine's rate.
fn linears() -> Vec<Layer> {
    let fc28 = [100, 256, 512, 1024, 784, 512, 256, 1].windows(2).map(|s| [128, s[0], s[1]]);
    let ring = [[100, 2, 128], [100, 128, 128], [100, 128, 2]];
    let all = fc28.chain(ring).chain([[2048, 2048, 2048]]);
    let layer = |[batch, inputs, outputs]: [usize; 3]| {
        let name = format!("{batch} × {inputs}→{outputs}");
        Layer::new(name, Box::new(move |budget| linear_parts(budget, batch, inputs, outputs)))
    };
    all.map(layer).collect()
}

fn linear_parts(
    budget: Duration,
    batch: usize,
    inputs: usize,
    outputs: usize,
) -> Result<Vec<Part>> {
    let x = numbers(&[batch, inputs])?;
    let (w, b) = (numbers(&[outputs, inputs])?, numbers(&[outputs])?);
    let g = numbers(&[batch, outputs])?;
    let forward = time(budget, || linear(&x, &w, Some(&b)))?;
    let input = time(budget, || matmul(&g, &w))?;
    let (weight, bias) = (Var::from_tensor(&w)?, Var::from_tensor(&b)?);
    let y = linear(&x, weight.as_tensor(), Some(bias.as_tensor()))?;
    // The bias and its gradient take time here, but no operations that count.
    Ok(three(2 * batch * inputs * outputs, [forward, input, backward(budget, &y)?]))
}
