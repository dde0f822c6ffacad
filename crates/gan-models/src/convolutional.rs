//! DCGAN's networks (arXiv 1511.06434, section 3), which several variants share.

use crate::Setup;
use crate::networks::{Judged, NetworkOptions};
use crate::reference::Reference;
use candle_core::{Result, Tensor};
use gan_kernels::activation::{Then, tanh};
use gan_kernels::conv::Conv2d;
use gan_layers::{
    Conv, ConvTranspose, Init, Linear, MinibatchDiscrimination, Norm, Normalization, ParamStore,
    Pass,
};
use gan_train::{Error, Tap};

/// What follows the generator's hidden layers.
const RELU: Then = Then::LeakyRelu(0.0);
/// What follows the discriminator's.
const LEAKY: Then = Then::LeakyRelu(0.2);

/// The sizes that these networks make, for messages.
pub(crate) const SIZES: &str = "square images of 16, 28, 32, 56, 64, 112, 128 or 224 pixels";

/// `(smallest size, doublings)` for an image side: 64 = 4·2⁴, 28 = 7·2².
pub(crate) fn plan(side: usize) -> Option<(usize, usize)> {
    [4, 7].into_iter().find_map(|start| {
        (2..=5).find(|doublings| start << doublings == side).map(|doublings| (start, doublings))
    })
}

/// [`plan`] for the data, or why there is none.
pub(crate) fn sizes(entry: &str, setup: &Setup) -> gan_train::Result<(usize, usize)> {
    let bad = |what: String| Err(Error::Config(format!("{entry}: expected {SIZES}, found {what}")));
    let [_, height, width] = setup.shape()[..] else {
        let dims = setup.shape().iter().product::<usize>();
        return bad(format!("points of {dims} dimensions; use `vanilla` for points"));
    };
    match plan(height).filter(|_| height == width) {
        Some(sizes) => Ok(sizes),
        None => bad(format!("{width}×{height}; bring them to a size with --size 64")),
    }
}

/// Kernel 4, stride 2, padding 1: halves a size, or doubles it transposed.
pub(crate) fn halving() -> Conv2d {
    Conv2d::new(2, 1)
}

/// What both networks are sized by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvShape {
    /// Dimensions of the latent.
    pub z: usize,
    /// Channels of one image.
    pub channels: usize,
    /// Channels beside the image; each halving of the size doubles them.
    pub features: usize,
    /// As [`plan`] gives them.
    pub sizes: (usize, usize),
}

/// The generator: z as a 1×1 image, one layer to the smallest size, then doublings.
pub(crate) struct ConvGenerator {
    layers: Vec<(ConvTranspose, Option<Norm>)>,
    reference: Reference,
}

impl ConvGenerator {
    /// Parameters `{name}.conv1.weight`, `{name}.bn1.scale`, …
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        shape: &ConvShape,
        options: &NetworkOptions,
    ) -> Result<Self> {
        Self::mixed(store, name, 0, shape, options)
    }

    /// The same behind a fully connected layer of `hidden` units, `{name}.fc.weight` and
    /// `{name}.bn.scale`, which mixes what z holds before it has a place; 0 leaves it out.
    pub fn mixed(
        store: &mut ParamStore,
        name: &str,
        hidden: usize,
        shape: &ConvShape,
        options: &NetworkOptions,
    ) -> Result<Self> {
        let (start, doublings) = shape.sizes;
        let mut layers = Vec::new();
        let mut inputs = shape.z;
        if hidden > 0 {
            // On an image of one pixel a convolution is a linear layer.
            let (fc, width, how) = (format!("{name}.fc"), (inputs, hidden), Conv2d::default());
            let bias = options.norm == Normalization::None;
            let fc = ConvTranspose::new(store, &fc, width, 1, how, Init::DCGAN, bias)?;
            let norm = Norm::new(options.norm, store, &format!("{name}.bn"), hidden)?;
            layers.push((fc, norm));
            inputs = hidden;
        }
        for i in 0..=doublings {
            let last = i == doublings;
            let outputs = if last { shape.channels } else { shape.features << (doublings - 1 - i) };
            let (kernel, how) = if i == 0 { (start, Conv2d::default()) } else { (4, halving()) };
            let (conv, norm) = (format!("{name}.conv{}", i + 1), format!("{name}.bn{}", i + 1));
            let kind = if last { Normalization::None } else { options.norm };
            let bias = kind == Normalization::None;
            let width = (inputs, outputs);
            let conv = ConvTranspose::new(store, &conv, width, kernel, how, Init::DCGAN, bias)?;
            layers.push((conv, Norm::new(kind, store, &norm, outputs)?));
            inputs = outputs;
        }
        Ok(Self { layers, reference: Reference::new(store, name, options)? })
    }

    /// `z`: `(n, z)`; result `(n, channels, side, side)` in `(−1, 1)`.
    pub fn forward(&self, z: &Tensor, pass: &Pass<'_>) -> Result<Tensor> {
        self.forward_tapped(z, None, pass)
    }

    /// [`ConvGenerator::forward`], with its hidden layers shown.
    pub fn forward_tapped(
        &self,
        z: &Tensor,
        tap: Option<&mut Tap<'_>>,
        pass: &Pass<'_>,
    ) -> Result<Tensor> {
        tanh(&self.canvas(z, tap, pass)?)
    }

    /// The same before its tanh.
    pub fn canvas(
        &self,
        z: &Tensor,
        mut tap: Option<&mut Tap<'_>>,
        pass: &Pass<'_>,
    ) -> Result<Tensor> {
        let (z, count) = self.reference.before(z)?;
        let mut x = z.unsqueeze(2)?.unsqueeze(3)?; // (n, z, 1, 1)
        for (i, (conv, norm)) in self.layers.iter().enumerate() {
            if i + 1 == self.layers.len() {
                x = conv.forward(&x, pass)?;
                break;
            }
            x = match norm {
                Some(norm) => norm.forward_then(&conv.forward(&x, pass)?, count, RELU, pass)?,
                None => conv.forward_then(&x, RELU, pass)?,
            };
            x = self.reference.tapped(i, x, tap.as_deref_mut())?;
        }
        self.reference.without(&x)
    }
}

