//! A discriminator and a generator against each other: the turns that all GANs share.

use crate::consensus::consensus;
use crate::historical_average::HistoricalAverage;
use crate::history::History;
use crate::networks::Judged;
use crate::packing::pack;
use crate::{Penalty, RealAndFake, Setup, Techniques};
use candle_core::{Tensor, Var};
use gan_kernels::activation::sigmoid;
use gan_layers::{ParamStore, Pass};
use gan_losses::{Adversarial, feature_matching, gradient_penalty};
use gan_train::{Batch, Error, Loss, Player, Result, Turn, prefixes};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// The discriminator's place in the turn order.
pub(crate) const DISCRIMINATOR: usize = 0;

/// Who plays, and what a variant's generator needs.
#[derive(Debug, Clone)]
pub(crate) struct Roles {
    /// The players' names, the discriminator's first.
    pub names: [String; 2],
    /// The prefixes of what each owns.
    pub owns: [Vec<String>; 2],
    /// Whether the generator's turn needs the batch, unless it trains on the fakes that D has
    /// seen: for its labels, or for an encoder that makes the real side.
    pub conditional: bool,
    /// Whether the generator's player makes the real side too, as BiGAN's encoder does.
    pub both_sides: bool,
    /// Techniques that the variant cannot take, and why.
    pub refuses: &'static [(&'static str, &'static str)],
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            names: ["discriminator", "generator"].map(str::to_owned),
            owns: [prefixes(&["d."]), prefixes(&["g."])],
            conditional: false,
            both_sides: false,
            refuses: &[],
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
    /// D's answer to packs of them.
    pub judge: &'a dyn Fn(&[Tensor], &mut Pass<'_>) -> candle_core::Result<Judged>,
}

/// Two players and the techniques that they train with.
#[derive(Debug)]
pub(crate) struct Duel {
    techniques: Techniques,
    roles: Roles,
    players: [Player; 2],
    history: Option<History>,
    averages: Option<[HistoricalAverage; 2]>,
    /// What the discriminator has just seen of each part of its batch, waiting for the generator's
    /// turn.
    seen: RefCell<BTreeMap<usize, Seen>>,
    /// Samples in the last real batch.
    size: Cell<usize>,
    /// Whether D answers each sample by itself, so that one batch of both sides is as good as two.
    each_alone: bool,
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
    /// Call it when all parameters are in the store: techniques may add buffers of their own.
    pub fn new(
        techniques: &Techniques,
        roles: Roles,
        store: &mut ParamStore,
        setup: &Setup,
    ) -> Result<Self> {
        techniques.validate()?;
        techniques.check_variant(roles.refuses)?;
        if !setup.batch.is_multiple_of(techniques.packing) {
            return Err(Error::Config(format!(
                "techniques.packing: a batch of {} does not divide into packs of {}",
                setup.batch, techniques.packing
            )));
        }
        let player = |index: usize, optimizer, sees_data| Player {
            name: roles.names[index].clone(),
            owns: roles.owns[index].clone(),
            optimizer,
            sees_data,
        };
        let players = [
            player(0, techniques.discriminator, true),
            player(1, techniques.generator, roles.conditional && !techniques.share_fakes),
        ];
        let history = match techniques.history {
            0 => None,
            size => Some(History::new(store, &roles.names[1], size, setup.shape())?),
        };
        let mut average = |k: usize| HistoricalAverage::new(store, &roles.names[k], &roles.owns[k]);
        let averages = match techniques.historical_averaging > 0.0 {
            true => Some([average(0)?, average(1)?]),
            false => None,
        };
        Ok(Self {
            techniques: *techniques,
            roles,
            players,
            history,
            averages,
            seen: RefCell::default(),
            size: Cell::default(),
            each_alone: false,
        })
    }

    /// Says that D's answer to a sample does not depend on the rest of its batch: both sides then
    /// go through it together, which costs less than one after the other and gives the same.
    pub fn each_alone(&mut self) {
        self.each_alone = true;
    }

    pub fn players(&self) -> &[Player] {
        &self.players
    }

    pub fn turn(&self, player: usize) -> Turn {
        Turn::of(if player == DISCRIMINATOR { self.techniques.discriminator_steps } else { 1 })
    }

