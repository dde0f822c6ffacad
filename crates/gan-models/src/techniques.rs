//! Techniques that compose with every adversarial variant: configuration, not new variants.

use crate::networks::NetworkOptions;
use crate::packing::pack;
use candle_core::Tensor;
use gan_layers::Normalization;
use gan_losses::Adversarial;
use gan_train::{Error, OptimizerConfig, Result};
use serde::{Deserialize, Serialize};

/// How discriminator and generator are trained, whatever their networks are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Techniques {
    /// `non-saturating`, `minimax`, `least-squares` (arXiv 1611.04076), `hinge` or `wasserstein`
    /// (arXiv 1701.07875).
    pub loss: Adversarial,
    /// One-sided label smoothing (arXiv 1606.03498, section 3.4): the real target is 1 minus this.
    pub label_smoothing: f64,
    /// Whether batch norm in D sees real and fake samples in two batches or in one.
    pub real_and_fake: RealAndFake,
    /// Spectral normalization of D's weights (arXiv 1802.05957).
    pub spectral_norm: bool,
    /// What follows D's hidden layers.
    pub discriminator_norm: NormChoice,
    /// What follows G's hidden layers.
    pub generator_norm: NormChoice,
    /// D's weights are cut to `[−clip, clip]` after each of its updates (arXiv 1701.07875,
    /// algorithm 1); 0 leaves them.
    pub clip: f64,
    /// Weight λ of the penalty on D's slope; 0 for none.
    pub gradient_penalty: f64,
    /// Where and to what the slope is drawn.
    pub penalty: Penalty,
    /// Samples that D judges together, stacked along the channels (PacGAN, arXiv 1712.04086,
    /// section 3); 1 for none, and the paper has 2 to 4. Where nobody says how large a batch is, it
    /// becomes so many times larger: the authors draw a whole batch for each place in a pack.
    pub packing: usize,
    /// Standard deviation of noise on everything that D sees (arXiv 1610.04490, section 3.2).
    pub instance_noise: f64,
    /// The step at which that noise has fallen to zero in a straight line; 0 keeps it.
    pub instance_noise_until: u64,
    /// The share of real and fake answers that are exchanged before D's loss, as if their labels
    /// were wrong (github.com/soumith/ganhacks, item 6).
    pub label_flips: f64,
    /// G minimizes the distance between real and fake means of D's last hidden layer in place of
    /// its loss (arXiv 1606.03498, section 3.1).
    pub feature_matching: bool,
    /// Minibatch discrimination: its number of kernels, B of arXiv 1606.03498, section 3.2; 0 for
    /// none, and the authors' code has 100.
    pub minibatch_kernels: usize,
    /// Dimensions of each kernel, its C; the authors' code has 5.
    pub minibatch_dims: usize,
    /// Weight of ‖θ − mean of all past θ‖² in each player's loss (arXiv 1606.03498,
    /// section 3.3); 0 for none.
    pub historical_averaging: f64,
    /// Fakes that are kept, of which D sees some again in half of each batch (arXiv 1612.07828,
    /// section 2.3); 0 for none.
    pub history: usize,
    /// Weight γ of ½‖(∇φ L_D, ∇θ L_G)‖² in each player's loss: consensus optimization
    /// (arXiv 1705.10461, section 4); 0 for none, and the paper has 10.
    pub consensus: f64,
    /// Discriminator updates a step, the k of arXiv 1406.2661, algorithm 1.
    pub discriminator_steps: usize,
    /// Train the generator on the fakes that D has just seen, as the common scripts do, instead
    /// of on new ones; one generator pass fewer.
    pub share_fakes: bool,
    /// The generator's optimizer; a rate of its own is T7, two time scales (arXiv 1706.08500).
    pub generator: OptimizerConfig,
    /// The discriminator's optimizer.
    pub discriminator: OptimizerConfig,
}

/// The batches that D's batch norm sees. Without a layer that sees a batch both are the same, and
/// fully connected networks then take both sides at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RealAndFake {
    /// One of real and one of fake samples: statistics apart.
    #[default]
    Separate,
    /// Both in one: statistics shared.
    Joint,
}

