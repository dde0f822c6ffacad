//! A discriminator and a generator against each other: the turns that all GANs share.

use crate::networks::Judged;
use crate::techniques::Penalty;
use crate::{RealAndFake, Techniques};
use candle_core::{Tensor, Var};
use gan_kernels::activation::sigmoid;
use gan_kernels::second_order;
use gan_layers::{ParamStore, Pass};
use gan_losses::{Adversarial, gradient_penalty};
use gan_train::{Batch, Error, Loss, Player, Result};
use std::cell::{Cell, RefCell};

/// The discriminator's place in the turn order.
pub(crate) const DISCRIMINATOR: usize = 0;

/// Who plays, and what a variant's generator needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roles {
    /// The players' names, the discriminator's first.
    pub names: [&'static str; 2],
    /// The prefixes of what each owns.
    pub owns: [&'static [&'static str]; 2],
    /// Whether the generator's turn needs the batch, unless it trains on the fakes that D has
    /// seen: for its labels, or for an encoder that makes the real side.
    pub conditional: bool,
    /// Whether the generator's player makes the real side too, as BiGAN's encoder does.
    pub both_sides: bool,
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            names: ["discriminator", "generator"],
            owns: [&["d."], &["g."]],
            conditional: false,
            both_sides: false,
        }
    }
}

/// The networks of a variant, as its duel calls them. What D sees of a sample is a list: the
/// sample and whatever stands beside it, a label or a code.
pub(crate) struct Sides<'a> {
    /// The real side of a batch.
    pub real: &'a dyn Fn(&Batch, &mut Pass<'_>) -> candle_core::Result<Vec<Tensor>>,
    /// So many fakes.
    pub fake: &'a dyn Fn(usize, &mut Pass<'_>) -> candle_core::Result<Vec<Tensor>>,
    /// D's answer.
    pub judge: &'a dyn Fn(&[Tensor], &mut Pass<'_>) -> candle_core::Result<Judged>,
}

/// Two players and the techniques that they train with.
#[derive(Debug)]
pub(crate) struct Duel {
    techniques: Techniques,
    roles: Roles,
    players: [Player; 2],
    /// What the discriminator has just seen, waiting for the generator's turn.
    seen: RefCell<Seen>,
    /// Samples in the last real batch.
    size: Cell<usize>,
}

/// What the discriminator has just seen.
#[derive(Debug, Default)]
struct Seen {
    /// The real side, with its graph where the fakes have theirs.
    real: Vec<Tensor>,
    /// The fakes, graph and all, where the generator trains on them.
    fake: Option<Vec<Tensor>>,
}

impl Duel {
    pub fn new(techniques: &Techniques, roles: Roles) -> Result<Self> {
        techniques.validate()?;
        if techniques.second_order() {
            second_order::enable()?;
        }
        let player = |index: usize, optimizer, sees_data| Player {
            name: roles.names[index],
            owns: roles.owns[index],
            optimizer,
            sees_data,
        };
        let players = [
            player(0, techniques.discriminator, true),
            player(1, techniques.generator, roles.conditional && !techniques.share_fakes),
        ];
        Ok(Self {
            techniques: *techniques,
            roles,
            players,
            seen: RefCell::default(),
            size: Cell::default(),
        })
    }

    pub fn players(&self) -> &[Player] {
        &self.players
    }

    pub fn updates(&self, player: usize) -> usize {
        if player == DISCRIMINATOR { self.techniques.discriminator_steps } else { 1 }
    }

