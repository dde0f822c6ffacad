//! Techniques that compose with every adversarial variant: configuration, not new variants.

use crate::networks::NetworkOptions;
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
    /// Spectral normalisation of D's weights (arXiv 1802.05957).
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
    /// Discriminator updates a step, the k of arXiv 1406.2661, algorithm 1.
    pub discriminator_steps: usize,
    /// Train the generator on the fakes that D has just seen, as the common scripts do, instead
    /// of on new ones; one generator pass fewer.
    pub share_fakes: bool,
    /// The generator's optimiser; a rate of its own is T7, two time scales (arXiv 1706.08500).
    pub generator: OptimizerConfig,
    /// The discriminator's optimiser.
    pub discriminator: OptimizerConfig,
}

/// The batches that D's batch norm sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RealAndFake {
    /// One of real and one of fake samples: statistics apart.
    #[default]
    Separate,
    /// Both in one: statistics shared.
    Joint,
}

/// A network's normalisation.
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
    /// `λ/2·E[‖∇D(x)‖²]` at real samples: R1 (arXiv 1801.04406, equation 9).
    R1,
}

impl NormChoice {
    /// The normalisation, given the variant's own.
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
            discriminator_steps: 1,
            share_fakes: true,
            generator: OptimizerConfig::default(),
            discriminator: OptimizerConfig::default(),
        }
    }
}

fn bad<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Config(what.into()))
}

impl Techniques {
    /// D's target for real samples.
    pub fn real_target(&self) -> f64 {
        1.0 - self.label_smoothing
    }

    /// Whether gradients of gradients are needed.
    pub fn second_order(&self) -> bool {
        self.gradient_penalty > 0.0
    }

    /// What D's layers are asked for; `own` is the variant's normalisation, `reference` makes a
    /// batch of D's inputs.
    ///
    /// # Errors
    /// Where the techniques cannot be combined on this network, and those of `reference`.
    pub(crate) fn discriminator_options(
        &self,
        own: Normalization,
        reference: impl FnOnce(usize) -> candle_core::Result<Tensor>,
    ) -> Result<NetworkOptions> {
        let norm = self.discriminator_norm.or(own);
        if self.gradient_penalty > 0.0 && norm == Normalization::Batch {
            return bad(
                "techniques.gradient_penalty: D's batch norm mixes the samples, whose slopes are \
                 penalised one by one (arXiv 1704.00028, section 4); set \
                 techniques.discriminator_norm to layer, instance or none",
            );
        }
        let reference = match norm {
            Normalization::VirtualBatch => Some(reference(REFERENCE)?),
            _ => None,
        };
        Ok(NetworkOptions { spectral: self.spectral_norm, norm, reference })
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
        let norm = self.generator_norm.or(own);
        let reference = match norm {
            Normalization::VirtualBatch => Some(reference(REFERENCE)?),
            _ => None,
        };
        Ok(NetworkOptions { spectral: false, norm, reference })
    }

    /// Refuses what cannot be, and what would silently do nothing.
    ///
    /// # Errors
    /// Where a value is outside its range or the loss cannot take it.
    pub fn validate(&self) -> Result<()> {
        if !(0.0..0.5).contains(&self.label_smoothing) {
            let found = self.label_smoothing;
            return bad(format!("techniques.label_smoothing: expected [0, 0.5), found {found}"));
        }
        if self.label_smoothing > 0.0 && !self.loss.has_targets() {
            return bad(
                "techniques.label_smoothing: the hinge and Wasserstein losses have no targets to \
                 smooth; choose another loss or leave it 0",
            );
        }
        for (name, value) in [("clip", self.clip), ("gradient_penalty", self.gradient_penalty)] {
            if !(value >= 0.0 && value.is_finite()) {
                return bad(format!("techniques.{name}: expected 0 or more, found {value}"));
            }
        }
        if self.clip > 0.0 && self.spectral_norm {
            return bad(
                "techniques.clip: spectral norm divides by the weights' size, so cutting them \
                 changes nothing that lasts; use one of the two",
            );
        }
        if self.loss == Adversarial::Wasserstein
            && self.clip == 0.0
            && self.gradient_penalty == 0.0
            && !self.spectral_norm
        {
            return bad("techniques.loss: a Wasserstein critic needs a bounded slope; set \
                 techniques.clip (0.01), techniques.gradient_penalty (10) or \
                 techniques.spectral_norm");
        }
        if self.discriminator_steps == 0 {
            return bad("techniques.discriminator_steps: expected 1 or more, found 0");
        }
        self.generator.validate("techniques.generator")?;
        self.discriminator.validate("techniques.discriminator")
    }
}

/// Samples of a reference batch.
const REFERENCE: usize = 64;
