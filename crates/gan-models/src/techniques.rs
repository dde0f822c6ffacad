//! Techniques that compose with every adversarial variant: configuration, not new variants.

use gan_losses::Adversarial;
use gan_train::{Error, OptimizerConfig, Result};
use serde::{Deserialize, Serialize};

/// How discriminator and generator are trained, whatever their networks are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Techniques {
    /// `non-saturating`, `minimax`, `least-squares` (arXiv 1611.04076) or `hinge`.
    pub loss: Adversarial,
    /// One-sided label smoothing (arXiv 1606.03498, section 3.4): the real target is 1 minus this.
    pub label_smoothing: f64,
    /// Whether batch norm in D sees real and fake samples in two batches or in one.
    pub real_and_fake: RealAndFake,
    /// Spectral normalisation of D's weights (arXiv 1802.05957).
    pub spectral_norm: bool,
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

impl Default for Techniques {
    fn default() -> Self {
        Self {
            loss: Adversarial::NonSaturating,
            label_smoothing: 0.0,
            real_and_fake: RealAndFake::Separate,
            spectral_norm: false,
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

    /// Refuses what cannot be, and what would silently do nothing.
    ///
    /// # Errors
    /// Where a value is outside its range or the loss cannot take it.
    pub fn validate(&self) -> Result<()> {
        let bad = |what: String| Err(Error::Config(what));
        if !(0.0..0.5).contains(&self.label_smoothing) {
            let found = self.label_smoothing;
            return bad(format!("techniques.label_smoothing: expected [0, 0.5), found {found}"));
        }
        if self.label_smoothing > 0.0 && !self.loss.has_targets() {
            return bad(
                "techniques.label_smoothing: the hinge loss has no targets to smooth; choose \
                 another loss or leave it 0"
                    .into(),
            );
        }
        if self.discriminator_steps == 0 {
            return bad("techniques.discriminator_steps: expected 1 or more, found 0".into());
        }
        self.generator.validate("techniques.generator")?;
        self.discriminator.validate("techniques.discriminator")
    }
}