    /// What ties the samples of its batches together.
    pub fn couples(&self) -> Option<&'static str> {
        let t = &self.techniques;
        [
            (t.feature_matching, "techniques.feature_matching"),
            (t.minibatch_kernels > 0, "techniques.minibatch_kernels"),
            (t.history > 0, "techniques.history"),
            (t.consensus > 0.0, "techniques.consensus"),
        ]
        .into_iter()
        .find_map(|(on, name)| on.then_some(name))
    }

    /// What the player minimizes.
    pub fn loss(
        &self,
        player: usize,
        store: &ParamStore,
        batch: Option<&Batch>,
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Loss> {
        let mut loss = if player == DISCRIMINATOR {
            let name = &self.roles.names[0];
            let batch = batch.ok_or_else(|| Error::Config(format!("{name}: no batch")))?;
            self.discriminator(store, batch, pass, sides)?
        } else {
            self.generator(store, batch, pass, sides)?
        };
        if let Some(averages) = &self.averages
            && let Some(distance) = averages[player].distance()?
        {
            let weighted = distance.affine(self.techniques.historical_averaging, 0.0)?;
            loss.value = (loss.value + weighted)?;
        }
        Ok(loss)
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
        let (share, consensus) = (self.techniques.share_fakes, self.techniques.consensus > 0.0);
        // Where the generator's turn follows on the same fakes, their graph is kept.
        let (real, fake) = match share || consensus {
            true => store.also_active(&self.roles.owns[1], both)?,
            false => both()?,
        };
        let cut = |all: &[Tensor]| all.iter().map(Tensor::detach).collect::<Vec<_>>();
        let seen = match share {
            true => Seen { real: real.clone(), fake: Some(fake.clone()) },
            false => Seen { real: cut(&real), fake: None },
        };
        self.seen.borrow_mut().insert(pass.rng.part().index, seen);
        if consensus {
            return self.consensus(DISCRIMINATOR, store, (&real, &fake), pass, sides);
        }
        let (real, mut fake) = (cut(&real), cut(&fake));
        if let Some(history) = &self.history {
            fake[0] = history.mix(&fake[0], pass.rng)?;
        }
        let (real, fake) = (self.shown(&real, pass)?, self.shown(&fake, pass)?);
        let (on_real, on_fake) = self.judge_both(&real, &fake, pass, sides)?;
        let mut loss = self.discriminator_loss(&on_real, &on_fake, pass)?;
        if self.techniques.gradient_penalty > 0.0 {
            let penalty = self.penalty(&real, &fake, pass, sides)?;
            loss.terms.push(("penalty", penalty.detach()));
            loss.value = (loss.value + penalty)?;
        }
        Ok(loss)
    }

    fn generator(
        &self,
        store: &ParamStore,
        batch: Option<&Batch>,
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Loss> {
        let seen = self.seen.borrow_mut().remove(&pass.rng.part().index);
        let Seen { mut real, fake } = seen.unwrap_or_default();
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
        if self.techniques.consensus > 0.0 {
            return self.consensus(1 - DISCRIMINATOR, store, (&real, &fake), pass, sides);
        }
        let value = if self.techniques.feature_matching || self.roles.both_sides {
            let (real, fake) = (self.shown(&real, pass)?, self.shown(&fake, pass)?);
            let (on_real, on_fake) = self.judge_both(&real, &fake, pass, sides)?;
            self.generator_loss(&on_real, &on_fake)?
        } else {
            let judged = (sides.judge)(&self.shown(&fake, pass)?, pass)?;
            self.techniques.loss.generator(&judged.logits)?
        };
        Ok(Loss { value, terms: Vec::new() })
    }

    /// Either player's loss with the consensus term, at samples that carry both graphs.
    fn consensus(
        &self,
        player: usize,
        store: &ParamStore,
        (real, fake): (&[Tensor], &[Tensor]),
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Loss> {
        let owns = &self.roles.owns;
        let (mut d, g) = store.also_active(&owns.concat(), || {
            let (real, fake) = (self.shown(real, pass)?, self.shown(fake, pass)?);
            let (on_real, on_fake) = self.judge_both(&real, &fake, pass, sides)?;
            let d = self.discriminator_loss(&on_real, &on_fake, pass)?;
            Ok((d, self.generator_loss(&on_real, &on_fake)?))
        })?;
        let weight = self.techniques.consensus;
        let both = consensus(store, [&d.value, &g], owns, player, weight)?;
        let mut terms = match player {
            DISCRIMINATOR => std::mem::take(&mut d.terms),
            _ => Vec::new(),
        };
        terms.push(("consensus", both.norm));
        Ok(Loss { value: both.value, terms })
    }

    /// What D is shown of samples: with noise on them, and packed.
    pub fn shown(&self, all: &[Tensor], pass: &mut Pass<'_>) -> candle_core::Result<Vec<Tensor>> {
        let (until, step) = (self.techniques.instance_noise_until, pass.rng.step());
        let left = match until {
            0 => 1.0,
            until => 1.0 - (step as f64 / until as f64).min(1.0),
        };
        let std = self.techniques.instance_noise * left;
        let mut all = all.to_vec();
        if std > 0.0
            && let Some(x) = all.first_mut()
        {
            let noise = pass.rng.normal("instance noise", x.dims(), x.dtype(), x.device())?;
            *x = (&*x + noise.affine(std, 0.0)?)?;
        }
        pack(&all, self.techniques.packing)
    }

    /// What D minimizes, without its penalty.
    fn discriminator_loss(
        &self,
        on_real: &Judged,
        on_fake: &Judged,
        pass: &mut Pass<'_>,
    ) -> candle_core::Result<Loss> {
        let (mut real, mut fake) = (on_real.logits.clone(), on_fake.logits.clone());
        let mut terms = vec![("d_real", self.score(&real)?), ("d_fake", self.score(&fake)?)];
        if self.techniques.loss == Adversarial::Wasserstein {
            let distance = self.techniques.loss.discriminator(&real, &fake, 1.0)?;
            terms.push(("emd", distance.detach().neg()?));
        }
        if self.techniques.label_flips > 0.0 {
            let mut shape = vec![1; real.rank()];
            shape[0] = real.dim(0)?;
            let (dtype, device) = (real.dtype(), real.device());
            let draws = pass.rng.uniform("label flips", (0.0, 1.0), &shape, dtype, device)?;
            let flip = draws.lt(self.techniques.label_flips)?.to_dtype(dtype)?;
            let moved = (&fake - &real)?.broadcast_mul(&flip)?;
            (real, fake) = ((&real + &moved)?, (&fake - &moved)?);
        }
        let target = self.techniques.real_target();
        let value = self.techniques.loss.discriminator(&real, &fake, target)?;
        Ok(Loss { value, terms })
    }

    /// What G minimizes, given D's answers to both sides.
    fn generator_loss(&self, on_real: &Judged, on_fake: &Judged) -> candle_core::Result<Tensor> {
        let loss = self.techniques.loss;
        if self.techniques.feature_matching {
            return feature_matching::generator(&on_real.features, &on_fake.features);
        }
        if self.roles.both_sides {
            return loss.generator(&on_fake.logits)? + loss.real_side(&on_real.logits)?;
        }
        loss.generator(&on_fake.logits)
    }

    /// D's answers to both sides, in one batch or in two.
    fn judge_both(
        &self,
        real: &[Tensor],
        fake: &[Tensor],
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> candle_core::Result<(Judged, Judged)> {
        if self.techniques.real_and_fake == RealAndFake::Separate && !self.each_alone {
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
    ///
    /// What both sides differ in is one point: of BiGAN the sample and its code, whose joint slope
    /// is held, for a critic of bounded slope in x alone is not bounded in z. What stands beside a
    /// sample on both sides alike, such as a label, is a condition, and D's slope in it is its own.
    fn penalty(
        &self,
        real: &[Tensor],
        fake: &[Tensor],
        pass: &mut Pass<'_>,
        sides: &Sides<'_>,
    ) -> Result<Tensor> {
        let moved = if self.roles.both_sides { real.len() } else { 1 };
        let (Some(first), true) = (real.first(), real.len() >= moved) else {
            return Err(Error::Config("gradient penalty: no sample to differentiate at".into()));
        };
        let share = match self.techniques.penalty {
            Penalty::R1 => None,
            Penalty::OneCentred => {
                let (n, dtype, device) = (first.dim(0)?, first.dtype(), first.device());
                Some(pass.rng.uniform("penalty", (0.0, 1.0), &[n], dtype, device)?)
            }
        };
        let at = |(real, fake): (&Tensor, &Tensor)| -> candle_core::Result<Var> {
            let Some(share) = &share else { return Var::from_tensor(&real.detach()) };
            // x̂ = x̃ + ε(x − x̃), one ε a sample (arXiv 1704.00028, algorithm 1, line 6).
            let mut shape = vec![1; real.rank()];
            shape[0] = real.dim(0)?;
            let share = share.reshape(shape)?;
            Var::from_tensor(&(fake + (real - fake)?.broadcast_mul(&share)?)?.detach())
        };
        let at: Vec<Var> =
            real.iter().zip(fake).take(moved).map(at).collect::<candle_core::Result<_>>()?;
        let mut seen: Vec<Tensor> = at.iter().map(|var| var.as_tensor().clone()).collect();
        seen.extend(real[moved..].iter().cloned());
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

    /// What follows the optimizer's step: D's weights are clipped and averages taken where that is
    /// asked for.
    pub fn after_update(&self, player: usize, store: &ParamStore) -> Result<()> {
        let clip = self.techniques.clip;
        if player == DISCRIMINATOR && clip > 0.0 {
            for (_, param) in store.owned(&self.roles.owns[0]) {
                let var = param.var();
                var.set(&var.as_detached_tensor().clamp(-clip, clip)?)?;
            }
        }
        if let Some(averages) = &self.averages {
            averages[player].update()?;
        }
        Ok(())
    }
}