/// A network's normalization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormChoice {
    /// What the variant has of itself.
    #[default]
    Own,
    /// None.
    None,
    /// Batch norm (arXiv 1502.03167).
    Batch,
    /// Virtual batch norm (arXiv 1606.03498, section 3.5).
    VirtualBatch,
    /// Layer norm (arXiv 1607.06450).
    Layer,
    /// Instance norm (arXiv 1607.08022).
    Instance,
}

/// The kinds of [`Techniques::gradient_penalty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Penalty {
    /// `λ·E[(‖∇D(x̂)‖ − 1)²]` between real and fake samples (arXiv 1704.00028, equation 3).
    #[default]
    OneCentred,
    /// `λ/2·E[‖∇D(x)‖²]` at real samples: R1 (arXiv 1801.04406, equation 9). It holds no slope
    /// elsewhere, so that a Wasserstein critic needs a bound beside it.
    R1,
}

impl NormChoice {
    /// The normalization, given the variant's own.
    pub(crate) fn or(self, own: Normalization) -> Normalization {
        match self {
            Self::Own => own,
            Self::None => Normalization::None,
            Self::Batch => Normalization::Batch,
            Self::VirtualBatch => Normalization::VirtualBatch,
            Self::Layer => Normalization::Layer,
            Self::Instance => Normalization::Instance,
        }
    }
}

impl Default for Techniques {
    fn default() -> Self {
        Self {
            loss: Adversarial::NonSaturating,
            label_smoothing: 0.0,
            real_and_fake: RealAndFake::Separate,
            spectral_norm: false,
            discriminator_norm: NormChoice::Own,
            generator_norm: NormChoice::Own,
            clip: 0.0,
            gradient_penalty: 0.0,
            penalty: Penalty::OneCentred,
            packing: 1,
            instance_noise: 0.0,
            instance_noise_until: 0,
            label_flips: 0.0,
            feature_matching: false,
            minibatch_kernels: 0,
            minibatch_dims: 5,
            historical_averaging: 0.0,
            history: 0,
            consensus: 0.0,
            discriminator_steps: 1,
            share_fakes: true,
            generator: OptimizerConfig::default(),
            discriminator: OptimizerConfig::default(),
        }
    }
}

impl Techniques {
    /// D's target for real samples.
    pub fn real_target(&self) -> f64 {
        1.0 - self.label_smoothing
    }

    /// What D's layers are asked for; `own` is the variant's normalization, `reference` makes a
    /// batch of D's inputs.
    ///
    /// # Errors
    /// Where the techniques cannot be combined on this network, and those of `reference`.
    pub(crate) fn discriminator_options(
        &self,
        own: Normalization,
        reference: impl FnOnce(usize) -> candle_core::Result<Tensor>,
    ) -> Result<NetworkOptions> {
        self.validate()?;
        let norm = self.discriminator_norm.or(own);
        self.check_discriminator(norm)?;
        let packing = self.packing;
        let reference = match norm {
            Normalization::VirtualBatch => {
                let all = [reference(REFERENCE * packing).map_err(refusal)?];
                Some(pack(&all, packing)?.swap_remove(0))
            }
            _ => None,
        };
        let minibatch =
            (self.minibatch_kernels > 0).then_some((self.minibatch_kernels, self.minibatch_dims));
        Ok(NetworkOptions { spectral: self.spectral_norm, norm, reference, minibatch, packing })
    }

    /// What G's layers are asked for; `reference` makes a batch of its inputs.
    ///
    /// # Errors
    /// Those of `reference`.
    pub(crate) fn generator_options(
        &self,
        own: Normalization,
        reference: impl FnOnce(usize) -> candle_core::Result<Tensor>,
    ) -> Result<NetworkOptions> {
        self.validate()?;
        let norm = self.generator_norm.or(own);
        let reference = match norm {
            Normalization::VirtualBatch => Some(reference(REFERENCE).map_err(refusal)?),
            _ => None,
        };
        Ok(NetworkOptions { norm, reference, ..NetworkOptions::default() })
    }
}

/// Samples of a reference batch.
const REFERENCE: usize = 64;

/// A variant without a reference batch was asked for what needs one: wrong usage, not a failure.
fn refusal(error: candle_core::Error) -> Error {
    Error::Config(format!("techniques: {error}"))
}