/// The discriminator: halvings down to the smallest size, then one layer to one logit.
pub(crate) struct ConvDiscriminator {
    trunk: ConvTrunk,
    head: Head,
}

/// D's last layer.
enum Head {
    /// A convolution as large as its input.
    Conv(Conv),
    /// The same as a linear layer, with minibatch discrimination before it.
    Minibatch(MinibatchDiscrimination, Linear),
}

impl ConvDiscriminator {
    /// Parameters `{name}.conv1.weight`, `{name}.bn2.scale`, …, the logit's layer the last; with
    /// minibatch discrimination `{name}.minibatch.tensor` and `{name}.fc.weight` in its place.
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        shape: &ConvShape,
        options: &NetworkOptions,
    ) -> Result<Self> {
        Self::split(store, [name, name], shape, options)
    }

    /// The same with one name for all layers but the last, and one for that.
    pub fn split(
        store: &mut ParamStore,
        [trunk, name]: [&str; 2],
        shape: &ConvShape,
        options: &NetworkOptions,
    ) -> Result<Self> {
        let trunk = ConvTrunk::new(store, trunk, shape, options)?;
        let (start, doublings) = shape.sizes;
        let (init, spectral) = (Init::DCGAN, options.spectral);
        let head = match options.minibatch {
            None => {
                let (name, width) = (format!("{name}.conv{}", doublings + 1), (trunk.outputs, 1));
                let how = Conv2d::default();
                Head::Conv(Conv::new(store, &name, width, start, how, init, true, spectral)?)
            }
            Some((kernels, dims)) => {
                let features = trunk.outputs * start * start;
                let (fc, name) = (format!("{name}.fc"), format!("{name}.minibatch"));
                let minibatch =
                    MinibatchDiscrimination::new(store, &name, features, kernels, dims)?;
                let width = (features + kernels, 1);
                Head::Minibatch(minibatch, Linear::new(store, &fc, width, init, true, spectral)?)
            }
        };
        Ok(Self { trunk, head })
    }

    /// `x`: `(n, packing·channels, side, side)`; logits `(n,)`.
    pub fn judge(&self, x: &Tensor, pass: &Pass<'_>) -> Result<Judged> {
        self.judge_tapped(x, None, pass)
    }

    /// [`ConvDiscriminator::judge`], with its hidden layers shown.
    pub fn judge_tapped(
        &self,
        x: &Tensor,
        tap: Option<&mut Tap<'_>>,
        pass: &Pass<'_>,
    ) -> Result<Judged> {
        let x = &self.trunk.forward_tapped(x, tap, pass)?;
        let features = x.flatten_from(1)?;
        let logits = match &self.head {
            Head::Conv(conv) => conv.forward(x, pass)?,
            Head::Minibatch(minibatch, fc) => {
                fc.forward(&minibatch.forward(&features, pass)?, pass)?
            }
        };
        Ok(Judged { logits: logits.flatten_all()?, features })
    }
}

/// The discriminator without its last layer.
pub(crate) struct ConvTrunk {
    layers: Vec<(Conv, Option<Norm>)>,
    reference: Reference,
    /// Channels of the result.
    pub outputs: usize,
}

impl ConvTrunk {
    /// Parameters `{name}.conv1.weight`, `{name}.bn2.scale`, …
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        shape: &ConvShape,
        options: &NetworkOptions,
    ) -> Result<Self> {
        let mut layers = Vec::new();
        let mut inputs = shape.channels * options.packing;
        for i in 0..shape.sizes.1 {
            let outputs = shape.features << i;
            let (conv, norm) = (format!("{name}.conv{}", i + 1), format!("{name}.bn{}", i + 1));
            // Section 3: none at D's input.
            let kind = if i == 0 { Normalization::None } else { options.norm };
            let bias = kind == Normalization::None;
            let (width, init) = ((inputs, outputs), Init::DCGAN);
            let conv = Conv::new(store, &conv, width, 4, halving(), init, bias, options.spectral)?;
            layers.push((conv, Norm::new(kind, store, &norm, outputs)?));
            inputs = outputs;
        }
        Ok(Self { layers, reference: Reference::new(store, name, options)?, outputs: inputs })
    }

    /// `x`: `(n, packing·channels, side, side)`; result `(n, outputs, start, start)`.
    pub fn forward(&self, x: &Tensor, pass: &Pass<'_>) -> Result<Tensor> {
        self.forward_tapped(x, None, pass)
    }

    /// [`ConvTrunk::forward`], with its layers shown.
    pub fn forward_tapped(
        &self,
        x: &Tensor,
        mut tap: Option<&mut Tap<'_>>,
        pass: &Pass<'_>,
    ) -> Result<Tensor> {
        let (mut x, count) = self.reference.before(x)?;
        for (i, (conv, norm)) in self.layers.iter().enumerate() {
            x = match norm {
                Some(norm) => norm.forward_then(&conv.forward(&x, pass)?, count, LEAKY, pass)?,
                None => conv.forward_then(&x, LEAKY, pass)?,
            };
            x = self.reference.tapped(i, x, tap.as_deref_mut())?;
        }
        self.reference.without(&x)
    }
}