    /// What the player minimises.
    pub fn loss(
        &self,
        player: usize,
        store: &ParamStore,
        batch: Option<&Batch>,
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Loss> {
        if player == DISCRIMINATOR {
            let name = self.roles.names[0];
            let batch = batch.ok_or_else(|| Error::Config(format!("{name}: no batch")))?;
            self.discriminator(store, batch, pass, sides)
        } else {
            self.generator(batch, pass, sides)
        }
    }

    fn discriminator(
        &self,
        store: &ParamStore,
        batch: &Batch,
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Loss> {
        let size = batch.len()?;
        self.size.set(size);
        let mut both = || Ok(((sides.real)(batch, pass)?, (sides.fake)(size, pass)?));
        let share = self.techniques.share_fakes;
        // The generator's turn follows on the same fakes: keep their graph.
        let (real, fake) = match share {
            true => store.also_active(self.roles.owns[1], both)?,
            false => both()?,
        };
        let cut = |all: &[Tensor]| all.iter().map(Tensor::detach).collect::<Vec<_>>();
        let (whole, (real, fake)) = ((real.clone(), fake.clone()), (cut(&real), cut(&fake)));
        self.seen.replace(match share {
            true => Seen { real: whole.0, fake: Some(whole.1) },
            false => Seen { real: real.clone(), fake: None },
        });
        let (on_real, on_fake) = self.judge_both(&real, &fake, pass, sides)?;
        let (on_real, on_fake) = (on_real.logits, on_fake.logits);
        let target = self.techniques.real_target();
        let mut value = self.techniques.loss.discriminator(&on_real, &on_fake, target)?;
        let mut terms = vec![("d_real", self.score(&on_real)?), ("d_fake", self.score(&on_fake)?)];
        if self.techniques.loss == Adversarial::Wasserstein {
            terms.push(("emd", value.detach().neg()?));
        }
        if self.techniques.gradient_penalty > 0.0 {
            let penalty = self.penalty(&real, &fake, pass, sides)?;
            terms.push(("penalty", penalty.detach()));
            value = (value + penalty)?;
        }
        Ok(Loss { value, terms })
    }

    fn generator(
        &self,
        batch: Option<&Batch>,
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Loss> {
        let Seen { mut real, fake } = self.seen.take();
        let fake = match fake {
            Some(fake) => fake,
            None => {
                if self.roles.both_sides
                    && let Some(batch) = batch
                {
                    real = (sides.real)(batch, pass)?;
                }
                (sides.fake)(self.size.get(), pass)?
            }
        };
        let loss = self.techniques.loss;
        if self.roles.both_sides {
            let (on_real, on_fake) = self.judge_both(&real, &fake, pass, sides)?;
            let value = (loss.generator(&on_fake.logits)? + loss.real_side(&on_real.logits)?)?;
            return Ok(Loss { value, terms: Vec::new() });
        }
        let judged = (sides.judge)(&fake, pass)?;
        Ok(Loss { value: loss.generator(&judged.logits)?, terms: Vec::new() })
    }

    /// D's answers to both sides, in one batch or in two.
    fn judge_both(
        &self,
        real: &[Tensor],
        fake: &[Tensor],
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> candle_core::Result<(Judged, Judged)> {
        if self.techniques.real_and_fake == RealAndFake::Separate {
            return Ok(((sides.judge)(real, pass)?, (sides.judge)(fake, pass)?));
        }
        let joint: Vec<Tensor> = real
            .iter()
            .zip(fake)
            .map(|(r, f)| Tensor::cat(&[r, f], 0))
            .collect::<Result<_, _>>()?;
        let judged = (sides.judge)(&joint, pass)?;
        let part = |t: &Tensor, k: usize| {
            let half = t.dim(0)? / 2;
            t.narrow(0, k * half, half)
        };
        let side = |k| -> candle_core::Result<Judged> {
            Ok(Judged { logits: part(&judged.logits, k)?, features: part(&judged.features, k)? })
        };
        Ok((side(0)?, side(1)?))
    }

    /// The penalty on D's slope, with its weight.
    fn penalty(
        &self,
        real: &[Tensor],
        fake: &[Tensor],
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Tensor> {
        let [real, beside @ ..] = real else {
            return Err(Error::Config("gradient penalty: no sample to differentiate at".into()));
        };
        let at = match self.techniques.penalty {
            Penalty::R1 => real.clone(),
            Penalty::OneCentred => {
                // x̂ = x̃ + ε(x − x̃), one ε a sample (arXiv 1704.00028, algorithm 1, line 6).
                let mut shape = vec![1; real.rank()];
                shape[0] = real.dim(0)?;
                let (dtype, device) = (real.dtype(), real.device());
                let share = pass.rng.uniform("penalty", (0.0, 1.0), &shape, dtype, device)?;
                (&fake[0] + (real - &fake[0])?.broadcast_mul(&share)?)?
            }
        };
        let at = Var::from_tensor(&at.detach())?;
        let mut seen = vec![at.as_tensor().clone()];
        seen.extend(beside.iter().cloned());
        let gradient = gradient_penalty::input_gradient(&(sides.judge)(&seen, pass)?.logits, &at)?;
        let penalty = match self.techniques.penalty {
            Penalty::OneCentred => gradient_penalty::one_centred(&gradient)?,
            Penalty::R1 => gradient_penalty::zero_centred(&gradient)?,
        };
        Ok((penalty * self.techniques.gradient_penalty)?)
    }

    /// D's mean answer as a person reads it: a probability, or the raw value of a loss without one.
    fn score(&self, logits: &Tensor) -> candle_core::Result<Tensor> {
        match self.techniques.loss {
            Adversarial::LeastSquares | Adversarial::Wasserstein => logits.detach().mean_all(),
            _ => sigmoid(&logits.detach())?.mean_all(),
        }
    }

    /// What follows the optimiser's step: D's weights are clipped where that is asked for.
    pub fn after_update(&self, player: usize, store: &ParamStore) -> Result<()> {
        let clip = self.techniques.clip;
        if player == DISCRIMINATOR && clip > 0.0 {
            for (_, param) in store.owned(self.roles.owns[0]) {
                let var = param.var();
                var.set(&var.as_detached_tensor().clamp(-clip, clip)?)?;
            }
        }
        Ok(())
    }
}
