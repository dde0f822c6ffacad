//! Which techniques cannot be, cannot be together, or would silently do nothing: said before
//! training starts.

use crate::{Penalty, RealAndFake, Techniques};
use gan_layers::Normalization;
use gan_losses::Adversarial;
use gan_train::{Error, Result};

fn bad<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Config(what.into()))
}

impl Techniques {
    /// Refuses what cannot be, whatever the variant is.
    ///
    /// # Errors
    /// Where a value is outside its range, or two settings exclude each other.
    pub fn validate(&self) -> Result<()> {
        self.check_ranges()?;
        self.check_pairs()?;
        self.generator.validate("techniques.generator")?;
        self.discriminator.validate("techniques.discriminator")
    }

    fn check_ranges(&self) -> Result<()> {
        let halves = [("label_smoothing", self.label_smoothing), ("label_flips", self.label_flips)];
        for (name, found) in halves {
            if !(0.0..0.5).contains(&found) {
                return bad(format!("techniques.{name}: expected [0, 0.5), found {found}"));
            }
        }
        let weights = [
            ("clip", self.clip),
            ("gradient_penalty", self.gradient_penalty),
            ("instance_noise", self.instance_noise),
            ("historical_averaging", self.historical_averaging),
            ("consensus", self.consensus),
        ];
        for (name, value) in weights {
            if !(value >= 0.0 && value.is_finite()) {
                return bad(format!("techniques.{name}: expected 0 or more, found {value}"));
            }
        }
        let counts = [
            ("discriminator_steps", self.discriminator_steps),
            ("packing", self.packing),
            ("minibatch_dims", self.minibatch_dims),
        ];
        for (name, value) in counts {
            if value == 0 {
                return bad(format!("techniques.{name}: expected 1 or more, found 0"));
            }
        }
        Ok(())
    }

    fn check_pairs(&self) -> Result<()> {
        if self.label_smoothing > 0.0 && !self.loss.has_targets() {
            return bad(
                "techniques.label_smoothing: the hinge and Wasserstein losses have no targets to \
                 smooth; choose another loss or leave it 0",
            );
        }
        if self.clip > 0.0 && self.spectral_norm {
            return bad(
                "techniques.clip: spectral norm divides by the weights' size, so cutting them \
                 changes nothing that lasts; use one of the two",
            );
        }
        let wasserstein = self.loss == Adversarial::Wasserstein;
        let bounded = self.clip > 0.0 || self.spectral_norm || self.penalty_bounds();
        if wasserstein && !bounded && self.gradient_penalty > 0.0 {
            return bad(
                "techniques.penalty: a Wasserstein critic needs a bounded slope, and R1 holds it at \
                 real samples alone (arXiv 1801.04406, equation 9): between them and the fakes it \
                 would grow without end; set techniques.penalty to one-centred",
            );
        }
        if wasserstein && !bounded {
            return bad("techniques.loss: a Wasserstein critic needs a bounded slope; set \
                 techniques.clip (0.01), techniques.gradient_penalty (10), or \
                 techniques.spectral_norm with techniques.discriminator_norm=none");
        }
        if self.minibatch_kernels > 0 && self.real_and_fake == RealAndFake::Joint {
            return bad(
                "techniques.minibatch_kernels: the likeness within a batch is told for real and \
                 fake samples apart (arXiv 1606.03498, section 3.2); set \
                 techniques.real_and_fake to separate",
            );
        }
        if self.consensus > 0.0 && self.gradient_penalty > 0.0 {
            return bad(
                "techniques.consensus: with a gradient penalty it would need gradients of the \
                 third order; use one of the two",
            );
        }
        if self.consensus > 0.0 && self.history > 0 {
            return bad(
                "techniques.consensus: both losses are taken at the same samples, and a history \
                 shows D others than G's; use one of the two",
            );
        }
        Ok(())
    }

    /// Whether a penalty holds D's slope wherever a Wasserstein critic could gain by it: that
    /// between real and fake samples does, that at the real ones does not.
    fn penalty_bounds(&self) -> bool {
        self.gradient_penalty > 0.0 && self.penalty == Penalty::OneCentred
    }

    /// Refuses what a discriminator with this normalization cannot take.
    pub(crate) fn check_discriminator(&self, norm: Normalization) -> Result<()> {
        let penalised = self.gradient_penalty > 0.0;
        if penalised && norm == Normalization::Batch {
            return bad(
                "techniques.gradient_penalty: D's batch norm mixes the samples, whose slopes are \
                 penalised one by one (arXiv 1704.00028, section 4); set \
                 techniques.discriminator_norm to layer, instance or none",
            );
        }
        // Spectral norm bounds a layer's slope by 1, a norm divides by whatever the batch or sample
        // spreads, and the product of both has no bound (arXiv 1802.05957, section 2.1).
        let by_spectral_norm = self.loss == Adversarial::Wasserstein
            && self.spectral_norm
            && self.clip == 0.0
            && !self.penalty_bounds();
        if by_spectral_norm && norm != Normalization::None {
            return bad(
                "techniques.spectral_norm: a Wasserstein critic needs a bounded slope, and D's \
                 normalization divides by the spread of what it sees, which undoes the bound; set \
                 techniques.discriminator_norm to none, or use techniques.gradient_penalty (10) \
                 with layer",
            );
        }
        if by_spectral_norm && self.minibatch_kernels > 0 {
            return bad(
                "techniques.spectral_norm: a Wasserstein critic needs a bounded slope, and \
                 minibatch discrimination's kernels are not normalized; set \
                 techniques.minibatch_kernels to 0, or use techniques.clip (0.01)",
            );
        }
        if penalised && self.minibatch_kernels > 0 {
            return bad(
                "techniques.gradient_penalty: minibatch discrimination mixes the samples, whose \
                 slopes are penalised one by one; set techniques.minibatch_kernels to 0",
            );
        }
        Ok(())
    }

    /// Refuses what a variant cannot take: pairs of a technique's name and why.
    pub(crate) fn check_variant(&self, refuses: &[(&str, &str)]) -> Result<()> {
        let used = [
            ("packing", self.packing > 1),
            ("instance_noise", self.instance_noise > 0.0),
            ("label_flips", self.label_flips > 0.0),
            ("feature_matching", self.feature_matching),
            ("minibatch_kernels", self.minibatch_kernels > 0),
            ("historical_averaging", self.historical_averaging > 0.0),
            ("history", self.history > 0),
            ("consensus", self.consensus > 0.0),
            ("gradient_penalty", self.gradient_penalty > 0.0),
            ("real_and_fake", self.real_and_fake == RealAndFake::Joint),
        ];
        for (name, why) in refuses {
            if used.contains(&(*name, true)) {
                return bad(format!("techniques.{name}: {why}"));
            }
        }
        Ok(())
    }
}
